"""What follows when a patient says that they stopped taking the capsules: never an opt-out."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, RaiseAlert, RecordFact, Replan, Say
from bot.domain.escalation import Urgency
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact, withdrawn
from bot.domain.inbound import InboundKind
from bot.domain.patient import FactKind
from bot.domain.said_day import day_said
from bot.domain.turn import Turn

_OPEN_FOR = timedelta(days=1)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for "I stopped taking it" and the answer to the question after it, or None."""
    if turn.patient is None:
        return None
    question = turn.open_question
    if question is not None and question.asking is Asking.STOPPED_TAKING:
        return _answer(turn)
    if turn.action == "stopped-taking" or turn.says("stopped-taking"):
        return _ask(turn)
    return None


def _ask(turn: Turn) -> Sequence[Effect]:
    waiting = Question(
        id=turn.fresh_id,
        asking=Asking.STOPPED_TAKING,
        asked_at=turn.now,
        expires_at=turn.now + _OPEN_FOR,
    )
    return [
        Say(template="stopped-taking"),
        RaiseAlert(
            category="stopped-taking",
            urgency=Urgency.SAME_DAY,
            evidence=turn.inbound.text,
            note="patient-reported",
            once=True,
        ),
        RecordFact(kind=FactKind.DOSING_STOPPED, value={"stopped": True, "by": "patient"}),
        *_last_capsule(turn, None),
        Ask(question=waiting),
    ]


def _answer(turn: Turn) -> Sequence[Effect] | None:
    """Why, and since when: their words join the open case, which stays the only one."""
    if turn.inbound.kind is not InboundKind.TEXT or turn.inbound.text.endswith("?"):
        return None
    said = None
    if turn.course is not None:
        said = day_said(turn.inbound.text, turn.words, turn.course.today)
    return [
        Say(template="stopped-taking-noted"),
        *(_last_capsule(turn, said) if said is not None else ()),
        Ask(question=None),
    ]


def _last_capsule(turn: Turn, said: date | None) -> list[Effect]:
    """The time after begins on the day they name; until they do, today: the later day is safer."""
    course = turn.course
    if course is None or not course.regimen.steps:
        return []
    effects: list[Effect] = []
    known = course.stop_reported_on
    if said is None and known is not None:
        return []
    if known is not None and known != said:
        value = withdrawn(EvidenceName.LAST_CAPSULE, known, EvidenceSource.PATIENT)
        effects.append(RecordFact(kind=FactKind.EVIDENCE, value=value))
    day = said or course.today
    fact = evidence_fact(EvidenceName.LAST_CAPSULE, day, EvidenceSource.PATIENT)
    return [*effects, RecordFact(kind=FactKind.EVIDENCE, value=fact), Replan()]
