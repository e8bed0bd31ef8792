"""How is a question of a check-in put, and what did the patient tell so far? Pure."""

from bot.domain.checkin import CheckinQuestion, OpenCheckin, QuestionKind
from bot.domain.effect import Option, Say
from bot.domain.message_kind import MessageKind

_SCALE_ROW = 6


def checkin_prompt(
    checkin: OpenCheckin,
    question: CheckinQuestion,
    *,
    kind: MessageKind = MessageKind.REPLY,
    edits_pressed: bool = False,
    template: str = "checkin-question",
) -> Say:
    """The question as one message: on Telegram with buttons, on SMS with how to answer."""
    asked = checkin.asked_questions()
    return Say(
        template=template,
        variables={
            "questionnaire": checkin.questionnaire.id,
            "question": question.id,
            "number": asked.index(question) + 1,
            "count": len(asked),
            "minimum": question.minimum,
            "maximum": question.maximum,
        },
        options=_options(checkin, question),
        kind=kind,
        edits_pressed=edits_pressed,
    )


def checkin_summary(checkin: OpenCheckin, *, edits_pressed: bool = False) -> Say:
    """What was recorded, shown back to the patient."""
    rows = [
        {"question": q.id, "kind": q.kind.value, "value": checkin.answers.get(q.id, "")}
        for q in checkin.asked_questions()
    ]
    return Say(
        template="checkin-done",
        variables={"questionnaire": checkin.questionnaire.id, "answers": rows},
        options=((Option(label="correct", action=f"checkin-back:{checkin.occurrence.id}"),),),
        edits_pressed=edits_pressed,
    )


def _options(checkin: OpenCheckin, question: CheckinQuestion) -> tuple[tuple[Option, ...], ...]:
    def answer(value: str, label: str, *, literal: bool = False) -> Option:
        action = f"checkin:{checkin.occurrence.id}:{question.id}:{value}"
        return Option(label=label, action=action, literal=literal)

    rows: list[tuple[Option, ...]] = []
    if question.kind is QuestionKind.YES_NO:
        rows.append((answer("yes", "yes"), answer("no", "no")))
    elif question.kind is QuestionKind.SCALE:
        scale = [str(n) for n in range(question.minimum, question.maximum + 1)]
        buttons = [answer(n, n, literal=True) for n in scale]
        rows += [tuple(buttons[i : i + _SCALE_ROW]) for i in range(0, len(buttons), _SCALE_ROW)]
    else:
        rows.append((answer("none", "nothing-else"),))
    if checkin.last_answered() is not None:
        rows.append((Option(label="back", action=f"checkin-back:{checkin.occurrence.id}"),))
    return tuple(rows)
