"""Is somebody always next until a person has closed an alert, whatever happens in between?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import (
    AlarmOperator,
    Alert,
    HandOn,
    Notice,
    Notify,
    Repeat,
    Step,
    TellPatient,
    Wait,
    next_step,
    notice_of,
)
from bot.domain.escalation import (
    DRILL,
    Entry,
    EntryKind,
    Escalation,
    EscalationState,
    Urgency,
    initials,
    short_code,
)
from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId
from bot.domain.rota import Member, Rota, Shift
from bot.domain.staffed_hours import parse

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
"""Tuesday, 10:00 in New York."""
DANA, BEN, CLEO = StaffId("dana"), StaffId("ben"), StaffId("cleo")
STAFF = (
    Member(id=CLEO, role="nurse"),
    Member(id=DANA, role="lead"),
    Member(id=BEN, role="deputy"),
)
ALWAYS = Rota(zone=NEW_YORK, hours=None, has_cover=True)
OFFICE = Rota(zone=NEW_YORK, hours=parse("Monday to Friday 9:00 to 17:00"), has_cover=False)
FIVE = timedelta(minutes=5)


def case(**values: object) -> Escalation:
    usual: dict[str, object] = {
        "id": EscalationId("case"),
        "clinic_id": ClinicId("clinic"),
        "cause": "test",
        "category": "rf-suicide",
        "urgency": Urgency.EMERGENCY,
        "state": EscalationState.OPEN,
        "patient_id": PatientId("ada"),
        "opened_at": NOW,
        "deadline_at": None,
    }
    return Escalation(**(usual | values))  # type: ignore[arg-type]  # the usual values fit


def entry(kind: EntryKind, actor: str, minutes: float, number: int = 1) -> Entry:
    return Entry(kind=kind, actor=actor, number=number, at=NOW + timedelta(minutes=minutes))


def alert(*entries: Entry, **values: object) -> Alert:
    return Alert(case=case(**values), acknowledge_within=FIVE, entries=entries)


TOLD = EntryKind.NOTIFIED
EVERYBODY = (
    entry(TOLD, DANA, 0),
    entry(TOLD, DANA, 1.25, 2),
    entry(TOLD, BEN, 2.5),
    entry(TOLD, CLEO, 3.75),
)
ALARMED = entry(EntryKind.OPERATOR_ALARMED, "clock", 5)
PATIENT = entry(EntryKind.PATIENT_TOLD, "clock", 5)


@pytest.mark.parametrize(
    ("entries", "minutes", "step"),
    [
        ((), 0, Notify(to=(DANA,))),
        (EVERYBODY[:1], 1, Wait(until=NOW + timedelta(minutes=1.25))),
        (EVERYBODY[:1], 1.25, Repeat(to=(DANA,))),
        (EVERYBODY[:2], 2.5, Notify(to=(BEN,))),
        (EVERYBODY[:3], 3.75, Notify(to=(CLEO,))),
        (EVERYBODY, 4, Wait(until=NOW + FIVE)),
        (EVERYBODY, 5, AlarmOperator()),
        ((*EVERYBODY, ALARMED), 5, TellPatient()),
        ((*EVERYBODY, ALARMED, PATIENT), 5, Wait(until=NOW + timedelta(minutes=20))),
        ((*EVERYBODY, ALARMED, PATIENT), 20, Repeat(to=(DANA, BEN, CLEO))),
    ],
    ids=[
        "the owner first",
        "the owner has a moment",
        "the owner again",
        "the next person",
        "everybody",
        "nobody left to tell",
        "the operator at the deadline",
        "then the patient",
        "a pause",
        "everybody again",
    ],
)
def test_silence_goes_round(entries: Sequence[Entry], minutes: float, step: Step) -> None:
    now = NOW + timedelta(minutes=minutes)
    assert next_step(alert(*entries), STAFF, ALWAYS, now) == step


def test_a_person_whom_nothing_reaches_is_passed_over_at_once() -> None:
    failed = (entry(TOLD, DANA, 0), entry(EntryKind.FAILED, DANA, 0.1))
    assert next_step(alert(*failed), STAFF, ALWAYS, NOW) == Notify(to=(BEN,))


def test_when_nothing_reaches_anybody_the_operator_hears_before_the_deadline() -> None:
    failed = [
        entry(kind, member.id, 0)
        for member in STAFF
        for kind in (EntryKind.NOTIFIED, EntryKind.FAILED)
    ]
    assert next_step(alert(*failed), STAFF, ALWAYS, NOW) == AlarmOperator()


def test_whoever_took_it_has_time_to_reach_the_patient_and_then_it_is_handed_on() -> None:
    seen = (entry(TOLD, DANA, 0), entry(EntryKind.ACKNOWLEDGED, DANA, 1))
    taken = alert(*seen, state=EscalationState.ACKNOWLEDGED, owner_id=DANA)
    due = NOW + timedelta(minutes=16)
    assert next_step(taken, STAFF, ALWAYS, NOW) == Wait(until=due)
    assert next_step(taken, STAFF, ALWAYS, due) == HandOn(away_from=DANA)


def test_after_handing_on_somebody_else_is_asked_first() -> None:
    passed = alert(
        entry(TOLD, DANA, 0),
        entry(EntryKind.ACKNOWLEDGED, DANA, 1),
        entry(EntryKind.HANDED_ON, DANA, 16),
        state=EscalationState.HANDED_ON,
    )
    now = NOW + timedelta(minutes=16)
    assert next_step(passed, STAFF, ALWAYS, now) == Notify(to=(BEN,))
    assert next_step(passed, STAFF[1:2], ALWAYS, now) == Notify(to=(DANA,)), "better than nobody"


def test_the_person_on_call_goes_before_lead_and_fallback() -> None:
    weekdays = frozenset(range(5))
    shift = Shift(staff_id=CLEO, days=weekdays, opens=time(9), closes=time(17))
    rota = replace(ALWAYS, shifts=(shift,), fallback=(BEN,))
    assert next_step(alert(), STAFF, rota, NOW) == Notify(to=(CLEO,))
    night = NOW + timedelta(hours=12)
    assert next_step(alert(), STAFF, rota, night) == Notify(to=(BEN,))
    holiday = replace(rota, holidays=frozenset({date(2026, 12, 1)}))
    assert next_step(alert(), STAFF, holiday, NOW) == Notify(to=(BEN,))


def test_work_that_can_wait_does_not_wake_a_clinic_without_cover() -> None:
    night = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
    opening = datetime(2026, 12, 2, 14, 0, tzinfo=UTC)
    waiting = alert(urgency=Urgency.SAME_DAY, opened_at=night)
    assert next_step(waiting, STAFF, OFFICE, night) == Wait(until=opening)
    urgent = alert(opened_at=night)
    assert next_step(urgent, STAFF, OFFICE, night) == Notify(to=(DANA,))
    told = alert(replace(EVERYBODY[0], at=night), opened_at=night)
    due = next_step(told, STAFF, OFFICE, night)
    assert due == Wait(until=opening + FIVE / 4), "a clock that the clinic can keep"


@pytest.mark.parametrize("state", [EscalationState.CHECKING, EscalationState.CLOSED])
def test_nothing_follows_before_and_after(state: EscalationState) -> None:
    assert next_step(alert(state=state), STAFF, ALWAYS, NOW) == Wait(until=None)


def test_a_task_alerts_nobody() -> None:
    assert next_step(alert(urgency=Urgency.TASK), STAFF, ALWAYS, NOW) == Wait(until=None)


def test_a_drill_ends_with_its_deadline() -> None:
    drill = alert(*EVERYBODY, ALARMED, category=DRILL, patient_id=None)
    assert next_step(drill, STAFF, ALWAYS, NOW + FIVE) == Wait(until=None)


def test_a_confidential_patient_hears_nothing_unprompted() -> None:
    quiet = alert(*EVERYBODY[:3], ALARMED, is_confidential=True)
    steps = [next_step(quiet, STAFF, ALWAYS, NOW + timedelta(minutes=m)) for m in range(5, 2000, 5)]
    assert TellPatient() not in steps


@pytest.mark.parametrize(
    ("note", "knows"),
    [
        (None, True),
        ("possible-no-answer; no-answer", False),
        ("possible-no-answer; patient-said-talk", True),
    ],
)
def test_only_a_patient_who_waits_for_word_is_told(note: str | None, knows: bool) -> None:
    assert case(note=note).patient_knows is knows


states = st.sampled_from(
    [state for state in EscalationState if state not in (EscalationState.CHECKING,)]
)
members = st.lists(
    st.builds(
        Member,
        id=st.sampled_from([StaffId(name) for name in "abcdef"]),
        role=st.sampled_from(["lead", "deputy", "nurse", "team", "operator"]),
        is_active=st.booleans(),
        is_reachable=st.just(value=True),
        is_reachable_alone=st.booleans(),
    ),
    unique_by=lambda member: member.id,
    max_size=6,
)
kinds = st.sampled_from([kind for kind in EntryKind if kind is not EntryKind.CLOSED])
histories = st.lists(
    st.tuples(kinds, st.sampled_from("abcdef"), st.integers(0, 600)), max_size=30
).map(lambda rows: tuple(_numbered(sorted(rows, key=lambda row: row[2]))))
rotas = st.sampled_from(
    [
        ALWAYS,
        OFFICE,
        replace(
            OFFICE,
            shifts=(
                Shift(
                    staff_id=StaffId("c"), days=frozenset(range(7)), opens=time(0), closes=time(0)
                ),
            ),
        ),
    ]
)


def _numbered(rows: Sequence[tuple[EntryKind, str, int]]) -> list[Entry]:
    counts: dict[tuple[EntryKind, str], int] = {}
    entries = []
    for kind, actor, minutes in rows:
        counts[kind, actor] = counts.get((kind, actor), 0) + 1
        entries.append(entry(kind, actor, minutes, counts[kind, actor]))
    return entries


@given(
    state=states,
    staff=members,
    history=histories,
    rota=rotas,
    minutes=st.integers(0, 6000),
    is_confidential=st.booleans(),
)
def test_somebody_is_always_next_and_a_secret_stays_on_its_list(
    state: EscalationState,
    staff: list[Member],
    history: tuple[Entry, ...],
    rota: Rota,
    minutes: int,
    is_confidential: bool,
) -> None:
    open_alert = alert(*history, state=state, is_confidential=is_confidential, owner_id=DANA)
    now = NOW + timedelta(minutes=minutes)
    step = next_step(open_alert, staff, rota, now)
    if state is EscalationState.CLOSED:
        assert step == Wait(until=None)
        return
    by_id = {member.id: member for member in staff}
    match step:
        case Wait(until=until):
            assert until is not None
            assert until > now
        case Notify(to=people) | Repeat(to=people):
            assert people
            for person in people:
                assert by_id[person].takes_alerts
                if is_confidential:
                    member = by_id[person]
                    assert member.is_reachable_alone
                    assert member.role != "team"
                    assert member.role in ("lead", "deputy") or person in rota.on_call(now)
        case TellPatient():
            assert not is_confidential
        case HandOn() | AlarmOperator():
            pass


@given(staff=members, rota=rotas)
def test_silence_never_ends_the_search(staff: list[Member], rota: Rota) -> None:
    """Carry out what is asked for, answer nothing for weeks: the last word is never "never"."""
    now, entries = NOW, list[Entry]()
    for _ in range(60):
        searched = alert(*entries, state=EscalationState.OPEN)
        step = next_step(searched, staff, rota, now)
        match step:
            case Wait(until=until):
                assert until is not None
                assert until > now
                assert until - now <= timedelta(days=5)
                now = until
            case Notify(to=people) | Repeat(to=people):
                entries += [
                    Entry(kind=TOLD, actor=person, number=searched.notices(person) + 1, at=now)
                    for person in people
                ]
            case TellPatient():
                entries.append(Entry(kind=EntryKind.PATIENT_TOLD, actor="clock", number=1, at=now))
            case AlarmOperator():
                entries.append(
                    Entry(kind=EntryKind.OPERATOR_ALARMED, actor="clock", number=1, at=now)
                )
            case HandOn():
                pytest.fail("nobody had taken it")
    kinds_seen = [entry.kind for entry in entries]
    assert kinds_seen.count(EntryKind.PATIENT_TOLD) == 1
    assert EntryKind.OPERATOR_ALARMED in kinds_seen
    told = {entry.actor for entry in entries if entry.kind is TOLD}
    assert told == {member.id for member in staff if member.takes_alerts}


@pytest.mark.parametrize(
    ("name", "shown"), [("Ada Example", "A.E."), ("ana maría de la o", "A.M.D.L.O."), ("", "")]
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_a_notice_is_known_again_by_its_cause() -> None:
    notice = Notice(case_id=EscalationId("c"), staff_id=DANA, number=3)
    assert notice_of(notice.cause) == notice
    assert notice_of("inbound:1") is None
    assert len(short_code("c")) == 4
