"""What does a YAML file say, and where exactly is it wrong? The strict loader of all content."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.content.plain_reasons import plain_reason

LARGEST_BYTES = 1024 * 1024
Model = TypeVar("Model", bound=BaseModel)


class ContentError(Exception):
    """A content file cannot be used; `path:line:column: reason`, lines and columns from 1."""

    def __init__(self, path: Path, *, line: int, column: int, reason: str) -> None:
        """`reason` at `line` and `column` of `path`, both counted from 1."""
        super().__init__(f"{path}:{line}:{column}: {reason}")
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason


class _Loader(yaml.CSafeLoader):
    """YAML without surprises: `on`, `no`, `12:30` and dates stay the text that was written."""

    yaml_implicit_resolvers: ClassVar[  # type: ignore[misc]  # the stubs say instance
        dict[str, list[tuple[str, re.Pattern[str]]]]
    ] = {}


for _tag, _pattern, _initials in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:int", r"^(?:0|-?[1-9][0-9]*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_initials))


def load_yaml(path: Path, model: type[Model]) -> Model:
    """The content of `path` as `model`.

    Raises:
        ContentError: at the first thing that is wrong: no YAML, a key twice, an unknown or missing
            key, a value of the wrong type.
    """
    return read_yaml(_text(path), path, model)


def read_yaml(text: str, path: Path, model: type[Model]) -> Model:
    """`text` as `model`; `path` names where it came from. Raises ContentError."""
    if "*" in text:
        _refuse_aliases(path, text)
    node, value = _parsed(text, path)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = _most_telling(error)
        place, named = _find(node, first["loc"])
        reason = f"{'.'.join(named) or 'file'}: {plain_reason(first)}"
        raise _at(path, place.start_mark, reason) from error


def _most_telling(error: ValidationError) -> Any:
    """The first mistake; a key that does not exist comes before the one that it was meant for."""
    mistakes = error.errors(include_url=False)
    unknown = [mistake for mistake in mistakes if mistake["type"] == "extra_forbidden"]
    return (unknown or mistakes)[0]


def load_plain(path: Path) -> Mapping[str, Any]:
    """The content of `path` as it stands, unchecked but for doubles. Raises ContentError."""
    _, value = _parsed(_text(path), path)
    if not isinstance(value, dict):
        raise ContentError(path, line=1, column=1, reason="the file holds no mapping")
    return value


def mark_of(path: Path, keys: Sequence[str | int]) -> tuple[int, int]:
    """Line and column, from 1, at which the value under `keys` stands in `path`."""
    node, _ = _parsed(_text(path), path)
    mark = _find(node, keys)[0].start_mark
    return mark.line + 1, mark.column + 1


def _parsed(text: str, path: Path) -> tuple[yaml.Node, Any]:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ContentError(path, line=1, column=1, reason="file is empty")
        _refuse_doubles(path, node)
        return node, loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _at(path, mark, error.problem or "not YAML") from error
    finally:
        loader.dispose()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            reason = f"larger than {LARGEST_BYTES // 1024} KiB, which no file of content is"
            raise ContentError(path, line=1, column=1, reason=reason)
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(path, line=1, column=1, reason=str(error)) from error


def _refuse_aliases(path: Path, text: str) -> None:
    """An alias can make a small file endless, and one text of two places hides an edit."""
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                reason = "write it out: a reference (*name) is not allowed"
                raise _at(path, event.start_mark, reason)
    except yaml.MarkedYAMLError as error:
        raise _at(path, error.problem_mark, error.problem or "not YAML") from error


def _refuse_doubles(path: Path, root: yaml.Node) -> None:
    for node in _mappings(root):
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _at(path, key.start_mark, f"the key {key.value!r} stands twice")
            seen.add(key.value)


def _mappings(root: yaml.Node) -> Iterator[yaml.MappingNode]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _find(root: yaml.Node, keys: Sequence[str | int]) -> tuple[yaml.Node, list[str]]:
    """The deepest node on the way of `keys`, and the names of that way.

    A key that leads nowhere while a later one does is no part of the file: it names which of
    several forms was meant.
    """
    node = root
    found: list[str] = []
    missing: list[str] = []
    for key in keys:
        below = _below(node, key)
        if below is None:
            missing.append(str(key))
            continue
        node = below
        found.append(str(key))
        missing.clear()
    return node, [*found, *missing]


def _below(node: yaml.Node, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        for named, value in node.value:
            if named.value == str(key):
                return value if _is_node(value) else None
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        found = node.value[key]
        return found if _is_node(found) else None
    return None


def _is_node(value: object) -> bool:
    return isinstance(value, yaml.Node)


def _at(path: Path, mark: Any, reason: str) -> ContentError:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return ContentError(path, line=line, column=column, reason=reason)
