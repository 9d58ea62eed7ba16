"""Users who were forgotten: known by a salted hash, and kept out when they are delivered again.

The salt is a file of its own, apart from the hashes: who has only the warehouse cannot try ids one after the other.
"""

from __future__ import annotations

import csv
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from goldreel.durable import write_durably
from goldreel.engines.base import Engine
from goldreel.errors import UsageError
from goldreel.loading.contract import FORGOTTEN_USERS, USERS, VIEWING_SESSIONS, Entity
from goldreel.loading.source import Batch
from goldreel.os_faults import reason_of

SALT_FILE = "forgotten.salt"
_BLANKS = " \t\r\n"  # what the models trim (clean_text)
_OF_USERS = (USERS.name, VIEWING_SESSIONS.name)
_KEY = USERS.columns[0]

_DELIMITERS = ",;\t|"
# With what stands inside of ids: a-b, ann@x.org, O'Brien; but for the genitive.
_WORD = re.compile(r"\w+(?:[-.@+#~]+\w+|['’](?!s\b)\w+)*")
_WORDS_OF_AN_ID = 12
_ESCAPED = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])')


def key_of(user_id: str | None) -> str:
    """An id as the rules compare it: without the blanks around it."""
    return (user_id or "").strip(_BLANKS)


@dataclass(frozen=True)
class Forgotten:
    """Who was forgotten.

    Attributes:
        hashes: of their keys, with the salt.
    """

    salt: bytes
    hashes: frozenset[str]
    _known: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def __reduce__(self) -> tuple[type[Forgotten], tuple[bytes, frozenset[str]]]:
        return Forgotten, (self.salt, self.hashes)

    def hash_of(self, key: str, purpose: str = "user") -> str:
        """The hash that stands for a key; another one for each purpose."""
        said = f"{purpose}\0{key}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.salt, said, "sha256").hex()

    def has(self, user_id: str | None) -> bool:
        """Whether this user was forgotten."""
        key = key_of(user_id)
        if key not in self._known:
            if len(self._known) > 1_000_000:
                self._known.clear()
            self._known[key] = bool(key) and self.hash_of(key) in self.hashes
        return self._known[key]

    def without(self, batch: Batch, entity: Entity) -> tuple[Batch, int, int]:
        """A batch without records of theirs, and how many those are: records, and what was rejected."""
        if not self.hashes:
            return batch, 0, 0
        records, before = batch.records, len(batch.records)
        if entity.name in _OF_USERS:
            ids = records.column(_KEY)
            theirs = [each for each in pc.unique(ids).to_pylist() if self.has(each)]
            if theirs:
                is_theirs = pc.is_in(ids, value_set=pa.array(theirs, ids.type))
                records = records.filter(pc.invert(is_theirs))
        rejected = [each for each in batch.rejected if not any(map(self.has, parts_of(each.raw)))]
        without = replace(batch, records=records, rejected=rejected)
        return without, before - len(records), len(batch.rejected) - len(rejected)


NOBODY = Forgotten(b"", frozenset())


def parts_of(text: str) -> Iterator[str]:
    """What may be an id in a text that is no record: each of its fields, and each run of its words.

    A word ends where an id could not go on: `U1` is no part of `U10`, nor of `U1-2`.
    """
    for spelled in dict.fromkeys(_spellings(text)):
        yield spelled.strip(_BLANKS)
        for delimiter in _DELIMITERS:
            if delimiter in spelled:
                yield from (part.strip(_BLANKS).strip("\"'") for part in spelled.split(delimiter))
                yield from _fields(spelled, delimiter)
        words = list(_WORD.finditer(spelled))
        for at, first in enumerate(words):
            for last in words[at : at + _WORDS_OF_AN_ID]:
                yield from _with_signs(spelled, first.start(), last.end())


def _spellings(text: str) -> Iterator[str]:
    """A text as it stands, and as CSV or JSON would read it."""
    yield text
    if '""' in text:
        yield text.replace('""', '"')
    if "\\" in text:
        yield _ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    try:
        return str(json.loads(f'"{found.group()}"'))
    except ValueError:
        return found.group()


def _fields(text: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader(text.splitlines() or [""], delimiter=delimiter))
    except csv.Error:
        return []
    return [field.strip(_BLANKS) for row in rows for field in row]


def _with_signs(text: str, start: int, end: int) -> Iterator[str]:
    """A run of words, also with the sign right before or behind it: an id may end with one."""
    starts = [start, start - 1] if start and _is_sign(text[start - 1]) else [start]
    ends = [end, end + 1] if end < len(text) and _is_sign(text[end]) else [end]
    yield from (text[first:last] for first in starts for last in ends)


def _is_sign(character: str) -> bool:
    return not character.isspace() and character not in _DELIMITERS


def who_is_forgotten(engine: Engine) -> Forgotten:
    """Those whom the warehouse knows to be forgotten.

    Raises:
        UsageError: there are some, and the salt is not here: who they are cannot be told.
    """
    if not engine.has_table(FORGOTTEN_USERS.schema, FORGOTTEN_USERS.name):
        return NOBODY  # of an earlier goldreel
    hashes = frozenset(row[0] for row in engine.execute(f"select user_hash from {FORGOTTEN_USERS}").rows)
    return Forgotten(read_salt(engine.home) if hashes else b"", hashes)


def count_forgotten(engine: Engine) -> int:
    """How many users were forgotten."""
    if not engine.has_table(FORGOTTEN_USERS.schema, FORGOTTEN_USERS.name):
        return 0  # of an earlier goldreel
    return int(engine.execute(f"select count(distinct user_hash) from {FORGOTTEN_USERS}").rows[0][0])


def read_salt(home: Path) -> bytes:
    """The salt that was made when the first user was forgotten.

    Raises:
        UsageError: it is not there, or cannot be read.
    """
    try:
        salt = bytes.fromhex((home / SALT_FILE).read_text(encoding="ascii").strip())
        if len(salt) >= 16:
            return salt
        reason = "it is cut off"
    except OSError as error:
        reason = reason_of(error)
    except ValueError:
        reason = "it is no salt"
    raise UsageError(
        f"Users were forgotten, and the salt that tells who cannot be read: {reason}.",
        where=str(home / SALT_FILE),
        remedy="put back the file that was made when they were forgotten; nothing is loaded without it",
    )


def make_salt(home: Path) -> bytes:
    """The salt, made now if there is none yet; only its owner may read it."""
    file = home / SALT_FILE
    if not file.exists():
        write_durably(file, f"{secrets.token_hex(32)}\n", mode=0o600)
    return read_salt(home)
