"""Records with names of their own (JSON, Parquet, SQLite) → pieces: each record becomes one JSON text."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from goldreel.errors import FileRefused
from goldreel.loading.json_loader import JsonWindow
from goldreel.loading.source import Rejected
from goldreel.sources.columns import Fields
from goldreel.sources.delimited import text_lines
from goldreel.sources.expressions import sandbox
from goldreel.sources.mapping import Piece
from goldreel.sources.paths import steps
from goldreel.sources.preparing import whole_numbers
from goldreel.sources.shapes import literal

_RECORDS_AT_ONCE, _BYTES_AT_ONCE = 20_000, 8 << 20
_MOST_AT_ONCE = 200_000  # of records that are read together


def read_lines(location: str, says: Any, blocks: Iterator[bytes]) -> Iterator[Piece]:
    """JSON lines: one object on each."""
    row = 0
    for data in text_lines(location, says, blocks):
        texts = _lines_of(data)
        if len(texts):
            yield _piece(row, texts)
            row += len(texts)


def _lines_of(data: bytes) -> pa.Array:
    """The lines of UTF-8 that are not blank."""
    if b"\r" in data:
        data = data.replace(b"\r", b"\n")
    whole = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, len(data)], np.int32)), pa.py_buffer(data))
    lines = pc.split_pattern(whole, "\n").values
    may_be_blank = pc.indices_nonzero(pc.invert(pc.starts_with(lines, "{"))).to_pylist()
    blank = [at for at in may_be_blank if not lines[at].as_py().strip()]
    if not blank:
        return lines
    kept = np.ones(len(lines), dtype=bool)
    kept[blank] = False
    return lines.filter(pa.array(kept))


def read_document(location: str, says: Any, source: Any) -> Iterator[Piece]:
    """The elements of a list in a JSON document."""
    window = JsonWindow(source, lambda count: None)
    path = steps(says.get("path", ""))
    _go_to(window, path, location)
    texts: list[str] = []
    size = row = 0
    for raw in _elements(window):
        texts.append(raw)
        size += len(raw)
        if len(texts) == _RECORDS_AT_ONCE or size > _BYTES_AT_ONCE:
            yield _piece(row, texts)
            row, texts, size = row + len(texts), [], 0
    if texts:
        yield _piece(row, texts)


def _go_to(window: JsonWindow, path: list[str | int], location: str) -> None:
    """Read on to the list that a path leads to."""
    done: list[str] = []
    for step in path:
        place = ".".join(done) or "the top level"
        if isinstance(step, int) or window.peek() != "{":
            raise _no_list(location, f"{place} is no object", path)
        window.skip()
        while True:
            if window.peek() in ("}", ""):
                raise _no_list(location, f"{place} has no {step!r}", path)
            name, _ = window.read_value()
            window.expect(":")
            if name == step:
                break
            window.read_value()
            window.end_of_item("}")
        done.append(str(step))
    if window.peek() != "[":
        raise _no_list(location, f"{'.'.join(done) or 'the top level'} is no list", path)


def _no_list(location: str, why: str, path: list[str | int]) -> FileRefused:
    said = ".".join(map(str, path))
    return FileRefused(
        f"The list of records is not where the source says: {why}.",
        location,
        f"correct `path` in the source{f' ({said})' if said else ', as in `path: response.data`'}; "
        "of one object per line the type is json_lines",
    )


def _elements(window: JsonWindow) -> Iterator[str]:
    window.skip()
    while window.peek() != "]":
        yield window.read_value()[1]
        window.end_of_item("]")
    # what follows belongs to the objects around the list; the file is read to its end
    window.pass_over()


def fields_of_parquet(location: str, file: Path) -> Fields:
    """Its columns; those of plain types are at hand as `t0`, `t1` … beside the record as JSON."""
    try:
        schema = pyarrow.parquet.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(location, "Parquet file", error) from None
    names = tuple(schema.names)
    # By a path, `a.b` is the field b of a.
    texts = {
        name: f"t{at}::varchar"
        for at, name in enumerate(names)
        if _is_plain(schema.field(at).type) and names.count(name) == 1 and steps(name) == [name]
    }
    kinds = {name: None if name in texts else schema.field(at).type for at, name in enumerate(names)}
    return Fields(None, location, kinds, texts)


def _is_plain(kind: pa.DataType) -> bool:
    """Whether values of a type are the same text as such and as JSON."""
    return (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_date32(kind)
        or (pa.types.is_timestamp(kind) and kind.tz is None)
        or (pa.types.is_integer(kind) and kind != pa.uint64())
    )


def read_parquet(location: str, file: Path) -> Iterator[Piece]:
    """The rows of a Parquet file: whole numbers and text as they are, days and moments as ISO 8601 has them."""
    try:
        parquet = pyarrow.parquet.ParquetFile(file)
        size = sum(parquet.metadata.row_group(at).total_byte_size for at in range(parquet.metadata.num_row_groups))
        at_once = max(100, min(_MOST_AT_ONCE, _BYTES_AT_ONCE * parquet.metadata.num_rows // max(1, size)))
        batches = parquet.iter_batches(batch_size=at_once)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(location, "Parquet file", error) from None
    row = 0
    with sandbox(ordered=True) as connection:
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(location, "Parquet file", error) from None
            if batch is None:
                return
            records = pa.Table.from_batches([batch])
            piece = _piece(row, as_json_records(connection, records, location)).records
            for at, column in enumerate(records.columns):
                piece = piece.append_column(f"t{at}", column)
            yield Piece(piece, [])
            row += len(batch)


def as_json_records(connection: duckdb.DuckDBPyConnection, records: pa.Table, location: str) -> pa.ChunkedArray:
    """Typed records as JSON texts, in their order."""
    connection.register("typed", records)
    found: pa.Table
    try:
        typed = connection.view("typed")
        kinds = zip(typed.columns, map(str, typed.dtypes), strict=True)
        pairs = ", ".join(f"{literal(name)}: {_as_json(_quoted(name), kind)}" for name, kind in kinds)
        found = connection.sql(f"select to_json({{{pairs}}})::varchar as record from typed").to_arrow_table()
    except duckdb.Error as error:
        raise _unreadable(location, "Parquet file", error) from None
    finally:
        connection.unregister("typed")
    return found.column("record")


def _as_json(name: str, kind: str) -> str:
    """A value as JSON has it; as text where JSON's numbers would lose something of it."""
    if kind == "DOUBLE":
        return f"case when isfinite({name}) then to_json({name}) else to_json({name}::varchar) end"
    if kind in ("FLOAT", "HUGEINT", "UHUGEINT") or kind.startswith("DECIMAL"):
        return f"{name}::varchar"
    if kind == "BLOB":
        return f"case when try(decode({name})) is not null then try(decode({name})) else hex({name}) end"
    return name


