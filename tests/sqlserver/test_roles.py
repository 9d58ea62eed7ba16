"""Who may forget people on SQL Server. The server is a stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goldreel import amend
from goldreel.engines import open_engine
from goldreel.engines.sqlserver_erasing import ROLE
from goldreel.errors import RightMissing

from .standin import Answer, StandIn, rows


def in_role(answer: int) -> Callable[[str], Answer]:
    """Answers as to a login that is, or is not, in the role that was asked for."""
    return lambda sql: rows("answer", [answer if "is_rolemember('goldreel_eraser')" in sql else 0])


def test_who_has_not_the_role_for_it_forgets_nobody_and_changes_nothing(settings: Any, standin: StandIn) -> None:
    standin.on_statement = in_role(0)
    with open_engine(settings) as engine:
        before = len(standin.statements)
        for do in (
            lambda: amend.plan_forgetting(engine, ["U1"]),
            lambda: amend.forget(engine, ["U1"], "", lambda: None, lambda: None),
        ):
            with pytest.raises(RightMissing, match=r"it is not in the role goldreel_eraser; nothing was changed") as no:
                do()
            assert "alter role goldreel_eraser add member [ann]" in no.value.remedy
        asked = standin.statements[before:]
    assert len(asked) == 2
    assert all(sql.startswith("select") for sql in asked)


def test_who_has_it_may(settings: Any, standin: StandIn) -> None:
    standin.on_statement = in_role(1)
    with open_engine(settings) as engine:
        engine.check_may_forget()


def test_the_role_that_is_asked_for_is_one_that_roles_sql_makes_with_all_that_a_builder_may() -> None:
    text = (Path(__file__).parents[2] / "sql" / "sqlserver" / "roles.sql").read_text(encoding="utf-8")
    assert f"create role {ROLE};" in text
    (given,) = re.findall(r"declare @grants nvarchar\(max\) = (replace\(@to.*?);", text, flags=re.DOTALL)
    assert re.findall(r"replace\(@to, N'\[role\]', N'(\w+)'\)", given) == ["goldreel_builder", ROLE]
