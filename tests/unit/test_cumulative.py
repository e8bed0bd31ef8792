"""Are totals intervals that always hold the truth, and does nobody count a dose twice?"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.capsules import lasts_until, read_packs, stock_of
from bot.domain.cumulative import (
    Between,
    Cumulative,
    DoseWord,
    FinishRange,
    Target,
    finish_range,
    taken_by,
    target_of,
    weights_of,
)
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.patient import Fact, FactKind, FactValue
from bot.domain.regimen import CoursePause, course_regimen, pause_fact
from tests.fakes.turns import NEW_YORK
from tests.unit.test_regimen import FIRST, TWICE, fact, step, written

NIGHT = datetime(2026, 12, 11, 4, 0, tzinfo=UTC)
"""23:00 in New York on 10 December: ten evening doses were due."""


def word(day: int, answer: str = "taken", slot: str = "evening") -> DoseWord:
    return DoseWord(day=date(2026, 12, day), slot=slot, answer=answer)


def weight(kg: str, on: str = "2026-12-01", *, minutes: int = 0) -> Fact:
    return fact({"kg": kg, "on": on}, FactKind.WEIGHT, minutes=minutes)


def total(facts: list[Fact], words: list[DoseWord], *, now: datetime = NIGHT) -> Cumulative:
    return taken_by(course_regimen(facts), words, facts, zone=NEW_YORK, now=now)


def mg(low: int, high: int) -> Between:
    return Between(low=Decimal(low), high=Decimal(high))


def test_every_word_of_ten_days() -> None:
    words = [*(word(day) for day in range(1, 7)), word(7, "not-today"), word(8, "later")]
    found = total(written(step()), words)
    assert found.mg == mg(240, 360)
    assert (found.taken, found.skipped, found.held, found.unknown) == (6, 1, 0, 3)


def test_a_checkin_speaks_for_the_whole_day_but_not_over_a_reminder() -> None:
    facts = written(step(slots=TWICE, daily_mg=Decimal(50)))
    words = [word(1, "taken", ""), word(2, "taken", ""), word(2, "not-today", "morning")]
    found = total(facts, words, now=NIGHT - timedelta(days=8))
    assert found.mg == mg(50 + 30, 50 + 30)


def test_the_dose_of_each_day_is_that_of_its_version() -> None:
    facts = written(step(), step("2", slots=TWICE, daily_mg=None, from_day=date(2026, 12, 6)))
    words = [word(day, "taken", "") for day in range(1, 11)]
    assert total(facts, words).mg == mg(5 * 40 + 5 * 50, 5 * 40 + 5 * 50)


def test_alternate_days_hold_half() -> None:
    words = [word(day) for day in range(1, 11)]
    assert total(written(step(every_days=2)), words).mg == mg(200, 200)


def test_held_and_paused_days_are_neither_taken_nor_unknown() -> None:
    hold = Fact(
        kind=FactKind.HOLD,
        value={"category": "rf-suicide"},
        effective_at=datetime(2026, 12, 8, 12, 0, tzinfo=UTC),
        recorded_at=NIGHT,
        recorded_by="patient",
    )
    pause = CoursePause(id="p", from_day=date(2026, 12, 2), until_day=date(2026, 12, 3))
    facts = [*written(step()), hold, fact(pause_fact(pause), FactKind.COURSE_PAUSE)]
    found = total(facts, [])
    assert (found.held, found.unknown) == (5, 5)
    assert found.mg == mg(0, 200)


def test_each_dose_counts_by_the_weight_of_its_own_day() -> None:
    facts = [*written(step()), weight("80"), weight("64", "2026-12-06")]
    found = total(facts, [word(day) for day in range(1, 11)])
    assert found.mg_per_kg == Between(
        low=Decimal("5") * 40 / 80 + Decimal(5) * 40 / 64,
        high=Decimal("5") * 40 / 80 + Decimal(5) * 40 / 64,
    )


def test_a_corrected_weight_replaces_that_of_its_day() -> None:
    assert [w.kg for w in weights_of([weight("6.5"), weight("65", minutes=3)])] == [Decimal(65)]


def test_without_mg_or_weight_there_is_no_number() -> None:
    nameless = [type(s)(slot=s.slot, at=s.at) for s in TWICE]
    facts = written(step(slots=tuple(nameless), daily_mg=None))
    assert total(facts, []).mg is None
    assert total(written(step()), []).mg_per_kg is None


def test_the_finish_is_a_range_of_days() -> None:
    facts = [*written(step()), weight("80")]
    found = total(facts, [word(day) for day in range(1, 6)])
    course, weights = course_regimen(facts), weights_of(facts)
    target = Target(low=Decimal(6), high=Decimal(8))
    # Certain: 2.5 mg/kg, possible: 5 mg/kg, and 0.5 mg/kg a day from now on.
    assert finish_range(course, found, target, weights, today=date(2026, 12, 10)) == FinishRange(
        earliest=date(2026, 12, 12), latest=date(2026, 12, 21)
    )


def test_a_target_beyond_the_last_day_has_no_finish() -> None:
    facts = [*written(step(last_day=date(2026, 12, 20))), weight("80")]
    found = total(facts, [])
    target = Target(low=Decimal(120), high=Decimal(150))
    finish = finish_range(
        course_regimen(facts), found, target, weights_of(facts), today=date(2026, 12, 10)
    )
    assert finish == FinishRange(earliest=None, latest=None)


def test_the_target_recorded_last_holds() -> None:
    value: FactValue = {"mg_per_kg_low": "120", "mg_per_kg_high": "150"}
    facts = [
        fact(value, FactKind.TARGET),
        fact({**value, "mg_per_kg_high": "220"}, FactKind.TARGET, minutes=1),
    ]
    assert target_of(facts, at=NIGHT) == Target(low=Decimal(120), high=Decimal(220))
    assert target_of([], at=NIGHT) is None


answers = st.sampled_from(["taken", "not-today", "later", None])


@given(
    said=st.lists(answers, min_size=10, max_size=10),
    truth=st.lists(st.booleans(), min_size=10, max_size=10),
)
@settings(max_examples=200, deadline=None)
def test_the_truth_always_lies_in_the_interval(said: list[str | None], truth: list[bool]) -> None:
    words = [word(day, answer) for day, answer in enumerate(said, start=1) if answer]
    took = sum(
        40
        for answer, did in zip(said, truth, strict=True)
        if answer == "taken" or (answer in ("later", None) and did)
    )
    found = total(written(step()), words).mg
    assert found is not None
    assert found.low <= took <= found.high
    more = total(written(step()), [*words, *([word(10)] if said[9] is None else [])]).mg
    assert more is not None
    assert more.high - more.low <= found.high - found.low


def picked_up(day: int, capsules: str) -> Fact:
    value = evidence_fact(
        EvidenceName.PICKED_UP, date(2026, 12, day), EvidenceSource.CLINIC, {"capsules": capsules}
    )
    return fact(value, FactKind.EVIDENCE)


def test_stock_is_what_was_picked_up_less_what_was_or_may_have_been_taken() -> None:
    facts = [*written(step()), picked_up(1, "40x30")]
    course = course_regimen(facts)
    words = [word(1), word(2), word(3, "not-today")]
    stock = stock_of(course, words, facts, zone=NEW_YORK, now=NIGHT)
    assert stock is not None
    assert (stock.low, stock.high) == ({40: 21}, {40: 28})
    assert lasts_until(course, stock.low, after=date(2026, 12, 10)) == date(2026, 12, 31)


def test_a_count_of_the_patient_replaces_what_was_known() -> None:
    left = fact({"on": "2026-12-10", "capsules": "3"}, FactKind.CAPSULES_LEFT)
    facts = [*written(step()), picked_up(1, "40x30"), left]
    stock = stock_of(course_regimen(facts), [word(10)], facts, zone=NEW_YORK, now=NIGHT)
    assert stock is not None
    assert stock.since == date(2026, 12, 10)
    assert (stock.low, stock.high) == ({40: 2}, {40: 2})


def test_the_scarcer_strength_decides_how_long_a_mix_lasts() -> None:
    course = course_regimen(written(step(slots=TWICE)))
    until = lasts_until(course, {20: 20, 10: 4}, after=FIRST)
    assert until == date(2026, 12, 5)


def test_packs_are_read_as_nurses_write_them() -> None:
    assert read_packs("40x30") == {40: 30}
    assert read_packs("20mg x 30 + 10 × 15") == {20: 30, 10: 15}
    assert read_packs("30", usual=(40,)) == {40: 30}
    assert read_packs("30", usual=(10, 20)) is None
    assert read_packs("a few", usual=(40,)) is None


@given(text=st.text(max_size=12))
def test_no_text_breaks_the_reading_of_packs(text: str) -> None:
    packs = read_packs(text, usual=(40,))
    assert packs is None or all(count >= 0 for count in packs.values())
