"""Content files are read strictly, and every mistake is told with its place."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from bot.content.yaml_loader import ContentError, load_plain, load_yaml, mark_of


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["scale", "choice"]


class Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    version: str = "1"
    languages: list[str] = []
    is_open: bool = False
    questions: list[Question] = []


def written(folder: Path, text: str) -> Path:
    path = folder / "sheet.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: on\n", "on"),
        ("id: no\n", "no"),
        ("id: 12:30\n", "12:30"),
        ("id: 2026-01-05\n", "2026-01-05"),
        ("id: 0x1F\n", "0x1F"),
        ("id: 007\n", "007"),
        ('id: "7"\n', "7"),
    ],
    ids=["on", "norway", "clock", "day", "hex", "octal", "quoted"],
)
def test_words_stay_what_was_written(tmp_path: Path, text: str, expected: str) -> None:
    assert load_yaml(written(tmp_path, text), Sheet).id == expected


def test_true_and_false_are_the_only_yes_and_no(tmp_path: Path) -> None:
    assert load_yaml(written(tmp_path, "id: a\nis_open: true\n"), Sheet).is_open


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("id: a\nid: b\n", 2, 1, "stands twice"),
        ("id: a\nquestions:\n- kind: scale\n  kind: choice\n", 4, 3, "stands twice"),
        ("id: a\nquestions:\n- kind: scale\n- kind: slider\n", 4, 9, "questions.1.kind"),
        ("id: a\ncolour: red\n", 2, 1, "colour"),
        ("version: '1'\n", 1, 1, "id"),
        ("id: a\nversion: 1.20\n", 2, 10, "version"),
        ("id: 7\n", 1, 5, "id"),
        ("id: [a\n", 2, 1, ""),
        ("", 1, 1, "empty"),
        ("id: a\nlanguages: [en, no, on, 5]\n", 2, 25, "languages.3"),
    ],
    ids=[
        "double key",
        "double key below",
        "wrong choice",
        "unknown key",
        "missing key",
        "version as number",
        "number for word",
        "not yaml",
        "empty",
        "wrong item",
    ],
)
def test_mistakes_are_told_with_their_place(
    tmp_path: Path, text: str, line: int, column: int, reason: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ContentError) as told:
        load_yaml(path, Sheet)
    assert (told.value.line, told.value.column) == (line, column)
    assert reason in told.value.reason
    assert str(told.value).startswith(f"{path}:{line}:{column}: ")


def test_a_missing_file_is_a_mistake_of_the_content(tmp_path: Path) -> None:
    with pytest.raises(ContentError):
        load_yaml(tmp_path / "gone.yaml", Sheet)


def test_bytes_that_are_no_text_are_a_mistake_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_bytes(b"id: \xff\xfe\n")
    with pytest.raises(ContentError):
        load_yaml(path, Sheet)


def test_the_place_of_a_value_can_be_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "id: a\nquestions:\n- kind: scale\n- kind: choice\n")
    assert mark_of(path, ("questions", 1, "kind")) == (4, 9)
    assert mark_of(path, ("questions", 7)) == (2, 1)


@pytest.mark.parametrize(
    ("content", "line", "column", "reason"),
    [
        (b"id: a\nversion: \xe1\n", 2, 10, "UTF-8"),
        (bytes(range(256)), 1, 1, "no text file"),
        (b"id: a\nversion: \x07\n", 1, 1, "no text file"),
        (b"id: a\n\tversion: '2'\n", 2, 1, "a tab stands here"),
        (b"id: a\n---\nid: b\n", 2, 1, "one file holds one"),
        (b"id: !!python/object:os.system x\n", 1, 5, "begins with !"),
        (b"id: a\nquestions:\n  - kind: scale\n - kind: scale\n", 4, 2, "spaces"),
    ],
    ids=["latin-1", "binary", "control sign", "tab", "two documents", "tag", "indentation"],
)
def test_what_is_no_yaml_is_told_in_plain_words(
    tmp_path: Path, content: bytes, line: int, column: int, reason: str
) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_bytes(content)
    with pytest.raises(ContentError, match=reason) as told:
        load_yaml(path, Sheet)
    assert (told.value.line, told.value.column) == (line, column)


HOSTILE = {
    "whole number by force": ("id: !!int abc\n", 1, 5, "begins with !"),
    "number by force": ("id: !!float abc\n", 1, 5, "begins with !"),
    "yes or no by force": ("id: !!bool abc\n", 1, 5, "begins with !"),
    "time by force": ("id: !!timestamp abc\n", 1, 5, "begins with !"),
    "set by force": ("id: a\nlanguages: !!set {a, b}\n", 2, 12, "begins with !"),
    "text by force": ("id: !!str 7\n", 1, 5, "begins with !"),
    "bare sign": ("id: ! a\n", 1, 5, "begins with !"),
    "own sign": ("%TAG ! tag:x,2000:\n---\nid: !b c\n", 3, 5, "begins with !"),
    "5,000 digits": (f"id: a\nversion: {'9' * 5_000}\n", 2, 10, "18 digits"),
    "19 digits": (f"id: a\nversion: -{'9' * 19}\n", 2, 10, "18 digits"),
    "an endless fraction": (f"id: a\nversion: {'9' * 400}.0\n", 2, 10, "18 digits"),
    "digits as key": (f"id: a\n{'9' * 900}: b\n", 2, 1, "18 digits"),
    "list as key": ("? [a, b]\n: c\nid: a\n", 1, 3, "cannot be a key"),
    "mapping as key": ("id: a\n? {a: b}\n: c\n", 2, 3, "cannot be a key"),
    "never closed": ("[" * 100_000, 1, 41, "40 levels"),
    "closed": ("[" * 100_000 + "]" * 100_000, 1, 41, "40 levels"),
    "mappings": ("{a: " * 100_000 + "x" + "}" * 100_000, 1, 161, "40 levels"),
    "lines of lists": ("- " * 100_000 + "x\n", 1, 81, "40 levels"),
}


@pytest.mark.parametrize(("text", "line", "column", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_would_break_the_reader_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(ContentError, match=reason) as told:
        load_yaml(written(tmp_path, text), Sheet)
    assert (told.value.line, told.value.column) == (line, column)


@pytest.mark.parametrize("read", [load_plain, lambda path: mark_of(path, ("id",))])
def test_no_way_of_reading_goes_without_the_check(
    tmp_path: Path, read: Callable[[Path], object]
) -> None:
    with pytest.raises(ContentError, match="begins with !"):
        read(written(tmp_path, "id: !!int abc\n"))


def test_forty_levels_and_eighteen_digits_are_read(tmp_path: Path) -> None:
    text = f"id: {'9' * 18}\nlist: {'[' * 39}{']' * 39}\n"
    assert load_plain(written(tmp_path, text))["id"] == 10**18 - 1


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "sheet.yaml"
    path.write_bytes(b"\xef\xbb\xbfid: a\r\nversion: '2'\r\n")
    assert load_yaml(path, Sheet).version == "2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: a\nlanguage: [en]\n", "did you mean “languages”"),
        ("name: a\n", "still missing here: “id”"),
        ("id: a\nquestions:\n- kind: scale\n  colour: red\n", "keys are kind"),
    ],
    ids=["near", "instead of another", "listed"],
)
def test_an_unknown_key_names_the_one_that_was_meant(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        load_yaml(written(tmp_path, text), Sheet)
