"""What opens, closes and counts in a course, and what becomes of it when life intervenes."""

from collections.abc import Mapping
from datetime import date

import pytest

from bot.domain.closed_days import NEVER_CLOSED, ClosedDays
from bot.domain.course_evidence import Doubt
from bot.domain.patient import Fact, FactKind
from bot.domain.programme import Programme
from bot.domain.programme_watch import Concern, work_items
from bot.domain.step import StepState
from bot.domain.timeline import timeline
from tests.fakes.courses import (
    CAN,
    CANNOT,
    check,
    course,
    day,
    fact,
    programmes,
    seen,
    shown,
    state,
)

US, UK, EU, INDIA, NONE = "us-ipledge", "uk-mhra", "eu-ppp", "in-cdsco", "none"


def us_begun(sample: str = "2026-11-27") -> list[Fact]:
    return [
        *course(CAN, first=day("2026-12-01"), last=day("2027-04-19")),
        shown("enrolled", "2026-10-27"),
        shown("consent-form", "2026-10-27"),
        shown("pregnancy-test", "2026-10-27"),
        shown("contraception-started", "2026-10-28"),
        shown("lab-result", "2026-11-17"),
        shown("pregnancy-test", sample),
    ]


def collected(on: str = "2026-11-30", first: str = "2026-12-01") -> list[Fact]:
    return [
        shown("prescriber-confirmed", "2026-11-28"),
        shown("questions-answered", "2026-11-28"),
        shown("picked-up", on),
        shown("first-capsule", first),
    ]


def changed_on(on: str) -> Programme:
    return programmes()[US].with_dates({"modification-2026": day(on)})


