"""Where do the points and lines of answers over time stand, and what is written beside them? Pure.

Nothing is filled in: a line ends where answers are missing and begins again where they go on.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from statistics import fmean
from typing import Any

from babel.dates import format_skeleton

Words = Callable[..., str]
"""A text of the content by its name, with its variables; in the language of the picture."""

Points = Sequence[tuple[date, float]]

_NAMES = ("breakouts", "dryness")
_MANY_DAYS = 42
"""From so many days on lines go through weekly means, and single answers are drawn small."""
_GAP = timedelta(days=10)
_GAP_OF_WEEKS = timedelta(days=21)
_LABELS_APART = 1.6
"""How far apart two names must stand, in points of the scale."""
_ENDS_EARLY = 0.7
_FEWEST_DAYS = 7
_FEW = 2
"""Up to so many answers a sentence says that there will be more."""
_MONTHS_APART = ((100, 1), (220, 2), (10_000, 3))
"""From how many days on how many months lie between two dates of the axis."""


def chart(
    shows: Mapping[str, Any],
    words: Words,
    language: str,
    *,
    first: date,
    empty: str = "card-chart-empty",
) -> dict[str, Any]:
    """The answers from `first` to today; `empty` names what is said where there are none."""
    today = date.fromisoformat(shows["today"])
    last_day = date.fromisoformat(shows["last_day"]) if shows["last_day"] else today
    end = max(min(today, last_day), first + timedelta(days=_FEWEST_DAYS - 1))
    known = {name: _points(shows, name) for name in _NAMES}
    count = max(len(points) for points in known.values())
    span = (end - first).days
    is_many = span >= _MANY_DAYS

    def at(day: date) -> float:
        return min(max((day - first).days / span, 0.0), 1.0)

    drawn = [_series(name, points, at, is_many=is_many) for name, points in known.items() if points]
    return {
        "title": words("card-chart-title"),
        "empty": words(empty) if not drawn else "",
        "note": words("card-chart-few") if 0 < count <= _FEW else "",
        "many": is_many,
        "ticks": [
            {"at": at(day), "label": format_skeleton("MMMd", day, locale=language)}
            for day in _ticks(first, end)
        ],
        "series": [
            {**one, "label": words(f"card-{one['name']}", value=_shown(one["lately"]))}
            for one in _apart(drawn)
        ],
    }


def _points(shows: Mapping[str, Any], name: str) -> Points:
    return [(date.fromisoformat(day), float(value)) for day, value in shows["series"][name]]


def _series(
    name: str, points: Points, at: Callable[[date], float], *, is_many: bool
) -> dict[str, Any]:
    joined = _weekly(points) if is_many else points
    lines = _stretches(joined, _GAP_OF_WEEKS if is_many else _GAP)
    return {
        "name": name,
        "points": [[at(day), value] for day, value in points],
        "lines": [[[at(day), value] for day, value in line] for line in lines if len(line) > 1],
        "lately": joined[-1][1],
        "label-y": joined[-1][1],
        "label-x": at(joined[-1][0]),
    }


def _weekly(points: Points) -> Points:
    """The mean of each seven days with an answer, on the middle of its answers."""
    weeks: dict[int, list[tuple[date, float]]] = {}
    for day, value in points:
        weeks.setdefault((day - points[0][0]).days // 7, []).append((day, value))
    return [
        (
            date.fromordinal(round(fmean(day.toordinal() for day, _ in week))),
            fmean(value for _, value in week),
        )
        for week in weeks.values()
    ]


def _stretches(points: Points, gap: timedelta) -> list[list[tuple[date, float]]]:
    lines: list[list[tuple[date, float]]] = []
    for day, value in points:
        if not lines or day - lines[-1][-1][0] > gap:
            lines.append([])
        lines[-1].append((day, value))
    return lines


def _apart(drawn: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The same series, with names behind both lines and not on each other.

    Where the answers ended long ago, or are single points, the names stand beside them.
    """
    furthest = max((float(one["label-x"]) for one in drawn), default=0.0)
    has_lines = any(one["lines"] for one in drawn)
    named_at = 1.0 if has_lines and furthest >= _ENDS_EARLY else furthest
    drawn = [{**one, "label-x": named_at} for one in drawn]
    if len(drawn) < len(_NAMES):
        return drawn
    lower, upper = sorted(drawn, key=lambda one: float(one["label-y"]))
    missing = _LABELS_APART - (upper["label-y"] - lower["label-y"])
    if missing > 0:
        middle = (upper["label-y"] + lower["label-y"]) / 2
        middle = min(max(middle, _LABELS_APART / 2), 10 - _LABELS_APART / 2)
        lower = {**lower, "label-y": middle - _LABELS_APART / 2}
        upper = {**upper, "label-y": middle + _LABELS_APART / 2}
    return [lower, upper]


def _ticks(first: date, end: date) -> list[date]:
    """The ends of a short stretch, firsts of months in a long one."""
    days = (end - first).days
    if days < _MANY_DAYS:
        return [first, end] if days < 2 * _FEWEST_DAYS else [first, first + (end - first) / 2, end]
    apart = next(months for most, months in _MONTHS_APART if days < most)
    firsts = [day for number in range(days + 1) if (day := first + timedelta(number)).day == 1]
    return firsts[::apart]


def _shown(value: float) -> str:
    return f"{value:.0f}"
