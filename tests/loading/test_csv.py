"""CSV: what is a record, what its values are, and what is set aside."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from goldreel.errors import FileRefused
from loading.reading import TINY_BLOCKS, Files, Reading, blocks_of, read

Pairs = dict[int, tuple[str, str]]

SHORT = "1 columns where the header has 2"
LONG = "3 columns where the header has 2"
NEVER = "never closed"
MIDDLE = "in the middle of a value"
FOLLOWS = "text follows a closing quote"
BACKSLASH = f"{FOLLOWS}; a backslash stands before a quote, where CSV doubles the quote"

# What follows the header a,b; the records; and of what is rejected the text and a part of the reason.
CASES: dict[str, tuple[str, Pairs, dict[int, tuple[str, str]]]] = {
    "plain lines": ("1,2\n3,4\n", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "no line end at the end": ("1,2\n3,4", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "CRLF": ("1,2\r\n3,4\r\n", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "CRLF and LF mixed": ('1,2\n3,4\r\n"5",6\r\n', {1: ("1", "2"), 2: ("3", "4"), 3: ("5", "6")}, {}),
    "nothing": ("", {}, {}),
    "empty values": (",\n,x\n", {1: ("", ""), 2: ("", "x")}, {}),
    "blanks stay": (" 1 ,\t2 \n", {1: (" 1 ", "\t2 ")}, {}),
    "blank lines are no records": ("\n1,2\n \t\n\r\n3,4\n\n \n", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "too few columns": ("1\n3,4\n", {2: ("3", "4")}, {1: ("1", SHORT)}),
    "too many columns": ("1,2\n3,4,5\n6,7\n", {1: ("1", "2"), 3: ("6", "7")}, {2: ("3,4,5", LONG)}),
    "a comma too many at the end": ("1,2,\n3,4\n", {2: ("3", "4")}, {1: ("1,2,", LONG)}),
    "too many columns, quoted": ('"1","2","3"\n', {}, {1: ('"1","2","3"', LONG)}),
    "rejected lines take a number, blank ones do not": (
        "\nx\n\n1,2\ny\n\n3,4\n",
        {2: ("1", "2"), 4: ("3", "4")},
        {1: ("x", SHORT), 3: ("y", SHORT)},
    ),
    "all fields quoted": ('"1","2"\n"3","4"\n', {1: ("1", "2"), 2: ("3", "4")}, {}),
    "empty quoted": ('"",""\n', {1: ("", "")}, {}),
    "quotes doubled": ('"a ""b""",""""\n', {1: ('a "b"', '"')}, {}),
    "a comma in quotes": ('"1,5",2\n', {1: ("1,5", "2")}, {}),
    "blanks in quotes": ('" 1 ","\t"\n', {1: (" 1 ", "\t")}, {}),
    "a line break in quotes": ('"a\nb",2\n3,4\n', {1: ("a\nb", "2"), 2: ("3", "4")}, {}),
    "CRLF in quotes": ('"a\r\nb",2\r\n3,4\r\n', {1: ("a\r\nb", "2"), 2: ("3", "4")}, {}),
    "a CR alone in quotes": ('"a\rb",2\n', {1: ("a\rb", "2")}, {}),
    "blank lines in quotes": ('"a\n\n \n\nb",2\n3,4\n', {1: ("a\n\n \n\nb", "2"), 2: ("3", "4")}, {}),
    "line breaks in both": ('"a\nb","c\nd"\n3,4\n', {1: ("a\nb", "c\nd"), 2: ("3", "4")}, {}),
    "too few columns over two lines": ('"a\nb"\n3,4\n', {2: ("3", "4")}, {1: ('"a\nb"', SHORT)}),
    "a quote never closed on the last line": ('1,2\n3,"4\n', {1: ("1", "2")}, {2: ('3,"4', NEVER)}),
    "a quote never closed, no line end": ('1,2\n3,"4', {1: ("1", "2")}, {2: ('3,"4', NEVER)}),
    "a quote never closed costs one line": (
        'x,"y\n1,2\n\n3,4\n',
        {2: ("1", "2"), 3: ("3", "4")},
        {1: ('x,"y', NEVER)},
    ),
    "a quote that closes lines later inside a value": (
        'x,"y\n1,2\n3,4"5\n6,7\n',
        {2: ("1", "2"), 3: ("3", '4"5'), 4: ("6", "7")},
        {1: ('x,"y', MIDDLE)},
    ),
    "a doubled quote does not close": ('"a""\nb",2\n3,4\n', {1: ('a"\nb', "2"), 2: ("3", "4")}, {}),
    "text after a quote that closed on its own line": (
        '"a\nb","c"d\n3,4\n',
        {2: ("3", "4")},
        {1: ('"a\nb","c"d', FOLLOWS)},
    ),
    "text after a closing quote, and a quote that would go on": (
        '"a"b,"c\nd,e\n3,4\n',
        {2: ("d", "e"), 3: ("3", "4")},
        {1: ('"a"b,"c', FOLLOWS)},
    ),
    "text after a closing quote": (
        '"a"b,2\n"c""d"e"f",4\n5,6\n',
        {3: ("5", "6")},
        {1: ('"a"b,2', FOLLOWS), 2: ('"c""d"e"f",4', FOLLOWS)},
    ),
    "a blank after a closing quote": ('"a" ,"b" \n3,4\n', {2: ("3", "4")}, {1: ('"a" ,"b" ', FOLLOWS)}),
    "a quote escaped by a backslash": (
        '1,"55\\" wide"\n"\\"x\\"",2\n3,4\n',
        {3: ("3", "4")},
        {1: ('1,"55\\" wide"', BACKSLASH), 2: ('"\\"x\\"",2', BACKSLASH)},
    ),
    "a quote escaped by a backslash at the end of a value": (
        '1,"55\\""\n"Living Room" TV,2\n3,4\n',
        {3: ("3", "4")},
        {1: ('1,"55\\""', "a backslash stands before a quote"), 2: ('"Living Room" TV,2', FOLLOWS)},
    ),
    "a backslash before a quote that closes": ('"C:\\","\\"\n', {1: ("C:\\", "\\")}, {}),
    "a quote inside an unquoted field": ('6" disc,2\na"b"c,"4"\n', {1: ('6" disc', "2"), 2: ('a"b"c', "4")}, {}),
    "a quote behind a blank": (' "a",2\n', {1: (' "a"', "2")}, {}),
    "a CR alone": ("1,2\r3,4\r", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "a CR alone and quotes": ('"1",2\r3,"4"\r', {1: ("1", "2"), 2: ("3", "4")}, {}),
    "line ends of all kinds": ('1,2\r3,4\n"5",6\r\n', {1: ("1", "2"), 2: ("3", "4"), 3: ("5", "6")}, {}),
    "a CR alone inside what was one record": ("a\rb,2\n3,4\n", {2: ("b", "2"), 3: ("3", "4")}, {1: ("a", SHORT)}),
    "a CR alone beside quotes": ('a\rb,"2"\n3,4\n', {2: ("b", "2"), 3: ("3", "4")}, {1: ("a", SHORT)}),
    "a CR before CRLF": ("1,2\r\r\n", {1: ("1", "2")}, {}),
    "a CR at the end of the file": ("1,2\n3,4\r", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "blank lines that end with a CR alone": ("\r1,2\r \r\r\n\r3,4\r\r", {1: ("1", "2"), 2: ("3", "4")}, {}),
    "a quote that closes lines later, of lines that end with a CR": (
        'x,"y\r1,2\r3,4"5\r6,7\r',
        {2: ("1", "2"), 3: ("3", '4"5'), 4: ("6", "7")},
        {1: ('x,"y', MIDDLE)},
    ),
    "NUL": ('a\0b,"\0"\n\0,\n', {1: ("a\0b", "\0"), 2: ("\0", "")}, {}),
    "other scripts": ("Perú,日本 🎬\n", {1: ("Perú", "日本 🎬")}, {}),
    "line ends of other standards": ("\x85b,c\u2028\n\x0b,\x0c\n", {1: ("\x85b", "c\u2028"), 2: ("\x0b", "\x0c")}, {}),
    "no-break blanks are no blank line": ("\u00a0\n", {}, {1: ("\u00a0", SHORT)}),
    "a byte order mark before the first record": ("\ufeff1,2\n", {1: ("\ufeff1", "2")}, {}),
    "a byte order mark between plain records": ("1,2\n\ufeff3,4\n", {1: ("1", "2"), 2: ("\ufeff3", "4")}, {}),
    "a byte order mark after a quoted record": ('"1",2\n\ufeff3,4\n', {1: ("1", "2"), 2: ("\ufeff3", "4")}, {}),
    "a byte order mark after a rejected line": ("1\n\ufeff3,4\n", {2: ("\ufeff3", "4")}, {1: ("1", SHORT)}),
    "a byte order mark before a quote": ('\ufeff"3",4\n', {1: ('\ufeff"3"', "4")}, {}),
}  # fmt: skip


def with_parts(found: Reading, wanted: dict[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
    """What was rejected, with each reason cut down to the part wanted of it, if that stands in it."""
    cut = {}
    for row, (raw, reason) in found.rejected.items():
        part = wanted[row][1] if row in wanted else reason
        cut[row] = (raw, part if part in reason else reason)
    return cut


@pytest.mark.parametrize("name", CASES)
def test_a_file_gives_these_records(files: Files, name: str) -> None:
    body, records, rejected = CASES[name]
    found = files.csv(f"a,b\n{body}")
    assert (found.pairs, with_parts(found, rejected)) == (records, rejected)


@pytest.mark.parametrize("name", CASES)
def test_where_a_block_ends_makes_no_difference(tmp_path: Path, name: str) -> None:
    body, records, rejected = CASES[name]
    for shift in range(TINY_BLOCKS):
        path = tmp_path / "pairs.csv"
        path.write_bytes(f"a{' ' * shift},b\n{body}".encode())
        with blocks_of(TINY_BLOCKS):
            found = read(path)
        assert (found.pairs, with_parts(found, rejected)) == (records, rejected), f"block ends shifted by {shift}"


@pytest.mark.parametrize("name", CASES)
def test_neighbours_make_no_difference(files: Files, name: str) -> None:
    """The same lines between others that are read in another way: plain, quoted, or rejected."""
    body, records, rejected = CASES[name]
    body = body if body.endswith(("\n", "\r")) or not body else f"{body}\n"
    for before, row in (("p,q\n", 1), ('"p",q\n', 1), ("p\n", 1), ('p,q\n"p\nq",r\n', 2)):
        found = files.csv(f"a,b\n{before}{body}")
        moved = {position - row: pair for position, pair in found.pairs.items() if position > row}
        set_aside = {position - row: line for position, line in found.rejected.items() if position > row}
        assert (moved, with_parts(Reading({}, set_aside, set(), 0), rejected)) == (records, rejected), before


def test_an_open_quote_that_was_given_up_spoils_no_record_behind_it(tmp_path: Path) -> None:
    """The reader gives up on a quote after two blocks; a record that is just then half read is a record still."""
    path = tmp_path / "pairs.csv"
    for lines in range(1, 60):
        path.write_bytes(('a,b\nx,"y\n' + "p,q\n" * lines + '"m\nn",z\nr,s\n').encode())
        with blocks_of(TINY_BLOCKS):
            found = read(path)
        plain: Pairs = dict.fromkeys(range(2, lines + 2), ("p", "q"))
        assert list(found.rejected) == [1], f"{lines} lines between"
        assert found.pairs == plain | {lines + 2: ("m\nn", "z"), lines + 3: ("r", "s")}, f"{lines} lines between"


def test_a_record_as_long_as_a_block_is_read_wherever_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    record = '"' + "m" * (TINY_BLOCKS - 10) + '\nn",z\n'
    for lines in range(30):
        path.write_bytes(("a,b\n" + "p,q\n" * lines + record + record + "r,s").encode())
        with blocks_of(TINY_BLOCKS):
            found = read(path)
        assert found.rejected == {}, f"{lines} lines before"
        assert len(found.records) == lines + 3


def test_a_line_that_never_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(b"a,b\n" + b"x" * 200 + b",2\n")
    with blocks_of(TINY_BLOCKS), pytest.raises(FileRefused, match="A line is longer than 74 bytes"):
        read(path)


@pytest.mark.parametrize("blank", ["\n", "\r\n", " \t \n"])
def test_blank_lines_before_the_header_are_not_held(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(blank * 500_000 + "a,b\n1,2\n", newline="")
    with blocks_of(16_384):
        tracemalloc.start()
        try:
            found = read(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert found.pairs == {1: ("1", "2")}
    assert peak < 400_000


def test_every_delivered_byte_is_reported(files: Files) -> None:
    text = 'a,b\n1,2\n"3\n",4\nx\n\n' * 5
    assert files.csv(text).bytes_read == len(text)


# --- The header -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "record"),
    [
        ("a,b", "1,2"),
        ("b,a", "2,1"),
        (" a ,\tb", "1,2"),
        ('"a","b"', "1,2"),
        ('" a","b "', "1,2"),
        ("\n \t\n\r\na,b", "1,2"),
        ("\ufeffa,b", "1,2"),
        ('\ufeff"a",b', "1,2"),
    ],
)
def test_columns_are_found_by_name(files: Files, header: str, record: str) -> None:
    found = files.csv(f"{header}\n{record}\n")
    assert found.pairs == {1: ("1", "2")}
    assert (found.unknown, found.records[1]["_extra"]) == (set(), None)


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("", "The file is empty: it has no header.", "pairs.csv"),
        ("\ufeff", "The file is empty: it has no header.", "pairs.csv"),
        ("\n \t\n\r\n\n", "The file is empty: it has no header.", "pairs.csv"),
        ("a\n1\n", "The header lacks a required column: b.", "pairs.csv, line 1: it has a"),
        ("\n\na,c\n1,2\n", "The header lacks a required column: b.", "pairs.csv, line 3: it has a, c"),
        ("1,2\n3,4\n", "The header lacks required columns: a, b.", "pairs.csv, line 1: it has 1, 2"),
        ("A,B\n1,2\n", "The header lacks required columns: a, b.", "pairs.csv, line 1: it has A, B"),
        ("a;b\n1;2\n", "columns must be separated by commas; here they seem separated by ';'", "line 1"),
        ("a\tb\n1\t2\n", "here they seem separated by '\\t'", "line 1"),
        ("a|b\n1|2\n", "here they seem separated by '|'", "line 1"),
        ("a,b,a\n1,2,3\n", "The header names a column more than once: 'a'.", "pairs.csv, line 1"),
        ("a,b, a \n1,2,3\n", "The header names a column more than once: 'a'.", "pairs.csv, line 1"),
        ("a,b,,\n1,2,3,4\n", "The header names a column more than once: a column without a name.", "line 1"),
        ("a,b,c,c\n1,2,3,4\n", "The header names a column more than once: 'c'.", "line 1"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(files: Files, text: str, what: str, where: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.csv(text)
    assert what in refusal.value.what
    assert where in refusal.value.where
    assert refusal.value.remedy


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_header_ends_with_its_line(files: Files, end: str) -> None:
    assert files.csv(f"a,b,c{end}1,2,3{end}").unknown == {"c"}


@pytest.mark.parametrize(
    ("before", "header", "line", "says"),
    [
        ("sep=,\n", "a,b\n", 2, "`tail -n +2 FILE`"),
        ("Export of pairs\n\n2024-08-01, all regions\r\n", "b,c,a\n", 4, "`tail -n +4 FILE`"),
        ("\n\nReport\n", ' "a" ,b\n', 4, "`tail -n +4 FILE`"),
        ("Report\r", "a,b\r", 2, "without the line before it"),
        ('"never closed\n', "a,b\n", 2, "without the line before it"),
        ("Report,Report\n", "a,b\n", 2, "without the line before it"),
        ("sep=;\n", "a;b;c\n", 2, "with commas between its columns"),
        ("x\n" * 40, "a\tb\n", 41, "with commas between its columns"),
    ],
)
def test_other_text_before_the_header_is_pointed_at(
    files: Files, before: str, header: str, line: int, says: str
) -> None:
    with pytest.raises(FileRefused) as refusal:
        files.csv(f"{before}{header}1,2,3\n")
    assert f"its header: that seems to stand on line {line}" in refusal.value.what
    assert refusal.value.where.endswith(f"pairs.csv, line {line}")
    assert says in refusal.value.remedy


@pytest.mark.parametrize("text", ["a,c\n1,2\nx,y\n", "Report\n1,2\n", "x\n" * 60 + "a,b\n", "1,2\na,c\n"])
def test_where_no_line_looks_like_the_header_the_first_one_is_named(files: Files, text: str) -> None:
    with pytest.raises(FileRefused, match="The header lacks") as refusal:
        files.csv(text)
    assert ", line 1: it has" in refusal.value.where


def test_a_name_that_goes_on_in_the_next_line_is_not_cut_off(files: Files) -> None:
    """Such a header may be read or refused, but the rest of a name is no record."""
    try:
        found = files.csv('a,b,"c\nd"\n1,2,3\n')
    except FileRefused:
        return
    assert (found.pairs, found.unknown) == ({1: ("1", "2")}, {"c\nd"})


@pytest.mark.parametrize("header", ['a,"b', 'a,b,"c', 'a,b,"c""'])
def test_a_header_whose_quote_never_closes_is_refused(files: Files, header: str) -> None:
    with pytest.raises(FileRefused):
        files.csv(f"{header}\n1,2,3\n")


@pytest.mark.parametrize("text", ["a,b", "a,b\n", "a,b\r\n\r\n \n", "a,b\r"])
def test_a_header_alone_is_a_file_without_records(files: Files, text: str) -> None:
    found = files.csv(text)
    assert (found.records, found.rejected) == ({}, {})


# --- Columns that nobody asked for ------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        " x ",
        "Perú 🎬",
        "back\\slash",
        "tab\t",
        "\x01\x1f\x7f",
        "nul\0",
        "\u2028",
        "{}",
        "null",
        "/",
        "\ufeff",
    ],
)
def test_a_value_of_an_unknown_column_survives_as_json(files: Files, value: str) -> None:
    found = files.csv(f"b,extra,a\n2,{value},1\n4,plain,3\n")
    assert found.unknown == {"extra"}
    extras = {row: json.loads(record["_extra"] or "") for row, record in found.records.items()}
    assert extras == {1: {"extra": value}, 2: {"extra": "plain"}}
    assert found.pairs == {1: ("1", "2"), 2: ("3", "4")}


def test_quoted_values_of_unknown_columns_survive_as_json(files: Files) -> None:
    found = files.csv('x y,a,b,"z"\n"6"" disc",1,2,"l\nm\r"\np,3,4,q\n')
    assert found.unknown == {"x y", "z"}
    extras = {row: json.loads(record["_extra"] or "") for row, record in found.records.items()}
    assert extras == {1: {"x y": '6" disc', "z": "l\nm\r"}, 2: {"x y": "p", "z": "q"}}


@pytest.mark.parametrize("name", ["", 'say "x"', "back\\slash", "_extra", "_load_id", "_source_row", "ä", "A"])
def test_an_unknown_column_may_have_any_name(files: Files, name: str) -> None:
    quoted = name.replace('"', '""')
    found = files.csv(f'a,b,"{quoted}"\n1,2,3\n')
    assert found.unknown == {name}
    assert json.loads(found.records[1]["_extra"] or "") == {name: "3"}


def test_quoted_and_plain_records_come_in_one_set_of_columns(files: Files) -> None:
    found = files.csv('b,x,a\n"2",9,1\n4,8,3\n"6",7,"5"\n')
    assert found.pairs == {1: ("1", "2"), 2: ("3", "4"), 3: ("5", "6")}
    assert [json.loads(found.records[row]["_extra"] or "")["x"] for row in (1, 2, 3)] == ["9", "8", "7"]