class TestTheWindow:
    def test_the_day_of_the_sample_is_the_first_of_seven(self) -> None:
        found = seen(US, us_begun(), day("2026-11-27"))
        check(found, {"pick-up-1": ("2026-11-27", "2026-12-03")})
        assert found.step("pick-up-1").state is StepState.OPEN
        assert found.step("pick-up-1").slack_days == 6

    def test_its_last_day_is_still_in_time(self) -> None:
        facts = [*us_begun(), *collected(on="2026-12-03", first="2026-12-04")]
        assert seen(US, facts, day("2026-12-10")).step("pick-up-1").state is StepState.DONE

    def test_words_count_days_to_the_last_open_one(self) -> None:
        """2026-12-03 is a Thursday; on Sunday the 29th four days are left."""
        found = seen(US, us_begun(), day("2026-11-29"), closed=ClosedDays())
        assert (found.step("pick-up-1").act_by, found.step("pick-up-1").slack_days) == (
            day("2026-12-03"),
            4,
        )

    def test_a_closed_day_at_its_end_takes_a_day_off(self) -> None:
        closed = ClosedDays(days=frozenset({day("2026-12-03")}))
        found = seen(US, us_begun(), day("2026-11-29"), closed=closed)
        assert found.step("pick-up-1").act_by == day("2026-12-02")

    def test_a_closure_over_the_whole_window_is_a_predicted_miss_a_week_ahead(self) -> None:
        """Closed from 24 December to 3 January: the test due on the 26th cannot be in time."""
        shut = frozenset(
            date.fromordinal(n)
            for n in range(*(d.toordinal() for d in (day("2026-12-24"), day("2027-01-04"))))
        )
        facts = [*us_begun(), *collected()]
        closed = ClosedDays(days=shut)
        early = seen(US, facts, day("2026-12-23"), closed=closed)
        late = seen(US, facts, day("2026-12-24"), closed=closed)
        assert early.step("pregnancy-test-3").is_predicted_miss
        assert Concern.PREDICTED_MISS not in {one.concern for one in work_items(early)}
        assert Concern.PREDICTED_MISS in {one.concern for one in work_items(late)}

    def test_missed_first_window_waits_nineteen_days_from_its_sample(self) -> None:
        """At least 19 days after the test that started the previous window: 27 Nov + 19."""
        found = seen(US, us_begun(), day("2026-12-04"))
        check(found, {"pregnancy-test-2-again-1": ("2026-12-16", None)})
        assert found.step("pick-up-1").state is StepState.MISSED
        assert found.step("pregnancy-test-2-again-1").rule == "us-ipledge/first-window-missed@1"
        assert found.first_capsule == day("2026-12-16")

    def test_the_change_of_2026_lets_the_test_be_repeated_at_once(self) -> None:
        found = seen(changed_on("2026-12-04"), us_begun(), day("2026-12-04"))
        check(found, {"pregnancy-test-2-again-1": ("2026-12-04", None)})
        assert found.step("pregnancy-test-2-again-1").rule == "us-ipledge/first-window-missed@2"

    def test_the_rule_is_that_of_the_day_of_the_miss(self) -> None:
        found = seen(changed_on("2026-12-05"), us_begun(), day("2026-12-10"))
        assert found.step("pregnancy-test-2-again-1").rule == "us-ipledge/first-window-missed@1"

    def test_a_test_before_the_nineteenth_day_does_not_count(self) -> None:
        facts = [*us_begun(), shown("pregnancy-test", "2026-12-15")]
        assert seen(US, facts, day("2026-12-20")).step("pregnancy-test-2-again-1").doubt is (
            Doubt.TOO_EARLY
        )
        facts.append(shown("pregnancy-test", "2026-12-16"))
        check(
            seen(US, facts, day("2026-12-20")), {"pick-up-1-again-1": ("2026-12-16", "2026-12-22")}
        )

    def test_twice_missed(self) -> None:
        facts = [*us_begun(), shown("pregnancy-test", "2026-12-16")]
        found = seen(US, facts, day("2026-12-23"))
        check(found, {"pregnancy-test-2-again-2": ("2027-01-04", None)})

    def test_a_later_window_may_be_begun_anew_the_day_after(self) -> None:
        facts = [*us_begun(), *collected(), shown("pregnancy-test", "2026-12-26")]
        found = seen(US, facts, day("2027-01-05"))
        check(found, {"pregnancy-test-3-again-1": ("2027-01-02", None)})

    def test_a_late_pick_up_moves_the_months_after_it(self) -> None:
        facts = [
            *us_begun(),
            *collected(),
            shown("pregnancy-test", "2026-12-31"),
            shown("picked-up", "2027-01-04"),
        ]
        found = seen(US, facts, day("2027-01-05"))
        check(found, {"pregnancy-test-4": ("2027-01-29", "2027-02-03")})

    def test_thirty_days_for_those_who_cannot_become_pregnant(self) -> None:
        facts = [
            *course(CANNOT, first=day("2026-12-01"), last=day("2027-04-19")),
            shown("prescriber-confirmed", "2026-11-20"),
        ]
        check(seen(US, facts, day("2026-11-21")), {"pick-up-1": ("2026-11-20", "2026-12-19")})
        check(
            seen(changed_on("2026-08-08"), facts, day("2026-11-21")),
            {"pick-up-1": ("2026-11-20", None)},
        )

    def test_after_the_change_nobody_asks_for_a_monthly_counselling_record(self) -> None:
        facts = course(CANNOT, first=day("2026-12-01"), last=day("2027-04-19"))
        found = seen(changed_on("2027-01-01"), facts, day("2026-11-01"))
        assert found.step("counselling-2").opens == day("2026-12-22")
        with pytest.raises(KeyError):
            found.step("counselling-3")


