"""What Balm says when nothing else fits: an honest "I do not know", and what may help."""

from collections.abc import Sequence

from bot.domain.effect import Effect, Option, Remember, Say, WhyKept
from bot.domain.inbound import InboundKind
from bot.domain.turn import Turn
from handlers.faq import keep, may_give, offer

USUAL_TOPICS = ("starting-tips", "dry-lips", "side-effects-list")


def handle(turn: Turn) -> Sequence[Effect]:
    """Always an answer; never a guess."""
    if turn.inbound.kind is InboundKind.BUTTON:
        menu = Option(label="menu", action="menu")
        return [Say(template="old-button", options=((menu,),), edits_pressed=False)]
    if not any(c.isalnum() for c in turn.inbound.text):
        return [Say(template="no-words")]
    nearest = may_give(turn, turn.reading.faq.topics[:3])
    shown = nearest or may_give(turn, USUAL_TOPICS)
    said = offer(turn, shown, template="fallback") if shown else [Say(template="none-of-these")]
    kept = keep(turn, turn.inbound.text, WhyKept.ABSTAINED)
    return [*said, *kept, Remember(forgets_question=True)]
