"""What follows when somebody says that Balm writes to the wrong person."""

from collections.abc import Sequence

from bot.domain.effect import Effect, RaiseAlert, Say, SetAddressState
from bot.domain.escalation import Urgency
from bot.domain.patient import AddressState
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for "wrong number" and "who is this", or None; confirms nothing about anybody.

    A stranger who asks who this is may be told: Balm did not write to them first.
    """
    if not turn.says("wrong-number"):
        return None
    if turn.patient is None:
        return None if turn.reading.faq.reply else [Say(template="wrong-number")]
    return [
        Say(template="wrong-number"),
        SetAddressState(state=AddressState.LOCKED),
        RaiseAlert(category="wrong-number", urgency=Urgency.TASK, note="address-locked"),
    ]
