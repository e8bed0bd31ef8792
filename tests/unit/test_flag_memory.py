"""Every question is read for danger once, and again only when the red flags have changed."""

from pathlib import Path

import pytest

from bot.content.faq_library import FaqLibrary, load_library
from bot.content.faq_lint import lint_red_flags
from bot.content.flag_memory import remembered_flags
from tests.unit.test_faq_library import LIPS, put

ASKED = ("dry lips", "chest pain now")


class Reads:
    """Counts what it was asked to read."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.seen: list[str] = []

    def __call__(self, question: str) -> str | None:
        """A flag for whatever names the chest."""
        self.seen.append(question)
        return "rf-chest-stroke-clot" if "chest" in question else None


@pytest.fixture
def content(tmp_path: Path) -> Path:
    rules = tmp_path / "content" / "triage" / "patterns"
    rules.mkdir(parents=True)
    (rules / "en.yaml").write_text("one", encoding="utf-8")
    return tmp_path / "content"


def flags(content: Path, read: Reads, *questions: str) -> dict[str, str | None]:
    cache = content.parent / "cache"
    return dict(remembered_flags(questions, content=content, cache=cache, read=read))


def test_a_question_is_read_once(content: Path) -> None:
    read = Reads()
    first = flags(content, read, *ASKED, "dry lips")
    assert first == {"dry lips": None, "chest pain now": "rf-chest-stroke-clot"}
    assert flags(content, read, *ASKED) == first
    assert read.seen == list(ASKED)


def test_only_a_new_question_is_read(content: Path) -> None:
    flags(content, Reads(), *ASKED)
    read = Reads()
    flags(content, read, *ASKED, "can i drink beer")
    assert read.seen == ["can i drink beer"]


def test_other_red_flags_read_all_again(content: Path) -> None:
    flags(content, Reads(), *ASKED)
    (content / "triage" / "patterns" / "en.yaml").write_text("two", encoding="utf-8")
    read = Reads()
    flags(content, read, *ASKED)
    assert read.seen == list(ASKED)
    assert len(list((content.parent / "cache").glob("flags-*.json"))) == 1


@pytest.mark.parametrize("damage", ["", "[]", "{"])
def test_a_damaged_memory_is_written_anew(content: Path, damage: str) -> None:
    flags(content, Reads(), *ASKED)
    kept = next((content.parent / "cache").glob("flags-*.json"))
    kept.write_text(damage, encoding="ascii")
    read = Reads()
    flags(content, read, *ASKED)
    assert read.seen == list(ASKED)


def library(tmp_path: Path, *, declared: str = "") -> FaqLibrary:
    put(tmp_path / "faq" / "en", "dry-lips", LIPS)
    if declared:
        line = f"flagged:\n- {{category: rf-bleed-nose, question: {declared}}}\n"
        (tmp_path / "faq" / "_flagged.yaml").write_text(line, encoding="utf-8")
    return load_library(tmp_path / "faq")


TRIPS = dict.fromkeys(LIPS.split(", "))
BLEED = "lips bleed when i smile"


def test_an_undeclared_flag_is_named_with_its_line(tmp_path: Path) -> None:
    found = list(lint_red_flags(library(tmp_path), {**TRIPS, BLEED: "rf-bleed-nose"}))
    assert len(found) == 1
    assert "trips rf-bleed-nose" in found[0].reason
    assert found[0].path.name == "dry-lips.yaml"


def test_a_declared_flag_is_no_finding(tmp_path: Path) -> None:
    known = library(tmp_path, declared=BLEED)
    assert not list(lint_red_flags(known, {**TRIPS, BLEED: "rf-bleed-nose"}))
