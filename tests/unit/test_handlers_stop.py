"""Is a wish to hear nothing, less, or again, done at once and said no more than once?"""

from typing import Any

import pytest

from bot.domain.effect import (
    Effect,
    JoinAlert,
    Note,
    OptIn,
    OptOut,
    RaiseAlert,
    RecordFact,
    Replan,
    Say,
    SetAddressState,
)
from bot.domain.inbound import InboundKind, Keyword
from bot.domain.message_kind import MessageKind
from bot.domain.patient import AddressState, FactKind
from bot.domain.reading import Reading, StopAction, StopReading
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import every, only, templates, turn


def wish(action: StopAction, **more: Any) -> Reading:
    return Reading(stop=StopReading(action=action, **more))


STOPS = [
    ("free text on SMS", turn("please leave me alone", sms=True, reading=wish(StopAction.OPT_OUT))),
    ("free text on Telegram", turn("please leave me alone", reading=wish(StopAction.OPT_OUT))),
    ("the command on Telegram", turn("/stop", keyword=Keyword.STOP)),
]


@pytest.mark.parametrize("met", [c[1] for c in STOPS], ids=[c[0] for c in STOPS])
def test_stop_is_confirmed_once(met: Turn) -> None:
    effects = answer(met)
    assert only(effects, OptOut).reason == "stop"
    said = only(effects, Say)
    assert (said.template, said.kind) == ("stopped", MessageKind.CONFIRMATION)
    assert only(effects, RaiseAlert).category == "opted-out"


def test_a_carrier_stop_is_confirmed_by_the_carrier() -> None:
    effects = answer(turn("STOP", sms=True, keyword=Keyword.STOP))
    assert only(effects, OptOut).reason == "stop"
    assert not every(effects, Say)


@pytest.mark.parametrize("sms", [True, False])
def test_a_second_stop_is_kept_without_a_word(sms: bool) -> None:
    effects = answer(turn("stop", sms=sms, is_opted_out=True, reading=wish(StopAction.OPT_OUT)))
    assert every(effects, OptOut)
    assert not every(effects, Say)
    assert not every(effects, RaiseAlert)


def test_a_stranger_who_stops_is_told_nothing_more() -> None:
    met = turn("/stop", keyword=Keyword.STOP, patient=None, is_first_contact=True)
    effects = answer(met)
    assert templates(effects) == ["stopped"]
    assert not every(effects, RaiseAlert)


def test_a_stop_in_a_group_is_nobodys() -> None:
    assert not every(answer(turn("/stop", keyword=Keyword.STOP, is_group=True)), OptOut)


@pytest.mark.parametrize("text", ["what about my lips", "taken", "menu"])
def test_whoever_stopped_is_reminded_how_to_return_on_telegram_only(text: str) -> None:
    assert templates(answer(turn(text, is_opted_out=True))) == ["still-stopped"]
    assert answer(turn(text, sms=True, is_opted_out=True)) == []


def test_start_switches_on_again() -> None:
    effects = answer(turn("/start", keyword=Keyword.START, is_opted_out=True))
    assert every(effects, OptIn) == [OptIn()]
    assert templates(effects) == ["welcome-back"]
    assert only(effects, Say).kind is MessageKind.CONFIRMATION


def test_start_without_a_stop_is_no_opt_in() -> None:
    effects = answer(turn("/start", keyword=Keyword.START))
    assert not every(effects, OptIn)
    assert templates(effects) == ["menu"]


@pytest.mark.parametrize(
    ("sms", "said"), [(True, []), (False, ["help"])], ids=["the carrier answers", "Balm answers"]
)
def test_help(sms: bool, said: list[str]) -> None:
    effects = answer(turn("HELP", sms=sms, keyword=Keyword.HELP))
    assert templates(effects) == said
    assert only(effects, Note).verb == "asked-for-help"
    assert not every(effects, JoinAlert)


def test_help_after_a_danger_joins_the_alert() -> None:
    effects = answer(turn("HELP", sms=True, keyword=Keyword.HELP, has_recent_flag=True))
    assert only(effects, JoinAlert).note == "asked-for-help"


