"""Does every hazard have a control, every control a test, and every such test a body?"""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.content.yaml_loader import ContentError, load_yaml

ROOT = Path(__file__).parents[2]
HAZARDS = ROOT / "docs" / "safety" / "hazards.yaml"
INTENDED_USE = ROOT / "docs" / "safety" / "intended-use.md"

NEEDED = frozenset(
    {
        "missed-red-flag",
        "alert-lost-in-a-crash",
        "dose-reminder-doubled",
        "reminder-to-a-stopped-patient",
        "message-to-the-wrong-person",
        "drug-named-on-a-lock-screen",
        "contraception-cleared-by-date",
        "answer-of-another-region",
        "wrong-time-at-a-clock-change",
        "private-data-in-a-log",
        "recycled-number",
        "shared-phone",
        "minor-without-a-guardian",
        "unreviewed-text-taken-for-advice",
        "database-stolen",
    }
)
"""Hazards that may get better controls and other figures, and never disappear."""

_Words = Annotated[str, Field(min_length=10)]
_Grade = Annotated[int, Field(ge=1, le=5)]
_TestName = Annotated[str, Field(pattern=r"^tests/[a-z_/]+/test_[a-z0-9_]+\.py::test_[a-z0-9_]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Control(_Strict):
    """What stands against a hazard, and the tests that show it."""

    what: _Words
    tests: Annotated[tuple[_TestName, ...], Field(min_length=1)]


class Hazard(_Strict):
    """What can go wrong for a patient; `before` and `after` are the likelihoods."""

    id: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    hazard: _Words
    cause: _Words
    severity: _Grade
    before: _Grade
    after: _Grade
    controls: Annotated[tuple[Control, ...], Field(min_length=1)]
    residual: _Words

    @model_validator(mode="after")
    def _controls_never_make_it_worse(self) -> "Hazard":
        if self.after > self.before:
            raise ValueError("more likely with controls than without")
        return self

    @property
    def tests(self) -> list[str]:
        """Every test of every control."""
        return [test for control in self.controls for test in control.tests]


class Hazards(_Strict):
    """The whole file."""

    hazards: tuple[Hazard, ...]


FOUND = load_yaml(HAZARDS, Hazards).hazards


@cache
def _tests_of(path: str) -> dict[str, ast.AST]:
    """Test functions of a file by name."""
    if not (ROOT / path).is_file():
        return {}
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _is_checking(node: ast.AST) -> bool:
    """Whether a test can fail by itself: it asserts, or expects an exception."""
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Attribute) and part.attr in {"raises", "until"})
        for part in ast.walk(node)
    )


def test_every_hazard_is_named_once() -> None:
    ids = [hazard.id for hazard in FOUND]
    assert len(ids) == len(set(ids))
    assert len(ids) >= len(NEEDED)
    assert NEEDED - set(ids) == set()


@pytest.mark.parametrize("hazard", FOUND, ids=lambda hazard: hazard.id)
def test_every_named_test_exists(hazard: Hazard) -> None:
    named = [test.split("::") for test in hazard.tests]
    assert [f"{path}::{name}" for path, name in named if name not in _tests_of(path)] == []


@pytest.mark.parametrize("hazard", FOUND, ids=lambda hazard: hazard.id)
def test_every_named_test_can_fail(hazard: Hazard) -> None:
    named = [test.split("::") for test in hazard.tests]
    bodies = {name: _tests_of(path)[name] for path, name in named}
    assert [name for name, body in bodies.items() if not _is_checking(body)] == []


def test_intended_use_shows_the_same_figures() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\d) \| (\d) → (\d) \| (\d+) → (\d+) \|",
        INTENDED_USE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    shown = {name: tuple(map(int, figures)) for name, *figures in rows}
    assert shown == {
        one.id: (
            one.severity,
            one.before,
            one.after,
            one.severity * one.before,
            one.severity * one.after,
        )
        for one in FOUND
    }


@pytest.mark.parametrize("document", sorted(ROOT.glob("docs/**/*.md")), ids=lambda path: path.stem)
def test_documents_name_only_files_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:bot|handlers|content|tests|docs)/[\w./-]+)`", text))
    links = {
        str((document.parent / link).resolve().relative_to(ROOT))
        for link in re.findall(r"\]\((?!https?:)([\w./-]+)\)", text)
    }
    assert sorted(name for name in named | links if not (ROOT / name).exists()) == []


def test_a_hazard_without_a_control_is_refused(tmp_path: Path) -> None:
    bare = HAZARDS.read_text(encoding="utf-8").partition("    controls:\n")[0]
    path = tmp_path / "hazards.yaml"
    path.write_text(bare, encoding="utf-8")
    with pytest.raises(ContentError, match="controls"):
        load_yaml(path, Hazards)
