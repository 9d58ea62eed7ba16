"""Delivered files as Spark reads them: local paths, and whatever URIs its Hadoop connectors know."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import Column, DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F  # noqa: N812  (everyone calls it so)

from goldreel.engines import spark_fingerprint
from goldreel.engines.base import Table
from goldreel.engines.spark_types import literal, spark_schema
from goldreel.engines.stored_files import Block, BlockReader, StoredFile
from goldreel.errors import FileRefused, UsageError
from goldreel.foreign import LONGEST_MARK, refusal_of_gzip

_SMALLEST_BLOCK, _LARGEST_BLOCK = 8 * 2**20, 128 * 2**20
_BLOCKS_PER_FILE = 16  # of files in between
_LARGEST_VALUE = 2**31 - 2**20  # what Java holds in one array
_BLANK = "(value < '!' and trim(both concat(' ', char(9), char(10), char(13)) from value) = '')"
_RETURN = "(contains(value, char(13)) and locate(char(13), value) < length(value))"  # not the one before the LF
_LONG_LINE = 2**20  # bytes, from which on lines are cut at CR where they have any: few files have such lines
_DAMAGED = re.compile(r"EOFException|ZipException|not a gzip|Unexpected end of|gzip|incorrect (header|data|length)")
_GONE = re.compile(
    r"FileNotFound|does not exist|PATH_NOT_FOUND|AccessControl|Permission denied|FAILED_READ_FILE|URISyntax"
)


class SparkFiles:
    """See `goldreel.engines.base.ParallelFiles`.

    Attributes:
        block_bytes: how large blocks are; None: by the size of the file.
        held_bytes: of files up to this size a worker may hold the whole content to fingerprint it.
    """

    block_bytes: int | None = None
    held_bytes = 32 * 2**20

    def __init__(
        self, session: Callable[[], SparkSession], replace_load: Callable[..., int], replace_loads: Callable[..., None]
    ) -> None:
        self._session = session
        self._replace_load = replace_load
        self._replace_loads = replace_loads
        self._line_ends: dict[StoredFile, str] = {}

    def list_folder(self, folder: str) -> list[StoredFile]:
        uri = _uri(folder)
        try:
            found = self._list(uri)
        except PySparkException as error:
            if not isinstance(error, AnalysisException) and not _GONE.search(str(error)):
                raise
            raise UsageError(
                f"The delivery cannot be opened: {str(error).splitlines()[0]}",
                where=folder,
                remedy="give a folder that Spark can read",
            ) from None
        files: dict[str, StoredFile] = {}
        for path, (size, modified) in found.items():
            inside = path.removeprefix(_path(uri).rstrip("/") + "/")
            name, _, deeper = inside.partition("/")
            if name and inside != path:
                place = f"{folder.rstrip('/')}/{name}"
                files[name] = (
                    StoredFile(place, name, 0, None, True) if deeper else StoredFile(place, name, size, modified)
                )
        return [files[name] for name in sorted(files)]

    def contents(self, files: Sequence[StoredFile], limit: int) -> Mapping[StoredFile, bytes]:
        empty = {file: b"" for file in files if not file.size}
        found = self._of_each([file for file in files if file.size], F.col("content"), limit)
        return empty | {file: bytes(content) for file, content in found.items()}

    def fingerprints(self, files: Sequence[StoredFile], limit: int) -> Mapping[StoredFile, str]:
        return self._of_each(files, F.sha2("content", 256), limit)

    def _of_each(self, files: Sequence[StoredFile], value: Column, limit: int) -> dict[StoredFile, Any]:
        """A value of each file, in one job; none of files that cannot be read, or are larger than the limit."""
        asked = {_path(_uri(file.location)): file for file in files}
        if not asked:
            return {}
        try:
            read = self._reader().format("binaryFile").load([_uri(file.location) for file in asked.values()])
            found = read.where(F.col("length") <= limit).select("path", value.alias("value")).toArrow()
        except Exception as error:  # of one of them, or of several: the others can be read without it
            if not _GONE.search(str(error)):
                raise
            half = len(files) // 2
            return (
                {**self._of_each(files[:half], value, limit), **self._of_each(files[half:], value, limit)}
                if half
                else {}
            )
        return {asked[_path(row["path"])]: row["value"] for row in found.to_pylist()}

    def append_loads(self, table: Table, rows: Sequence[pa.Table]) -> None:
        self._replace_loads(table, rows)

    def is_unchanged(self, file: StoredFile, sha256: str) -> bool:
        if file.size:
            return self.sha256(file) == sha256
        with _refusing(self, file):
            return [size for size, _ in self._list(_uri(file.location)).values()] == [0]

    def _list(self, uri: str) -> dict[str, tuple[int, datetime | None]]:
        """Size and time of the last change of a file, or of the files in a folder, by path.

        Of an empty file the time is not known: Spark leaves it out where it lists files with their sizes.
        """
        files = self._reader().format("binaryFile").load(uri)
        found: dict[str, tuple[int, datetime | None]] = {_path(unquote(each)): (0, None) for each in files.inputFiles()}
        for path, size, modified in files.select("path", "length", "modificationTime").collect():
            found[_path(path)] = (size, modified)
        return found

    def sha256(self, file: StoredFile) -> str:
        if not file.size:
            return hashlib.sha256(b"").hexdigest()
        with _refusing(self, file):
            with self._opened(file) as stream:
                if stream is not None:
                    jvm: Any = self._session()._jvm
                    return str(jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream))
            if file.size > self.held_bytes:
                found = self._of_path(file)
                if found is not None:
                    return str(found["sha256"])
                if not file.name.endswith(".gz"):
                    return self._sha256_of_lines(file)
            if file.size > _LARGEST_VALUE:
                raise FileRefused(
                    f"The compressed file has {file.size:,} bytes; through Spark Connect it can have "
                    f"{_LARGEST_VALUE:,}, where the workers cannot open it themselves.",
                    where=file.location,
                    remedy="deliver it uncompressed or in several files, or start goldreel with spark-submit",
                )
            content = self._reader().format("binaryFile").load(_uri(file.location))
            return str(content.select(F.sha2("content", 256)).collect()[0][0])

    @contextmanager
    def _opened(self, file: StoredFile) -> Iterator[Any]:
        """The file as a stream of Java's; None where Java is not within reach of this process."""
        session = self._session()
        jvm = getattr(session, "_jvm", None) if _is_classic(session) else None
        if jvm is None:
            yield None
            return
        path = jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(_encoded(_uri(file.location))))
        stream = path.getFileSystem(session._jsc.hadoopConfiguration()).open(path)
        try:
            yield stream
        finally:
            stream.close()

    def _of_path(self, file: StoredFile) -> dict[str, Any] | None:
        """What a worker tells of the file when it opens its path; None when it cannot."""
        uri = _uri(file.location)
        if not uri.startswith("file:"):
            return None
        task = self._session().range(0, 1, 1, 1).select(F.col("id").alias("start"), F.lit("1").cast("binary"))
        read = partial(spark_fingerprint.of_path, _path(uri), LONGEST_MARK)
        rows = task.mapInArrow(_task(read), spark_schema(spark_fingerprint.OF_PATH)).toArrow().to_pylist()
        return rows[0] if rows else None

    def _sha256_of_lines(self, file: StoredFile) -> str:
        """The fingerprint by way of Spark's text reader, which leaves bytes out. See `spark_fingerprint`."""
        self._line_ends[file] = "\n"
        found = self._hashed(file, False)
        mark = spark_fingerprint.missing_mark(file.size, found["bytes"])
        if mark:
            found = self._hashed(file, True)
        ends = {0: "with_end", -1: "without_end"}  # the last line was given an end that it may not have
        end = ends.get(file.size - found["bytes"] - mark)
        if end is None:
            raise FileRefused("The file changed while it was read.", file.location, "run again when it is complete")
        return str(found[end])

    def _hashed(self, file: StoredFile, has_mark: bool) -> dict[str, Any]:
        read = partial(spark_fingerprint.of_lines, has_mark)
        with self._splitting(file, 2 * file.size):  # not at all
            found = self._computed(file, read, spark_fingerprint.OF_LINES, [0]).toArrow().to_pylist()
        if len(found) != 1:
            raise RuntimeError(f"{file.location}: read in {len(found)} parts, where one was asked for")
        return dict(found[0])

    def blocks(self, file: StoredFile) -> list[Block]:
        self._line_ends[file] = "\n"
        found = self._cut(file)
        if any(block.longest > _LONG_LINE and block.has_returns for block in found):
            self._line_ends[file] = "\r"
            return self._cut(file)
        return found

    def _cut(self, file: StoredFile) -> list[Block]:
        measures = [
            F.count("*"),
            F.count_if(F.expr(_BLANK)),
            F.max(F.octet_length("value")),
            F.bool_or(F.expr("contains(value, '\"')")),
            F.bool_or(F.expr(_RETURN)) if self._line_ends[file] == "\n" else F.lit(True),
            F.bool_and(F.expr("is_valid_utf8(value)")),
        ]
        with self._splitting(file), _refusing(self, file):
            found = sorted(self._lines(file).groupBy("start").agg(*measures).collect())
        return [Block(*row) for row in found]

    def first_bytes(self, file: StoredFile, limit: int) -> bytes:
        with self._opened(file) as stream:
            if stream is not None:
                return bytes(stream.readNBytes(limit))
        found = self._of_path(file) if file.size > self.held_bytes and limit <= LONGEST_MARK else None
        if found is not None:
            return bytes(found["first"][:limit])
        content = self._reader().format("binaryFile").load(_uri(file.location))
        return b"".join(bytes(row[0]) for row in content.select(F.substring("content", 1, limit)).collect())

    def read_lines(self, file: StoredFile, block: Block, limit: int) -> bytes:
        with self._splitting(file), _refusing(self, file):
            rows = (
                self._lines(file).where(F.col("start") == block.start).select(self._line(file)).limit(limit).collect()
            )
        return b"".join(bytes(row[0]) for row in rows)

    def collect(
        self, file: StoredFile, read: BlockReader, schema: pa.Schema, blocks: Sequence[int] | None = None
    ) -> pa.Table:
        with self._splitting(file), _refusing(self, file):
            return self._computed(file, read, schema, blocks).toArrow().cast(schema)

    def append(
        self,
        table: Table,
        constants: Mapping[str, Any],
        file: StoredFile,
        read: BlockReader,
        blocks: Sequence[int] | None = None,
    ) -> int:
        schema = pa.schema([field for field in table.arrow_schema if field.name not in constants])
        with self._splitting(file), _refusing(self, file):
            rows = self._computed(file, read, schema, blocks)
            columns = [
                F.expr(literal(constants[column.name], column.type)) if column.name in constants else F.col(column.name)
                for column in table.columns
                if column.name != table.load_column
            ]
            return self._replace_load(table, constants[table.load_column], rows.select(*columns))

    def _computed(
        self, file: StoredFile, read: BlockReader, schema: pa.Schema, blocks: Sequence[int] | None
    ) -> DataFrame:
        if blocks is None:
            if file.size > _LARGEST_VALUE:
                raise FileRefused(
                    f"The catalogue has {file.size:,} bytes; Spark reads one of {_LARGEST_VALUE:,} at most.",
                    where=file.location,
                    remedy="deliver it in several files",
                )
            whole = self._reader().text(_uri(file.location), wholetext=True)
            lines = whole.select(F.lit(0).cast("bigint").alias("start"), F.col("value").cast("binary").alias("line"))
        else:
            lines = self._lines(file).where(F.col("start").isin(list(blocks))).select("start", self._line(file))
        return lines.mapInArrow(_task(read), spark_schema(schema))

    def _lines(self, file: StoredFile) -> DataFrame:
        """`value`: each line without its LF or CR; `start`: where the block begins that it is read with."""
        text = self._reader().option("lineSep", self._line_ends[file]).text(_uri(file.location))
        return text.select("value", F.col("_metadata.file_block_start").alias("start"))

    def _line(self, file: StoredFile) -> Column:
        """`line`: a line as bytes, with its LF or CR."""
        return F.expr(f"concat(cast(value as binary), X'{ord(self._line_ends[file]):02X}') as line")

    def _reader(self) -> DataFrameReader:
        # Names may hold what Spark would take for a pattern.
        return self._session().read.option("__globPaths__", "false").option("recursiveFileLookup", "true")

    @contextmanager
    def _splitting(self, file: StoredFile, block_bytes: int | None = None) -> Iterator[None]:
        """Make Spark cut the file the same way every time, whatever the number of its workers is just now."""
        size = (
            block_bytes or self.block_bytes or min(_LARGEST_BLOCK, max(_SMALLEST_BLOCK, file.size // _BLOCKS_PER_FILE))
        )
        settings = {"spark.sql.files.maxPartitionBytes": f"{size}b", "spark.sql.files.minPartitionNum": "1"}
        conf = self._session().conf
        for name, value in settings.items():
            conf.set(name, value)
        try:
            yield
        finally:
            for name in settings:
                conf.unset(name)


def _task(read: BlockReader) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for start, pieces in groupby(_pieces(batches), key=lambda piece: piece[0]):
            yield from read(start, (data for _, data in pieces))

    return run


def _pieces(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, bytes]]:
    """(start of the block, lines of it that stand together in a batch)."""
    for batch in batches:
        starts = np.frombuffer(batch.column(0).buffers()[1], np.int64)[batch.column(0).offset :][: len(batch)]
        lines = batch.column(1)
        ends = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset :][: len(batch) + 1]
        data = lines.buffers()[2]
        edges = [0, *(np.flatnonzero(np.diff(starts)) + 1).tolist(), len(batch)]
        for first, behind in pairwise(edges):
            if first < behind:
                begin, end = int(ends[first]), int(ends[behind])
                yield int(starts[first]), data.slice(begin, end - begin).to_pybytes()


