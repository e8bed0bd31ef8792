"""A reader that understands a few sentences, in place of the fitted one."""

from bot.domain.identity import Region
from bot.domain.reading import (
    Certainty,
    FaqDecision,
    FaqMatch,
    Level,
    Reading,
    RedFlag,
    StopAction,
    StopReading,
)

_STOPS = {
    "stop": StopReading(action=StopAction.OPT_OUT, is_keyword=True),
    "please stop texting me": StopReading(action=StopAction.OPT_OUT),
    "stop the check-ins for 3 days": StopReading(
        action=StopAction.PAUSE_TOPIC, pause_kind="checkin", pause_days=3
    ),
}
_FLAGS = {
    "kill myself": ("rf-suicide", Certainty.CERTAIN),
    "better off without me": ("rf-suicide", Certainty.POSSIBLE),
    "a bit low": ("rf-severe-low-mood", Certainty.POSSIBLE),
    "took my capsules": ("rf-child-took", Certainty.CERTAIN),
    "weird and tight": ("rf-chest-stroke-clot", Certainty.POSSIBLE),
    "hits me": ("rf-abuse-coercion", Certainty.CERTAIN),
}
_TOPICS = {"lips": ("dry-lips", "dry-skin"), "alcohol": ("alcohol",)}


class FewSentences:
    """Implements the port `TextReader`."""

    def read(self, text: str, *, language: str, region: Region, last_topic: str | None) -> Reading:
        """What was understood of `text`; never raises, whatever the text."""
        del language, region, last_topic
        said = text.casefold().strip()
        flag = next((_flag(*found) for part, found in _FLAGS.items() if part in said), None)
        stop = _STOPS.get(said)
        if flag is not None and said.startswith("stop"):
            stop = StopReading(action=StopAction.RED_FLAG)
        topics = next((topics for word, topics in _TOPICS.items() if word in said), ())
        decision = FaqDecision.ANSWER if topics else FaqDecision.ABSTAIN
        return Reading(
            stop=stop, red_flag=flag, faq=FaqMatch(decision=decision, topics=topics, score=1.0)
        )


def _flag(category: str, certainty: Certainty) -> RedFlag:
    return RedFlag(
        category=category, level=Level.EMERGENCY, certainty=certainty, score=1.0, why="listed"
    )
