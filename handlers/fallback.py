"""What Balm says when nothing else fits: an honest "I do not know", and what may help."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Option, Say
from bot.domain.inbound import InboundKind
from bot.domain.turn import Turn
from handlers.faq import offer

USUAL_TOPICS = ("starting-tips", "dry-lips", "side-effects-list")


def handle(turn: Turn) -> Sequence[Effect]:
    """Always an answer; never a guess."""
    if turn.inbound.kind is InboundKind.BUTTON:
        menu = Option(label="menu", action="menu")
        return [Say(template="old-button", options=((menu,),), edits_pressed=False)]
    if not any(c.isalnum() for c in turn.inbound.text):
        return [Say(template="no-words")]
    nearest = [topic for topic in turn.reading.faq.topics[:3] if topic in turn.topics]
    usual = [topic for topic in USUAL_TOPICS if topic in turn.topics]
    return offer(turn, nearest or usual, template="fallback")
