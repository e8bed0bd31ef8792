"""What follows when a patient says that they stopped taking the capsules: never an opt-out."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, RaiseAlert, RecordFact, Say
from bot.domain.escalation import Urgency
from bot.domain.inbound import InboundKind
from bot.domain.patient import FactKind
from bot.domain.turn import Turn

_OPEN_FOR = timedelta(days=1)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for "I stopped taking it" and the answer to the question after it, or None."""
    if turn.patient is None:
        return None
    question = turn.open_question
    if question is not None and question.asking is Asking.STOPPED_TAKING:
        return _answer(turn, question)
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
        ),
        RecordFact(kind=FactKind.DOSING_STOPPED, value={"stopped": True, "by": "patient"}),
        Ask(question=waiting),
    ]


def _answer(turn: Turn, question: Question) -> Sequence[Effect] | None:
    if turn.inbound.kind is not InboundKind.TEXT or turn.inbound.text.endswith("?"):
        return None
    return [
        Say(template="stopped-taking-noted"),
        RaiseAlert(
            category="stopped-taking",
            urgency=Urgency.SAME_DAY,
            evidence=turn.inbound.text,
            note=f"answer:{question.id}",
            joins=True,
        ),
        Ask(question=None),
    ]