class TestWhatCounts:
    def test_the_second_test_waits_for_nineteen_days_and_a_month_of_methods(self) -> None:
        facts = [
            *course(CAN, first=day("2026-12-01"), last=None),
            shown("pregnancy-test", "2026-10-27"),
            shown("contraception-started", "2026-11-03"),
        ]
        check(seen(US, facts, day("2026-11-10")), {"pregnancy-test-2": ("2026-12-03", None)})

    def test_a_period_gives_the_days_one_to_five(self) -> None:
        facts = [*us_begun()[:-1], shown("period-started", "2026-11-28", source="patient")]
        found = seen(US, facts, day("2026-11-28"))
        check(found, {"pregnancy-test-2": ("2026-11-28", "2026-12-01")})

    def test_a_patients_word_stops_asking_and_closes_nothing(self) -> None:
        facts = [*us_begun(), shown("picked-up", "2026-11-30", source="patient")]
        step = seen(US, facts, day("2026-12-01")).step("pick-up-1")
        assert (step.state, step.doubt) == (StepState.REPORTED, Doubt.PATIENT_REPORTED)

    @pytest.mark.parametrize(
        ("details", "doubt"),
        [
            ({"result": "unclear"}, Doubt.UNCLEAR_RESULT),
            ({"place": "home"}, Doubt.WRONG_PLACE),
        ],
    )
    def test_what_does_not_count(self, details: Mapping[str, str], doubt: Doubt) -> None:
        facts = [*us_begun()[:-1], shown("pregnancy-test", "2026-11-27", **details)]
        step = seen(US, facts, day("2026-11-28")).step("pregnancy-test-2")
        assert (step.state, step.doubt) == (StepState.OPEN, doubt)

    @pytest.mark.parametrize(("permitted", "counts"), [(True, True), (False, False)])
    def test_at_home_only_after_the_change_and_if_the_prescriber_permits(
        self, permitted: bool, counts: bool
    ) -> None:
        facts = [
            *course(CAN, first=day("2026-12-01"), last=None, home_tests=permitted),
            *us_begun()[3:],
            *collected(),
            shown("pregnancy-test", "2026-12-26", place="home"),
        ]
        found = seen(changed_on("2026-08-08"), facts, day("2026-12-27"))
        assert (found.step("pregnancy-test-3").state is StepState.DONE) is counts
        old = seen(US, facts, day("2026-12-27"))
        assert old.step("pregnancy-test-3").doubt is Doubt.WRONG_PLACE


class TestTheEnd:
    def test_never_cleared_by_date_alone(self) -> None:
        facts = [*us_begun(), *collected(), shown("last-capsule", "2027-01-05")]
        found = seen(US, facts, day("2027-06-01"))
        assert found.step("cleared").state is StepState.WAITING
        assert found.step("final-test").state is StepState.OVERDUE

    def test_a_final_test_before_the_month_is_over_does_not_count(self) -> None:
        facts = [
            *us_begun(),
            *collected(),
            shown("last-capsule", "2027-01-05"),
            shown("pregnancy-test", "2027-02-03"),
        ]
        assert seen(US, facts, day("2027-02-10")).step("final-test").doubt is Doubt.TOO_EARLY

    def test_the_final_test_and_the_clinicians_tick_clear(self) -> None:
        facts = [
            *us_begun(),
            *collected(),
            shown("last-capsule", "2027-01-05"),
            shown("pregnancy-test", "2027-02-04"),
        ]
        asked = seen(US, facts, day("2027-02-10"))
        assert asked.step("cleared").state is StepState.OPEN
        assert Concern.CLEARANCE_DUE in {one.concern for one in work_items(asked)}
        said = seen(US, [*facts, shown("cleared", "2027-02-10")], day("2027-02-10"))
        assert said.step("cleared").state is StepState.DONE

    def test_an_early_stop_ends_the_months_and_starts_the_month_after(self) -> None:
        facts = [*us_begun(), *collected(), shown("last-capsule", "2026-12-20")]
        found = seen(US, facts, day("2026-12-21"))
        assert not [s for s in found.steps if s.id.startswith(("pregnancy-test-3", "visit"))]
        check(found, {"final-test": ("2027-01-19", "2027-01-19")})

    def test_india_asks_for_six_months(self) -> None:
        facts = [
            *course(CAN, first=day("2026-12-01"), last=None),
            shown("first-capsule", "2026-12-01"),
            shown("last-capsule", "2027-01-10"),
        ]
        check(seen(INDIA, facts, day("2027-01-11")), {"cleared": ("2027-07-09", None)})

    def test_i_stopped_taking_it_counts_as_reported(self) -> None:
        facts = [*us_begun(), *collected()]
        facts.append(fact(FactKind.DOSING_STOPPED, {"stopped": True}, day("2026-12-20")))
        found = timeline(
            facts,
            state(),
            programme=programmes()[US],
            today=day("2026-12-21"),
            closed_days=NEVER_CLOSED,
        )
        assert (found.last_capsule, found.is_last_reported) == (day("2026-12-20"), True)
        check(found, {"final-test": ("2027-01-19", "2027-01-19")})


