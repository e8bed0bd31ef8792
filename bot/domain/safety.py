"""Is somebody in danger? Asked of every message, before and regardless of all else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.conversation import Asking, Question
from bot.domain.effect import (
    Ask,
    Effect,
    JoinAlert,
    LogDose,
    MoveOccurrence,
    Note,
    RaiseAlert,
    RecordFact,
    Say,
    SayFlag,
    SettleCheck,
)
from bot.domain.escalation import Urgency
from bot.domain.inbound import InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import FactKind
from bot.domain.reading import Certainty, RedFlag
from bot.domain.turn import Turn

_OVERDOSE = "rf-overdose"
TALK = "safety:talk"
"""The button of a safety check; after a further colon comes the category that was asked about."""
CHECK_SILENCE = timedelta(minutes=10)
"""An unanswered safety check becomes somebody's job after this time."""
TELL_WITHIN = timedelta(hours=1)
"""How long a stranger's words wait, sealed, for the stranger's own TELL."""

REPORTS_PREGNANCY = "rf-pregnant"
SILENT_AFTER_PREGNANCY = (
    MessageKind.CHECKIN,
    MessageKind.PREGNANCY_TEST,
    MessageKind.AFTER_COURSE,
    MessageKind.LEARNING,
    MessageKind.BROADCAST,
)
"""Off after a reported pregnancy until a clinician restarts them. Source: product rule 18; a nudge
to test for what was just reported hurts, as does a daily question about capsules and dry lips, and
the programme's own way is frozen by the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyResponse:
    """What safety wants done; when `is_final`, nothing else answers this message."""

    effects: Sequence[Effect] = ()
    is_final: bool = False


def respond(turn: Turn) -> SafetyResponse:
    """The safety part of the answer to this message."""
    answer = _answer_to_check(turn)
    if answer is not None and turn.reading.red_flag is None:
        return answer
    flag = turn.reading.red_flag
    if flag is None or _is_told_extra(turn, flag):
        return _took_extra(turn) or _call_without_check(turn)
    if turn.patient is None:
        return _stranger(turn, flag)
    if flag.certainty is Certainty.CERTAIN:
        return SafetyResponse(
            effects=certain(turn, flag.category, turn.inbound.text), is_final=True
        )
    return SafetyResponse(effects=possible(turn, flag.category))


def certain(turn: Turn, category: str, evidence: str) -> list[Effect]:
    """What a certain danger brings: the fixed message, an alert, and a hold where it holds."""
    rule = turn.flag_rules[category]
    effects: list[Effect] = [
        SayFlag(category=category),
        RaiseAlert(
            category=category,
            urgency=rule.urgency,
            evidence=evidence,
        ),
    ]
    if rule.holds:
        effects.append(RecordFact(kind=FactKind.HOLD, value={"category": category}))
    if category == REPORTS_PREGNANCY:
        kinds = ",".join(kind.value for kind in SILENT_AFTER_PREGNANCY)
        value = {"reason": category, "kinds": kinds}
        effects.append(RecordFact(kind=FactKind.SILENCE, value=value))
    return effects


def possible(turn: Turn, category: str, *, evidence: str = "") -> list[Effect]:
    """One safety question, and a case that opens when it stays unanswered.

    `evidence` stands for what was pressed; else it is what was written.
    """
    rule = turn.flag_rules[category]
    return [
        SayFlag(category=category, is_check=True),
        RaiseAlert(
            category=category,
            urgency=rule.urgency if rule.silence_opens else Urgency.SAME_DAY,
            evidence=evidence or turn.inbound.text,
            note="possible-no-answer",
            checking_until=turn.now + CHECK_SILENCE,
        ),
        Ask(
            question=Question(
                id=turn.fresh_id,
                asking=Asking.SAFETY,
                asked_at=turn.now,
                data={"category": category},
            )
        ),
    ]


def _call_without_check(turn: Turn) -> SafetyResponse:
    """TALK always reaches somebody, also after the check was answered or replaced."""
    if turn.patient is None or not _calls_for_help(turn):
        return SafetyResponse()
    pressed = (turn.inbound.action or "").removeprefix(f"{TALK}:")
    if pressed in turn.flag_rules:
        return SafetyResponse(effects=certain(turn, pressed, "TALK"), is_final=True)
    return SafetyResponse(
        effects=[
            Say(template="help", kind=MessageKind.SAFETY),
            RaiseAlert(
                category="talk-without-check",
                urgency=Urgency.NOW,
                evidence="TALK",
                note="safety-check-was-closed",
            ),
        ],
        is_final=True,
    )


def _took_extra(turn: Turn) -> SafetyResponse | None:
    """More than intended was taken, by button or in words: the overdose check, and the clinic.

    Nothing else answers: no word about the next dose is said before somebody has looked.
    """
    pressed, _, dose_id = (turn.inbound.action or "").partition(":")
    is_told = _tells_of_extra(turn)
    if turn.patient is None or not (pressed == "extra" or is_told):
        return None
    dose = next((one for one in turn.doses if not dose_id or one.id == dose_id), None)
    log = LogDose(
        occurrence_id=dose.id if dose else None,
        day=dose.local_day if dose else turn.today,
        slot=dose.slot if dose else "",
        answer="extra",
    )
    state = OccurrenceState.TAKEN
    ended = [MoveOccurrence(occurrence_id=dose.id, state=state, reason="patient")] if dose else []
    told = RaiseAlert(
        category="took-extra",
        urgency=Urgency.SAME_DAY,
        evidence=turn.inbound.text or pressed,
        note="patient-reported",
    )
    return SafetyResponse(effects=[log, *ended, told, *possible(turn, _OVERDOSE)], is_final=True)


def _is_told_extra(turn: Turn, flag: RedFlag) -> bool:
    """The same danger, said in words that also tell of a dose."""
    is_possible = flag.certainty is Certainty.POSSIBLE and flag.category == _OVERDOSE
    return is_possible and turn.patient is not None and _tells_of_extra(turn)


def _tells_of_extra(turn: Turn) -> bool:
    text, said = turn.inbound.text, turn.answer_words
    is_statement = turn.inbound.kind is InboundKind.TEXT and not text.rstrip().endswith("?")
    return (
        is_statement
        and said.finds("extra", text) is not None
        and said.finds("hopes", text) is None
        and _OVERDOSE in turn.flag_rules
    )


def _calls_for_help(turn: Turn) -> bool:
    action = turn.inbound.action or ""
    return turn.says("talk") or action == TALK or action.startswith(f"{TALK}:")


def _answer_to_check(turn: Turn) -> SafetyResponse | None:
    question = turn.open_question
    if question is None or question.asking is not Asking.SAFETY:
        return None
    category = question.data["category"]
    if _calls_for_help(turn):
        sure = [e for e in certain(turn, category, "TALK") if not isinstance(e, RaiseAlert)]
        return SafetyResponse(
            effects=[*sure, SettleCheck(category=category, opens=True), Ask(question=None)],
            is_final=True,
        )
    if turn.says("safe") or turn.inbound.action == "safety:ok":
        said = Say(template="safety-ok", kind=MessageKind.SAFETY, edits_pressed=True)
        return SafetyResponse(
            effects=[said, SettleCheck(category=category, opens=False), Ask(question=None)],
            is_final=True,
        )
    is_ambiguous = turn.says("yes") or turn.says("no") or turn.words.number(turn.said) is not None
    if not is_ambiguous:
        return None
    if question.step == "repeated":
        return SafetyResponse(effects=[JoinAlert(note="unclear-answer-to-check")], is_final=False)
    repeated = Question(
        id=question.id,
        asking=Asking.SAFETY,
        asked_at=question.asked_at,
        step="repeated",
        data=question.data,
    )
    return SafetyResponse(
        effects=[
            Say(template="safety-again", kind=MessageKind.SAFETY),
            JoinAlert(note="unclear-answer-to-check"),
            Ask(question=repeated),
            Note(verb="safety-check-repeated"),
        ],
        is_final=True,
    )


def _stranger(turn: Turn, flag: RedFlag) -> SafetyResponse:
    asks_to_tell = Ask(
        question=Question(
            id=turn.fresh_id,
            asking=Asking.TELL_CLINIC,
            asked_at=turn.now,
            expires_at=turn.now + TELL_WITHIN,
            data={"text": turn.inbound.text, "category": flag.category},
        )
    )
    return SafetyResponse(
        effects=[SayFlag(category=flag.category, to_stranger=True), asks_to_tell],
        is_final=flag.certainty is Certainty.CERTAIN,
    )
