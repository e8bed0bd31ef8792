"""What follows when a patient says how the clinic may reach them privately."""

from collections.abc import Sequence

from bot.domain.conversation import Asking
from bot.domain.effect import Ask, Effect, RecordFact, Say
from bot.domain.inbound import InboundKind
from bot.domain.patient import FactKind
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for the answer to "How may we reach you privately?", or None."""
    question = turn.open_question
    is_asked = question is not None and question.asking is Asking.PRIVATE_CONTACT
    if turn.patient is None or not is_asked or turn.inbound.kind is not InboundKind.TEXT:
        return None
    if turn.inbound.text.rstrip().endswith("?"):
        return None
    return [
        RecordFact(kind=FactKind.PRIVATE_CONTACT, value={"how": turn.inbound.text}),
        Say(template="private-contact-noted"),
        Ask(question=None),
    ]
