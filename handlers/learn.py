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
"""What fits on one screen and in two text messages; the last may be the way to the rest."""


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


def _thread(turn: Turn, asked: str) -> Sequence[Effect]:
    """A screen of the thread; `asked` is its name, and behind a colon how many were shown."""
    thread, _, shown = asked.partition(":")
    topics = may_give(turn, turn.threads.get(thread, ()))
    start = int(shown) if shown.isdecimal() and int(shown) < len(topics) else 0
    rest = topics[start:]
    if not rest:
        return [Say(template="learn-empty")]
    screen = rest if len(rest) <= _SHOWN else rest[: _SHOWN - 1]
    has_more = len(screen) < len(rest)
    actions = tuple(f"topic:{topic}" for topic in screen)
    further = (f"thread:{thread}:{start + len(screen)}",) * has_more
    listed = [{"letter": str(n), "topic": topic} for n, topic in enumerate(screen, start=1)]
    options = (
        *((Option(label=action, action=action),) for action in actions),
        *((Option(label="more", action=action),) for action in further),
    )
    more_number = str(len(screen) + 1) if has_more else ""
    return [
        Say(
            template="learn-thread",
            variables={"topics": listed, "more_number": more_number},
            options=options,
        ),
        _ask(turn, (*actions, *further)),
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
