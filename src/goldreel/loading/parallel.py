"""Files that the engine reads itself, many blocks at a time: the same rules, worked out where the blocks are.

A CSV file is read twice. First each block is surveyed: how many records it holds, and whether its last record goes on
in the next block (a quoted value with a line break may). The counts give every record its position in the file. Then
the records are written. Only blocks with quotes need to be parsed for the survey; in the others every line that is not
blank is a record.

A JSON document cannot be cut: one task reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate
from typing import NamedTuple

import pyarrow as pa

from goldreel.engines.stored_files import Block, ParallelFiles, StoredFile
from goldreel.errors import FileRefused
from goldreel.foreign import LONGEST_MARK
from goldreel.loading.contract import REJECTED_RECORDS, Entity
from goldreel.loading.csv_header import LINES_AHEAD, empty_file, read_header
from goldreel.loading.csv_lines import count_lines
from goldreel.loading.csv_loader import RecordReader, find_not_utf8, line_too_long, longest_line
from goldreel.loading.forgotten import NOBODY, Forgotten
from goldreel.loading.json_loader import read_json
from goldreel.loading.source import BLOCK_BYTES, UTF8_BOM, Batch, Carried, Origin, changed_meanwhile, not_utf8

_HEADER_LINES = 100  # how many lines are looked at for a header at first


def survey(
    files: ParallelFiles, entity: Entity, file: StoredFile, sha256: str, forgotten: Forgotten = NOBODY
) -> Callable[[Origin], Carried]:
    """Look at a file as a whole, before anything is written.

    Args:
        forgotten: whose records are left out.
        sha256: its fingerprint. The file is read several times, and fingerprinted again after the last: bytes decide,
            as two versions may have the same size and time.

    Returns:
        What writes its records to bronze, and says how many. It raises FileRefused when the file changed meanwhile;
        what it wrote belongs to no load then.

    Raises:
        FileRefused: the file cannot be understood as a whole.
    """
    carry = {"csv": _survey_csv, "json": _survey_json}[entity.file_format](files, entity, file, forgotten)

    def carry_if_unchanged(origin: Origin) -> Carried:
        carried = carry(origin)
        if not files.is_unchanged(file, sha256):
            raise changed_meanwhile(file.location)
        return carried

    return carry_if_unchanged


# --- CSV --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Survey:
    """What a task must know to read its block as a part of the whole file. Blocks are named by where they begin.

    Attributes:
        first: the block with the header.
        header_bytes: how much of that block the header and blank lines before it take.
        last: the block with the last line.
        carried: what the blocks before leave unfinished, where that is anything.
        rows_before: how many records come before a block.
        records: of the whole file.
        forgotten: whose records are left out when it is written.
    """

    entity: Entity
    header: list[str]
    first: int
    header_bytes: int
    last: int
    carried: Mapping[int, bytes] = field(default_factory=dict)
    rows_before: Mapping[int, int] = field(default_factory=dict)
    records: int = 0
    forgotten: Forgotten = NOBODY


def _survey_csv(
    files: ParallelFiles, entity: Entity, file: StoredFile, forgotten: Forgotten
) -> Callable[[Origin], Carried]:
    survey, starts = _look_at_csv(files, entity, file)
    return partial(_carry_csv, files, entity, file, replace(survey, forgotten=forgotten), starts)


def _carry_csv(
    files: ParallelFiles, entity: Entity, file: StoredFile, survey: _Survey, starts: Sequence[int], origin: Origin
) -> Carried:
    if not survey.records:
        return Carried()
    loaded = files.append(entity.table, origin.of_record(), file, partial(_csv_records, survey), starts)
    kept_out = kept_out_rejected = 0
    if survey.forgotten:
        for row in files.collect(file, partial(_count_kept_out, survey), _KEPT_OUT, starts).to_pylist():
            kept_out += row["records"]
            kept_out_rejected += row["rejected"]
    rejected = survey.records - loaded - kept_out - kept_out_rejected
    if rejected:
        kept = files.append(REJECTED_RECORDS, origin.of_rejected(entity), file, partial(_csv_rejected, survey), starts)
        if kept != rejected:
            raise changed_meanwhile(file.location)
    unknown = frozenset(survey.header) - frozenset(entity.columns)
    return Carried(loaded, rejected, unknown, kept_out, kept_out_rejected)


def _look_at_csv(files: ParallelFiles, entity: Entity, file: StoredFile) -> tuple[_Survey, list[int]]:
    """What each task must know, and the blocks with records."""
    blocks = files.blocks(file)
    if any(block.longest > longest_line() for block in blocks):
        raise line_too_long(file.location)
    _check_utf8(files, file, blocks)
    first = next((at for at, block in enumerate(blocks) if block.lines > block.blank), len(blocks))
    blank, blocks = blocks[:first], blocks[first:]
    if not blocks:
        raise empty_file(file.location, entity)
    header, header_bytes = _find_header(files, entity, file, blocks, blank)
    survey = _Survey(entity, header, blocks[0].start, header_bytes, blocks[-1].start)
    return _count_records(files, file, blocks, survey), [block.start for block in blocks]


def _check_utf8(files: ParallelFiles, file: StoredFile, blocks: Sequence[Block]) -> None:
    for position, block in enumerate(blocks):
        if not block.is_utf8:
            lines_before = _count_lines(files, file, blocks[:position])
            found = files.collect(file, partial(_find_not_utf8, lines_before), _FAULT, [block.start]).to_pylist()
            raise not_utf8(file.location, found[0]["place"], found[0]["head"], files.first_bytes(file, LONGEST_MARK))


def _count_lines(files: ParallelFiles, file: StoredFile, blocks: Sequence[Block]) -> int:
    """How many lines blocks have, also of those that end with a CR alone."""
    lines = sum(block.lines for block in blocks if not block.has_returns)
    unclear = [block.start for block in blocks if block.has_returns]
    if unclear:
        for row in files.collect(file, _count_lines_of_block, _LINES, unclear).to_pylist():
            lines += row["lines"]
    return lines


_LINES = pa.schema([("lines", pa.int64())])


def _count_lines_of_block(start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    data = b"".join(lines)
    yield pa.RecordBatch.from_pylist([{"lines": count_lines(data, len(data))}], _LINES)


_FAULT = pa.schema([("place", pa.string()), ("head", pa.binary())])


def _find_not_utf8(lines_before: int, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    for data in lines:
        fault = find_not_utf8(data, lines_before)
        if fault:
            place, head = fault
            yield pa.RecordBatch.from_pylist([{"place": place, "head": head[:4]}], _FAULT)
            return
        lines_before += count_lines(data, len(data))


def _find_header(
    files: ParallelFiles, entity: Entity, file: StoredFile, blocks: Sequence[Block], blank: Sequence[Block]
) -> tuple[list[str], int]:
    """The column names, and how many bytes of the first block come before the first record.

    Args:
        blank: the blocks before, which hold blank lines only.
    """
    limit = _HEADER_LINES
    lines_before = _count_lines(files, file, blank)
    ahead = partial(_lines_ahead, files, file, blocks)
    while True:
        has_all = limit >= blocks[0].lines
        data = files.read_lines(file, blocks[0], limit)
        header, length = read_header(file.location, entity, data, lines_before, len(blocks) == 1 and has_all, ahead)
        if header:
            return header, length
        if has_all:  # a quote that does not close within a block does not close at all
            read_header(file.location, entity, data, lines_before, True, ahead)
        limit *= 10


def _lines_ahead(files: ParallelFiles, file: StoredFile, blocks: Sequence[Block]) -> bytes:
    """What a file begins with, as far as it is looked at for a header."""
    held = b""
    for block in blocks:
        held += files.read_lines(file, block, block.blank + LINES_AHEAD)
        if count_lines(held.lstrip(), len(held)) > LINES_AHEAD:
            break
    return held


class _Count(NamedTuple):
    """What a block holds, given what the blocks before it carry into it."""

    carried: bytes
    records: int
    unfinished: bytes


def _count_records(files: ParallelFiles, file: StoredFile, blocks: Sequence[Block], survey: _Survey) -> _Survey:
    """Count the records before each block.

    All unclear blocks are parsed at once, as if nothing were carried into them; then again those of which that was not
    true, until all fit together.
    """
    counts: dict[int, _Count] = {}
    while True:
        carried: dict[int, bytes] = {}
        unclear = []
        rest = b""
        for block in blocks:
            if rest:
                carried[block.start] = rest
            known = counts.get(block.start)
            if known is None or known.carried != rest:
                if rest or block.has_quotes or block.has_returns:
                    unclear.append(block.start)
                else:
                    known = _Count(b"", block.lines - block.blank - (block.start == survey.first), b"")
                    counts[block.start] = known
            rest = known.unfinished if known else b""
        survey = replace(survey, carried=carried)
        if not unclear:
            break
        for row in files.collect(file, partial(_count_block, survey), _COUNTED, unclear).to_pylist():
            counts[row["start"]] = _Count(carried.get(row["start"], b""), row["records"], row["unfinished"])
    ends = list(accumulate(counts[block.start].records for block in blocks))
    rows_before = dict(zip((block.start for block in blocks), [0, *ends], strict=False))
    return replace(survey, rows_before=rows_before, records=ends[-1])


_COUNTED = pa.schema([("start", pa.int64()), ("records", pa.int64()), ("unfinished", pa.binary())])


def _count_block(survey: _Survey, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    reader = RecordReader(survey.entity, survey.header)
    for _ in _batches(survey, reader, start, lines):
        pass
    row = {"start": start, "records": reader.records, "unfinished": reader.unfinished}
    yield pa.RecordBatch.from_pylist([row], _COUNTED)


def _csv_records(survey: _Survey, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    reader = RecordReader(survey.entity, survey.header, survey.rows_before[start])
    for batch in _batches(survey, reader, start, lines):
        yield from survey.forgotten.without(batch, survey.entity)[0].records.to_batches()


def _csv_rejected(survey: _Survey, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    reader = RecordReader(survey.entity, survey.header, survey.rows_before[start])
    for batch in _batches(survey, reader, start, lines):
        yield from _as_rows(survey.forgotten.without(batch, survey.entity)[0])


_KEPT_OUT = pa.schema([("records", pa.int64()), ("rejected", pa.int64())])


def _count_kept_out(survey: _Survey, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    reader = RecordReader(survey.entity, survey.header, survey.rows_before[start])
    for batch in _batches(survey, reader, start, lines):
        _, records, rejected = survey.forgotten.without(batch, survey.entity)
        yield pa.RecordBatch.from_pylist([{"records": records, "rejected": rejected}], _KEPT_OUT)


def _batches(survey: _Survey, reader: RecordReader, start: int, lines: Iterator[bytes]) -> Iterator[Batch]:
    """Read a block, beginning with what the block before it left unfinished."""
    skip = survey.header_bytes if start == survey.first else 0
    reader.unfinished = survey.carried.get(start, b"")
    for data, is_end in _joined(lines, BLOCK_BYTES):
        data, skip = data[skip:], max(0, skip - len(data))
        batch = reader.read(reader.unfinished + data, is_end and start == survey.last)
        if batch is not None:
            yield batch


def _joined(pieces: Iterator[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces joined to at least `size` bytes each, and whether each is the last; at least one, that may be empty."""
    held: list[bytes] = []
    length = 0
    for piece in pieces:
        if length >= size:
            yield b"".join(held), False
            held, length = [], 0
        held.append(piece)
        length += len(piece)
    yield b"".join(held), True


