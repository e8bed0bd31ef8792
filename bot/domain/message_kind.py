"""What kind of message is this, and what may be done with it? One table. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MessageKind(StrEnum):
    """Every message that Balm sends is of exactly one kind."""

    DOSE = "dose"
    NUDGE = "nudge"
    CHECKIN = "checkin"
    LAB = "lab"
    PREGNANCY_TEST = "pregnancy-test"
    CONTRACEPTION = "contraception"
    WINDOW = "window"
    REFILL = "refill"
    VISIT = "visit"
    LEARNING = "learning"
    AFTER_COURSE = "after-course"
    SAFETY = "safety"
    REPLY = "reply"
    ENROLMENT = "enrolment"
    ALERT = "alert"
    HANDOFF = "handoff"
    BROADCAST = "broadcast"
    CONFIRMATION = "confirmation"


class WhenUncertain(StrEnum):
    """What follows a send whose outcome nobody knows."""

    RESEND = "resend"
    NEVER = "never"
    LOOK_UP = "look-up"


class AfterOutage(StrEnum):
    """What becomes of a message that was due while nothing could be sent."""

    SEND = "send"
    FOLD = "fold"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """How one kind of message is treated, from being due to its end."""

    validity: timedelta | None
    """How long after its due time the text is still true; None: it never expires."""
    when_uncertain: WhenUncertain
    obeys_quiet_hours: bool
    counts_in_budget: bool
    held_during_handoff: bool
    after_outage: AfterOutage
    priority: int
    """Lower leaves first."""


_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def _urgent(priority: int, *, validity: timedelta | None) -> KindRule:
    return KindRule(
        validity=validity,
        when_uncertain=WhenUncertain.RESEND,
        obeys_quiet_hours=False,
        counts_in_budget=False,
        held_during_handoff=False,
        after_outage=AfterOutage.SEND,
        priority=priority,
    )


def _time_critical(priority: int) -> KindRule:
    return KindRule(
        validity=_DAY,
        when_uncertain=WhenUncertain.LOOK_UP,
        obeys_quiet_hours=True,
        counts_in_budget=False,
        held_during_handoff=False,
        after_outage=AfterOutage.SEND,
        priority=priority,
    )


def _ordinary(
    priority: int, *, validity: timedelta, after_outage: AfterOutage = AfterOutage.EXPIRE
) -> KindRule:
    return KindRule(
        validity=validity,
        when_uncertain=WhenUncertain.NEVER,
        obeys_quiet_hours=True,
        counts_in_budget=True,
        held_during_handoff=True,
        after_outage=after_outage,
        priority=priority,
    )


KIND_RULES: dict[MessageKind, KindRule] = {
    MessageKind.ALERT: _urgent(0, validity=None),
    MessageKind.SAFETY: _urgent(0, validity=None),
    MessageKind.HANDOFF: _urgent(1, validity=_DAY),
    MessageKind.REPLY: _urgent(2, validity=_DAY),
    MessageKind.ENROLMENT: _urgent(2, validity=_DAY),
    MessageKind.CONFIRMATION: _urgent(2, validity=_DAY),
    MessageKind.WINDOW: _time_critical(3),
    MessageKind.PREGNANCY_TEST: _time_critical(3),
    MessageKind.CONTRACEPTION: _time_critical(3),
    MessageKind.LAB: _time_critical(4),
    MessageKind.DOSE: KindRule(
        validity=3 * _HOUR,
        when_uncertain=WhenUncertain.NEVER,
        obeys_quiet_hours=False,
        counts_in_budget=True,
        held_during_handoff=True,
        after_outage=AfterOutage.EXPIRE,
        priority=4,
    ),
    MessageKind.NUDGE: _ordinary(5, validity=3 * _HOUR),
    MessageKind.CHECKIN: _ordinary(6, validity=8 * _HOUR),
    MessageKind.REFILL: _ordinary(6, validity=_DAY, after_outage=AfterOutage.FOLD),
    MessageKind.VISIT: _ordinary(6, validity=_DAY, after_outage=AfterOutage.FOLD),
    MessageKind.AFTER_COURSE: _ordinary(7, validity=2 * _DAY, after_outage=AfterOutage.FOLD),
    MessageKind.LEARNING: _ordinary(8, validity=_DAY, after_outage=AfterOutage.FOLD),
    MessageKind.BROADCAST: _ordinary(9, validity=_DAY, after_outage=AfterOutage.FOLD),
}

TIME_CRITICAL = frozenset(
    {
        MessageKind.WINDOW,
        MessageKind.PREGNANCY_TEST,
        MessageKind.CONTRACEPTION,
        MessageKind.LAB,
    }
)
"""Never held longer than a few hours, never folded away, outside the message budget."""
