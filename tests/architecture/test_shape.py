"""Does every file keep the shape that a newcomer can read, and every text stand in the content?"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median, quantiles

import pytest

from bot.domain.notice_options import CAPSULES_HERE, NO_PICKUP, PICKED_UP, STARTED
from handlers.dose_reply import REASONS
from handlers.learn import THREADS
from tests.fakes.turns import messages

ROOT = Path(__file__).parents[2]
FILE_LIMIT, FUNCTION_LIMIT = 400, 50
LONGER_FILES = {"bot/store/tables.py": 600}
"""One class per table and no code: splitting it would only hide how tables hang together."""
MEDIAN_LIMIT, PACKAGE_MEDIAN_LIMIT, TENTH_LIMIT = 10, 12, 30
"""Lines of half of all functions, of half of a package's, and of nine in ten."""
MIGRATIONS = ROOT / "bot" / "store" / "migrations"
SOURCES = sorted(
    path
    for package in ("bot", "handlers")
    for path in (ROOT / package).rglob("*.py")
    if MIGRATIONS not in path.parents
)
DECIDING = [
    path
    for path in SOURCES
    if path.parent.name == "handlers"
    or path.parent in (ROOT / "bot" / "domain", ROOT / "bot" / "services")
]
Function = ast.FunctionDef | ast.AsyncFunctionDef
IN_GAPS: dict[str, tuple[str, ...]] = {
    "reason": REASONS,
    "thread": THREADS,
    "who": ("nobody", "sometimes", "yes"),
    "code": ("en", "es", "hi"),
    "days": ("1", "3", "7"),
    "what": (STARTED, CAPSULES_HERE, PICKED_UP, *NO_PICKUP),
}
"""What a gap in the name of a text or a label can hold."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(module: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(module) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 80
    assert len(DECIDING) > 40


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_file_is_too_long(path: Path) -> None:
    limit = LONGER_FILES.get(name_of(path), FILE_LIMIT)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_function_is_too_long(path: Path) -> None:
    too_long = [f.name for f in functions(tree(path)) if length(f) > FUNCTION_LIMIT]
    assert too_long == []


def test_most_functions_are_short() -> None:
    lengths: dict[str, list[int]] = defaultdict(list)
    for path in SOURCES:
        package = name_of(path.parent)
        lengths[package] += [length(function) for function in functions(tree(path))]
    everywhere = [one for found in lengths.values() for one in found]
    middles = {package: median(found) for package, found in lengths.items() if len(found) >= 5}
    assert median(everywhere) <= MEDIAN_LIMIT
    assert quantiles(everywhere, n=10)[-1] <= TENTH_LIMIT
    assert {package: one for package, one in middles.items() if one > PACKAGE_MEDIAN_LIMIT} == {}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_everything_public_says_what_it_is_for(path: Path) -> None:
    module = tree(path)
    undocumented = [
        node.name
        for node in [*module.body, *_members(module)]
        if isinstance(node, Function | ast.ClassDef)
        and (not node.name.startswith("_") or node.name == "__init__")
        and ast.get_docstring(node) is None
    ]
    assert ast.get_docstring(module), "the module says nothing"
    assert undocumented == []


def _members(module: ast.Module) -> Iterator[ast.stmt]:
    for node in module.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from node.body


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [name_of(path) for path in SOURCES if path.stem in drawers] == []


def test_no_file_is_kept_aside() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [name_of(p) for p in SOURCES if marks.search(p.read_text(encoding="utf-8"))] == []


_SENTENCE = re.compile(r"[A-ZÁÉÍÓÚ][\w'’]*(?:[ ,]+[\w'’]+){2,}")


@pytest.mark.parametrize("path", DECIDING, ids=name_of)
def test_no_text_for_patients_stands_in_code(path: Path) -> None:
    module = tree(path)
    exempt = {id(node) for node in _told_to_developers(module)}
    found = [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in exempt
        and _SENTENCE.search(node.value)
    ]
    assert found == []


def _told_to_developers(module: ast.Module) -> Iterator[ast.AST]:
    """Docstrings and other bare strings, messages of exceptions and assertions."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr | ast.Raise | ast.Assert):
            yield from ast.walk(node)


def named(*keywords: str) -> Iterator[tuple[str, str]]:
    """File and every name that one of `keywords`, or the first argument of _say, can have."""
    for path in DECIDING:
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            given = [k.value for k in node.keywords if k.arg in keywords]
            if "template" in keywords and isinstance(node.func, ast.Name):
                given += node.args[:1] if node.func.id == "_say" else []
            for value in given:
                yield from ((name_of(path), name) for name in _possible(value))


def _possible(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp(body=body, orelse=orelse):
            yield from _possible(body)
            yield from _possible(orelse)
        case ast.JoinedStr(values=parts):
            yield from map("".join, product(*map(_fillings, parts)))


def _fillings(part: ast.expr) -> tuple[str, ...]:
    match part:
        case ast.Constant(value=str(text)):
            return (text,)
        case ast.FormattedValue(value=ast.Name(id=gap)):
            return IN_GAPS.get(gap, ())
    return ()


def test_every_text_that_is_said_exists() -> None:
    known = messages().forms["en"]
    wanted = {name: file for file, name in named("template") if not name.startswith("reply:")}
    assert len(wanted) > 40
    assert {name: file for name, file in wanted.items() if name not in known} == {}


def test_every_label_of_a_button_exists() -> None:
    known = messages().labels["en"]
    wanted = {name: file for file, name in named("label") if not name.startswith("topic:")}
    assert len(wanted) > 20
    assert {name: file for name, file in wanted.items() if name not in known} == {}


@pytest.mark.parametrize("language", ["es", "hi"])
def test_every_text_and_label_exists_in_every_language(language: str) -> None:
    found = messages()
    assert set(found.forms["en"]) - set(found.forms[language]) == set()
    assert set(found.labels["en"]) - set(found.labels[language]) == set()
