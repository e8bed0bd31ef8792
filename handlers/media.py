"""What follows when somebody sends a picture, a voice note or anything else that is not text."""

from collections.abc import Sequence

from bot.domain.checkin import ANNOUNCED
from bot.domain.conversation import Asking
from bot.domain.effect import Effect, JoinAlert, Say
from bot.domain.prompt import checkin_prompt
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """A kind word on what Balm cannot see; nothing is downloaded. None for a text or a button."""
    if not turn.inbound.kind.is_media:
        return None
    return [Say(template="media-received"), *joined(turn), *_open_checkin(turn)]


def joined(turn: Turn) -> list[Effect]:
    """While an alert is open, a picture may be part of it: staff hear that it came (rule 22)."""
    return [JoinAlert(note="sent-media")] if turn.has_recent_flag else []


def _open_checkin(turn: Turn) -> Sequence[Effect]:
    """The question that waits is put again: a picture was no answer to it."""
    checkin, asked = turn.checkin, turn.open_question
    if checkin is None or asked is None or asked.asking is not Asking.CHECKIN:
        return []
    question = checkin.next_question()
    if question is None or asked.step == ANNOUNCED:
        return []
    return [checkin_prompt(checkin, question)]
