"""Does the model check tell the shortest story of a planted mistake, and none of a good one?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content.campaign_lint import Weight, lint
from bot.content.campaigns import load_campaign
from bot.content.yaml_loader import ContentError
from bot.domain.campaign.modelcheck import Story
from bot.domain.campaign.promises import Promise
from bot.wiring.campaign_house import campaign_house, checked_promises
from bot.wiring.words import CONTENT, Words

WORDS = '{chat: "A note.", sms: "A note.", discreet: "A note."}'
MESSAGE = f"message: {{en: {WORDS}, es: {WORDS}, hi: {WORDS}}}"
FILE = f"""
id: planted
name: Planted
purpose: PURPOSE
audience: AUDIENCE
steps:
  - id: first
    when: WHEN
    valid_for: 3 hours
    {MESSAGE}
"""
BUTTON = """
    buttons:
      - id: help
        does: thank
        label: {en: LABEL, es: LABEL, hi: LABEL}
        reply: {en: Thank you, es: Gracias, hi: Thank you}
"""
DAY_3 = '{anchor: first-capsule, days: 2, at: "10:00"}'
Check = Callable[[str], list[Story]]


def written(
    purpose: str = "learning", audience: str = "everybody", when: str = DAY_3, more: str = ""
) -> str:
    text = FILE.replace("PURPOSE", purpose).replace("AUDIENCE", audience).replace("WHEN", when)
    return text.rstrip() + "\n" + more


def step(name: str, when: str) -> str:
    return f"  - id: {name}\n    when: {when}\n    valid_for: 3 hours\n    {MESSAGE}\n"


@pytest.fixture
def check(tmp_path: Path, words: Words) -> Check:
    def checked(text: str) -> list[Story]:
        path = tmp_path / "planted.yaml"
        path.write_text(text, encoding="utf-8")
        return list(checked_promises(load_campaign(path), words).stories)

    return checked


@pytest.fixture
def findings(tmp_path: Path, words: Words) -> Callable[[str], set[str]]:
    def found(text: str) -> set[str]:
        path = tmp_path / "planted.yaml"
        path.write_text(text, encoding="utf-8")
        errors = lint(load_campaign(path), campaign_house(words))
        return {one.check for one in errors if one.weight is Weight.ERROR}

    return found


@pytest.mark.parametrize(
    "name", ["monthly-test-due", "clinic-closed", "labs-before-the-start", "three-doses-missed"]
)
def test_no_shipped_campaign_breaks_a_promise(name: str, words: Words) -> None:
    """Those whose messages hang on pick-ups, a date, the time before the start, and an event."""
    loaded = load_campaign(CONTENT / "campaigns" / f"{name}.yaml")
    assert [one.words() for one in checked_promises(loaded, words).stories] == []


def test_a_good_campaign_has_no_story(check: Check) -> None:
    assert check(written()) == []


def test_the_wrong_category_is_a_story_in_which_nothing_happens(check: Check) -> None:
    (story,) = check(written("contraception", "stage is during"))
    assert story.breach.promise is Promise.RIGHT_CATEGORY
    assert (story.events, story.day) == ((), 3)
    assert "category cannot-become-pregnant" in story.words()


def test_two_messages_too_close_are_told_with_the_minutes(check: Check) -> None:
    late = step("second", DAY_3.replace("10:00", "10:20"))
    (story,) = check(written(more=late))
    assert (story.breach.promise, story.breach.step) == (Promise.NOT_TOO_CLOSE, "second")
    assert "20 minutes after" in story.words()


def test_more_than_the_budget_is_told_at_the_message_that_is_too_many(check: Check) -> None:
    more = "".join(
        step(f"number-{hour}", DAY_3.replace("10:00", f"{hour}:00")) for hour in range(11, 16)
    )
    (story,) = check(written(more=more))
    assert (story.breach.promise, story.breach.step) == (Promise.WITHIN_BUDGET, "number-14")


def test_a_red_flag_on_a_button_needs_a_human(check: Check) -> None:
    (story,) = check(written(more=BUTTON.replace("LABEL", "I want to kill myself").lstrip("\n")))
    assert story.breach.promise is Promise.NO_FLAG_WITHOUT_HUMAN
    told = BUTTON.replace("LABEL", "I want to kill myself").replace("does: thank", "does: call-me")
    assert check(written(more=told.lstrip("\n"))) == []


def test_a_step_after_the_course_for_those_on_a_course_reaches_nobody(check: Check) -> None:
    when = '{anchor: last-capsule, days: 20, at: "10:00"}'
    (story,) = check(written(audience="stage is during", when=when))
    assert story.breach.promise is Promise.CAN_BE_SENT


def test_a_step_of_a_programme_is_lived_through(check: Check) -> None:
    when = '{step: pick-up, moment: opens, days: 1, at: "10:00"}'
    assert check(written("window", "programme is us-ipledge", when)) == []
    (story,) = check(written("window", "programme is us-ipledge and stage is before", when))
    assert story.breach.promise is Promise.CAN_BE_SENT


@pytest.mark.parametrize(
    ("rule", "is_refused"),
    [
        ("week < 3 and week > 6", True),
        ("stage is before and day > 3", True),
        ("minor is yes and age >= 18", True),
        ("week < 3 or week > 6", False),
        ("not adherence > 50", False),
    ],
)
def test_a_rule_that_fits_nobody_is_an_error(
    findings: Callable[[str], set[str]],
    *,
    rule: str,
    is_refused: bool,
) -> None:
    assert ("nobody" in findings(written(audience=f'"{rule}"'))) is is_refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (written(when='{step: pickup, moment: opens, at: "10:00"}'), "unknown-step"),
        (written("lab"), "no-until"),
        (written().replace("3 hours", "40 days"), "stale"),
        (written().replace("A note.", "A pregnancy test, please.", 1), "wrong-purpose"),
        (written().replace('discreet: "A note."', 'discreet: "Your pills."', 1), "telling-word"),
        (written().replace('sms: "A note."', f'sms: "{"long " * 120}"', 1), "too-long"),
        (written().replace("A note.", "{% for a in (1..9) %}x{% endfor %}", 1), "unknown-tag"),
        (written().replace("A note.", "{% include 'a' %}", 1), "unknown-tag"),
        (written().replace("A note.", "{{ patient_name }}", 1), "unknown-variable"),
        (written(when=DAY_3.replace("10:00", "02:30")), "quiet-hours"),
    ],
)
def test_lint_refuses_for_the_right_reason(
    findings: Callable[[str], set[str]], text: str, expected: str
) -> None:
    assert expected in findings(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#" * (1024 * 1024 + 1), "larger than"),
        ("a: &a [x, x]\nb: [*a, *a]\n", "reference"),
        (written() + "name: again\n", "stands twice"),
        ("on: monday\n" + written(), "no such key"),
        (written(when='{repeat: FREQ=SECONDLY, from: lab, at: "10:00"}'), "FREQ"),
        (
            written(when='{repeat: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", from: lab, at: "10:00"}'),
            "never comes",
        ),
        (written(when='{repeat: "FREQ=DAILY;INTERVAL=0", from: lab, at: "10:00"}'), "INTERVAL"),
        (written(when='{date: 2026-02-30, at: "10:00"}'), "no day"),
        (written(when=DAY_3.replace("10:00", "25:00")), "no time of day"),
        (
            written(more=f"    wait: {{for: 1 hour, {MESSAGE}, wait: {{for: 1 hour}}}}\n"),
            "no such key",
        ),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_with_place_and_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=reason) as error:
        load_campaign(path)
    assert error.value.line >= 1
