"""What does a message ask, as a person reads it from the screen?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.content import Content
from bot.domain.behaviour import Button, Heard
from bot.domain.delivery import Delivery
from bot.domain.identity import Channel
from bot.domain.message_kind import MessageKind
from bot.domain.questionnaire import CheckinQuestion, QuestionKind, Questionnaire

_PUTS_QUESTION = (
    "checkin-question",
    "checkin-out-of-range",
    "checkin-not-whole",
    "checkin-not-understood",
    "checkin-no-earlier",
)
_ANNOUNCES_PRIVATE = ("checkin-ready", "programme-ready")
_ASKS_IF_RIGHT = "checkin-understood"
_IN_ONE_LINE = (QuestionKind.YES_NO, QuestionKind.SCALE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prompt:
    """How one question reads."""

    text: str
    title: str
    """What its questionnaire is called; stands before the first question."""
    questionnaire: Questionnaire
    question: CheckinQuestion


class Screen:
    """Reads messages of one language and channel."""

    def __init__(self, content: Content, *, language: str, channel: Channel) -> None:
        """Knows every question of `content` by its words."""
        self._prompts = [
            _prompt(content, questionnaire, question, language=language, channel=channel)
            for questionnaire in content.questionnaires
            for question in questionnaire.questions
        ]

    def heard(self, delivery: Delivery, *, day: int) -> Heard:
        """The message as a person sees it, on a `day` since the first capsule.

        Raises LookupError when it puts a question that is none of the content's.
        """
        template = delivery.template
        heard = Heard(
            kind=delivery.kind,
            day=day,
            buttons=tuple(
                Button(action=choice.action, label=choice.label)
                for row in delivery.body.choices
                for choice in row
            ),
            announces_private=template in _ANNOUNCES_PRIVATE,
            asks_if_right=template == _ASKS_IF_RIGHT,
        )
        if template not in _PUTS_QUESTION:
            return heard
        found = self._found(delivery.body.text)
        is_first = heard.kind is MessageKind.CHECKIN
        line = _line(found) if is_first else (found.question,)
        return replace(heard, question=found.question, line=line)

    def _found(self, text: str) -> _Prompt:
        """Questionnaires may share a question; the title before it tells them apart."""
        fitting = [one for one in self._prompts if text.endswith(one.text)]
        if not fitting:
            raise LookupError("a check-in asks what no questionnaire has")
        return max(fitting, key=lambda one: (one.title in text, len(one.text)))


def _prompt(
    content: Content,
    questionnaire: Questionnaire,
    question: CheckinQuestion,
    *,
    language: str,
    channel: Channel,
) -> _Prompt:
    about = {"questionnaire": questionnaire.id, "question": question.id}
    shown = content.expand(about, language=language, channel=channel)
    return _Prompt(
        text=str(shown["prompt"]),
        title=str(shown["title"]),
        questionnaire=questionnaire,
        question=question,
    )


def _line(first: _Prompt) -> tuple[CheckinQuestion, ...]:
    """The question and those behind it that everybody is asked and that take one word each.

    Free text right behind them takes the rest of the line.
    """
    questions = first.questionnaire.questions
    left: Sequence[CheckinQuestion] = questions[questions.index(first.question) :]
    line: list[CheckinQuestion] = []
    for question in left:
        is_for_some = question.only_if is not None or bool(question.categories)
        if is_for_some or question.kind not in _IN_ONE_LINE:
            break
        line.append(question)
    behind = left[len(line) : len(line) + 1]
    ends = [one for one in behind if one.kind is QuestionKind.TEXT and line]
    return (*line, *ends) or (first.question,)
