"""What follows when a patient writes while a person of the clinic answers them."""

from collections.abc import Sequence

from bot.domain.effect import Effect, ReturnHandoff, Say
from bot.domain.inbound import InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.turn import Turn
from handlers import dose_reply


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Silence, or who will answer; None for a button, and while Balm itself answers.

    A plain word for a capsule that was asked about is still noted: nobody else would do it. A bare
    yes may be meant for the person who talks with them.
    """
    if turn.handoff is None or turn.inbound.kind is InboundKind.BUTTON:
        return None
    if turn.says("hand-back"):
        return [Say(template="handoff-returned", kind=MessageKind.HANDOFF), ReturnHandoff()]
    if any(turn.says(word) for word in ("taken", "later", "not-today")):
        noted = dose_reply.handle(turn)
        if noted is not None:
            return noted
    if not turn.handoff.must_reassure(turn.now):
        return []
    name = {"name": turn.handoff.owner_name}
    return [Say(template="handoff-waiting", variables=name, kind=MessageKind.HANDOFF)]
