"""Records to SQL Server: bulk copies, and literal inserts where there are few or the server takes no bulk copy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext

import mssql_python
import pyarrow as pa

from goldreel.engines import tsql
from goldreel.engines.base import RefusedRow, Table
from goldreel.engines.shared import full_name, names_of
from goldreel.engines.sqlserver_errors import is_lost, lost, said
from goldreel.engines.sqlserver_session import Session
from goldreel.errors import GoldreelError

# A bulk copy logs in and asks what the table is like, which costs a server as much as some 100,000 rows (measured on
# Babelfish: 0.9 s of CPU). So they are few, and as large as memory allows.
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 1_000_000, 128 << 20
_ROWS_PER_STATEMENT = 500  # the server allows 1,000
_WORTH_A_BULK_COPY = 1_000  # it opens a connection of its own
# A server may be unable to hold a value that the column has room for (Babelfish: U+0000).
_CANNOT_HOLD = re.compile(r"would be truncated|invalid UTF-?16|code point 0|invalid byte sequence", re.IGNORECASE)


class RecordSender:
    """Appends records to tables."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._bulk_copies = True

    def append(self, table: Table, rows: pa.RecordBatchReader) -> list[RefusedRow]:
        refused: list[RefusedRow] = []
        for piece in _in_pieces(rows):
            refused += self._send(table, piece)
        return refused

    def _send(self, table: Table, batch: pa.Table) -> list[RefusedRow]:
        """Send rows; where the server cannot hold one, find it by halves."""
        try:
            is_large = batch.num_rows >= _WORTH_A_BULK_COPY
            if not (is_large and self._bulk_copies and self._bulk_copy(table, batch)):
                self._insert(table, batch)
            return []
        except (RuntimeError, mssql_python.Error) as error:
            if is_lost(str(error)):
                raise lost(str(error), self._session.location) from error
            # An error of a statement undid the transaction that it is in, with what was inserted before.
            is_undone = isinstance(error, mssql_python.Error) and not self._session.connection.autocommit
            if is_undone or not _CANNOT_HOLD.search(str(error)):
                raise GoldreelError(
                    f"The records could not be sent: {said(str(error))}",
                    where=f"{self._session.location}, {table}",
                    remedy="run the command again; what was sent of this file is swept",
                ) from error
            if batch.num_rows == 1:
                return [RefusedRow(batch.to_pylist()[0], f"the warehouse cannot hold it: {error}")]
        half = batch.num_rows // 2
        return self._send(table, batch.slice(0, half)) + self._send(table, batch.slice(half))

    def _bulk_copy(self, table: Table, batch: pa.Table) -> bool:
        """Bulk-copy all rows or none; False when this server does not let the driver do it."""
        names = [column.name for column in table.columns]
        with self._session.connection.cursor() as cursor:
            try:
                copied = cursor.bulkcopy_arrow(
                    full_name(table, tsql.quoted),
                    batch,
                    batch.num_rows,
                    timeout=0,
                    column_mappings=names,
                    keep_nulls=True,
                    use_internal_transaction=True,  # else what was sent before an error stays
                )
            except RuntimeError as error:
                if "Failed to resolve column mappings" not in str(error):
                    raise
                # The server does not describe its tables as the driver asks it to (Babelfish); nothing was sent.
                self._bulk_copies = False
                return False
        if copied["rows_copied"] != batch.num_rows:
            raise RuntimeError(f"of {batch.num_rows:,} rows the server took {copied['rows_copied']:,}")
        return True

    def _insert(self, table: Table, batch: pa.Table) -> None:
        """Insert all rows or none, written out as literals: parameters of this driver lose what is behind a U+0000."""
        columns = names_of(table, tsql.quoted)
        rows = [f"({', '.join(map(tsql.literal, row.values()))})" for row in batch.to_pylist()]
        if any("nchar(0)" in row for row in rows) and self._session.execute("select N'' + nchar(0)").rows == [(None,)]:
            raise RuntimeError("code point 0 is not supported by this server")
        with self._session.transaction() if self._session.connection.autocommit else nullcontext():
            for start in range(0, len(rows), _ROWS_PER_STATEMENT):
                values = ",\n".join(rows[start : start + _ROWS_PER_STATEMENT])
                self._session.execute(f"insert into {full_name(table, tsql.quoted)} ({columns}) values {values}")


def _in_pieces(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The rows in pieces as large as the bounds allow, by whole batches, none empty."""
    held: list[pa.RecordBatch] = []
    for batch in rows:
        for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
            part = batch.slice(start, _ROWS_AT_ONCE)
            count = sum(each.num_rows for each in held) + part.num_rows
            if held and (count > _ROWS_AT_ONCE or sum(each.nbytes for each in held) + part.nbytes > _BYTES_AT_ONCE):
                yield pa.Table.from_batches(held)
                held = []
            held.append(part)
    if held:
        yield pa.Table.from_batches(held)