class TestTheUk:
    @pytest.mark.parametrize(
        ("first", "born", "asked"),
        [
            ("2026-02-18", "2010-01-01", True),  # opens on 21 January 2026: still two prescribers
            ("2026-02-19", "2010-01-01", False),  # opens on 22 January 2026: no longer
            ("2026-02-18", "2000-01-01", False),  # an adult never needed two
        ],
    )
    def test_second_prescriber_under_eighteen_until_january_2026(
        self, first: str, born: str, asked: bool
    ) -> None:
        facts = course(CAN, first=day(first), last=None)
        found = seen(UK, facts, day("2026-01-01"), who=state(born=day(born)))
        assert ("second-prescriber" in {step.id for step in found.steps}) is asked

    def test_the_form_of_its_day(self) -> None:
        facts = course(CAN, first=day("2026-02-18"), last=None)
        assert seen(UK, facts, day("2026-01-01")).step("risk-form").rule == "uk-mhra/risk-form@1"
        facts = course(CAN, first=day("2026-02-19"), last=None)
        assert seen(UK, facts, day("2026-01-01")).step("risk-form").rule == "uk-mhra/risk-form@2"


class TestChanges:
    def test_a_reported_pregnancy_freezes_everything_to_come(self) -> None:
        facts = [*us_begun(), *collected()]
        facts.append(shown("pregnancy-reported", "2026-12-20", source="patient"))
        found = seen(US, facts, day("2027-03-01"))
        assert found.frozen_since == day("2026-12-20")
        assert not [step for step in found.steps if step.state.is_pending]
        assert found.step("final-test").state is StepState.FROZEN

    def test_a_hold_stops_pick_ups_and_nothing_else(self) -> None:
        found = seen(US, us_begun(), day("2026-11-28"), who=state(hold="rf-vision"))
        assert found.step("pick-up-1").state is StepState.FROZEN
        assert found.step("questions-1").state is StepState.OPEN

    def test_a_category_that_asks_for_more_is_gone_through_anew(self) -> None:
        facts = [
            *course(CANNOT, first=day("2026-12-01"), last=day("2027-06-30")),
            shown("first-capsule", "2026-12-01"),
            fact(FactKind.CATEGORY, {"category": CAN}, day("2027-01-10")),
        ]
        found = timeline(
            facts,
            state(),
            programme=programmes()[US],
            today=day("2027-01-10"),
            closed_days=NEVER_CLOSED,
        )
        check(
            found,
            {
                "pregnancy-test-1": ("2027-01-10", "2027-01-14"),
                "contraception-start": ("2027-01-10", "2027-01-14"),
                "first-capsule": ("2027-02-14", None),
            },
        )

    def test_without_a_category_nobody_is_asked_and_the_clinic_is_told(self) -> None:
        facts = course("not-set", first=day("2026-12-01"), last=None)
        found = seen(US, facts, day("2026-12-01"))
        assert found.steps == ()
        assert [one.concern for one in work_items(found)] == [Concern.CATEGORY_NOT_SET]

    def test_an_earlier_course_closes_nothing_of_this_one(self) -> None:
        facts = [
            *course(CAN, first=day("2026-12-01"), last=None),
            shown("pregnancy-test", "2025-02-01"),
            shown("last-capsule", "2025-03-01"),
        ]
        found = timeline(
            facts,
            state(),
            programme=programmes()[US],
            today=day("2026-11-01"),
            closed_days=NEVER_CLOSED,
        )
        assert found.step("pregnancy-test-1").evidence is None
