"""What does a YAML file say, and where exactly is it wrong? The strict loader of all content."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from bot.content.known_keys import meant_key
from bot.content.plain_reasons import plain_reason, plain_yaml

LARGEST_BYTES = 1024 * 1024
DEEPEST = 40
"""More levels are no text of an author, and would break what reads them."""
MOST_DIGITS = 18
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_TAGGED = (
    "a word that begins with ! means something else in this kind of file: delete it, or put the "
    "text in quotation marks"
)
_UNKNOWN = "extra_forbidden"
_BELOW = "below"
_THE_KEY = "[key]"
"""How pydantic says that not the value of a key is wrong, but the key."""
_NO_TEXT = "this is no text file: write it in a plain text editor and save it as UTF-8"
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
    node, value = _parsed(text, path)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        first = _most_telling(mistakes)
        place = _find(node, [*first["loc"], *(first.get("ctx") or {}).get(_BELOW, ())])
        mark, reason = place.mark, plain_reason(first)
        if first["type"] == _UNKNOWN:
            *above, last = first["loc"]
            key, _ = _below(_find(node, above).node, last)
            mark = key.start_mark if key is not None else mark
            reason += meant_key(model, first["loc"], _absent(mistakes, first["loc"]))
        raise _at(path, mark, f"{'.'.join(place.named) or 'file'}: {reason}") from error


def misplaced(reason: str, *below: str | int) -> PydanticCustomError:
    """A mistake of a whole model that stands at the keys `below` it; raise it in a validator."""
    return PydanticCustomError("misplaced", "{reason}", {"reason": reason, _BELOW: list(below)})


def _most_telling(mistakes: Sequence[Any]) -> Any:
    """The first mistake; a key that does not exist comes before the one that it was meant for."""
    unknown = [mistake for mistake in mistakes if mistake["type"] == _UNKNOWN]
    return (unknown or mistakes)[0]


def _absent(mistakes: Sequence[Any], place: Sequence[str | int]) -> list[str]:
    """The keys that are missing beside the last key of `place`."""
    return [
        str(one["loc"][-1])
        for one in mistakes
        if one["type"] == "missing" and one["loc"][:-1] == place[:-1]
    ]


def load_plain(path: Path) -> Mapping[str, Any]:
    """The content of `path` as it stands, unchecked but for doubles. Raises ContentError."""
    _, value = _parsed(_text(path), path)
    if not isinstance(value, dict):
        raise ContentError(path, line=1, column=1, reason="the file holds no mapping")
    return value


def mark_of(path: Path, keys: Sequence[str | int]) -> tuple[int, int]:
    """Line and column, from 1, at which the value under `keys` stands in `path`.

    Of a value that begins on a line of its own, the place of its key.
    """
    return place_of(path, keys)[:2]


def place_of(path: Path, keys: Sequence[str | int]) -> tuple[int, int, str]:
    """Line, column and readable name of the value under `keys`: entries go by their own id."""
    node, _ = _parsed(_text(path), path)
    place = _find(node, keys)
    return place.mark.line + 1, place.mark.column + 1, ".".join(place.named)


def _parsed(text: str, path: Path) -> tuple[yaml.Node, Any]:
    _refuse_surprises(path, text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise ContentError(path, line=1, column=1, reason="file is empty")
        _refuse_odd_keys(path, node)
        _refuse_endless_numbers(path, node)
        return node, loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _unreadable(path, text, error) from error
    finally:
        loader.dispose()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            reason = f"larger than {LARGEST_BYTES // 1024} KiB, which no file of content is"
            raise ContentError(path, line=1, column=1, reason=reason)
        written = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise ContentError(path, line=1, column=1, reason=reason) from error
    return _decoded(written, path)


def _decoded(written: bytes, path: Path) -> str:
    if b"\0" in written:
        raise ContentError(path, line=1, column=1, reason=_NO_TEXT)
    try:
        return written.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = written[: error.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode("utf-8", "replace")) + 1
        reason = "a letter here is not UTF-8: save the file again as UTF-8"
        line = before.count(b"\n") + 1
        raise ContentError(path, line=line, column=column, reason=reason) from error


def _refuse_surprises(path: Path, text: str) -> None:
    """What must not even be put together: references, words that begin with !, endless nesting.

    An alias can make a small file endless, and one text of two places hides an edit. A tag runs
    other rules than those of this file.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                reason = "write it out: a reference (*name) is not allowed"
                raise _at(path, event.start_mark, reason)
            if getattr(event, "tag", None) is not None:
                raise _at(path, event.start_mark, _TAGGED)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                reason = f"more than {DEEPEST} levels inside one another: delete the inner ones"
                raise _at(path, event.start_mark, reason)
    except yaml.YAMLError as error:
        raise _unreadable(path, text, error) from error


