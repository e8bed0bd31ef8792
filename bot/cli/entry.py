"""How is an entry of the clinic asked about before, and shown after it was made?"""

import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from bot.cli.house import fail, with_house
from bot.domain.identity import ClinicId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.plan import PlannedOccurrence
from bot.services.clinic_entry import Entered, Person
from bot.services.patients import NotPossible
from bot.wiring.house import House

BY = "command-line"
Patient = Annotated[str, typer.Argument(metavar="PATIENT", help="Id of the patient.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again (for scripts).")]
Clinician = Annotated[str, typer.Option("--as", help="Who decided, as enrolled.")]
Code = Annotated[str, typer.Option(help="Six digits of their authenticator.")]

_REMARKS = {
    "replaces-waiting-dose": "It replaces a change of dose that was still waiting.",
    "waits-for-capsules": "It begins when the patient confirms having the new capsules "
    "(or: balm course capsules PATIENT).",
    "patient-not-told": "Balm says nothing of it: staff tell the patient.",
    "dose-not-told": "Balm says nothing of it: staff tell the patient first, and then: "
    "balm course told PATIENT.",
    "held": "No capsule is asked about until a clinician ends the hold: balm patient end-hold.",
    "hold-stays": "More than ten minutes have passed: the hold stays until a clinician ends it "
    "(balm patient end-hold).",
    "time-after": "The course is in the time after: tests, contraception and no blood donation go "
    "on until a clinician ticks it off (balm course clear).",
    "tell-patient-of-transfer": "Balm falls silent without a word: staff tell the patient who "
    "cares for them now.",
    "lab-high": "The value is above the clinic's mark: it stands on the work list.",
    "lab-critical": "The value is critical by the clinic's mark: an alert for today is open.",
}
_WHY = {
    "hold": "on hold",
    "silenced": "silenced until a clinician restarts them",
    "stopped-taking": "the capsules are stopped",
}

Work = Callable[[House, ClinicId], Awaitable[Entered]]


def enter(
    patient_id: str,
    work: Work,
    *,
    as_json: bool,
    asks: str | None = None,
    is_sure: bool = True,
) -> None:
    """Make an entry and show what it changed; `asks` first shows whom it is about, and asks."""

    async def run(house: House, clinic_id: ClinicId) -> Entered:
        if asks is not None:
            person = await house.desk.entries.person(clinic_id, PatientId(patient_id))
            be_sure([person], asks, is_sure=is_sure, as_json=as_json)
        return await work(house, clinic_id)

    show(with_house(run), as_json=as_json)


def be_sure(people: Iterable[Person], what: str, *, is_sure: bool, as_json: bool) -> None:
    """Show names and years of birth and ask again. Raises NotPossible when it is not right."""
    if is_sure:
        return
    if as_json:
        fail("This entry is asked about again; with --json give --yes as well.", code=2)
    for person in people:
        print(f"{person.name}, born {person.birth_year}", file=sys.stderr)
    try:
        is_right = typer.confirm(f"{what} Is that right?", err=True)
    except typer.Abort as error:
        raise NotPossible("nothing was changed; scripts say --yes") from error
    if not is_right:
        raise NotPossible("nothing was changed")


def show(entered: Entered, *, as_json: bool) -> None:
    """What an entry changed, for a person or for a program."""
    if as_json:
        print(json.dumps(record(entered)))
        return
    print(f"Entered for {entered.person.name}, born {entered.person.birth_year}.")
    print_changes(entered)
    for remark in entered.said:
        print(_REMARKS.get(remark, remark))
    if entered.sends_nothing_before is not None:
        print(f"Nothing planned is sent before {entered.sends_nothing_before:%H:%M} UTC.")
    if not entered.entry_id.startswith("undo-"):
        patient = entered.person.id
        print(f"A slip? balm course correct {patient} --undo {entered.entry_id}")


def print_changes(entered: Entered) -> None:
    """The planned messages that the entry adds, moves, removes, silences and frees."""
    changes = entered.changes
    lines = [
        *_lines("added", changes.added),
        *_lines("moved", [new for _, new in changes.moved]),
        *_lines("removed", changes.removed),
        *_lines("freed", entered.freed),
    ]
    reasons: dict[str, list[Occurrence]] = {}
    for one, reason in entered.silenced:
        reasons.setdefault(reason, []).append(one)
    for reason, ones in reasons.items():
        lines += _lines(f"silent ({_WHY.get(reason, reason)})", ones)
    print("Planned messages: " + ("no change." if not lines else ""))
    for line in lines:
        print(f"  {line}")


def record(entered: Entered) -> dict[str, object]:
    """An entry for programs."""
    changes, until = entered.changes, entered.sends_nothing_before
    return {
        "entry": entered.entry_id,
        "patient": entered.person.id,
        "added": [_message(one) for one in changes.added],
        "moved": [{**_message(new), "was": old.due_at.isoformat()} for old, new in changes.moved],
        "removed": [_message(one) for one in changes.removed],
        "silenced": [{**_message(one), "reason": why} for one, why in entered.silenced],
        "freed": [_message(one) for one in entered.freed],
        "sends_nothing_before": until.isoformat() if until else None,
        "remarks": list(entered.said),
    }


def decimal_of(option: str, text: str) -> Decimal:
    """The number that an option gives, with a point or a comma. Raises NotPossible."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise NotPossible(f"{option} {text}: write a number, like 62.5") from error
    if not number.is_finite():
        raise NotPossible(f"{option} {text}: write a number, like 62.5")
    return number


def due_of(one: Occurrence | PlannedOccurrence) -> datetime:
    """When a planned message is due (UTC)."""
    return one.due_at if isinstance(one, Occurrence) else one.due


def day_of_message(one: Occurrence | PlannedOccurrence) -> date:
    """The patient's local day of a planned message."""
    return one.local_day if isinstance(one, Occurrence) else one.day


def _message(one: Occurrence | PlannedOccurrence) -> dict[str, str]:
    return {
        "reminder": one.reminder,
        "slot": one.slot,
        "day": day_of_message(one).isoformat(),
        "due": due_of(one).isoformat(),
        "kind": one.kind.value,
    }


def _lines(what: str, ones: Sequence[Occurrence | PlannedOccurrence]) -> list[str]:
    """One line per reminder, with how many and from when to when."""
    by_reminder: dict[str, list[date]] = {}
    for one in ones:
        by_reminder.setdefault(f"{one.reminder} {one.slot}", []).append(day_of_message(one))
    count = Counter({name: len(days) for name, days in by_reminder.items()})
    return [f"{what}: {count[name]} x {name}, {_span(days)}" for name, days in by_reminder.items()]


def _span(days: Sequence[date]) -> str:
    first, last = min(days), max(days)
    return f"{first}" if first == last else f"{first} to {last}"
