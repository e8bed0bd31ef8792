"""What follows when somebody sends a picture, a voice note or anything else that is not text."""

from collections.abc import Sequence

from bot.domain.effect import Effect, JoinAlert, Say
from bot.domain.turn import Turn


def handle(turn: Turn) -> Sequence[Effect] | None:
    """A kind word on what Balm cannot see; nothing is downloaded. None for a text or a button."""
    if not turn.inbound.kind.is_media:
        return None
    joined = [JoinAlert(note="sent-media")] if turn.has_recent_flag else []
    return [Say(template="media-received"), *joined]
