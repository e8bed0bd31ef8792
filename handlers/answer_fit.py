"""What follows when somebody says whether an answer was what they asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.conversation import LastQuestion
from bot.domain.effect import CountFit, Effect, Remember, Say, WhyKept
from bot.domain.turn import Turn
from handlers.faq import keep, may_give, offer

_WORD_COUNTS_FOR = timedelta(hours=2)
"""Later than this a bare yes or no is about something else."""
_OFFERED = 3


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for Yes and No below an answer, or None if this turn is neither."""
    pressed, _, topic = (turn.inbound.action or "").partition(":")
    last = turn.conversation.last_question
    if pressed in ("fits", "misfit"):
        if last is None or last.given != topic:
            return [Say(template="fit-thanks" if pressed == "fits" else "none-of-these")]
        return _fits(last) if pressed == "fits" else _misfit(turn, last)
    if last is None or not _takes_word(turn, last):
        return None
    if turn.says("yes"):
        return _fits(last)
    return _misfit(turn, last) if turn.says("no") else None


def _takes_word(turn: Turn, last: LastQuestion) -> bool:
    is_recent = turn.now - last.asked_at <= _WORD_COUNTS_FOR
    return last.is_fit_asked and is_recent and turn.open_question is None


def _fits(last: LastQuestion) -> Sequence[Effect]:
    assert last.given is not None
    return [
        Say(template="fit-thanks"),
        CountFit(topic=last.given, fits=True),
        Remember(forgets_question=True),
    ]


def _misfit(turn: Turn, last: LastQuestion) -> Sequence[Effect]:
    """The next best topics; the words are kept once, so "none of these" keeps nothing more."""
    assert last.given is not None
    others = [topic for topic in may_give(turn, last.topics) if topic != last.given][:_OFFERED]
    said = offer(turn, others, template="faq-next") if others else [Say(template="none-of-these")]
    settled = replace(last, given=None, is_fit_asked=False, text="")
    return [
        *said,
        CountFit(topic=last.given, fits=False),
        *keep(turn, last.text, WhyKept.NOT_WHAT_WAS_ASKED, topic=last.given),
        Remember(question=settled),
    ]
