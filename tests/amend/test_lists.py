"""Lists of users who are to be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amend.world import World, user, users
from goldreel import amend
from goldreel.errors import UsageError
from goldreel.pipeline import read_ids


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda file: None, "cannot be read: no such file or directory; nothing was changed"),
        (Path.mkdir, "cannot be read: is a directory; nothing was changed"),
        (lambda file: file.write_bytes(b"U\xff1"), "cannot be read: it is not UTF-8; nothing was changed"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_in_a_line(
    write: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    write(tmp_path / "ids.txt")
    with pytest.raises(UsageError, match=told):
        read_ids(tmp_path / "ids.txt")


def test_a_list_has_an_id_on_each_line_and_one_without_any_names_nobody(world: World, tmp_path: Path) -> None:
    world.load(users__csv=users(user("U1"), user("A, B")))
    file = tmp_path / "ids.txt"
    file.write_bytes("\ufeff U1 \r\n\r\nA, B\nU1\n".encode())
    assert amend.plan_forgetting(world.engine, read_ids(file)).found.user_keys == ("U1", "A, B")
    for nothing in ("", "\n \t\r\n"):
        file.write_text(nothing)
        with pytest.raises(UsageError, match="No user is named; nothing was changed"):
            amend.plan_forgetting(world.engine, read_ids(file))
