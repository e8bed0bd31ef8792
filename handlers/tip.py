"""What follows when a patient wants to read the tip of the week, or no more of them."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.effect import Effect, RecordFact, Say
from bot.domain.patient import FactKind
from bot.domain.turn import Turn
from handlers.faq import chosen

_FOR_GOOD = timedelta(days=3650)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for TIP and NO TIPS, or None."""
    if turn.patient is None:
        return None
    if turn.action == "no-tips" or turn.says("no-tips"):
        until = (turn.now + _FOR_GOOD).isoformat()
        return [
            RecordFact(kind=FactKind.PAUSE, value={"kind": "learning", "until": until}),
            Say(template="tips-stopped"),
        ]
    if turn.action == "tip" or turn.says("tip"):
        read = chosen(turn, turn.tip) if turn.tip is not None else None
        return read or [Say(template="tip-none")]
    return None
