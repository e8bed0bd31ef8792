"""What follows when somebody asks something: a vetted answer, an honest choice, or nothing."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, Option, Remember, Say, SayTopic
from bot.domain.inbound import InboundKind
from bot.domain.reading import FaqDecision
from bot.domain.turn import Turn

OPTIONS_OPEN_FOR = timedelta(days=1)
_OFFERED = 3


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a question that the content can answer, or None."""
    action = turn.action or ""
    if action.startswith("topic:"):
        return chosen(turn, action.removeprefix("topic:"))
    if action == "none-of-these":
        return [Say(template="none-of-these"), *turn.closing(Asking.FAQ_OPTIONS)]
    if action == "more" or turn.says("more"):
        topic = turn.conversation.last_topic
        return [SayTopic(topic=topic, is_full=True)] if topic else None
    if turn.inbound.kind is not InboundKind.TEXT:
        return None
    match = turn.reading.faq
    if match.reply is not None:
        return [Say(template=f"reply:{match.reply}")]
    if match.decision is FaqDecision.ANSWER:
        return give(turn, match.topics[0], others=match.topics[1:_OFFERED])
    if match.decision is FaqDecision.CLARIFY:
        return offer(turn, match.topics[:_OFFERED], template="faq-options")
    return None


def chosen(turn: Turn, topic: str) -> Sequence[Effect] | None:
    """The answer to a topic chosen from a list, or None when there is no such topic any more.

    The list stays open for a second choice, unless it interrupted a question that now comes back.
    """
    if topic not in turn.topics:
        return None
    is_interrupting = turn.conversation.paused is not None
    return [*give(turn, topic), *(turn.closing(Asking.FAQ_OPTIONS) if is_interrupting else [])]


def give(turn: Turn, topic: str, *, others: Sequence[str] = ()) -> Sequence[Effect]:
    """The vetted answer; on Telegram with a way to say that it was not what they asked."""
    options: tuple[tuple[Option, ...], ...] = ()
    if others:
        options = ((Option(label="not-what-i-asked", action=f"not-it:{others[0]}"),),)
    return [SayTopic(topic=topic, options=options), Remember(last_topic=topic)]


def offer(turn: Turn, topics: Sequence[str], *, template: str) -> Sequence[Effect]:
    """Two or three topics and "none of these", as buttons or as A, B, C."""
    actions = (*(f"topic:{topic}" for topic in topics), "none-of-these")
    options = tuple((Option(label=f"topic:{topic}", action=f"topic:{topic}"),) for topic in topics)
    none = (Option(label="none-of-these", action="none-of-these"),)
    listed = [{"letter": "ABCDEF"[i], "topic": topic} for i, topic in enumerate(topics)]
    waiting = Question(
        id=turn.fresh_id,
        asking=Asking.FAQ_OPTIONS,
        asked_at=turn.now,
        expires_at=turn.now + OPTIONS_OPEN_FOR,
        options=actions,
    )
    return [
        Say(
            template=template,
            variables={"topics": listed, "none_letter": "ABCDEF"[len(topics)]},
            options=(*options, none),
        ),
        Ask(question=waiting),
    ]
