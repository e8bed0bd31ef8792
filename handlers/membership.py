"""What follows when Balm is blocked, let back in, put into a group, or a message is edited."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Note, OptIn, OptOut, Say, SetAddressState
from bot.domain.inbound import InboundKind
from bot.domain.patient import AddressState
from bot.domain.turn import Turn
from handlers import stop


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for everything that is not a message to Balm alone, or None if it is one."""
    kind = turn.inbound.kind
    if kind is InboundKind.BLOCKED:
        told = stop.tell_clinic(turn)
        return [OptOut(reason="blocked"), SetAddressState(state=AddressState.BLOCKED), *told]
    if kind is InboundKind.UNBLOCKED:
        return [
            SetAddressState(state=AddressState.ACTIVE),
            OptIn(undoes=("blocked", "provider")),
        ]
    if turn.inbound.is_group:
        return _group(turn)
    if kind is InboundKind.MEMBERSHIP:
        return [Note(verb="membership-changed")]
    if kind is InboundKind.EDITED:
        return [Say(template="edited-message")]
    return None


def _group(turn: Turn) -> Sequence[Effect]:
    if turn.inbound.kind is InboundKind.MEMBERSHIP or turn.is_first_contact:
        return [Say(template="group-chat")]
    return []
