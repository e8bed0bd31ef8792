"""What follows when a person wants to hear nothing more, or to hear from Balm again."""

from collections.abc import Sequence

from bot.domain.effect import Effect, JoinAlert, Note, OptIn, OptOut, RaiseAlert, Say
from bot.domain.escalation import Urgency
from bot.domain.inbound import Keyword
from bot.domain.message_kind import MessageKind
from bot.domain.reading import StopAction
from bot.domain.turn import Turn
from handlers import photos


def opt_out(turn: Turn) -> list[Effect]:
    """The opt-out of this message, whatever else it says; carried out before anything else."""
    wish = turn.wish_to_stop
    wants_out = turn.inbound.keyword is Keyword.STOP or (
        wish is not None and wish.action is StopAction.OPT_OUT
    )
    if not wants_out or turn.inbound.is_group:
        return []
    ended = [OptOut(reason="stop"), *photos.forgotten(turn)]
    if turn.is_opted_out or _provider_confirms(turn):
        return ended
    return [Say(template="stopped", kind=MessageKind.CONFIRMATION), *ended]


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for STOP, START and HELP, or None if this turn is none of them."""
    keyword = turn.inbound.keyword
    if opt_out(turn):
        return [Note(verb="opted-out"), *tell_clinic(turn)]
    wants_back = keyword is Keyword.START or turn.says("start-bare")
    if wants_back and turn.is_opted_out:
        welcome = Say(template="welcome-back", kind=MessageKind.CONFIRMATION)
        return [OptIn(), welcome]
    if turn.is_opted_out:
        return [Say(template="still-stopped", kind=MessageKind.REPLY)] if not turn.is_sms else []
    if keyword is Keyword.HELP:
        told = [] if _provider_confirms(turn) else [Say(template="help")]
        joined = [JoinAlert(note="asked-for-help")] if turn.has_recent_flag else []
        return [*told, *joined, Note(verb="asked-for-help")]
    if turn.wish_to_stop is not None and turn.wish_to_stop.action is StopAction.CLARIFY:
        return [Say(template="stop-or-pause")]
    return None


def tell_clinic(turn: Turn) -> list[Effect]:
    """A patient who can no longer be written to goes on the clinic's list, once."""
    if turn.patient is None or turn.is_opted_out:
        return []
    return [RaiseAlert(category="opted-out", urgency=Urgency.TASK)]


def _provider_confirms(turn: Turn) -> bool:
    return turn.is_sms and turn.inbound.keyword is not None
