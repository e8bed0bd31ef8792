"""What follows when somebody asks something: a vetted answer, an honest choice, or nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.conversation import Asking, LastQuestion, Question
from bot.domain.effect import (
    Ask,
    Effect,
    KeepQuestion,
    Option,
    Remember,
    Say,
    SayTopic,
    WhyKept,
)
from bot.domain.inbound import InboundKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.reading import FaqDecision
from bot.domain.turn import Turn
from handlers import improve

OPTIONS_OPEN_FOR = timedelta(days=1)
UNSURE_BELOW = 0.6
"""Score of a match under which Balm also asks on SMS whether it understood; 0.5 just suffices."""
_OFFERED = 3
_RELATED_SHOWN = 2
_DOSE_WAITS = (OccurrenceState.ASKED, OccurrenceState.NUDGED)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a question that the content can answer, or None."""
    action = turn.action or ""
    if action.startswith("topic:"):
        return chosen(turn, action.removeprefix("topic:"))
    if action == "none-of-these":
        return _none_of_these(turn)
    if action == "more" or turn.says("more"):
        return _more(turn)
    if turn.inbound.kind is not InboundKind.TEXT:
        return None
    match = turn.reading.faq
    if match.reply is not None:
        return [Say(template=f"reply:{match.reply}")]
    if match.decision is FaqDecision.ANSWER:
        return give(turn, match.topics[0], ranking=match.topics)
    if match.decision is FaqDecision.CLARIFY:
        return _clarify(turn, match.topics[:_OFFERED])
    return None


def chosen(turn: Turn, topic: str) -> Sequence[Effect] | None:
    """The answer to a topic chosen from a list, or None when there is no such topic any more.

    The list stays open for a second choice, unless it interrupted a question that now comes back.
    """
    if topic not in turn.topics:
        return None
    is_interrupting = turn.conversation.paused is not None
    return [*give(turn, topic), *(turn.closing(Asking.FAQ_OPTIONS) if is_interrupting else [])]


def give(turn: Turn, topic: str, *, ranking: Sequence[str] = ()) -> Sequence[Effect]:
    """The vetted answer, with related topics below it on Telegram.

    `ranking` holds what the question may be about, best first; it is empty when the person chose
    the topic themselves, who then is not asked whether it was what they asked.
    """
    if topic in turn.withheld:
        return [Say(template="topic-withheld")]
    asks_fit = bool(ranking) and _asks_fit(turn)
    asked = _asked(turn, ranking, given=topic, is_fit_asked=asks_fit) if ranking else None
    last = turn.conversation.last_question
    if asked is None and last is not None:
        # A bare "no" is no longer about the earlier answer; its buttons still are.
        asked = replace(last, is_fit_asked=False)
    answers_given = turn.conversation.answers_given + 1
    return [
        SayTopic(topic=topic, options=_below(turn, topic, asks_fit=asks_fit), asks_fit=asks_fit),
        Remember(last_topic=topic, question=asked, answers_given=answers_given),
        *([] if turn.is_sms and asks_fit else improve.ask_once(turn, answers_given=answers_given)),
    ]


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


def may_give(turn: Turn, topics: Sequence[str]) -> list[str]:
    """Those of `topics` that exist for this person and may be given, in the same order."""
    return [topic for topic in topics if topic in turn.topics and topic not in turn.withheld]


def keep(
    turn: Turn, text: str, why: WhyKept, *, topic: str | None = None
) -> Sequence[KeepQuestion]:
    """The question for the authors' queue, only with the patient's own consent.

    Nothing that may be about a danger is ever kept there.
    """
    agreed = turn.patient is not None and turn.patient.helps_improve
    if not agreed or not text or turn.reading.red_flag is not None:
        return []
    return [KeepQuestion(text=text, why=why, topic=topic)]


def _clarify(turn: Turn, topics: Sequence[str]) -> Sequence[Effect]:
    known = may_give(turn, topics)
    if not known:
        return [Say(template="topic-withheld")]
    asked = _asked(turn, topics, given=None, is_fit_asked=False)
    return [*offer(turn, known, template="faq-options"), Remember(question=asked)]


def _none_of_these(turn: Turn) -> Sequence[Effect]:
    last = turn.conversation.last_question
    kept = keep(turn, last.text, WhyKept.NONE_OF_THESE) if last is not None else []
    return [
        Say(template="none-of-these"),
        *kept,
        Remember(forgets_question=True),
        *turn.closing(Asking.FAQ_OPTIONS),
    ]


def _more(turn: Turn) -> Sequence[Effect] | None:
    topic = turn.conversation.last_topic
    if topic is None:
        return None
    if topic in turn.withheld:
        return [Say(template="topic-withheld")]
    return [SayTopic(topic=topic, is_full=True)]


def _below(turn: Turn, topic: str, *, asks_fit: bool) -> tuple[tuple[Option, ...], ...]:
    """Yes and No where Balm asks whether the answer fits, then related topics."""
    related = may_give(turn, turn.related.get(topic, ()))[:_RELATED_SHOWN]
    rows = tuple((Option(label=f"topic:{one}", action=f"topic:{one}"),) for one in related)
    if not asks_fit:
        return rows
    yes = Option(label="yes", action=f"fits:{topic}")
    return ((yes, Option(label="no", action=f"misfit:{topic}")), *rows)


def _asks_fit(turn: Turn) -> bool:
    """On Telegram always; on SMS once, then only when unsure and nothing else takes a "no"."""
    if not turn.is_sms:
        return True
    if turn.open_question is not None or any(dose.state in _DOSE_WAITS for dose in turn.doses):
        return False
    return turn.conversation.answers_given == 0 or turn.reading.faq.score < UNSURE_BELOW


def _asked(
    turn: Turn, ranking: Sequence[str], *, given: str | None, is_fit_asked: bool
) -> LastQuestion:
    keeps_words = turn.patient is not None and turn.patient.helps_improve
    return LastQuestion(
        asked_at=turn.now,
        topics=tuple(ranking),
        given=given,
        is_fit_asked=is_fit_asked,
        text=turn.inbound.text if keeps_words and turn.reading.red_flag is None else "",
    )
