"""What is true of a patient at an instant, by the dated facts?"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.patient import (
    Fact,
    FactKind,
    FactValue,
    PatientState,
    age_in_years,
    current,
    state_at,
)
from bot.domain.regimen import regimen_on, slots_text
from bot.domain.schedule import SlotTime
from tests.fakes.turns import CLINIC, patient

T0 = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def fact(
    kind: FactKind, /, *, effective: float = 0, recorded: float | None = None, **value: object
) -> Fact:
    given_value: FactValue = {
        key: one if isinstance(one, str | int | bool) else None for key, one in value.items()
    }
    return Fact(
        kind=kind,
        value=given_value,
        effective_at=T0 + effective * HOUR,
        recorded_at=T0 + (effective if recorded is None else recorded) * HOUR,
        recorded_by="nurse",
    )


def at(facts: list[Fact], hours: float = 100) -> PatientState:
    return state_at(patient().patient, facts, at=T0 + hours * HOUR, clinic=CLINIC)


def test_without_facts_the_patient_is_as_the_clinic_is_and_has_agreed_to_nothing() -> None:
    state = at([])
    assert state.zone == ZoneInfo(CLINIC.zone)
    assert (state.language, state.category, state.programme) == ("en", "not-set", "none")
    assert not state.has_consent
    assert state.consent_version is None
    assert state.dose_time is None
    assert state.hold is None
    assert not state.dosing_stopped
    assert not state.shares_phone
    assert state.paused_kinds == frozenset()


def test_facts_are_read() -> None:
    state = at(
        [
            fact(FactKind.LANGUAGE, language="es"),
            fact(FactKind.ZONE, zone="Europe/Madrid"),
            fact(FactKind.CATEGORY, category="can-become-pregnant"),
            fact(FactKind.PROGRAMME, programme="us-ipledge"),
            fact(FactKind.CONSENT, given=True, version="1"),
            fact(FactKind.DOSE_TIME, time="07:15"),
            fact(FactKind.HOLD, category="rf-suicide"),
            fact(FactKind.DOSING_STOPPED, stopped=True),
            fact(FactKind.PHONE_SHARING, who="sometimes"),
        ]
    )
    assert (state.language, state.zone.key) == ("es", "Europe/Madrid")
    assert (state.category, state.programme) == ("can-become-pregnant", "us-ipledge")
    assert (state.has_consent, state.consent_version) == (True, "1")
    assert (state.dose_time, state.hold) == (time(7, 15), "rf-suicide")
    assert state.dosing_stopped
    assert state.shares_phone


def test_the_latest_by_effective_time_holds_in_whatever_order_facts_come() -> None:
    facts = [
        fact(FactKind.ZONE, effective=0, zone="Europe/London"),
        fact(FactKind.ZONE, effective=2, zone="Europe/Madrid"),
        fact(FactKind.ZONE, effective=1, recorded=5, zone="Asia/Kolkata"),
    ]
    for order in permutations(facts):
        assert at(list(order)).zone.key == "Europe/Madrid"


def test_of_two_effective_at_once_the_one_recorded_later_corrects_the_other() -> None:
    wrong = fact(FactKind.CATEGORY, effective=0, recorded=0, category="cannot-become-pregnant")
    right = fact(FactKind.CATEGORY, effective=0, recorded=3, category="can-become-pregnant")
    for order in ([wrong, right], [right, wrong]):
        assert at(order).category == "can-become-pregnant"


def test_of_two_recorded_at_the_same_instant_the_last_holds() -> None:
    facts = [fact(FactKind.LANGUAGE, language="es"), fact(FactKind.LANGUAGE, language="hi")]
    assert current(facts, FactKind.LANGUAGE, at=T0) == {"language": "hi"}


def test_a_fact_of_the_future_does_not_hold_yet() -> None:
    facts = [fact(FactKind.ZONE, effective=10, zone="Europe/Madrid")]
    assert at(facts, hours=9.9).zone.key == CLINIC.zone
    assert at(facts, hours=10).zone.key == "Europe/Madrid"


def test_a_consent_can_be_withdrawn_and_a_hold_ended() -> None:
    facts = [
        fact(FactKind.CONSENT, given=True, version="1"),
        fact(FactKind.CONSENT, effective=1, given=False),
        fact(FactKind.HOLD, category="rf-suicide"),
        fact(FactKind.HOLD, effective=2, category=None),
    ]
    assert not at(facts).has_consent
    assert at(facts, hours=1).hold == "rf-suicide"
    assert at(facts).hold is None


def pause(kind: str, *, effective: float, until: float | None) -> Fact:
    end = (T0 + until * HOUR).isoformat() if until is not None else None
    return fact(FactKind.PAUSE, effective=effective, kind=kind, until=end)


PAUSES = [
    ("a pause holds until its end", [("dose", 0, 24)], 23.9, {"dose"}),
    ("and then no more", [("dose", 0, 24)], 24, set()),
    ("kinds are paused apart", [("dose", 0, 24), ("checkin", 1, 48)], 30, {"checkin"}),
    ("a later pause replaces one of its kind", [("dose", 0, 24), ("dose", 1, 48)], 30, {"dose"}),
    ("a shorter one as well", [("dose", 0, 48), ("dose", 1, 12)], 30, set()),
    ("all", [("all", 0, 24)], 1, {"all"}),
    ("resuming ends every pause", [("all", 0, 24), ("dose", 0, 48), ("all", 2, None)], 3, set()),
    ("a new pause after resuming", [("all", 2, None), ("dose", 3, 48)], 4, {"dose"}),
    ("resuming later changes nothing yet", [("dose", 0, 24), ("all", 9, None)], 8, {"dose"}),
]


@pytest.mark.parametrize(
    ("pauses", "hours", "kinds"), [c[1:] for c in PAUSES], ids=[c[0] for c in PAUSES]
)
def test_pauses(
    pauses: list[tuple[str, float, float | None]], hours: float, kinds: set[str]
) -> None:
    facts = [pause(kind, effective=effective, until=until) for kind, effective, until in pauses]
    assert at(facts, hours=hours).paused_kinds == kinds
    assert at(facts[::-1], hours=hours).paused_kinds == kinds


@pytest.mark.parametrize(
    ("paused", "kind", "is_paused"),
    [("all", "checkin", True), ("dose", "dose", True), ("dose", "checkin", False)],
)
def test_what_a_pause_covers(paused: str, kind: str, is_paused: bool) -> None:
    assert patient(paused_kinds=frozenset({paused})).pauses(kind) is is_paused


def test_no_regimen_before_the_clinic_has_set_one() -> None:
    assert regimen_on([], T0.date()) is None


slots = st.lists(
    st.tuples(
        st.sampled_from(["morning", "noon", "evening"]),
        st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    ),
    min_size=1,
    max_size=3,
).map(lambda pairs: tuple(SlotTime(slot=name, at=when) for name, when in pairs))


@given(given_slots=slots, gap=st.none() | st.integers(0, 1440), last=st.none() | st.dates())
def test_a_regimen_is_read_as_it_was_written(
    given_slots: tuple[SlotTime, ...], gap: int | None, last: date | None
) -> None:
    written = fact(
        FactKind.REGIMEN,
        first_day="2026-12-02",
        last_day=last.isoformat() if last else None,
        slots=slots_text(given_slots),
        minimum_gap_minutes=gap,
    )
    regimen = regimen_on([written], T0.date())
    assert regimen is not None
    assert regimen.slots == given_slots
    assert (regimen.first_day, regimen.last_day) == (date(2026, 12, 2), last)
    assert regimen.minimum_gap == (timedelta(minutes=gap) if gap is not None else None)


AGES = [
    ("the day before the birthday", date(2008, 12, 2), 17),
    ("the birthday", date(2008, 12, 1), 18),
    ("the day after", date(2008, 11, 30), 18),
    ("born on a leap day", date(2008, 2, 29), 18),
]


@pytest.mark.parametrize(("born", "years"), [c[1:] for c in AGES], ids=[c[0] for c in AGES])
def test_age(born: date, years: int) -> None:
    assert age_in_years(born, date(2026, 12, 1)) == years


def test_a_leap_day_child_is_of_age_on_the_first_of_march() -> None:
    assert age_in_years(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_in_years(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_a_printed_patient_shows_no_name_and_no_birthday() -> None:
    shown = repr(patient())
    assert "Ana" not in shown
    assert "1999" not in shown
