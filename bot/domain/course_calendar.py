"""What does each day of a simulated course look like, for a calendar or a poster? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.domain.message_kind import MessageKind
from bot.domain.simulation import SimulatedMessage, SimulatedStep, Simulation

_DAILY = (MessageKind.DOSE, MessageKind.NUDGE, MessageKind.CHECKIN, MessageKind.REPLY)
_TAKEN, _NOT_TAKEN = "taken", ("skipped", "missed", "expired")
_ONE_DAY = timedelta(days=1)

_CHECKIN_DONE = ("checkin-done", "checkin-done-private")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One local day of the patient."""

    day: date
    doses_planned: int = 0
    doses_taken: int = 0
    doses_not_taken: int = 0
    is_checkin_asked: bool = False
    is_checkin_answered: bool = False
    notices: tuple[MessageKind, ...] = ()
    """Kinds of the messages besides capsule, check-in and answers, each once."""
    done: tuple[str, ...] = ()
    """Steps that were done on this day."""
    windows: tuple[str, ...] = ()
    """Steps with a deadline whose days these are."""
    case_count: int = 0


def calendar_days(simulation: Simulation) -> Sequence[CalendarDay]:
    """Every day from joining to the end, in order."""
    first, last = simulation.began_at.date(), simulation.ended_at.date()
    days = {first + _ONE_DAY * n: _Day() for n in range((last - first).days + 1)}
    for dose in simulation.doses:
        if dose.day in days and dose.state != "cancelled":
            days[dose.day].doses.append(dose.state)
    for message in simulation.messages:
        days.setdefault(message.at.date(), _Day()).messages.append(message)
    for case in simulation.cases:
        days.setdefault(case.at.date(), _Day()).cases += 1
    return [_seen(day, days[day], simulation.steps) for day in sorted(days)]


@dataclass(slots=True)
class _Day:
    """What is gathered of a day."""

    doses: list[str] = field(default_factory=list)
    messages: list[SimulatedMessage] = field(default_factory=list)
    cases: int = 0


def _seen(day: date, known: _Day, steps: Sequence[SimulatedStep]) -> CalendarDay:
    kinds = dict.fromkeys(message.kind for message in known.messages)
    return CalendarDay(
        day=day,
        doses_planned=len(known.doses),
        doses_taken=known.doses.count(_TAKEN),
        doses_not_taken=sum(state in _NOT_TAKEN for state in known.doses),
        is_checkin_asked=MessageKind.CHECKIN in kinds,
        is_checkin_answered=any(m.template in _CHECKIN_DONE for m in known.messages),
        notices=tuple(kind for kind in kinds if kind not in _DAILY),
        done=tuple(step.id for step in steps if step.done_on == day),
        windows=tuple(step.id for step in steps if _is_open(step, day)),
        case_count=known.cases,
    )


def _is_open(step: SimulatedStep, day: date) -> bool:
    if not step.is_window or step.opens is None or step.closes is None:
        return False
    return step.opens <= day <= step.closes
