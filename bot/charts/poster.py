"""Which data does the poster of a course show? Months as rows, every day a circle. Pure."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from babel.dates import format_date

from bot.domain.course_calendar import CalendarDay, calendar_days
from bot.domain.message_kind import MessageKind
from bot.domain.simulation import SimulatedStep, Simulation

Label = Callable[[str], str]
"""The words under a name, in the language of the poster."""

_SHAPES = {
    MessageKind.PREGNANCY_TEST: "test",
    MessageKind.LAB: "lab",
    MessageKind.VISIT: "visit",
    MessageKind.AFTER_COURSE: "after",
}
_LEGEND = ("capsule", "missed", "checkin", "test", "window", "visit", "lab", "after")
_FOOTERS = {"can-become-pregnant": "poster-footer-contraception"}
"""By category; what is said to everybody else is the plain one."""
_LANES = 2
_DAYS_PER_LETTER = 0.17
"""How wide a letter of a label is, in days."""
_LAST_COLUMN = 31
_FLIPS_FROM = 26
"""Labels that begin later in a month are written to the left of their mark."""
_ONE_DAY = timedelta(days=1)
_HOLDS_A_LABEL_DAYS = 4
"""A bar at least so long has its label inside."""


def poster_data(simulation: Simulation, label: Label) -> dict[str, Any]:
    """What `poster.typ` reads; every word comes from `label`."""
    language = simulation.request.language
    days = _worth_showing(calendar_days(simulation), simulation.request.first_day)
    months = [
        _month(list(group), simulation, label)
        for _, group in groupby(days, key=lambda one: (one.day.year, one.day.month))
    ]
    shapes = {"capsule", "checkin", *(_shape for m in months for _shape in m["shapes"])}
    return {
        "language": language,
        "title": label("poster-title"),
        "subtitle": _subtitle(simulation, language),
        "months": months,
        "legend": [
            {"shape": shape, "label": label(f"poster-{shape}")}
            for shape in _LEGEND
            if shape in shapes
        ],
        "footer": label(_FOOTERS.get(simulation.request.category, "poster-footer")),
    }


def _worth_showing(days: Sequence[CalendarDay], first_day: date) -> list[CalendarDay]:
    """From the first day of the month in which anything happens; joining alone is nothing."""
    happens = (one.day for one in days if one.done or one.windows or one.day >= first_day)
    since = min(happens, default=first_day).replace(day=1)
    return [one for one in days if one.day >= since]


def _subtitle(simulation: Simulation, language: str) -> str:
    asked = simulation.request
    first, last = (
        format_date(day, format="long", locale=language)
        for day in (asked.first_day, asked.last_day)
    )
    name = f"{asked.programme} · " if asked.programme != "none" else ""
    return f"{name}{asked.dose.replace('@', ' · ')} · {first} – {last} · {asked.zone.key}"


def _month(days: Sequence[CalendarDay], simulation: Simulation, label: Label) -> dict[str, Any]:
    first = days[0].day.replace(day=1)
    language = simulation.request.language
    known = {one.day: one for one in days}
    drawn = [_day(day, known.get(day)) for day in _days_of(first)]
    bars = _bars(first, simulation, label)
    marks = _in_lanes(_marks(first, simulation, label))
    shapes = {mark["kind"] for mark in marks} | {"window" for _ in bars}
    shapes |= {"missed" for one in drawn if one["capsule"] in ("missed", "part")}
    return {
        "name": format_date(first, format="LLLL", locale=language),
        "year": str(first.year),
        "days": drawn,
        "bars": bars,
        "marks": marks,
        "shapes": sorted(shapes),
    }


def _days_of(first: date) -> list[date]:
    days = []
    day = first
    while day.month == first.month:
        days.append(day)
        day += _ONE_DAY
    return days


def _day(day: date, known: CalendarDay | None) -> dict[str, Any]:
    capsule = "none"
    if known is not None and known.doses_planned:
        capsule = "part" if known.doses_taken else "missed"
        if known.doses_taken and not known.doses_not_taken:
            capsule = "taken"
    return {
        "number": day.day,
        "weekend": day.isoweekday() > 5,
        "capsule": capsule,
        "checkin": known is not None and known.is_checkin_answered,
        "outside": known is None,
    }


def _bars(first: date, simulation: Simulation, label: Label) -> list[dict[str, Any]]:
    """Windows as far as they lie in this month; the label stands once, where the window begins."""
    days = _days_of(first)
    bars = []
    for step in simulation.steps:
        if not step.is_window or step.opens is None or step.closes is None:
            continue
        if step.closes < days[0] or step.opens > days[-1]:
            continue
        begins, ends = max(step.opens, days[0]), min(step.closes, days[-1])
        name = label("poster-pick-up-mark")
        if step.state == "missed":
            name = f"{name}: {label('poster-missed-mark')}"
        says = step.opens >= days[0] or (days[0] - step.opens).days <= _HOLDS_A_LABEL_DAYS
        is_wide = (ends - begins).days + 1 >= max(_HOLDS_A_LABEL_DAYS, len(name) * _DAYS_PER_LETTER)
        bars.append(
            {
                "kind": "alert" if step.state == "missed" else "window",
                "first": begins.day,
                "last": ends.day,
                "begins": step.opens >= days[0],
                "ends": step.closes <= days[-1],
                "label": name if says and (is_wide or ends.day < _FLIPS_FROM) else "",
                "label_inside": is_wide,
            }
        )
    return bars


def _marks(first: date, simulation: Simulation, label: Label) -> list[dict[str, Any]]:
    """What happened on single days, the same only once a day, in order."""
    asked = simulation.request
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    points = [
        (asked.first_day, "capsule", label("poster-first-capsule")),
        (asked.last_day, "capsule", label("poster-last-capsule")),
        *(
            (step.done_on, shape, _said(step, shape, label))
            for step in simulation.steps
            if step.done_on is not None and (shape := _shape_of(step)) is not None
        ),
    ]
    for day, shape, said in points:
        if day is not None and (day.year, day.month) == (first.year, first.month):
            found[day.day, shape, said] = {"day": day.day, "kind": shape, "label": said}
    return sorted(found.values(), key=lambda one: (one["day"], one["kind"]))


def _shape_of(step: SimulatedStep) -> str | None:
    """How a step is drawn; None for what only the clinic does."""
    is_patients = "patient" in step.who_acts
    return _SHAPES.get(step.kind) if is_patients and not step.is_window else None


def _said(step: SimulatedStep, shape: str, label: Label) -> str:
    number = step.id.rpartition("-")[2]
    said = label(f"poster-{shape}-mark")
    return f"{said} {number}" if shape == "test" and number.isdecimal() else said


def _in_lanes(marks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The marks with a place for each label; one that finds none keeps its mark alone."""
    ends = [0.0] * _LANES
    placed = []
    for mark in marks:
        width = len(mark["label"]) * _DAYS_PER_LETTER + 0.4
        flipped = mark["day"] >= _FLIPS_FROM and mark["day"] + width > _LAST_COLUMN
        begins = mark["day"] - width if flipped else float(mark["day"])
        lane = next((n for n in range(_LANES) if ends[n] <= begins), None)
        if lane is not None:
            ends[lane] = begins + width
        placed.append(
            {
                **mark,
                "label": mark["label"] if lane is not None else "",
                "lane": lane or 0,
                "flipped": flipped,
            }
        )
    return placed
