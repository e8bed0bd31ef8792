"""What follows when a patient answers a campaign's message."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from bot.domain.campaign.definition import Button, Does
from bot.domain.campaign.notice import button_of, pressed
from bot.domain.conversation import Asking
from bot.domain.effect import (
    Effect,
    MoveOccurrence,
    RaiseAlert,
    RecordFact,
    Replan,
    Say,
    SayTopic,
)
from bot.domain.escalation import Urgency
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import FactKind
from bot.domain.turn import Turn

_ANSWERABLE = (OccurrenceState.ASKED, OccurrenceState.SENT)
_STOPPED_FOR = timedelta(days=3650)
"""Until the patient asks for it again: longer than any course."""


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects of a campaign's button, its number or its letter; None if this turn is neither."""
    found = pressed(turn.action or "")
    if found is None or turn.patient is None:
        return None
    occurrence_id, button_id = found
    known = turn.campaign_steps.get(occurrence_id)
    button = button_of(known[1], button_id) if known is not None else None
    if known is None or button is None:
        return [Say(template="campaign-too-old"), *turn.closing(Asking.CAMPAIGN)]
    occurrence = known[0]
    return [
        *_consequences(turn, occurrence, button),
        *_closing(occurrence, button),
        *turn.closing(Asking.CAMPAIGN),
    ]


def _consequences(turn: Turn, occurrence: Occurrence, button: Button) -> Sequence[Effect]:
    reply = Say(template=f"{occurrence.message}:{button.id}:reply", edits_pressed=False)
    match button.does:
        case Does.THANK:
            return [reply]
        case Does.TELL_CLINIC | Does.CALL_ME:
            category = "call-me" if button.does is Does.CALL_ME else "campaign-answer"
            evidence = f"{occurrence.rule} {button.id}"
            urgency = Urgency.TASK if button.does is Does.CALL_ME else Urgency.SAME_DAY
            alert = RaiseAlert(category=category, urgency=urgency, evidence=evidence)
            return [alert, reply]
        case Does.OPEN_TOPIC:
            topic = button.detail or ""
            may_be_given = topic in turn.topics and topic not in turn.withheld
            return [SayTopic(topic=topic)] if may_be_given else [reply]
        case Does.STOP_KIND:
            until = (turn.now + _STOPPED_FOR).isoformat()
            stopped = {"kind": occurrence.kind.value, "until": until}
            return [RecordFact(kind=FactKind.PAUSE, value=stopped), reply]
        case Does.REPORT:
            if occurrence.state not in _ANSWERABLE:
                return [reply]  # an old button tells nothing of today
            return [_report(turn, button), Replan(), reply]
        case _:
            assert_never(button.does)


def _report(turn: Turn, button: Button) -> RecordFact:
    assert turn.patient is not None
    today = turn.now.astimezone(turn.patient.zone).date()
    name = EvidenceName(button.detail or "")
    value = evidence_fact(name, today, EvidenceSource.PATIENT)
    return RecordFact(kind=FactKind.EVIDENCE, value=value)


def _closing(occurrence: Occurrence, button: Button) -> Sequence[Effect]:
    """The first answer counts; a second press is thanked and changes nothing."""
    if not button.closes or occurrence.state not in _ANSWERABLE:
        return []
    return [
        MoveOccurrence(
            occurrence_id=occurrence.id, state=OccurrenceState.ANSWERED, reason=button.id
        )
    ]