def _unreadable(path: Path, text: str, error: yaml.YAMLError) -> ContentError:
    """What is wrong with a text that is no YAML."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _at(path, None, _NO_TEXT)
    mark, lines = error.problem_mark or error.context_mark, text.split("\n")
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    return _at(path, mark, plain_yaml(error.problem, line))


def _refuse_odd_keys(path: Path, root: yaml.Node) -> None:
    """A key stands once, and is one word."""
    for node in _below_all(root):
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                reason = "a list or mapping cannot be a key: write a single word before the colon"
                raise _at(path, key.start_mark, reason)
            if key.value in seen:
                raise _at(path, key.start_mark, f"the key {key.value!r} stands twice")
            seen.add(key.value)


def _refuse_endless_numbers(path: Path, root: yaml.Node) -> None:
    for node in _below_all(root):
        if node.tag in _NUMBERS and sum(map(str.isdecimal, node.value)) > MOST_DIGITS:
            reason = (
                f"a number of more than {MOST_DIGITS} digits: shorten it, or put it in quotation "
                "marks if it is text"
            )
            raise _at(path, node.start_mark, reason)


def _below_all(root: yaml.Node) -> Iterator[yaml.Node]:
    """`root` and everything in it, keys included."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [one for pair in node.value for one in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Something in a file, where an author looks for it, and what it is called."""

    node: yaml.Node
    mark: Any
    named: Sequence[str]


def _find(root: yaml.Node, keys: Sequence[str | int]) -> _Place:
    """The deepest node on the way of `keys`.

    A key that leads nowhere while a later one does is no part of the file: it names which of
    several forms was meant. A value that begins on a line of its own is looked for at its key.
    """
    node, mark = root, root.start_mark
    found: list[str] = []
    missing: list[str] = []
    for key in keys:
        named, below = _below(node, key)
        if below is None:
            missing.append(str(key))
            continue
        found.append(_name_of(node, key, below))
        is_apart = named is not None and named.start_mark.line < below.start_mark.line
        mark = named.start_mark if named is not None and is_apart else below.start_mark
        node = below
        missing.clear()
    last = [name for name in missing[-1:] if name != _THE_KEY]
    return _Place(node=node, mark=mark, named=[*found, *last])


def _name_of(node: yaml.Node, key: str | int, below: yaml.Node) -> str:
    """An entry of a list goes by its own id, which an author finds; by its number without one."""
    own = _below(below, "id")[1] if isinstance(node, yaml.SequenceNode) else None
    return str(own.value) if isinstance(own, yaml.ScalarNode) and own.value else str(key)


def _below(node: yaml.Node, key: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key and the value under it; no key in a list, and None where nothing is."""
    if isinstance(node, yaml.MappingNode):
        for named, value in node.value:
            if named.value == str(key):
                return named, value if _is_node(value) else None
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        found = node.value[key]
        return None, found if _is_node(found) else None
    return None, None


def _is_node(value: object) -> bool:
    return isinstance(value, yaml.Node)


def _at(path: Path, mark: Any, reason: str) -> ContentError:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return ContentError(path, line=line, column=column, reason=reason)
