"""Is what a patient says to a reminder or a check-in kept as it was meant?"""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, LogDose, MoveOccurrence, RecordAnswer, Say
from bot.domain.identity import OccurrenceId
from bot.domain.occurrence import OccurrenceState
from bot.domain.turn import Turn
from handlers import answer
from handlers.dose_reply import REASONS
from tests.fakes.turns import (
    NOW,
    TODAY,
    checkin,
    checkin_occurrence,
    dose,
    every,
    only,
    patient,
    question,
    templates,
    turn,
)

DONE = {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4", "else": "none"}


def reply(text: str = "", press: str | None = None, **changes: Any) -> Turn:
    return turn(text, press=press, **{"doses": (dose(),), **changes})


def outcome(effects: list[Effect]) -> tuple[OccurrenceState, str]:
    return only(effects, MoveOccurrence).state, only(effects, LogDose).answer


TAKEN = [
    ("the button", reply(press="taken:dose-1")),
    ("a word", reply("Taken!")),
    ("I took it", reply("i took it")),
    ("yes", reply("yes")),
    ("ok", reply("ok")),
    ("yes to the nudge", reply("yes", doses=(dose(OccurrenceState.NUDGED),))),
    ("a word after later", reply("done", doses=(dose(OccurrenceState.SNOOZED),))),
    (
        "the button of a missed one",
        reply(press="taken:dose-1", doses=(dose(OccurrenceState.MISSED),)),
    ),
    (
        "the button after not today",
        reply(press="taken:dose-1", doses=(dose(OccurrenceState.SKIPPED),)),
    ),
]


@pytest.mark.parametrize("met", [c[1] for c in TAKEN], ids=[c[0] for c in TAKEN])
def test_taken(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["dose-taken"]
    assert outcome(effects) == (OccurrenceState.TAKEN, "taken")
    assert only(effects, LogDose).day == TODAY
    assert only(effects, MoveOccurrence).next_at is None


def test_a_second_press_says_the_same_again() -> None:
    again = answer(reply(press="taken:dose-1", doses=(dose(OccurrenceState.TAKEN),)))
    assert again == answer(reply(press="taken:dose-1"))


@pytest.mark.parametrize("met", [reply(press="later:dose-1"), reply("later"), reply("not yet")])
def test_later_moves_the_reminder_by_half_an_hour(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["dose-later"]
    assert only(effects, Say).variables == {"time": "20:40"}
    assert outcome(effects) == (OccurrenceState.SNOOZED, "later")
    assert only(effects, MoveOccurrence).next_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("state", [OccurrenceState.TAKEN, OccurrenceState.MISSED])
def test_later_after_the_end_changes_nothing(state: OccurrenceState) -> None:
    effects = answer(reply(press="later:dose-1", doses=(dose(state),)))
    assert templates(effects) == ["dose-already-answered"]
    assert not every(effects, MoveOccurrence)


def test_later_typed_when_the_capsule_is_settled_is_no_riddle() -> None:
    effects = answer(reply("later", doses=(dose(OccurrenceState.TAKEN),)))
    assert templates(effects) == ["dose-already-answered"]
    assert not every(effects, MoveOccurrence)


@pytest.mark.parametrize(
    "met", [reply(press="not-today:dose-1"), reply("skip"), reply("Not today")]
)
def test_not_today_asks_why(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["dose-not-today"]
    assert outcome(effects) == (OccurrenceState.SKIPPED, "not-today")
    asked = only(effects, Ask).question
    assert asked is not None
    assert asked.options == tuple(f"reason:dose-1:{reason}" for reason in REASONS)


def why() -> Question:
    return question(
        Asking.DOSE_REASON, options=tuple(f"reason:dose-1:{reason}" for reason in REASONS)
    )


@pytest.mark.parametrize(("number", "reason"), list(enumerate(REASONS, start=1)))
def test_the_reason_by_button_and_by_number(number: int, reason: str) -> None:
    skipped = (dose(OccurrenceState.SKIPPED),)
    pressed = reply(press=f"reason:dose-1:{reason}", asked=why(), doses=skipped)
    typed = reply(str(number), asked=why(), doses=skipped)
    for met in (pressed, typed):
        effects = answer(met)
        assert templates(effects) == [f"reason-noted-{reason}"]
        assert only(effects, LogDose).reason == reason
        assert only(effects, Ask).question is None


GONE = [
    "taken:unknown",
    "later:unknown",
    "not-today:",
    "reason:unknown:forgot",
    "reason:dose-1:no-such-reason",
    "reason:",
    "reason",
    "reason:a:b:c:d",
]


@pytest.mark.parametrize("press", GONE)
def test_a_button_of_a_reminder_that_is_gone(press: str) -> None:
    effects = answer(reply(press=press, doses=(dose(id=OccurrenceId("dose-1")),)))
    if press == "not-today:":
        assert templates(effects) == ["dose-not-today"]
    else:
        assert templates(effects) == ["dose-unknown"]
        assert not every(effects, LogDose)


def test_without_an_open_dose_words_are_not_about_one() -> None:
    assert templates(answer(turn("taken"))) == ["fallback"]
    assert templates(answer(turn("yes"))) == ["fallback"]


def test_an_ok_after_later_is_only_polite() -> None:
    effects = answer(reply("ok", doses=(dose(OccurrenceState.SNOOZED),)))
    assert not every(effects, LogDose)


def test_a_bare_no_to_a_reminder_shows_what_can_be_said() -> None:
    effects = answer(reply("no"))
    said = only(effects, Say)
    assert said.template == "dose-nudge"
    assert len([option for row in said.options for option in row]) == 4
    assert not every(effects, LogDose)


@pytest.mark.parametrize("asking", [Asking.SAFETY, Asking.STOPPED_TAKING, Asking.CHECKIN])
def test_a_bare_yes_to_something_else_is_no_dose(asking: Asking) -> None:
    step = "repeated" if asking is Asking.SAFETY else ""
    other = question(asking, step=step, data={"category": "rf-suicide"})
    effects = answer(reply("yes", asked=other))
    assert not [log for log in every(effects, LogDose) if log.source == "reminder"]


def test_a_strangers_press_does_nothing() -> None:
    effects = answer(reply(press="taken:dose-1", patient=None, doses=()))
    assert templates(effects) == ["old-button"]


def test_the_checkin_that_waited_for_the_dose_comes_at_once() -> None:
    waiting = checkin_occurrence(OccurrenceState.PLANNED)
    effects = answer(reply(press="taken:dose-1", checkin_due=waiting))
    moves = {move.occurrence_id: move for move in every(effects, MoveOccurrence)}
    assert moves[waiting.id].next_at == NOW
    later = checkin_occurrence(OccurrenceState.PLANNED, due_at=NOW + timedelta(hours=1))
    assert len(every(answer(reply(press="taken:dose-1", checkin_due=later)), MoveOccurrence)) == 1


def test_an_open_checkin_goes_on_after_the_dose_was_answered() -> None:
    met = reply("taken", asked=question(Asking.CHECKIN), checkin=checkin())
    effects = answer(met)
    assert templates(effects) == ["dose-taken", "checkin-question"]
    assert every(effects, Say)[1].variables["question"] == "lips"
    other_day = checkin(occurrence=checkin_occurrence(local_day=TODAY - timedelta(days=1)))
    assert templates(answer(reply("taken", checkin=other_day))) == ["dose-taken"]


def asked(text: str = "", press: str | None = None, step: str = "", **changes: Any) -> Turn:
    opened: dict[str, Any] = {
        "asked": question(Asking.CHECKIN, step=step, data={"occurrence": "checkin-1"}),
        "checkin": checkin(),
        **changes,
    }
    return turn(text, press=press, **opened)


def values(effects: list[Effect]) -> dict[str, str | None]:
    return {one.question: one.value for one in every(effects, RecordAnswer)}


def test_a_press_records_and_asks_on() -> None:
    effects = answer(asked(press="checkin:checkin-1:lips:3", checkin=checkin({"dose": "yes"})))
    assert values(effects) == {"lips": "3"}
    said = only(effects, Say)
    assert (said.template, said.variables["question"]) == ("checkin-question", "skin")
    assert said.edits_pressed
    following = only(effects, Ask).question
    assert following is not None
    assert (following.asking, following.step) == (Asking.CHECKIN, "")


def test_a_whole_line_leaves_only_the_free_text() -> None:
    effects = answer(asked("Y 2 1 0 4", sms=True))
    assert values(effects) == {key: value for key, value in DONE.items() if key != "else"}
    assert only(effects, Say).variables["question"] == "else"


def test_the_last_answer_closes_and_shows_what_was_recorded() -> None:
    almost = checkin({key: value for key, value in DONE.items() if key != "else"})
    effects = answer(asked("My nose bleeds a little", checkin=almost))
    recorded = only(effects, RecordAnswer)
    assert (recorded.value, recorded.text) == ("text", "My nose bleeds a little")
    assert templates(effects) == ["checkin-done"]
    assert only(effects, MoveOccurrence).state is OccurrenceState.ANSWERED
    assert only(effects, Ask).question is None


@pytest.mark.parametrize("said", ["no", "Nothing else", "none"])
def test_nothing_else_is_no_text(said: str) -> None:
    almost = checkin({key: value for key, value in DONE.items() if key != "else"})
    recorded = only(answer(asked(said, checkin=almost)), RecordAnswer)
    assert (recorded.value, recorded.text) == ("none", None)


def test_a_question_at_the_end_is_a_question() -> None:
    almost = checkin({key: value for key, value in DONE.items() if key != "else"})
    effects = answer(asked("can I go in the sun?", checkin=almost))
    assert not every(effects, RecordAnswer)


@pytest.mark.parametrize(
    ("text", "given", "shown"),
    [("11", {"dose": "yes"}, "lips"), ("Y 2 12", {}, "skin")],
)
def test_a_number_out_of_range_is_asked_again(text: str, given: dict[str, str], shown: str) -> None:
    effects = answer(asked(text, checkin=checkin(given)))
    said = only(effects, Say)
    assert (said.template, said.variables["question"]) == ("checkin-out-of-range", shown)
    assert not every(effects, RecordAnswer)


def test_a_text_that_is_no_answer_puts_the_question_again() -> None:
    assert templates(answer(asked("well then"))) == ["checkin-not-understood"]


def test_a_question_in_between_is_left_to_others() -> None:
    assert templates(answer(asked("what about my lips?"))) == ["fallback"]


def test_a_yes_about_the_capsule_ends_its_reminder() -> None:
    doses = (
        dose(OccurrenceState.NUDGED),
        dose(id=OccurrenceId("old"), local_day=TODAY - timedelta(days=1)),
    )
    effects = answer(asked("y", doses=doses))
    assert only(effects, LogDose).answer == "taken"
    move = only(effects, MoveOccurrence)
    assert (move.occurrence_id, move.state) == ("dose-1", OccurrenceState.TAKEN)


def test_a_no_about_the_capsule_leaves_its_reminder_open() -> None:
    effects = answer(asked("n", doses=(dose(),)))
    assert only(effects, LogDose).answer == "not-today"
    assert not every(effects, MoveOccurrence)


CLOSED = [
    ("of another day", asked(press="checkin:old:lips:3")),
    ("of nothing open", asked(press="checkin:checkin-1:lips:3", checkin=None)),
    ("of a question that is gone", asked(press="checkin:checkin-1:nails:3")),
    ("with a value of no button", asked(press="checkin:checkin-1:lips:99")),
    ("with free text in it", asked(press="checkin:checkin-1:else:text")),
    ("cut short", asked(press="checkin:")),
    ("back, of another day", asked(press="checkin-back:old")),
]


@pytest.mark.parametrize("met", [c[1] for c in CLOSED], ids=[c[0] for c in CLOSED])
def test_a_button_of_a_checkin_that_is_over(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["checkin-closed"]
    assert not every(effects, RecordAnswer)


def shown_and_waited(effects: list[Effect]) -> tuple[object, str]:
    following = only(effects, Ask).question
    assert following is not None
    return only(effects, Say).variables["question"], following.step


BACK: list[tuple[str, Turn, str]] = [
    ("by word", asked("back", checkin=checkin({"dose": "yes", "lips": "3"})), "lips"),
    ("by button", asked(press="checkin-back:checkin-1", checkin=checkin({"dose": "yes"})), "dose"),
    ("twice", asked("back", step="lips", checkin=checkin({"dose": "yes", "lips": "3"})), "dose"),
    ("at the start", asked("back"), "dose"),
    ("from the summary", asked(press="checkin-back:checkin-1", checkin=checkin(DONE)), "else"),
    (
        "from a question that no longer applies",
        asked("back", step="dose", checkin=checkin({"lips": "1"}, asks_dose=False)),
        "lips",
    ),
]


@pytest.mark.parametrize(("met", "shown"), [c[1:] for c in BACK], ids=[c[0] for c in BACK])
def test_going_back(met: Turn, shown: str) -> None:
    assert shown_and_waited(answer(met)) == (shown, shown)


def test_an_answer_after_going_back_replaces_the_old_one() -> None:
    given = checkin({"dose": "yes", "lips": "3", "skin": "1"})
    effects = answer(asked("7", step="lips", checkin=given))
    assert values(effects) == {"lips": "7"}
    assert only(effects, Say).variables["question"] == "eyes"


def test_a_step_that_no_longer_applies_is_passed_over() -> None:
    effects = answer(asked("4", step="dose", checkin=checkin(asks_dose=False)))
    assert values(effects) == {"lips": "4"}


def test_correcting_after_the_end() -> None:
    over = checkin(DONE, occurrence=checkin_occurrence(OccurrenceState.ANSWERED, next_at=None))
    effects = answer(asked(press="checkin:checkin-1:mood:9", checkin=over, asked=None))
    assert values(effects) == {"mood": "9"}
    assert templates(effects) == ["checkin-done"]


def test_a_finished_checkin_leaves_a_bare_number_to_others() -> None:
    assert templates(answer(asked("5", checkin=checkin(DONE)))) == ["fallback"]


@pytest.mark.parametrize("met", [asked(press="checkin"), asked("check-in"), asked("/checkin")])
def test_asking_for_the_checkin_goes_on_where_it_stood(met: Turn) -> None:
    effects = answer(met)
    assert shown_and_waited(effects) == ("dose", "dose")


def test_asking_for_a_finished_checkin_begins_anew() -> None:
    assert shown_and_waited(answer(asked("checkin", checkin=checkin(DONE)))) == ("dose", "dose")


def test_asking_when_none_is_open() -> None:
    assert templates(answer(turn("checkin"))) == ["checkin-none-open"]
    assert templates(answer(turn("checkin", patient=None))) == ["fallback"]


def test_a_checkin_below_an_unanswered_safety_check_can_still_be_answered() -> None:
    check = question(
        Asking.SAFETY, id="check", step="repeated", expires_at=None, data={"category": "rf-suicide"}
    )
    below = question(Asking.CHECKIN, id="checkin")
    met = asked("5", checkin=checkin({"dose": "yes"}), asked=check, below=below)
    assert values(answer(met)) == {"lips": "5"}


def test_nothing_but_its_answer_closes_a_safety_check() -> None:
    check = question(Asking.SAFETY, id="check", expires_at=None, data={"category": "rf-suicide"})
    almost = checkin({key: value for key, value in DONE.items() if key != "else"})
    presses = [
        "reason:dose-1:forgot",
        "none-of-these",
        "language:es",
        "pause:all:1",
        "checkin:checkin-1:else:none",
        "topic:alcohol",
    ]
    for press in presses:
        met = turn(
            press=press,
            asked=check,
            below=why(),
            doses=(dose(OccurrenceState.SKIPPED),),
            checkin=almost,
        )
        effects = answer(met)
        assert templates(effects) != ["old-button"]
        assert not [one for one in every(effects, Ask) if one.question is None], press


def test_a_patient_whose_zone_is_far_away_reads_their_own_time() -> None:
    away = patient(zone=ZoneInfo("Asia/Kolkata"))
    assert only(answer(reply("later", patient=away)), Say).variables == {"time": "07:10"}
