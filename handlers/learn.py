"""What follows when somebody browses the learning threads."""

from collections.abc import Sequence

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Option, Say
from bot.domain.turn import Turn
from handlers.faq import give

THREADS = (
    "getting-started",
    "skin-and-lips",
    "side-effects-that-matter",
    "pregnancy-prevention",
    "finishing",
)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for /learn, a thread of it, or a topic of a thread; None if this is none."""
    action = turn.action or ""
    if action.startswith("not-it:"):
        return give(turn, action.removeprefix("not-it:"))
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
    topics = turn.threads.get(thread, ())
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
            id=turn.fresh_id, asking=Asking.FAQ_OPTIONS, asked_at=turn.now, options=actions
        )
    )
