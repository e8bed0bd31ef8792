"""What follows when somebody browses the learning threads."""

from collections.abc import Sequence

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Option, Say
from bot.domain.turn import Turn
from handlers.faq import OPTIONS_OPEN_FOR, may_give

THREADS = (
    "getting-started",
    "skin-and-lips",
    "side-effects-that-matter",
    "pregnancy-prevention",
    "finishing",
)

_SHOWN = 8
"""Topics of a thread that fit on one screen and in two text messages."""


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for /learn, a thread of it, or a topic of a thread; None if this is none."""
    action = turn.action or ""
    if action.startswith("thread:"):
        return _thread(turn, action.removeprefix("thread:"))
    if action == "learn" or turn.says("learn"):
        actions = tuple(f"thread:{thread}" for thread in THREADS)
        options = tuple(
            (Option(label=f"thread-{thread}", action=f"thread:{thread}"),) for thread in THREADS
        )
        return [Say(template="learn", options=options), _ask(turn, actions)]
    return None


def _thread(turn: Turn, thread: str) -> Sequence[Effect]:
    topics = may_give(turn, turn.threads.get(thread, ()))[:_SHOWN]
    if not topics:
        return [Say(template="learn-empty")]
    actions = tuple(f"topic:{topic}" for topic in topics)
    listed = [{"letter": str(n), "topic": topic} for n, topic in enumerate(topics, start=1)]
    options = tuple((Option(label=action, action=action),) for action in actions)
    return [
        Say(template="learn-thread", variables={"topics": listed}, options=options),
        _ask(turn, actions),
    ]


def _ask(turn: Turn, actions: tuple[str, ...]) -> Ask:
    return Ask(
        question=Question(
            id=turn.fresh_id,
            asking=Asking.FAQ_OPTIONS,
            asked_at=turn.now,
            expires_at=turn.now + OPTIONS_OPEN_FOR,
            options=actions,
        )
    )
