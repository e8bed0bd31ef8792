"""How is a question of a check-in put, and what did the patient tell so far? Pure."""

from collections.abc import Mapping

from bot.domain.checkin import OpenCheckin
from bot.domain.effect import Option, Say, Variables
from bot.domain.message_kind import MessageKind
from bot.domain.questionnaire import CheckinQuestion, QuestionKind

_SCALE_ROW = 6
_NAMES_ROW = 3
Rows = tuple[tuple[Option, ...], ...]


def checkin_prompt(
    checkin: OpenCheckin,
    question: CheckinQuestion,
    *,
    kind: MessageKind = MessageKind.REPLY,
    edits_pressed: bool = False,
    template: str = "checkin-question",
    language: str | None = None,
) -> Say:
    """The question as one message: on Telegram with buttons, on SMS with how to answer."""
    asked = checkin.asked_questions()
    return Say(
        template=template,
        variables={
            **about(checkin),
            "question": question.id,
            "number": asked.index(question) + 1,
            "count": len(asked),
            "minimum": question.minimum,
            "maximum": question.maximum,
        },
        options=_options(checkin, question),
        kind=kind,
        edits_pressed=edits_pressed,
        language=language,
    )


def checkin_announced(checkin: OpenCheckin) -> Say:
    """One line that tells nothing; the questions come when the patient is alone."""
    opened = Option(label="checkin-open", action=f"checkin-open:{checkin.occurrence.id}")
    return Say(
        template="checkin-ready",
        variables=about(checkin),
        options=((opened,),),
        kind=MessageKind.CHECKIN,
    )


def checkin_summary(
    checkin: OpenCheckin, *, edits_pressed: bool = False, teaches: bool = False
) -> Say:
    """What was recorded, shown back to the patient; of a private check-in only that it was.

    `teaches` adds, by SMS, that one text is enough.
    """
    verb = "checkin-back" if checkin.questionnaire.is_private else "checkin-which"
    correct = Option(label="correct", action=f"{verb}:{checkin.occurrence.id}")
    if checkin.questionnaire.is_private:
        return Say(
            template="checkin-done-private",
            variables=about(checkin),
            options=((correct,),),
            edits_pressed=edits_pressed,
        )
    return Say(
        template="checkin-done",
        variables={
            **about(checkin),
            "answers": told(checkin),
            "teaches": "yes" if teaches else "no",
        },
        options=((correct,),),
        edits_pressed=edits_pressed,
    )


def checkin_which(checkin: OpenCheckin) -> Say:
    """A button for every question that was asked, to answer one of them anew."""
    questionnaire, occurrence = checkin.questionnaire.id, checkin.occurrence.id
    named = [
        Option(label=f"question:{questionnaire}:{q.id}", action=f"checkin-at:{occurrence}:{q.id}")
        for q in checkin.asked_questions()
    ]
    rows = tuple(tuple(named[i : i + _NAMES_ROW]) for i in range(0, len(named), _NAMES_ROW))
    return Say(template="checkin-which", variables=about(checkin), options=rows, edits_pressed=True)


def told(checkin: OpenCheckin) -> list[dict[str, str]]:
    """Question and answer as rows, without the "nothing else" that says nothing."""
    rows = shown(checkin, checkin.answers)
    return [row for row in rows if row["value"] != "none"] or rows


def checkin_understood(checkin: OpenCheckin, values: Mapping[str, str]) -> Say:
    """What was read out of a sentence, to be confirmed before it is stored."""
    occurrence = checkin.occurrence.id
    return Say(
        template="checkin-understood",
        variables={**about(checkin), "answers": shown(checkin, values, only=values)},
        options=(
            (
                Option(label="right", action=f"checkin-right:{occurrence}"),
                Option(label="wrong", action=f"checkin-wrong:{occurrence}"),
            ),
        ),
    )


def about(checkin: OpenCheckin) -> Variables:
    """Which check-in a text is about; `day` is empty unless it is of another day."""
    day = checkin.occurrence.local_day.isoformat() if checkin.is_past else ""
    return {"questionnaire": checkin.questionnaire.id, "day": day}


def shown(
    checkin: OpenCheckin, values: Mapping[str, str], *, only: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """Question and answer as rows, in order."""
    questions = checkin.questionnaire.questions if only else checkin.asked_questions()
    return [
        {"question": q.id, "kind": q.kind.value, "value": values.get(q.id, "")}
        for q in questions
        if only is None or q.id in only
    ]


def _options(checkin: OpenCheckin, question: CheckinQuestion) -> Rows:
    occurrence = checkin.occurrence.id
    skip = Option(label="skip-question", action=f"checkin-pass:{occurrence}:{question.id}")
    last: tuple[Option, ...] = (skip,)
    if checkin.last_answered() is not None:
        last = (Option(label="back", action=f"checkin-back:{occurrence}"), skip)
    return (*_answers(checkin, question), last)


def _answers(checkin: OpenCheckin, question: CheckinQuestion) -> Rows:
    def answer(value: str, label: str, *, literal: bool = False) -> Option:
        action = f"checkin:{checkin.occurrence.id}:{question.id}:{value}"
        return Option(label=label, action=action, literal=literal)

    match question.kind:
        case QuestionKind.YES_NO:
            return ((answer("yes", "yes"), answer("no", "no")),)
        case QuestionKind.SCALE:
            scale = [str(n) for n in range(question.minimum, question.maximum + 1)]
            buttons = [answer(n, n, literal=True) for n in scale]
            return tuple(
                tuple(buttons[i : i + _SCALE_ROW]) for i in range(0, len(buttons), _SCALE_ROW)
            )
        case QuestionKind.CHOICE:
            named = f"choice:{checkin.questionnaire.id}:{question.id}"
            return tuple((answer(one, f"{named}:{one}"),) for one in question.choices)
        case QuestionKind.TEXT:
            return ((answer("none", "nothing-else"),),)
        case QuestionKind.NUMBER | QuestionKind.PHOTO:
            return ()