_REJECTED = pa.schema([("source_row", pa.int64()), ("raw", pa.string()), ("reason", pa.string())])


def _as_rows(batch: Batch) -> Iterator[pa.RecordBatch]:
    if batch.rejected:
        yield pa.RecordBatch.from_pylist([record._asdict() for record in batch.rejected], _REJECTED)


# --- JSON -------------------------------------------------------------------------------------


class _Document:
    """A whole file in the hands of one task. See `goldreel.loading.source.Source`."""

    def __init__(self, location: str, pieces: Iterator[bytes]) -> None:
        self.location = location
        self._pieces = pieces
        self._first_bytes = b""

    def blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        for piece in self._pieces:
            if not self._first_bytes:
                self._first_bytes = piece[:LONGEST_MARK]
                piece = piece.removeprefix(UTF8_BOM)
            for start in range(0, len(piece), BLOCK_BYTES):
                yield piece[start : start + BLOCK_BYTES]

    def not_utf8(self, place: str, head: bytes) -> FileRefused:
        return not_utf8(self.location, place, head, self._first_bytes)


def _survey_json(
    files: ParallelFiles, entity: Entity, file: StoredFile, forgotten: Forgotten
) -> Callable[[Origin], Carried]:
    surveyed = files.collect(file, partial(_count_json, entity, file.location, forgotten), _FOUND)
    if not len(surveyed):  # a file without a byte has no block either
        (empty,) = _count_json(entity, file.location, forgotten, 0, iter(()))
        surveyed = pa.Table.from_batches([empty])
    (found,) = surveyed.to_pylist()
    if found["refusal"]:
        raise FileRefused(*json.loads(found["refusal"]))
    unknown = frozenset(json.loads(found["unknown_columns"]))
    counted = Carried(found["loaded"], found["rejected"], unknown, 0, found["kept_out"])
    return partial(_carry_json, files, entity, file, counted, forgotten)