def fields_of_sqlite(location: str, says: Any, file: Path) -> Fields:
    """The columns of the table that a source reads."""
    with closing(_opened(location, file)) as connection:
        try:
            _check_table(location, connection, says["table"])
            found = connection.execute(f"select * from {_quoted(says['table'])} limit 0")
            return Fields(None, location, dict.fromkeys(column[0] for column in found.description))
        except sqlite3.Error as error:
            raise _unreadable(location, "SQLite database", error) from None


def _opened(location: str, file: Path) -> sqlite3.Connection:
    try:
        # Whoever writes the records draws them, in a thread of its own.
        return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.Error as error:
        raise _unreadable(location, "SQLite database", error) from None


def _check_table(location: str, connection: sqlite3.Connection, table: str) -> None:
    found = connection.execute("select name from sqlite_master where type in ('table', 'view')")
    tables = [name for (name,) in found]
    if table not in tables:
        raise FileRefused(
            f"The database has no table {table!r}.", location, f"name one of {', '.join(tables) or 'its tables'}"
        )


def read_sqlite(location: str, says: Any, file: Path) -> Iterator[Piece]:
    """The rows of a table of a SQLite database, which is opened to read only, in the order of its row ids."""
    table = says["table"]
    connection = _opened(location, file)
    try:
        _check_table(location, connection, table)
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        cursor = connection.execute(f"select * from {_quoted(table)}")
        names = [column[0] for column in cursor.description]
        row = 0
        while rows := cursor.fetchmany(_RECORDS_AT_ONCE):
            records, rejected = [], []
            places = []
            for at, values in enumerate(rows, start=row + 1):
                text = json.dumps(
                    {name: _plain(value) for name, value in zip(names, values, strict=True)}, ensure_ascii=False
                )
                try:
                    text.encode()
                except UnicodeEncodeError:
                    rejected.append(Rejected(at, json.dumps(text), "a text of it is not UTF-8"))
                    continue
                records.append(text)
                places.append(at)
            yield Piece(
                pa.table({"row": pa.array(places, pa.int64()), "record": pa.array(records, pa.string())}), rejected
            )
            row += len(rows)
    except sqlite3.Error as error:
        raise _unreadable(location, "SQLite database", error) from None
    finally:
        connection.close()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _unreadable(location: str, kind: str, error: Exception) -> FileRefused:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return FileRefused(
        f"The file cannot be read as a {kind}: {said}.", location, "deliver it whole, or correct the source"
    )


def _piece(before: int, texts: Any) -> Piece:
    rows = whole_numbers(np.arange(before + 1, before + len(texts) + 1))
    records = pa.array(texts, pa.string()) if isinstance(texts, list) else texts
    return Piece(pa.table({"row": rows, "record": records}), [])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
