"""Does every message of everybody, in every situation, get an answer that can be shown?"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import Content, load_content
from bot.content.faq_library import load_library
from bot.content.triage_library import load as load_triage
from bot.domain.conversation import Asking, LastQuestion, Question
from bot.domain.effect import (
    FinishEnrolment,
    JoinAlert,
    LogDose,
    MoveOccurrence,
    OptOut,
    RaiseAlert,
    RecordAnswer,
    RecordFact,
    Replan,
    Say,
    SayFlag,
    SayTopic,
    SettleCheck,
)
from bot.domain.identity import PATIENT_CHANNELS, Channel, OccurrenceId
from bot.domain.inbound import InboundKind, Keyword
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import PatientStatus
from bot.domain.reading import (
    Certainty,
    FaqDecision,
    FaqMatch,
    Level,
    Reading,
    RedFlag,
    StopAction,
    StopReading,
)
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import (
    CLINIC,
    CONTENT,
    NOW,
    checkin,
    checkin_occurrence,
    dose,
    every,
    invite,
    messages,
    patient,
    question,
    turn,
)

BEFORE_CONSENT, AFTER_CONSENT = ("birth-year", "consent"), ("zone", "dose-time", "phone")
DONE = {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4", "else": "text"}
TOPICS = ("dry-lips", "dry-skin", "alcohol", "starting-tips", "gone")
_WORDS = sorted(
    word for meaning in messages().vocabularies["en"].by_meaning.values() for word in meaning
)
_SEEN = [
    "taken:dose-1",
    "later:dose-1",
    "not-today:dose-1",
    "reason:dose-1:forgot",
    "checkin:checkin-1:lips:3",
    "checkin:checkin-1:else:none",
    "checkin-back:checkin-1",
    "checkin",
    "menu",
    "learn",
    "help",
    "language",
    "pause",
    "call-me",
    "resume",
    "more",
    "none-of-these",
    "topic:dry-lips",
    "not-it:dry-skin",
    "thread:finishing",
    "language:es",
    "pause:dose:3",
    "fits:dry-lips",
    "misfit:dry-lips",
    "improve:yes",
    "improve:no",
    "safety:talk",
    "safety:ok",
    "enrol:agree",
    "enrol:all",
    "enrol:no",
    "enrol:zone-ok",
    "enrol:zone-no",
    "enrol:at-20:00",
    "enrol:phone-yes",
    "stopped-taking",
]
_HEADS = sorted({action.partition(":")[0] for action in _SEEN})

texts = (
    st.sampled_from(_WORDS)
    | st.sampled_from(["", "1", "2.", "B", "Y 2 1 0 4", "8 pm", "1999", "JOIN ABCD2345", "3 work"])
    | st.text(max_size=30)
)
actions = (
    st.sampled_from(_SEEN)
    | st.lists(st.sampled_from([*_HEADS, "", "x", "9" * 30, "dose-1"]), min_size=1).map(":".join)
    | st.text(max_size=20)
)
faqs = st.one_of(
    st.just(FaqMatch(decision=FaqDecision.ABSTAIN)),
    st.just(FaqMatch(decision=FaqDecision.ABSTAIN, reply="thanks")),
    st.builds(
        lambda decision, topics: FaqMatch(decision=decision, topics=tuple(topics)),
        st.sampled_from(list(FaqDecision)),
        st.lists(st.sampled_from(TOPICS[:4]), min_size=1, max_size=5, unique=True),
    ),
)
stops = st.none() | st.builds(
    StopReading,
    action=st.sampled_from(list(StopAction)),
    pause_kind=st.sampled_from([None, "all", "dose", "checkin"]),
    pause_days=st.none() | st.integers(-5, 10**12),
)
flags = st.none() | st.builds(
    RedFlag,
    category=st.sampled_from(["rf-suicide", "rf-bleed-nose"]),
    level=st.just(Level.EMERGENCY),
    certainty=st.sampled_from(list(Certainty)),
    score=st.just(1.0),
    why=st.just("listed"),
)
readings = st.builds(Reading, stop=stops, red_flag=flags, faq=faqs)


@st.composite
def questions(draw: st.DrawFn, name: str, *, is_patient: bool) -> Question | None:
    asking = draw(st.sampled_from([None, *Asking]))
    if asking is None:
        return None
    data = {
        "invite": "invite",
        "tries": draw(st.sampled_from("012")),
        "zone": "America/New_York",
        "category": "rf-suicide",
        "text": "help me",
    }
    steps = {
        Asking.ENROLMENT: AFTER_CONSENT if is_patient else BEFORE_CONSENT,
        Asking.SAFETY: ("", "repeated"),
        Asking.CHECKIN: ("", "dose", "lips", "gone"),
    }
    return question(
        asking,
        id=name,
        step=draw(st.sampled_from(steps.get(asking, ("",)))),
        data=data,
        options=tuple(draw(st.lists(actions, max_size=3))),
    )


lasts = st.none() | st.builds(
    LastQuestion,
    asked_at=st.just(NOW),
    topics=st.lists(st.sampled_from(TOPICS), min_size=1, max_size=3, unique=True).map(tuple),
    given=st.sampled_from(["dry-lips", "alcohol"]),
    is_fit_asked=st.booleans(),
)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    """Any message of a stranger, of somebody who is joining, or of a patient."""
    who = draw(st.sampled_from(["stranger", "invited", "active"]))
    kind = draw(st.sampled_from([InboundKind.TEXT] * 6 + [InboundKind.BUTTON] * 4 + [*InboundKind]))
    is_patient = who == "active" or (draw(st.booleans()) and who == "invited")
    status = PatientStatus.ACTIVE if who == "active" else PatientStatus.INVITED
    asked = draw(questions("top", is_patient=is_patient))
    below = draw(questions("below", is_patient=is_patient))
    forbidden = (Asking.SAFETY,) if not is_patient else (Asking.TELL_CLINIC,)
    answered = draw(st.sets(st.sampled_from(sorted(DONE))))
    answers = {name: DONE[name] for name in answered}
    states = st.sampled_from(list(OccurrenceState))
    given: dict[str, Any] = {
        "kind": kind,
        "sms": draw(st.booleans()),
        "keyword": draw(st.sampled_from([None] * 6 + [*Keyword])),
        "is_group": draw(st.integers(0, 9)) == 0,
        "asked": None if asked and asked.asking in forbidden else asked,
        "below": None if below and below.asking in forbidden else below,
        "reading": draw(readings),
        "patient": patient(status) if is_patient else None,
        "invited": patient(status) if who == "invited" and not is_patient else None,
        "invite": draw(st.sampled_from([None, invite(), invite(closed_reason="x")])),
        "is_opted_out": draw(st.integers(0, 9)) == 0,
        "is_first_contact": not is_patient and draw(st.booleans()),
        "has_recent_flag": is_patient and draw(st.booleans()),
        "code_tries": draw(st.integers(0, 6)),
    }
    if is_patient:
        given["doses"] = (dose(draw(states)),)
        opened = [None, checkin(answers, asks_dose=False), checkin(answers)]
        waiting = [None, checkin_occurrence(OccurrenceState.PLANNED)]
        given["checkin"] = draw(st.sampled_from(opened))
        given["checkin_due"] = draw(st.sampled_from(waiting))
    press = draw(actions) if kind is InboundKind.BUTTON else None
    met = turn(draw(texts), press=press, **given)
    return replace(met, conversation=replace(met.conversation, last_question=draw(lasts)))


_PATIENT_ONLY = (RecordFact, LogDose, RecordAnswer, MoveOccurrence, SettleCheck, JoinAlert, Replan)


@given(met=turns())
@settings(max_examples=1_500, deadline=None)
def test_everybody_gets_an_answer_and_nothing_is_kept_of_strangers(met: Turn) -> None:
    effects = answer(met)
    speaks = any(isinstance(one, Say | SayTopic | SayFlag) for one in effects)
    is_text = met.inbound.kind in (InboundKind.TEXT, InboundKind.BUTTON)
    wants_silence = met.is_opted_out or bool(every(effects, OptOut)) or met.inbound.is_group
    carrier_answers = met.is_sms and met.inbound.keyword is not None
    if is_text and not wants_silence and not carrier_answers:
        assert speaks, effects
    joins = [one for one in effects if type(one).__name__ == "BindAddress"]
    if met.patient is None and not joins:
        assert not [one for one in effects if isinstance(one, _PATIENT_ONLY)], effects
        assert not every(effects, FinishEnrolment)
    if met.patient is None and met.asked(Asking.TELL_CLINIC) is None:
        told = {alert.category for alert in every(effects, RaiseAlert)}
        assert told <= {"second-join", "identity-failed"}


@cache
def content() -> Content:
    """All real words."""
    triage, answers = load_triage(CONTENT / "triage"), load_library(CONTENT / "faq")
    return load_content(CONTENT, triage=triage, answers=answers)


@given(met=turns())
@settings(max_examples=400, deadline=None)
def test_every_answer_can_be_written_in_every_language(met: Turn) -> None:
    channel = Channel.SMS if met.is_sms else Channel.TELEGRAM
    said = [one for one in every(answer(met), Say) if not one.template.startswith("reply:")]
    for one in said:
        for language in ("en", "es", "hi"):
            assert written(one, language, channel)
            assert all(written_labels(one, language))


def written(said: Say, language: str, channel: Channel) -> str:
    form = content().message(said.template, language=language, channel=channel)
    variables = {
        "clinic_name": CLINIC.name,
        "clinic_phone": CLINIC.phone,
        "staffed_hours": CLINIC.staffed_hours,
        **content().numbers(CLINIC, language=language),
        **content().expand(said.variables, language=language, channel=channel),
    }
    return content().render(form.source, variables, language=language)


def written_labels(said: Say, language: str) -> list[str]:
    return [
        option.label if option.literal else content().label(option.label, language=language)
        for row in said.options
        for option in row
    ]


@pytest.mark.parametrize("channel", PATIENT_CHANNELS)
def test_every_button_fits_the_provider(channel: Channel) -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    long = OccurrenceId("0" * 32)
    shown = answer(turn("not today", doses=(dose(id=long, due_at=at),), sms=channel is Channel.SMS))
    actions_shown = [o.action for say in every(shown, Say) for row in say.options for o in row]
    assert actions_shown
    assert all(len(action.encode()) <= 64 for action in actions_shown)
