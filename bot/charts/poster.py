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
}
_LEGEND = ("capsule", "missed", "checkin", "test", "window", "visit", "lab", "after")
_CLEARED = "cleared"
"""Evidence by which a clinician ends the programme; until then its day says: ask your clinic."""
_LANES = 2
_DAYS_PER_LETTER = 0.17
"""How wide a letter of a label is, in days."""
_SIGN_DAYS = 0.6
"""How wide its sign is, with the space behind it."""
_LAST_COLUMN = 31.5
_ONE_DAY = timedelta(days=1)


def poster_data(
    simulation: Simulation, label: Label, *, programme: str, footer: str
) -> dict[str, Any]:
    """What `poster.typ` reads; `programme` is its name, or empty, `footer` the sentence below."""
    language = simulation.request.language
    days = _worth_showing(calendar_days(simulation), simulation)
    months = [
        _month(list(group), simulation, label)
        for _, group in groupby(days, key=lambda one: (one.day.year, one.day.month))
    ]
    shapes = {"capsule", "checkin", *(_shape for m in months for _shape in m["shapes"])}
    return {
        "language": language,
        "title": label("poster-title"),
        "subtitle": _subtitle(simulation, programme),
        "months": months,
        "legend": [
            {"shape": shape, "label": label(f"poster-{shape}")}
            for shape in _LEGEND
            if shape in shapes
        ],
        "footer": footer,
    }


def _worth_showing(days: Sequence[CalendarDay], simulation: Simulation) -> list[CalendarDay]:
    """Whole months, from the first to the last in which there is something to see."""
    seen = [one.day for one in days if one.doses_planned or one.windows or one.done]
    first = min(seen, default=simulation.request.first_day).replace(day=1)
    last = max(seen, default=simulation.request.last_day)
    return [
        one
        for one in days
        if first <= one.day and (one.day.year, one.day.month) <= (last.year, last.month)
    ]


def _subtitle(simulation: Simulation, programme: str) -> str:
    asked = simulation.request
    first, last = (
        format_date(day, format="medium", locale=asked.language)
        for day in (asked.first_day, asked.last_day)
    )
    dose = asked.dose.replace("@", " · ").replace("mg", " mg")
    return " · ".join(part for part in (programme, dose, f"{first} – {last}") if part)


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
        "slim": not bars and not marks and all(one["capsule"] == "none" for one in drawn),
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
    """Windows as far as they lie in this month, each with its name where there is room."""
    days = _days_of(first)
    bars = []
    for step in simulation.steps:
        if not step.is_window or step.opens is None or step.closes is None:
            continue
        if step.closes < days[0] or step.opens > days[-1]:
            continue
        begins, ends = max(step.opens, days[0]), min(step.closes, days[-1])
        is_missed = step.state == "missed"
        name = label("poster-pick-up-mark")
        said = f"{name}: {label('poster-missed-mark')}" if is_missed else name
        is_wide = (ends - begins).days + 0.6 >= len(said) * _DAYS_PER_LETTER
        starts_here = begins == step.opens
        bars.append(
            {
                "kind": "alert" if is_missed else "window",
                "first": begins.day,
                "last": ends.day,
                "begins": starts_here,
                "ends": ends == step.closes,
                "label": said if starts_here or is_wide else "",
                "label_inside": is_wide,
            }
        )
    return bars


def _marks(first: date, simulation: Simulation, label: Label) -> list[dict[str, Any]]:
    """What happened on single days, the same only once a day, in order."""
    asked = simulation.request
    points = [
        (asked.first_day, "capsule", label("poster-first-capsule")),
        (asked.last_day, "capsule", label("poster-last-capsule")),
        *(
            (step.done_on, shape, _said(step, shape, label))
            for step in simulation.steps
            if step.done_on is not None and (shape := _shape_of(step)) is not None
        ),
    ]
    found = {
        (day.day, shape, said): {"day": day.day, "kind": shape, "label": said}
        for day, shape, said in points
        if (day.year, day.month) == (first.year, first.month)
    }
    return sorted(found.values(), key=lambda one: (one["day"], one["kind"]))


def _shape_of(step: SimulatedStep) -> str | None:
    """How a step is drawn; None for what only the clinic does, and for windows, which are bars."""
    if (step.evidence or {}).get("name") == _CLEARED:
        return "after"
    is_patients = "patient" in step.who_acts
    return _SHAPES.get(step.kind) if is_patients and not step.is_window else None


def _said(step: SimulatedStep, shape: str, label: Label) -> str:
    """A test with its number, which it keeps when it is taken again: "Test 3"."""
    said = label(f"poster-{shape}-mark")
    number = step.id.partition("-again-")[0].rpartition("-")[2]
    return f"{said} {number}" if shape == "test" and number.isdecimal() else said


def _in_lanes(marks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The marks with a line for each; where both lines are taken, a sign stands without words."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(_LANES)]
    placed: list[dict[str, Any]] = []
    for mark in marks:
        width = len(mark["label"]) * _DAYS_PER_LETTER + _SIGN_DAYS
        flipped = mark["day"] + width > _LAST_COLUMN
        begins = mark["day"] + 0.3 - width if flipped else mark["day"] - 0.3
        ends = begins + width
        free = (n for n in range(_LANES) if all(ends <= a or begins >= b for a, b in taken[n]))
        lane = next(free, None)
        if lane is not None:
            taken[lane].append((begins, ends))
        said = mark["label"] if lane is not None else ""
        alone = (one for one in placed if one["day"] == mark["day"] and not one["label"])
        beside = 1 + sum(1 for _ in alone) if lane is None else 0
        placed.append(
            {**mark, "label": said, "lane": lane or 0, "flipped": flipped, "shift": -beside}
        )
    return [{**mark, "hair": _has_hair(mark, taken[0])} for mark in placed]


def _has_hair(mark: dict[str, Any], below: Sequence[tuple[float, float]]) -> bool:
    """Whether a line leads from the words down to the day, without crossing other words."""
    if mark["lane"] == 0:
        return bool(mark["kind"] == "capsule")
    return not any(begins + _SIGN_DAYS < mark["day"] < ends for begins, ends in below)
