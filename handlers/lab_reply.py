"""What follows when a patient texts a blood result: it is saved, and never judged."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from bot.domain.conversation import Asking, Question
from bot.domain.course_turn import CourseTurn
from bot.domain.effect import Ask, Effect, Option, RaiseAlert, RecordFact, Replan, Say
from bot.domain.escalation import Urgency
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.inbound import InboundKind
from bot.domain.lab_text import read_labs
from bot.domain.labs import LabValue, Mark
from bot.domain.patient import FactKind
from bot.domain.turn import Turn

_OPEN_FOR = timedelta(hours=12)
_MOST_CHOICES = 4
_CASES = {
    Mark.NONE: ("lab-result", Urgency.TASK),
    Mark.HIGH: ("lab-high", Urgency.TASK),
    Mark.CRITICAL: ("lab-critical", Urgency.SAME_DAY),
}
"""What each mark opens for staff; nobody but them says what a value means."""


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for a blood result and for the choice of what it is, or None."""
    if turn.patient is None or turn.course is None:
        return None
    action = turn.action or ""
    if action.startswith("lab:"):
        return _chosen(turn, turn.course, action.split(":")[1:])
    if turn.inbound.kind is not InboundKind.TEXT:
        return None
    own = turn.words.words("own")
    found = read_labs(turn.inbound.text, turn.course.labs.book, own_words=own)
    if found is None:
        return None
    if found.values:
        return _save(turn, turn.course, found.values)
    if found.unsure:
        return _ask(turn, turn.course, found.unsure[:_MOST_CHOICES])
    return [Say(template="lab-implausible"), _case(turn, turn.course, Mark.NONE, "unreadable")]


def _save(turn: Turn, course: CourseTurn, values: Sequence[LabValue]) -> list[Effect]:
    effects: list[Effect] = []
    marks = set()
    for value in values:
        fact = evidence_fact(
            EvidenceName.LAB_RESULT, course.today, EvidenceSource.PATIENT, value.details
        )
        effects.append(RecordFact(kind=FactKind.EVIDENCE, value=fact))
        marks.add(course.labs.marks.reached(value, course.labs.book))
    worst = max(marks, key=list(_CASES).index)
    by = course.looked_at_by.replace(tzinfo=None).isoformat(timespec="minutes")
    return [
        *effects,
        Say(template="lab-saved", variables={"by": by}, edits_pressed=True),
        _case(turn, course, worst, "patient-reported"),
        *turn.closing(Asking.LAB_WHICH),
        Replan(),
    ]


def _ask(turn: Turn, course: CourseTurn, unsure: Sequence[LabValue]) -> list[Effect]:
    """Which test or unit is meant: whole results to choose from, nothing guessed."""
    shown = [_shown(turn, course, value) for value in unsure]
    actions = [f"lab:{v.test}:{v.value}:{v.unit}" for v in unsure]
    none = Option(label="none-of-these", action="lab:none")
    rows = [
        (Option(label=text, action=action, literal=True),)
        for text, action in zip(shown, actions, strict=True)
    ]
    question = Question(
        id=turn.fresh_id,
        asking=Asking.LAB_WHICH,
        asked_at=turn.now,
        expires_at=turn.now + _OPEN_FOR,
        options=(*actions, none.action),
    )
    choices = [{"number": str(n), "text": text} for n, text in enumerate(shown, start=1)]
    said = Say(
        template="lab-which",
        variables={"choices": choices, "none_number": len(choices) + 1},
        options=(*rows, (none,)),
    )
    return [said, Ask(question=question)]


def _chosen(turn: Turn, course: CourseTurn, parts: Sequence[str]) -> list[Effect]:
    value = _value(course, parts)
    if value is None:
        return [
            Say(template="lab-not-saved", edits_pressed=True),
            *turn.closing(Asking.LAB_WHICH),
        ]
    return _save(turn, course, [value])


def _value(course: CourseTurn, parts: Sequence[str]) -> LabValue | None:
    """The result that a choice names; None for "none of these", or one that cannot be true."""
    if len(parts) != 3:
        return None
    test = course.labs.book.test(parts[0])
    unit = test.unit(parts[2]) if test is not None else None
    try:
        amount = Decimal(parts[1])
    except InvalidOperation:
        return None
    if test is None or unit is None or not test.is_plausible(amount, unit):
        return None
    return LabValue(test=test.id, value=amount, unit=unit.name)


def _case(turn: Turn, course: CourseTurn, mark: Mark, note: str) -> RaiseAlert:
    category, urgency = _CASES[mark]
    return RaiseAlert(
        category=category,
        urgency=urgency,
        evidence=turn.inbound.text,
        note=note,
        due_by=course.looked_at_by if urgency is Urgency.TASK else None,
    )


def _shown(turn: Turn, course: CourseTurn, value: LabValue) -> str:
    test = course.labs.book.test(value.test)
    labels = test.labels if test is not None else {}
    name = labels.get(turn.language) or labels.get("en") or value.test
    return f"{name} {value.value} {value.unit}"
