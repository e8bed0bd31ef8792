"""Does a rule fire when it should, on named evidence, and is a change found in time?"""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.signals import measure
from bot.content.signals import load_signals
from bot.content.yaml_loader import ContentError
from bot.domain.change import changes
from bot.domain.history import CourseHistory, DoseWord, PastCheckin, PastDose
from bot.domain.signal import signals
from tests.fakes.turns import CHECKINS, CONTENT

FIRST = date(2026, 3, 2)
DETECTOR = load_signals(Path(CONTENT) / "signals.yaml")


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def fired(
    *answers: tuple[str, int, dict[str, str]],
    doses: list[PastDose] | None = None,
    today: int | None = None,
) -> dict[str, str]:
    checkins = [
        PastCheckin(questionnaire=name, day=day(number), answers=given)
        for name, number, given in answers
    ]
    now = today or max([number for _, number, _ in answers], default=1)
    found = signals(
        CHECKINS.questionnaires,
        CourseHistory(checkins=checkins, doses=doses or []),
        detector=DETECTOR,
        today=day(now),
    )
    return {one.rule.id: one.evidence for one in found}


def test_high_lips_count_twice_on_end() -> None:
    assert fired(("daily", 1, {"lips": "7"})) == {}
    evidence = fired(("daily", 1, {"lips": "7"}), ("daily", 2, {"lips": "9"}))["lips-high-twice"]
    assert "2026-03-02 7, 2026-03-03 9" in evidence
    apart = fired(
        ("daily", 1, {"lips": "7"}), ("daily", 2, {"lips": "3"}), ("daily", 3, {"lips": "8"})
    )
    assert apart == {}


def test_a_skipped_answer_is_no_low_one() -> None:
    found = fired(
        ("daily", 1, {"lips": "7"}), ("daily", 2, {"lips": "skipped"}), ("daily", 3, {"lips": "8"})
    )
    assert "lips-high-twice" in found


def test_the_last_daily_and_the_first_weekly_count_together() -> None:
    assert "lips-high-twice" in fired(("daily", 14, {"lips": "7"}), ("weekly", 21, {"lips": "8"}))


def test_a_rule_of_another_questionnaire_stays_out() -> None:
    """Mood of 7 once is a case after the course, not on the way."""
    assert fired(("daily", 1, {"mood": "8"})) == {}
    assert "mood-low-after" in fired(("after-course", 150, {"mood": "8"}))


def test_old_answers_open_nothing() -> None:
    assert fired(("daily", 1, {"lips": "9"}), ("daily", 2, {"lips": "9"}), today=9) == {}


@pytest.mark.parametrize(
    ("interest", "low", "rules"),
    [("1", "1", set()), ("2", "1", {"phq-2-positive"}), ("3", "2", {"phq-2-high"})],
)
def test_the_two_mood_questions(interest: str, low: str, rules: set[str]) -> None:
    given = {"interest": interest, "low": low, "nervous": "0", "worry": "0"}
    assert set(fired(("mood", 4, given))) == rules


@pytest.mark.parametrize(
    ("words", "is_case"),
    [
        ("nnn", True),
        ("nsn", True),
        ("nen", False),
        ("nn", False),
        ("nttttttnn", False),
    ],
)
def test_three_missed_doses_in_seven_days(words: str, *, is_case: bool) -> None:
    letters = {
        "n": DoseWord.NOT_TAKEN,
        "s": DoseWord.SILENT,
        "e": DoseWord.EXCUSED,
        "t": DoseWord.TAKEN,
    }
    doses = [
        PastDose(day=day(n), slot="evening", word=letters[w]) for n, w in enumerate(words, start=1)
    ]
    assert ("missed-doses" in fired(doses=doses, today=len(words))) is is_case


def test_a_change_for_the_worse_is_named_with_the_usual() -> None:
    usual = [("daily", number, {"eyes": "2"}) for number in range(1, 11)]
    worse = [("daily", number, {"eyes": "7"}) for number in range(11, 13)]
    assert fired(*usual) == {}
    assert "usual 2.0" in fired(*usual, *worse)["eyes-worse-than-usual"]


def told(values: list[int], *, question: str = "mood", every: int = 1) -> list[int]:
    """Which answers, counted from 1, tell of a change."""
    days = [(number * every, float(value)) for number, value in enumerate(values)]
    found = changes(days, DETECTOR, question=question)
    return [number for number, one in enumerate(found, start=1) if one is not None]


def test_few_answers_are_no_usual() -> None:
    assert told([1, 1, 9, 9, 9, 9, 9]) == []


def test_one_change_is_one_case_for_as_long_as_it_lasts() -> None:
    assert len(told([2] * 10 + [7] * 25)) == 1


def test_who_was_well_again_is_seen_again() -> None:
    assert len(told([2] * 10 + [7] * 5 + [2] * 5 + [7] * 5)) == 2


def test_a_single_good_day_is_no_recovery() -> None:
    assert len(told([2] * 10 + [7] * 5 + [2] + [7] * 5)) == 1


def test_what_lasts_becomes_the_usual_and_worse_than_that_is_told() -> None:
    stays = [1] * 10 + [4] * 40
    assert len(told(stays)) == 1
    assert len(told([*stays, *[8] * 5])) == 2


def test_a_change_that_matters_to_nobody_is_none() -> None:
    assert told([1] * 10 + [2] * 120) == []


DRYNESS = [round(1 + 4 * min(day / 28, 1)) for day in range(120)]


def test_the_dryness_of_the_first_weeks_is_expected() -> None:
    assert told(DRYNESS, question="lips") == []
    assert told(DRYNESS, question="mood"), "what nobody expects of mood"


def test_dryness_that_gets_worse_later_is_not() -> None:
    assert told([*DRYNESS[:60], *[9] * 4], question="lips")


def test_far_more_dryness_than_expected_is_told_although_it_comes_early() -> None:
    assert told([1] * 10 + [9] * 60, question="lips")


@given(st.lists(st.integers(0, 10), max_size=80), st.sampled_from(["mood", "lips", "breakouts"]))
def test_what_is_told_lies_above_the_usual(values: list[int], question: str) -> None:
    days = [(number, float(value)) for number, value in enumerate(values)]
    found = changes(days, DETECTOR, question=question)
    assert len(found) == len(values)
    assert not any(found[: DETECTOR.baseline_answers])
    for one in filter(None, found):
        assert one.now - one.usual >= DETECTOR.least_difference


def test_the_shipped_parameters_keep_what_they_promise() -> None:
    rows = {
        (row.asked, row.trajectory): row
        for row in measure(patients=150, seed=3, detector=DETECTOR)
        if row.method == "cusum (Balm)"
    }
    assert rows["daily", "sudden drop"].found == 1.0
    assert (rows["daily", "sudden drop"].median_delay_days or 99) <= 4
    assert (rows["daily", "slow decline"].median_delay_days or 99) <= 28
    assert (rows["really", "sudden drop"].median_delay_days or 99) <= 17
    assert (rows["daily", "dryness, then drop"].found or 0) >= 0.99
    assert all(row.false_alarms_per_month <= 0.06 for row in rows.values())
    assert rows["daily", "dryness"].false_alarms_per_month <= 0.02


def test_a_fault_in_the_parameters_is_named(tmp_path: Path) -> None:
    text = (Path(CONTENT) / "signals.yaml").read_text(encoding="utf-8")
    path = tmp_path / "signals.yaml"
    path.write_text(text.replace("settles_on: 49", "settles_on: 3"), encoding="utf-8")
    with pytest.raises(ContentError, match="settles_on lies before by_day"):
        load_signals(path)
