"""`balm course show`: the whole state of a course on one page."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from bot.cli.entry import Patient
from bot.cli.house import with_house
from bot.cli.patient import Json
from bot.domain.cumulative import Between
from bot.domain.evidence import Evidence
from bot.domain.identity import ClinicId, PatientId
from bot.domain.labs import LabStep
from bot.domain.regimen import RegimenStep
from bot.services.course_view import CourseView
from bot.wiring.house import House

_TENTH = Decimal("0.1")


def show(patient_id: Patient, *, as_json: Json = False) -> None:
    """The whole state: regimen, what was taken, capsules, tests, labs, what comes next."""

    async def work(house: House, clinic_id: ClinicId) -> CourseView:
        return await house.desk.views.of(clinic_id, PatientId(patient_id))

    shown = view_record(with_house(work))
    if as_json:
        print(json.dumps(shown))
        return
    for name, value in shown.items():
        _print(name, value)


def view_record(view: CourseView) -> dict[str, object]:
    """Everything of a view in plain values."""
    return {
        "patient": _patient(view),
        "course": _course(view),
        "regimen": [_step(step) for step in view.regimen.steps],
        "waiting_for_capsules": [_step(step) for step in view.regimen.waiting],
        "pauses": [
            {"from": str(p.from_day), "until": str(p.until_day) if p.until_day else "open"}
            for p in view.regimen.pauses
        ],
        "taken": _taken(view),
        "target": _target(view),
        "capsules": _capsules(view),
        "labs": [_lab(step, view.today) for step in view.labs],
        "evidence": [_evidence(one) for one in view.evidence],
        "next": _ahead(view),
    }


def _patient(view: CourseView) -> dict[str, object]:
    state = view.state
    return {
        "name": state.patient.name,
        "born": state.patient.born_on.year,
        "status": state.patient.status.value,
        "category": state.category,
        "programme": state.programme,
        "zone": state.zone.key,
        "hold": state.hold,
        "stopped_taking": state.dosing_stopped,
        "silenced": sorted(state.silent_kinds),
        "nothing_sent_before": view.settles_at.isoformat() if view.settles_at else None,
    }


def _course(view: CourseView) -> dict[str, object] | None:
    if view.course is None:
        return None
    return {
        "id": view.course.id,
        "status": view.course.status.value,
        "first_day": str(view.course.first_day),
        "last_day": str(view.course.last_day) if view.course.last_day else None,
    }


def _step(step: RegimenStep) -> dict[str, object]:
    regimen = step.regimen
    doses = [
        f"{slot.slot} {slot.at:%H:%M}"
        + (f" ({'+'.join(map(str, slot.capsules))} mg)" if slot.capsules else "")
        for slot in regimen.slots
    ]
    return {
        "from": str(step.begins),
        "until": str(regimen.last_day) if regimen.last_day else None,
        "mg_a_day": _plain(regimen.daily_mg),
        "every_days": regimen.every_days,
        "doses": doses,
        **({"told": step.was_told} if step.awaits_capsules else {}),
    }


def _taken(view: CourseView) -> dict[str, object]:
    total = view.total
    return {
        "mg": _between(total.mg),
        "mg_per_kg": _between(total.mg_per_kg),
        "doses_taken": total.taken,
        "skipped": total.skipped,
        "held": total.held,
        "unknown": total.unknown,
        "weights": {str(weight.on): _plain(weight.kg) for weight in view.weights},
    }


def _target(view: CourseView) -> dict[str, object] | None:
    if view.target is None:
        return None
    finish = view.finish
    return {
        "mg_per_kg": f"{_plain(view.target.low)} to {_plain(view.target.high)}",
        "reached_earliest": str(finish.earliest) if finish and finish.earliest else None,
        "reached_latest": str(finish.latest) if finish and finish.latest else None,
    }


def _capsules(view: CourseView) -> dict[str, object] | None:
    if view.stock is None:
        return None
    low, high = view.stock.low, view.stock.high
    return {
        "since": str(view.stock.since),
        "left": {f"{mg} mg": _counts(low.get(mg, 0), high[mg]) for mg in sorted(high)},
        "last_at_least_until": str(view.lasts[0]) if view.lasts[0] else None,
        "last_at_most_until": str(view.lasts[1]) if view.lasts[1] else None,
    }


def _lab(step: LabStep, today: date) -> dict[str, object]:
    if not step.missing:
        state = "done"
    elif today < step.opens:
        state = "to come"
    else:
        state = "open" if today <= step.closes else "overdue"
    return {
        "id": step.id,
        "state": state,
        "from": str(step.opens),
        "until": str(step.closes),
        "missing": ", ".join(step.missing),
    }


def _evidence(one: Evidence) -> dict[str, object]:
    return {"on": str(one.on), "what": one.name.value, "by": one.source.value, **one.details}


def _ahead(view: CourseView) -> list[dict[str, str]]:
    """The next one of every reminder."""
    nearest: dict[tuple[str, str], dict[str, str]] = {}
    for one in view.ahead:
        local = one.due_at.astimezone(view.state.zone)
        shown = {"at": local.isoformat(timespec="minutes"), "what": f"{one.reminder} {one.slot}"}
        nearest.setdefault((one.reminder, one.slot), shown)
    return list(nearest.values())


def _between(amount: Between | None) -> str | None:
    if amount is None:
        return None
    low, high = (_plain(n.quantize(_TENTH, ROUND_HALF_EVEN)) for n in (amount.low, amount.high))
    return f"{low}" if low == high else f"{low} to {high}"


def _counts(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _plain(number: Decimal | None) -> str | None:
    """Without needless zeros: 40, 62.5."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _print(name: str, value: object) -> None:
    """A heading with lines below it; what is not known says so."""
    title = name.replace("_", " ").capitalize()
    if isinstance(value, Mapping):
        print(title)
        for key, one in value.items():
            print(f"  {str(key).replace('_', ' ')}: {_shown(one)}")
    elif isinstance(value, Sequence) and value and not isinstance(value, str):
        print(title)
        for one in value:
            print(f"  {_line(one)}")
    else:
        print(f"{title}: {_shown(value)}")


def _line(one: object) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    parts = ((str(key).replace("_", " "), _shown(value)) for key, value in one.items())
    return ", ".join(f"{key} {value}" for key, value in parts if value not in ("-", ""))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {one}" for key, one in value.items()) or "-"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)
