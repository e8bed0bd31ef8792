"""What follows when a stranger in danger asks that the clinic be told."""

from collections.abc import Sequence

from bot.domain.conversation import Asking
from bot.domain.effect import Effect, RaiseAlert, Say
from bot.domain.message_kind import MessageKind
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for TELL and a first name, or None if this turn is not that."""
    question = turn.asked(Asking.TELL_CLINIC)
    if question is None:
        return None
    first, _, name = turn.inbound.text.strip().partition(" ")
    if first.casefold().strip(":,.") not in turn.words.words("tell"):
        return None
    category = question.data["category"]
    return [
        RaiseAlert(
            category=category,
            urgency=turn.flag_rules[category].urgency,
            evidence=f"{question.data['text']}\n{name.strip()}\n{turn.inbound.address}",
            note="stranger",
        ),
        Say(template="stranger-told", kind=MessageKind.SAFETY),
        *turn.closing(Asking.TELL_CLINIC),
    ]
