"""Do step messages fall on their local days and hours in every zone, once, and only when true?"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.closed_days import NEVER_CLOSED, ClosedDays
from bot.domain.contraception import (
    Contraception,
    ContraceptionReminders,
    contraception_fact,
    missing_methods,
)
from bot.domain.identity import ClinicId
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, FactKind
from bot.domain.plan import PlannedOccurrence
from bot.domain.programme import Programme
from bot.domain.programme_reminders import ProgrammeReminders, planned_messages
from bot.domain.schedule import instant, is_skipped_day
from bot.domain.timeline import timeline
from tests.content.test_programmes import METHODS
from tests.fakes.courses import CAN, CANNOT, course, day, fact, programmes, shown, state

US = "us-ipledge"
ZONES = sorted(available_timezones())
HALF_A_YEAR = timedelta(days=200)


class Shelf:
    """Everything as the files say it."""

    def programme(self, clinic_id: ClinicId, programme_id: str) -> Programme | None:
        return programmes().get(programme_id)

    def closed_days(self, clinic_id: ClinicId) -> ClosedDays:
        return NEVER_CLOSED


SOURCE = ProgrammeReminders(Shelf())


def planned(
    facts: list[Fact], zone: str, on: date, *, length: timedelta = HALF_A_YEAR
) -> list[PlannedOccurrence]:
    who = state(zone=zone)
    seen = timeline(facts, who, programme=programmes()[US], today=on, closed_days=NEVER_CLOSED)
    after = instant(on, time(0), who.zone)
    return list(planned_messages(seen, who.zone, after=after, until=after + length))


def sampled(on: date) -> list[Fact]:
    """A course whose second test was taken on `on`, so that its window is open."""
    start = on + timedelta(days=5)
    lead = {"enrolled": 40, "consent-form": 40, "contraception-started": 39, "lab-result": 15}
    return [
        *course(
            CAN, first=start, last=start + timedelta(days=139), known_on=on - timedelta(days=60)
        ),
        *(shown(name, on - timedelta(days=days)) for name, days in lead.items()),
        shown("pregnancy-test", on - timedelta(days=40)),
        shown("pregnancy-test", on),
    ]


@settings(max_examples=150, deadline=None)
@given(zone=st.sampled_from(ZONES), on=st.dates(date(2000, 1, 1), date(2036, 1, 1)))
def test_every_message_keeps_its_local_hour_and_identity(zone: str, on: date) -> None:
    found = planned(sampled(on), zone, on + timedelta(days=1))
    assert found
    identities = Counter((one.reminder, one.slot, one.day) for one in found)
    assert max(identities.values()) == 1
    where = ZoneInfo(zone)
    for one in found:
        said_on = one.day - timedelta(days=1) if is_skipped_day(one.day, where) else one.day
        local = one.due.astimezone(where)
        assert one.due == datetime.combine(said_on, one.at, where).astimezone(UTC)
        assert local.date() in (said_on, said_on + timedelta(days=1))
        assert one.valid_until is not None
        assert one.valid_until > one.due or one.kind is MessageKind.WINDOW


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), on=st.dates(date(2000, 1, 1), date(2036, 1, 1)))
def test_the_days_of_steps_do_not_know_of_zones(zone: str, on: date) -> None:
    here = timeline(
        course(CAN, first=on, last=None, known_on=on - timedelta(days=90)),
        state(zone="UTC"),
        programme=programmes()[US],
        today=on - timedelta(days=60),
        closed_days=NEVER_CLOSED,
    )
    there = timeline(
        course(CAN, first=on, last=None, known_on=on - timedelta(days=90)),
        state(zone=zone),
        programme=programmes()[US],
        today=on - timedelta(days=60),
        closed_days=NEVER_CLOSED,
    )
    assert [(s.id, s.opens, s.closes) for s in here.steps] == [
        (s.id, s.opens, s.closes) for s in there.steps
    ]


NIGHTS = {
    "clocks go forward in New York": ("America/New_York", "2027-03-10", "2027-03-14"),
    "clocks go back in New York": ("America/New_York", "2027-11-03", "2027-11-07"),
    "clocks go forward in London": ("Europe/London", "2027-03-24", "2027-03-28"),
    "clocks go back in London, a day of 25 hours": ("Europe/London", "2027-10-27", "2027-10-31"),
    "half an hour on Lord Howe": ("Australia/Lord_Howe", "2027-04-01", "2027-04-04"),
    "the day that Samoa had not": ("Pacific/Apia", "2011-12-26", "2011-12-30"),
    "a leap day": ("Asia/Kolkata", "2028-02-25", "2028-02-29"),
    "the day that Kwajalein had not": ("Pacific/Kwajalein", "1993-08-18", "1993-08-21"),
    "midnight that does not exist in Beirut": ("Asia/Beirut", "2027-03-24", "2027-03-28"),
    "Turkey stays on summer time": ("Europe/Istanbul", "2016-11-03", "2016-11-06"),
    "Caracas moves by half an hour": ("America/Caracas", "2016-04-28", "2016-05-01"),
    "Mexico gives summer time up": ("America/Mexico_City", "2022-10-27", "2022-10-30"),
    "new year in Kiritimati": ("Pacific/Kiritimati", "2026-12-28", "2027-01-01"),
}


@pytest.mark.parametrize("name", NIGHTS)
def test_named_nights(name: str) -> None:
    """Five nudges of the window at ten and at five, each once, on the hour that clocks show."""
    zone, sample, night = NIGHTS[name]
    where = ZoneInfo(zone)
    found = [
        one
        for one in planned(sampled(day(sample)), zone, day(sample) + timedelta(days=1))
        if one.reminder == "step:pick-up-1"
    ]
    assert len(found) == 8  # days 3, 5, 6 and 7 of the window, twice each
    for one in found:
        local = one.due.astimezone(where)
        is_moved = is_skipped_day(one.day, where)
        assert (local.date() == one.day) is not is_moved
        assert local.time().replace(tzinfo=None) == one.at
    assert min(one.day for one in found) <= day(night) <= max(one.day for one in found)


def test_a_skipped_day_is_warned_of_on_the_day_before() -> None:
    found = planned(sampled(date(2011, 12, 24)), "Pacific/Apia", date(2011, 12, 25))
    last = [o for o in found if o.day == date(2011, 12, 30) and o.reminder == "step:pick-up-1"]
    assert {o.due.astimezone(ZoneInfo("Pacific/Apia")).date() for o in last} == {date(2011, 12, 29)}


class TestWhatIsSaid:
    def test_four_days_left_pharmacy_by_thursday(self) -> None:
        found = planned(sampled(date(2026, 11, 27)), "America/New_York", date(2026, 11, 28))
        said = {
            (o.day.isoformat(), o.variables["days"], o.variables["day"])
            for o in found
            if o.reminder == "step:pick-up-1"
        }
        assert ("2026-11-29", "4", "2026-12-03") in said
        assert ("2026-12-03", "0", "2026-12-03") in said

    def test_a_window_shuts_by_the_regulators_clock(self) -> None:
        """In Hawaii the last day ends at 18:59: a text at five is true two hours longer."""
        found = planned(sampled(date(2026, 11, 27)), "Pacific/Honolulu", date(2026, 11, 28))
        last = max((o for o in found if o.reminder == "step:pick-up-1"), key=lambda one: one.due)
        assert last.due == datetime(2026, 12, 4, 3, 0, tzinfo=UTC)
        assert last.valid_until == datetime(2026, 12, 4, 5, 0, tzinfo=UTC)

    def test_nothing_of_a_window_before_its_sample(self) -> None:
        facts = sampled(date(2026, 11, 27))[:-1]
        found = planned(facts, "America/New_York", date(2026, 11, 27))
        assert not [o for o in found if o.reminder.startswith(("step:pick-up", "step:questions"))]

    def test_a_missed_window_is_told_once(self) -> None:
        facts = sampled(date(2026, 11, 27))
        found = planned(facts, "America/New_York", date(2026, 12, 4))
        closed = [o for o in found if o.message == "programme-window-closed"]
        assert [o.day for o in closed] == [date(2026, 12, 4)]

    def test_nothing_goes_on_after_a_reported_pregnancy(self) -> None:
        facts = [*sampled(date(2026, 11, 27)), shown("pregnancy-reported", "2026-11-29")]
        assert planned(facts, "America/New_York", date(2026, 11, 29)) == []

    def test_a_hold_silences_pick_ups_only(self) -> None:
        who = state(hold="rf-vision")
        seen = timeline(
            sampled(date(2026, 11, 27)),
            who,
            programme=programmes()[US],
            today=date(2026, 11, 27),
            closed_days=NEVER_CLOSED,
        )
        after = instant(date(2026, 11, 27), time(0), who.zone)
        found = planned_messages(seen, who.zone, after=after, until=after + timedelta(days=14))
        steps = {o.variables["step"] for o in found}
        assert "pick-up-1" not in steps
        assert "questions-1" in steps

    def test_the_source_plans_what_the_whole_timeline_plans(self) -> None:
        who = replace(state(), programme=US, category=CAN)
        facts = sampled(date(2026, 11, 27))
        for shift in range(0, 230, 7):
            after = datetime(2026, 11, 28, 5, tzinfo=UTC) + timedelta(days=shift)
            whole = timeline(
                facts,
                who,
                programme=programmes()[US],
                today=after.astimezone(who.zone).date(),
                closed_days=NEVER_CLOSED,
            )
            until = after + timedelta(days=14)
            assert list(SOURCE.occurrences(facts, who, after=after, until=until)) == list(
                planned_messages(whole, who.zone, after=after, until=until)
            )


class TestContraception:
    SOURCE = ContraceptionReminders(METHODS, Shelf())

    def plan(self, facts: list[Fact], category: str = CAN) -> list[PlannedOccurrence]:
        who = replace(state(), programme=US, category=category)
        after = datetime(2026, 12, 1, 5, tzinfo=UTC)
        return list(
            self.SOURCE.occurrences(facts, who, after=after, until=after + timedelta(days=14))
        )

    def uses(self, method: str) -> Fact:
        value = contraception_fact(method, date(2026, 11, 10), at=time(21, 15))
        return fact(FactKind.CONTRACEPTION, value, date(2026, 11, 10))

    def test_at_its_own_hour(self) -> None:
        found = self.plan([self.uses("pill-continuous")])
        assert len(found) == 14
        assert {one.at for one in found} == {time(21, 15)}

    def test_not_where_it_does_not_apply(self) -> None:
        assert self.plan([self.uses("pill-continuous")], CANNOT) == []

    @pytest.mark.parametrize("over", ["pregnancy-reported", "cleared"])
    def test_it_ends_with_a_pregnancy_or_the_clinicians_tick(self, over: str) -> None:
        assert self.plan([self.uses("pill-continuous"), shown(over, "2026-11-20")]) == []

    def test_a_patients_own_word_does_not_end_it(self) -> None:
        facts = [self.uses("pill-continuous"), shown("cleared", "2026-11-20", source="patient")]
        assert len(self.plan(facts)) == 14

    @pytest.mark.parametrize(
        ("programme", "method", "second", "missing"),
        [
            (US, None, None, 2),
            (US, "pill-21-7", None, 1),
            (US, "pill-21-7", "condom", 0),
            (US, "iud-copper", None, 1),
            (US, "pill-progestin-only", "condom", 1),
            (US, "abstinence", None, 0),
            ("uk-mhra", "implant", None, 0),
            ("uk-mhra", "pill-21-7", None, 1),
            ("in-cdsco", "pill-21-7", None, 0),
        ],
    )
    def test_one_or_two_methods_by_programme(
        self, programme: str, method: str | None, second: str | None, missing: int
    ) -> None:
        used = (
            Contraception(method=method, since=date(2026, 1, 1), at=time(9), second=second)
            if method
            else None
        )
        assert missing_methods(used, programmes()[programme].categories[CAN]) == missing
        assert missing_methods(None, programmes()[programme].categories[CANNOT]) == 0