def _carry_json(
    files: ParallelFiles, entity: Entity, file: StoredFile, carried: Carried, forgotten: Forgotten, origin: Origin
) -> Carried:
    loaded = files.append(entity.table, origin.of_record(), file, partial(_json_records, entity, file.location))
    rejected = 0
    if carried.rejected:
        read = partial(_json_rejected, entity, file.location, forgotten)
        rejected = files.append(REJECTED_RECORDS, origin.of_rejected(entity), file, read)
    if (loaded, rejected) != (carried.loaded, carried.rejected):
        raise changed_meanwhile(file.location)
    return carried


_COUNTS = ("loaded", "rejected", "kept_out")
_FOUND = pa.schema(
    [*((name, pa.int64()) for name in _COUNTS), ("unknown_columns", pa.string()), ("refusal", pa.string())]
)


def _count_json(
    entity: Entity, location: str, forgotten: Forgotten, start: int, lines: Iterator[bytes]
) -> Iterator[pa.RecordBatch]:
    carried, refusal = Carried(), None
    try:
        for batch in read_json(_Document(location, lines), entity, lambda count: None):
            carried += Carried.of(*forgotten.without(batch, entity))
    except FileRefused as refused:
        refusal = json.dumps([refused.what, refused.where, refused.remedy])
    unknown = json.dumps(sorted(carried.unknown_columns))
    counts = [[carried.loaded], [carried.rejected], [carried.kept_out_rejected]]
    yield pa.RecordBatch.from_arrays([*counts, [unknown], [refusal]], schema=_FOUND)


def _json_records(entity: Entity, location: str, start: int, lines: Iterator[bytes]) -> Iterator[pa.RecordBatch]:
    for batch in read_json(_Document(location, lines), entity, lambda count: None):
        yield from batch.records.to_batches()


def _json_rejected(
    entity: Entity, location: str, forgotten: Forgotten, start: int, lines: Iterator[bytes]
) -> Iterator[pa.RecordBatch]:
    for batch in read_json(_Document(location, lines), entity, lambda count: None):
        yield from _as_rows(forgotten.without(batch, entity)[0])
