"""What is said, or not said, when a planned message falls due?"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversation import Asking
from bot.domain.decide import (
    CHECKIN_WAITS_FOR_DOSE,
    MISSED_AFTER,
    NUDGE_AFTER,
    decide,
    why_silent,
)
from bot.domain.due_event import DueEvent
from bot.domain.effect import Ask, Effect, MoveOccurrence, Say
from bot.domain.identity import OccurrenceId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import PatientState
from bot.domain.quiet_hours import USUAL_QUIET_HOURS, QuietHours
from tests.fakes.turns import checkin, checkin_occurrence, dose, every, only, patient, templates

DUE = datetime(2026, 12, 2, 1, 0, tzinfo=UTC)
"""20:00 in New York."""
PLANNED, ASKED = OccurrenceState.PLANNED, OccurrenceState.ASKED
NUDGED, SNOOZED = OccurrenceState.NUDGED, OccurrenceState.SNOOZED
SILENT: dict[str, dict[str, object]] = {
    "no-consent": {"has_consent": False},
    "hold": {"hold": "rf-suicide"},
    "stopped-taking": {"dosing_stopped": True},
    "paused": {"paused_kinds": frozenset({"dose"})},
    "opted-out": {},
}


def due(
    occurrence: Occurrence,
    *,
    late: timedelta = timedelta(0),
    state: PatientState | None = None,
    may_write: bool = True,
    others: tuple[Occurrence, ...] = (),
    gap: timedelta = timedelta(hours=12),
) -> list[Effect]:
    is_checkin = occurrence.reminder != "dose"
    event = DueEvent(
        occurrence=occurrence,
        now=occurrence.due_at + late,
        may_write=may_write,
        doses=(occurrence, *others) if not is_checkin else others,
        minimum_gap=gap,
        checkin=checkin(occurrence=occurrence) if is_checkin else None,
        fresh_id="fresh",
    )
    return decide(state or patient(), event)


def moved(effects: list[Effect]) -> tuple[OccurrenceState, datetime | None, str | None]:
    move = only(effects, MoveOccurrence)
    return move.state, move.next_at, move.reason


def evening(state: OccurrenceState = PLANNED, **changes: object) -> Occurrence:
    return dose(state, **{"due_at": DUE, "next_at": DUE, **changes})


def daily(state: OccurrenceState = PLANNED, **changes: object) -> Occurrence:
    return checkin_occurrence(state, **{"due_at": DUE, "next_at": DUE, **changes})


def test_a_dose_is_asked_about_and_nudged_an_hour_later() -> None:
    effects = due(evening())
    said = only(effects, Say)
    assert (said.template, said.kind) == ("dose-reminder", MessageKind.DOSE)
    assert said.variables == {"time": "20:00"}
    actions = [option.action for row in said.options for option in row]
    assert actions == ["taken:dose-1", "later:dose-1", "not-today:dose-1", "extra:dose-1"]
    assert moved(effects) == (ASKED, DUE + NUDGE_AFTER, None)


LATENESS = [
    ("on the dot", timedelta(0), ASKED),
    ("just inside three hours", timedelta(hours=3), ASKED),
    ("just outside three hours", timedelta(hours=3, seconds=1), OccurrenceState.EXPIRED),
    ("a day late", timedelta(days=1), OccurrenceState.EXPIRED),
]


@pytest.mark.parametrize(("late", "state"), [c[1:] for c in LATENESS], ids=[c[0] for c in LATENESS])
def test_a_late_dose_reminder_is_never_sent(late: timedelta, state: OccurrenceState) -> None:
    effects = due(evening(), late=late)
    assert moved(effects)[0] is state
    assert bool(templates(effects)) is (state is ASKED)


@pytest.mark.parametrize("reason", SILENT)
@pytest.mark.parametrize("state", [PLANNED, SNOOZED, NUDGED])
def test_a_dose_that_may_not_be_spoken_of_ends_with_the_reason(
    reason: str, state: OccurrenceState
) -> None:
    who = patient(**SILENT[reason])
    effects = due(evening(state), state=who, may_write=reason != "opted-out")
    assert moved(effects) == (OccurrenceState.SKIPPED, None, reason)
    assert templates(effects) == []


@pytest.mark.parametrize("reason", SILENT)
def test_a_nudge_that_may_not_be_sent_is_left_out(reason: str) -> None:
    who = patient(**SILENT[reason])
    effects = due(evening(ASKED), late=NUDGE_AFTER, state=who, may_write=reason != "opted-out")
    assert moved(effects)[0] is NUDGED
    assert templates(effects) == []


@pytest.mark.parametrize("reason", ["no-consent", "opted-out", "paused"])
def test_a_checkin_that_may_not_be_asked_ends_with_the_reason(reason: str) -> None:
    silent: dict[str, dict[str, object]] = {
        **SILENT,
        "paused": {"paused_kinds": frozenset({"checkin"})},
    }
    effects = due(daily(), state=patient(**silent[reason]), may_write=reason != "opted-out")
    assert moved(effects) == (OccurrenceState.SKIPPED, None, reason)
    assert templates(effects) == []


@pytest.mark.parametrize("changes", [{"hold": "rf-vision"}, {"dosing_stopped": True}])
def test_a_hold_does_not_silence_the_checkin(changes: dict[str, object]) -> None:
    assert templates(due(daily(), state=patient(**changes))) == ["checkin-question"]


@pytest.mark.parametrize(
    ("paused", "kind", "silent"),
    [
        ({"all"}, MessageKind.DOSE, True),
        ({"all"}, MessageKind.CHECKIN, True),
        ({"dose"}, MessageKind.NUDGE, True),
        ({"dose"}, MessageKind.CHECKIN, False),
        ({"checkin"}, MessageKind.DOSE, False),
        ({"learning"}, MessageKind.DOSE, False),
    ],
)
def test_a_pause_silences_its_own_kind(paused: set[str], kind: MessageKind, silent: bool) -> None:
    state = patient(paused_kinds=frozenset(paused))
    assert (why_silent(state, kind, may_write=True) == "paused") is silent


def test_one_nudge_then_missed() -> None:
    nudged = due(evening(ASKED), late=NUDGE_AFTER)
    assert templates(nudged) == ["dose-nudge"]
    assert only(nudged, Say).kind is MessageKind.NUDGE
    assert moved(nudged) == (NUDGED, DUE + MISSED_AFTER, None)
    missed = due(evening(NUDGED), late=MISSED_AFTER)
    assert moved(missed) == (OccurrenceState.MISSED, None, "no-answer")
    assert templates(missed) == []


def test_no_nudge_in_quiet_hours() -> None:
    late = evening(ASKED, due_at=DUE + timedelta(hours=1, minutes=30))
    assert templates(due(late, late=NUDGE_AFTER)) == []


def test_no_nudge_for_a_dose_that_is_long_past() -> None:
    morning = evening(ASKED, due_at=DUE - timedelta(hours=10))
    long_past = timedelta(hours=3, minutes=1)
    effects = due(morning, late=long_past)
    assert templates(effects) == []
    assert moved(effects) == (NUDGED, morning.due_at + long_past + NUDGE_AFTER, None)
    assert templates(due(morning, late=timedelta(hours=3))) == ["dose-nudge"]


def test_the_patients_own_hour_is_never_quiet() -> None:
    at_night = DUE + timedelta(hours=8, minutes=30)
    occurrence = evening(due_at=at_night, local_time=time(4, 30))
    assert templates(due(occurrence)) == ["dose-reminder"]
    assert templates(due(daily(due_at=at_night))) == ["checkin-question"]


def test_a_checkin_that_is_late_is_not_asked_in_the_night() -> None:
    effects = due(daily(), late=timedelta(hours=6))
    assert moved(effects) == (OccurrenceState.EXPIRED, None, "late")
    assert templates(effects) == []


def test_a_promised_later_is_kept_however_late_it_was_said() -> None:
    again_at = DUE + timedelta(hours=3, minutes=20)
    effects = due(evening(SNOOZED, next_at=again_at), late=timedelta(hours=3, minutes=20))
    assert templates(effects) == ["dose-reminder"]
    assert moved(effects) == (ASKED, again_at + NUDGE_AFTER, None)


def test_a_later_that_could_not_be_kept_for_three_hours_expires() -> None:
    effects = due(evening(SNOOZED), late=timedelta(hours=3, minutes=1))
    assert moved(effects) == (OccurrenceState.EXPIRED, None, "late")


def earlier(state: OccurrenceState, hours: float, reason: str | None = None) -> Occurrence:
    return dose(state, id=OccurrenceId("other"), due_at=DUE - timedelta(hours=hours), reason=reason)


CLOSE = [
    ("asked six hours before", earlier(ASKED, 6), True),
    ("taken eleven hours before", earlier(OccurrenceState.TAKEN, 11), True),
    ("skipped by the patient", earlier(OccurrenceState.SKIPPED, 6, "patient"), True),
    ("missed", earlier(OccurrenceState.MISSED, 6), True),
    ("asked at the same instant, after a clock change", earlier(ASKED, 0), True),
    ("exactly the gap before", earlier(ASKED, 12), False),
    ("silent because it was late", earlier(OccurrenceState.EXPIRED, 6, "late"), False),
    ("silent because of a pause", earlier(OccurrenceState.SKIPPED, 6, "paused"), False),
    ("itself too close to another", earlier(OccurrenceState.SKIPPED, 6, "too-close"), False),
    ("cancelled", earlier(OccurrenceState.CANCELLED, 6), False),
    ("still planned", earlier(PLANNED, 0), False),
    ("asked afterwards", earlier(ASKED, -1), False),
]


@pytest.mark.parametrize(("other", "skips"), [c[1:] for c in CLOSE], ids=[c[0] for c in CLOSE])
def test_two_doses_closer_than_the_gap_speak_once(other: Occurrence, skips: bool) -> None:
    effects = due(evening(), others=(other,))
    if skips:
        assert moved(effects) == (OccurrenceState.SKIPPED, None, "too-close")
        assert templates(effects) == []
    else:
        assert templates(effects) == ["dose-reminder"]


def test_a_checkin_opens_with_its_first_question_until_midnight() -> None:
    effects = due(daily())
    said, asked = only(effects, Say), only(effects, Ask).question
    midnight = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
    assert (said.template, said.variables["question"]) == ("checkin-question", "dose")
    assert asked is not None
    assert (asked.asking, asked.expires_at) == (Asking.CHECKIN, midnight)
    assert asked.data == {"occurrence": "checkin-1"}
    assert moved(effects) == (ASKED, midnight, None)


def test_a_checkin_late_in_the_evening_stays_open_for_four_hours() -> None:
    late = DUE + timedelta(hours=3, minutes=30)
    assert moved(due(daily(due_at=late)))[1] == late + timedelta(hours=4)


def test_a_checkin_without_an_answer_ends() -> None:
    effects = due(daily(ASKED), late=timedelta(hours=4))
    assert moved(effects) == (OccurrenceState.EXPIRED, None, "no-answer")


def test_a_checkin_is_not_asked_more_than_eight_hours_late() -> None:
    morning = DUE + timedelta(hours=12)
    on_time = due(daily(due_at=morning), late=timedelta(hours=8))
    late = due(daily(due_at=morning), late=timedelta(hours=8, seconds=1))
    assert templates(on_time) == ["checkin-question"]
    assert moved(late) == (OccurrenceState.EXPIRED, None, "late")


@pytest.mark.parametrize("state", [ASKED, PLANNED])
def test_a_checkin_waits_a_quarter_of_an_hour_for_the_dose(state: OccurrenceState) -> None:
    waiting = due(daily(), others=(evening(state),))
    assert moved(waiting) == (PLANNED, DUE + CHECKIN_WAITS_FOR_DOSE, None)
    assert templates(waiting) == []
    asked = due(daily(), late=CHECKIN_WAITS_FOR_DOSE, others=(evening(state),))
    assert templates(asked) == ["checkin-question"]


@pytest.mark.parametrize("state", [OccurrenceState.TAKEN, SNOOZED, OccurrenceState.SKIPPED])
def test_a_checkin_waits_for_no_dose_that_was_answered(state: OccurrenceState) -> None:
    assert templates(due(daily(), others=(evening(state),))) == ["checkin-question"]


def test_a_checkin_waits_for_no_dose_of_another_hour() -> None:
    morning = evening(ASKED, due_at=DUE - timedelta(hours=12))
    assert templates(due(daily(), others=(morning,))) == ["checkin-question"]


QUIET = [
    ("in the evening", "21:59", False),
    ("from ten on", "22:00", True),
    ("after midnight", "03:00", True),
    ("until seven", "06:59", True),
    ("at seven no more", "07:00", False),
]


@pytest.mark.parametrize(("at", "quiet"), [c[1:] for c in QUIET], ids=[c[0] for c in QUIET])
def test_quiet_hours(at: str, quiet: bool) -> None:
    zone = ZoneInfo("America/New_York")
    now = datetime.combine(DUE.date(), time.fromisoformat(at), zone).astimezone(UTC)
    assert USUAL_QUIET_HOURS.covers(now, zone) is quiet


def test_quiet_hours_within_one_day() -> None:
    noon = QuietHours(start=time(12, 0), end=time(14, 0))
    zone = ZoneInfo("UTC")
    hours = [h for h in range(24) if noon.covers(datetime(2026, 12, 1, h, tzinfo=UTC), zone)]
    assert hours == [12, 13]


occurrences = st.builds(
    lambda make, state, due_after, next_after: make(
        state,
        due_at=DUE + timedelta(minutes=due_after),
        next_at=DUE + timedelta(minutes=due_after + next_after),
    ),
    st.sampled_from([dose, checkin_occurrence]),
    st.sampled_from([PLANNED, ASKED, NUDGED, SNOOZED]),
    st.integers(-3_000, 3_000),
    st.integers(0, 600),
)
states = st.builds(
    lambda changes: patient(**changes), st.sampled_from([{}, *SILENT.values(), {"dose_time": None}])
)


@given(
    occurrence=occurrences,
    state=states,
    late=st.integers(0, 3_000),
    may_write=st.booleans(),
    neighbours=st.lists(occurrences.filter(lambda o: o.reminder == "dose"), max_size=3),
    gap=st.integers(0, 48).map(lambda hours: timedelta(hours=hours)),
)
@settings(max_examples=400, deadline=None)
def test_deciding_always_moves_the_occurrence_on(
    occurrence: Occurrence,
    state: PatientState,
    late: int,
    may_write: bool,
    neighbours: list[Occurrence],
    gap: timedelta,
) -> None:
    assert occurrence.next_at is not None
    now = occurrence.next_at + timedelta(minutes=late)
    event = DueEvent(
        occurrence=occurrence,
        now=now,
        may_write=may_write,
        doses=tuple(neighbours),
        minimum_gap=gap,
        checkin=checkin(occurrence=occurrence) if occurrence.reminder != "dose" else None,
        fresh_id="fresh",
    )
    effects = decide(state, event)
    move = only(effects, MoveOccurrence)
    assert move.occurrence_id == occurrence.id
    assert (move.next_at is None) is (move.reason is not None)
    assert move.next_at is None or move.next_at > now
    assert len(every(effects, Say)) <= 1
    if not may_write or not state.has_consent:
        assert not every(effects, Say)
