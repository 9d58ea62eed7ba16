"""Expressions that several tables need."""

from __future__ import annotations


def clean(column: str) -> str:
    return f"nullif(trim(both ' \\t\\r\\n' from {column}), '')"


def number(text: str) -> str:
    return f"case when {text} rlike '^[+-]?[0-9]+([.][0-9]+)?$' then try_cast({text} as double) end"


def whole(text: str) -> str:
    return f"case when {text} rlike '^[+-]?[0-9]+$' then try_cast({text} as bigint) end"


def day(text: str) -> str:
    pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$"
    return f"case when {text} rlike '{pattern}' then try_cast(left({text}, 10) as date) end"


def implausible(date: str) -> str:
    return f"({date} < date'1900-01-01' or {date} > date_add(loaded_on, 1))"


def two_decimals(value: str) -> str:
    return f"sign({value}) * floor(abs({value}) * 100 + 0.5) / 100"


def latest(key: str) -> str:
    """Whether a valid record is replaced by a later one."""
    return f"row_number() over (partition by {key}, rule order by load_id desc, source_row desc) > 1"
