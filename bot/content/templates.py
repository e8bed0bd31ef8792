"""How does a template become a text, with bounds on its work?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import liquid
from babel.dates import format_date, format_datetime

_OUTPUT_LIMIT = 4_000
_LOOP_LIMIT = 1_000
_A_DAY = len("2026-11-23")
_A_MOMENT = len("2026-11-23T12:00")


class TemplateMistake(ValueError):
    """A template cannot be used; `line` counts from 1 within it."""

    def __init__(self, reason: str, *, line: int) -> None:
        """`reason` at `line` of the template."""
        super().__init__(reason)
        self.line = line


class _Environment(liquid.Environment):
    """Templates with bounds on their work, which fail on a variable that is missing."""

    output_stream_limit = _OUTPUT_LIMIT
    loop_iteration_limit = _LOOP_LIMIT
    context_depth_limit = 8
    local_namespace_limit = 2_000


class Templates:
    """Renders liquid templates; each is read once."""

    def __init__(self) -> None:
        """Strict: a missing variable is an error, never an empty place."""
        self._environment = _Environment(undefined=liquid.StrictUndefined)
        self._read: dict[str, liquid.BoundTemplate] = {}

    def render(self, source: str, variables: Mapping[str, object], *, language: str) -> str:
        """`source` with its variables filled in. Raises liquid's errors for a wrong template."""
        template = self._read.get(source)
        if template is None:
            template = self._read[source] = self._environment.from_string(source)
        shown = {**variables, "language": language}
        return template.render(**_with_days(shown, language)).strip()

    def used(self, source: str) -> "Used":
        """What `source` needs to be rendered. Raises TemplateMistake where it cannot be read."""
        try:
            found = self._environment.from_string(source).analyze(include_partials=False)
        except liquid.exceptions.LiquidError as error:
            reason = str(error).strip().splitlines()[0]
            start = error.token.start_index if error.token is not None else 0
            at = start if start >= 0 else len(source)
            raise TemplateMistake(reason, line=_line(source, at)) from error
        return Used(
            variables=_lines(source, found.globals),
            tags=_lines(source, found.tags),
            filters=_lines(source, found.filters),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Names in a template, each with the line of its first use, from 1."""

    variables: Mapping[str, int]
    tags: Mapping[str, int]
    filters: Mapping[str, int]


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1


def _lines(source: str, places: Mapping[str, Sequence[Any]]) -> Mapping[str, int]:
    return {
        name: _line(source, getattr(used[0], "span", used[0]).index)
        for name, used in places.items()
    }


def _with_days(variables: Mapping[str, object], language: str) -> dict[str, object]:
    """Days as people say them: "Monday, November 23"; with a time, short: "Mon 12:00"."""
    return {name: _day_shown(value, language) for name, value in variables.items()}


def _day_shown(value: object, language: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        if len(value) == _A_MOMENT:
            moment = datetime.fromisoformat(value)
            return _moment_said(moment, language)
        if len(value) != _A_DAY:
            return value
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return _day_said(day, language)


@lru_cache(maxsize=4_096)
def _moment_said(moment: datetime, language: str) -> str:
    return format_datetime(moment, "EEE H:mm", locale=language)


@lru_cache(maxsize=4_096)
def _day_said(day: date, language: str) -> str:
    pattern = "EEEE d MMMM" if language != "en" else "EEEE, MMMM d"
    return format_date(day, pattern, locale=language)