@contextmanager
def _refusing(files: SparkFiles, file: StoredFile) -> Iterator[None]:
    """Turn what Spark says about a file that it cannot read into a refusal of that file."""
    try:
        yield
    except FileRefused:
        raise
    except Exception as error:
        text = str(error)
        if ":" in file.name and "URISyntax" in text:
            raise FileRefused(
                "The name of the file holds a colon, which Spark cannot read.",
                where=file.location,
                remedy="rename the file, and deliver it again",
            ) from error
        if file.name.endswith(".gz") and _DAMAGED.search(text):
            raise refusal_of_gzip(file.location, files.first_bytes(file, LONGEST_MARK)) from error
        if "Too many bytes before" in text:
            raise FileRefused(
                f"A line is longer than {_LARGEST_VALUE:,} bytes.",
                where=file.location,
                remedy="check that it is CSV with one record per line, that ends with a line feed",
            ) from error
        if _GONE.search(text):
            raise FileRefused(
                f"The file cannot be read: {text.strip().splitlines()[0]}",
                where=file.location,
                remedy="check that it is a file, that it is still there, and that Spark may read it",
            ) from error
        raise


def _is_classic(session: SparkSession) -> bool:
    return type(session).__module__ == "pyspark.sql.session"


def _uri(location: str) -> str:
    """A location as Spark takes it: URIs as they are, anything else as a path on this machine."""
    if re.match(r"[a-zA-Z][\w+.-]+://?/?[^/]", location):
        return location
    path = Path(location).absolute()
    if ".." in path.parts:  # Hadoop would leave out the name before it, which may be a link to elsewhere
        path = path.resolve() if path.name == ".." else path.parent.resolve() / path.name
    return f"file://{path}"


def _path(uri: str) -> str:
    """The path alone: Hadoop adds an authority, and leaves slashes and `..` out, where people do not."""
    path = re.sub(r"^[a-zA-Z][\w+.-]*:(//[^/]*)?", "", uri)
    return posixpath.normpath(path).rstrip("/") if path else ""


def _encoded(uri: str) -> str:
    scheme, _, rest = uri.partition(":")
    return f"{scheme}:{quote(rest, safe='/:@!$&()*+,;=~')}"