def test_an_unclear_wish_is_asked_about() -> None:
    effects = answer(turn("enough", reading=wish(StopAction.CLARIFY)))
    assert templates(effects) == ["stop-or-pause"]
    assert not every(effects, OptOut)


def test_a_question_about_stopping_is_no_stop() -> None:
    effects = answer(turn("when can I stop taking it?", reading=wish(StopAction.QUESTION)))
    assert not every(effects, OptOut)
    assert templates(effects) == ["fallback"]


def paused(effects: list[Effect]) -> tuple[object, str]:
    fact = only(effects, RecordFact)
    assert fact.kind is FactKind.PAUSE
    return fact.value["kind"], str(fact.value["until"])


PAUSES = [
    ("the button", turn(press="pause:all:3"), ("all", "2026-12-05T01:10")),
    (
        "free text with days",
        turn(
            "no check-ins", reading=wish(StopAction.PAUSE_TOPIC, pause_kind="checkin", pause_days=7)
        ),
        ("checkin", "2026-12-09T01:10"),
    ),
    (
        "a million days are cut",
        turn("x", reading=wish(StopAction.PAUSE_TOPIC, pause_kind="dose", pause_days=10**9)),
        ("dose", "2027-03-02T01:10"),
    ),
    (
        "no days are one",
        turn("x", reading=wish(StopAction.PAUSE_TOPIC, pause_days=0)),
        ("all", "2026-12-03T01:10"),
    ),
]


@pytest.mark.parametrize(("met", "wanted"), [c[1:] for c in PAUSES], ids=[c[0] for c in PAUSES])
def test_a_pause(met: Turn, wanted: tuple[str, str]) -> None:
    effects = answer(met)
    kind, until = paused(effects)
    assert (kind, until[:16]) == wanted
    assert templates(effects) == ["paused"]


@pytest.mark.parametrize("text", ["pause", "/pause", "Take a rest"])
def test_a_pause_offers_how_long(text: str) -> None:
    effects = answer(turn(text))
    actions = [option.action for row in only(effects, Say).options for option in row]
    assert actions == ["pause:all:1", "pause:all:3", "pause:all:7"]


def test_a_pause_of_one_topic_without_days_is_offered_for_that_topic() -> None:
    wanted = wish(StopAction.PAUSE_TOPIC, pause_kind="checkin")
    said = only(answer(turn("fewer check-ins", reading=wanted)), Say)
    assert said.options[0][0].action == "pause:checkin:1"


@pytest.mark.parametrize(
    "press", ["pause:all:99999999", "pause:all", "pause:", "pause:x:1", "pause:all:-1"]
)
def test_a_pause_of_no_button_is_an_old_button(press: str) -> None:
    assert templates(answer(turn(press=press))) == ["old-button"]


@pytest.mark.parametrize("met", [turn("resume"), turn(press="resume")])
def test_resuming(met: Turn) -> None:
    effects = answer(met)
    assert only(effects, RecordFact).value == {"kind": "all", "until": None}
    assert every(effects, Replan)
    assert templates(effects) == ["resumed"]


@pytest.mark.parametrize("met", [turn("pause", patient=None), turn("resume", patient=None)])
def test_a_stranger_has_nothing_to_pause(met: Turn) -> None:
    assert not every(answer(met), RecordFact)


def test_a_block_ends_everything_and_the_clinic_is_told() -> None:
    effects = answer(turn(kind=InboundKind.BLOCKED))
    assert only(effects, OptOut).reason == "blocked"
    assert only(effects, SetAddressState).state is AddressState.BLOCKED
    assert only(effects, RaiseAlert).category == "opted-out"
    assert not every(effects, Say)


def test_a_stranger_who_blocks_is_not_written_to() -> None:
    effects = answer(turn(kind=InboundKind.BLOCKED, patient=None, is_first_contact=True))
    assert not every(effects, Say)


def test_letting_balm_back_in_does_not_undo_a_stop() -> None:
    effects = answer(turn(kind=InboundKind.UNBLOCKED, is_opted_out=True))
    assert only(effects, SetAddressState).state is AddressState.ACTIVE
    assert "stop" not in only(effects, OptIn).undoes
    assert only(effects, OptIn).undoes
