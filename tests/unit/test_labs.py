"""Is a result read as it was meant, converted exactly, and never guessed?"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.dose_limits import load_dose_limits
from bot.content.labs import load_labs
from bot.content.yaml_loader import ContentError
from bot.domain.closed_days import NEVER_CLOSED, ClosedDays
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.identity import ClinicId
from bot.domain.lab_reminders import LabReminders
from bot.domain.lab_text import read_labs
from bot.domain.labs import LabValue, Mark, looks_by
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, FactKind
from bot.domain.programme import Programme
from bot.domain.staffed_hours import parse
from tests.fakes.courses import CANNOT, programmes
from tests.fakes.turns import CONTENT, patient
from tests.unit.test_regimen import fact, step, written

LABS = load_labs(CONTENT / "labs")
BOOK = LABS.book
OWN = ("my", "mi", "mis", "मेरा")


def said(text: str) -> list[tuple[str, str, str]]:
    found = read_labs(text, BOOK, own_words=OWN)
    return [(v.test, str(v.value), v.unit) for v in found.values] if found else []


SAID = [
    ("TG 372 mg/dL", [("triglycerides", "372", "mg/dL")]),
    ("tg: 4.2 mmol/L", [("triglycerides", "4.2", "mmol/L")]),
    ("triglycerides 4,2 mmol/l", [("triglycerides", "4.2", "mmol/L")]),
    ("my triglycerides are 372", [("triglycerides", "372", "mg/dL")]),
    ("My triglycerides came back at 1,250 mg/dl", [("triglycerides", "1250", "mg/dL")]),
    ("alt 45 u/l", [("alt", "45", "U/L")]),
    ("ALT 45", [("alt", "45", "U/L")]),
    ("SGPT 45 and SGOT 38", [("alt", "45", "U/L"), ("ast", "38", "U/L")]),
    ("TG 372, ALT 45 U/L", [("triglycerides", "372", "mg/dL"), ("alt", "45", "U/L")]),
    ("372 mg/dL TG", [("triglycerides", "372", "mg/dL")]),
    ("TG on 12 Nov was 372 mg/dL", [("triglycerides", "372", "mg/dL")]),
    ("TG 372 mg/dL is that bad?", [("triglycerides", "372", "mg/dL")]),
    ("is it bad that my TG is 372 mg/dL?", [("triglycerides", "372", "mg/dL")]),
    ("mis triglicéridos 372 mg/dl", [("triglycerides", "372", "mg/dL")]),
    ("TGP 45 UI/L y TGO 40 UI/L", [("alt", "45", "U/L"), ("ast", "40", "U/L")]),
    ("colesterol total 5,1 mmol/L", [("cholesterol", "5.1", "mmol/L")]),
    ("ट्राइग्लिसराइड 372 mg/dl", [("triglycerides", "372", "mg/dL")]),
    ("ट्राइग्लिसराइड ३७२", [("triglycerides", "372", "mg/dL")]),
    ("TG ４.２ mmol/L", [("triglycerides", "4.2", "mmol/L")]),
    ("alt 0.8 µkat/l", [("alt", "0.8", "ukat/L")]),
]
NOT_SAID = [
    "what does alt mean?",
    "what if TG is over 500 mg/dL?",
    "is it ok to drink 2 beers a week with high cholesterol?",
    "i got 3 capsules left",
    "40mg",
    "my blood sugar is low, i ate 2 bananas",
    "call me at 4.2",
    "taken",
    "Y 2 1 0 4",
    "",
]


@pytest.mark.parametrize(("text", "values"), SAID, ids=[one[0] for one in SAID])
def test_what_people_write_is_read(text: str, values: list[tuple[str, str, str]]) -> None:
    assert said(text) == values


@pytest.mark.parametrize("text", NOT_SAID)
def test_other_talk_is_no_result(text: str) -> None:
    assert read_labs(text, BOOK, own_words=OWN) is None


def test_a_number_that_fits_two_units_is_asked_about() -> None:
    found = read_labs("TG 90", BOOK)
    assert found is not None
    assert [(v.unit) for v in found.unsure] == ["mg/dL", "mmol/L"]
    assert found.values == ()


def test_a_value_without_a_name_is_asked_about() -> None:
    found = read_labs("4.2 mmol/L", BOOK)
    assert found is not None
    assert {v.test for v in found.unsure} >= {"triglycerides", "cholesterol", "glucose"}


@pytest.mark.parametrize("text", ["TG 4.2 mg/dL", "TG 372 mmol/L", "cholesterol 0.2 mmol/L"])
def test_a_number_that_nobody_can_have_is_handed_back(text: str) -> None:
    found = read_labs(text, BOOK)
    assert found is not None
    assert found.values == ()
    assert found.implausible is not None


@given(text=st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_reader(text: str) -> None:
    read_labs(text, BOOK, own_words=OWN)


@given(
    test=st.sampled_from([t.id for t in BOOK.tests]),
    number=st.decimals(1, 400, places=1, allow_nan=False),
    unit=st.integers(0, 1),
    comma=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_every_plausible_value_is_read_back(
    test: str, number: Decimal, unit: int, comma: bool
) -> None:
    known = BOOK.test(test)
    assert known is not None
    named = known.units[unit]
    shown = str(number).replace(".", ",") if comma else str(number)
    found = read_labs(f"{test} {shown} {named.name}", BOOK)
    assert found is not None
    if known.is_plausible(number, named):
        assert [(v.value, v.unit) for v in found.values] == [(number, named.name)]
    else:
        assert found.implausible == test


def test_conversion_is_exact() -> None:
    known = BOOK.test("triglycerides")
    assert known is not None
    unit = known.unit("mmol/L")
    assert unit is not None
    assert known.in_first_unit(Decimal("4.2"), unit) == Decimal("371.994")


@pytest.mark.parametrize(
    ("value", "unit", "mark"),
    [
        ("499.9", "mg/dL", Mark.NONE),
        ("500", "mg/dL", Mark.HIGH),
        ("5.7", "mmol/L", Mark.HIGH),
        ("9.1", "mmol/L", Mark.CRITICAL),
        ("800", "mg/dL", Mark.CRITICAL),
    ],
)
def test_marks_hold_in_every_unit(value: str, unit: str, mark: Mark) -> None:
    given_value = LabValue(test="triglycerides", value=Decimal(value), unit=unit)
    assert LABS.marks.reached(given_value, BOOK) is mark


HOURS = parse("Monday to Friday 9:00 to 17:00")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "by"),
    [
        ("2026-12-01T08:00", "2026-12-01T12:00"),
        ("2026-12-01T10:30", "2026-12-02T12:00"),
        ("2026-12-04T18:00", "2026-12-07T12:00"),
        ("2026-12-05T23:59", "2026-12-07T12:00"),
    ],
)
def test_the_clinic_names_a_time_that_it_can_keep(now: str, by: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    assert looks_by(LABS, HOURS, NEW_YORK, at) == datetime.fromisoformat(by).replace(
        tzinfo=NEW_YORK
    )


def test_a_clinic_of_evenings_looks_before_it_closes() -> None:
    at = datetime(2026, 12, 1, 8, 0, tzinfo=NEW_YORK)
    evenings = parse("Monday to Friday 14:00 to 20:00")
    assert looks_by(LABS, evenings, NEW_YORK, at).time() == time(20)
    assert looks_by(LABS, None, NEW_YORK, at).time() == time(12)


# --- the clinic's profile

BEGIN = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)


class Shelf:
    """Every programme as the files say it."""

    def programme(self, clinic_id: ClinicId, programme_id: str) -> Programme | None:
        return programmes().get(programme_id)

    def closed_days(self, clinic_id: ClinicId) -> ClosedDays:
        return NEVER_CLOSED


def reminders(
    facts: list[Fact], *, days: int = 130, programme: str = "none"
) -> list[tuple[str, str, date]]:
    source = LabReminders(plan=LABS, shelf=Shelf())
    state = replace(patient(), programme=programme, category=CANNOT)
    found = source.occurrences(facts, state, after=BEGIN, until=BEGIN + timedelta(days=days))
    assert {one.kind for one in found} <= {MessageKind.LAB}
    return [(one.reminder, one.slot, one.day) for one in found]


def result(test: str, on: date) -> Fact:
    details = {"test": test, "value": "90", "unit": "mg/dL"}
    value = evidence_fact(EvidenceName.LAB_RESULT, on, EvidenceSource.CLINIC, details)
    return fact(value, FactKind.EVIDENCE)


def test_baseline_and_peak() -> None:
    raised = step("2", daily_mg=Decimal(60), from_day=date(2027, 1, 1))
    assert reminders(written(step(), raised)) == [
        ("lab-baseline", "first", date(2026, 11, 1)),
        ("lab-baseline", "again", date(2026, 11, 8)),
        ("lab-peak", "first", date(2027, 1, 29)),
        ("lab-peak", "again", date(2027, 2, 5)),
    ]


def test_where_the_programme_asks_for_blood_tests_only_the_programme_reminds() -> None:
    assert reminders(written(step()))
    assert reminders(written(step()), programme="us-ipledge") == []


def test_a_result_ends_its_reminders_only_when_all_are_there() -> None:
    facts = [*written(step()), result("triglycerides", date(2026, 11, 3))]
    assert len(reminders(facts, days=30)) == 2
    facts.append(result("alt", date(2026, 11, 3)))
    assert reminders(facts, days=30) == []


def test_monthly_blood_tests_end_with_the_course() -> None:
    profile = fact({"profile": "monthly"}, FactKind.LAB_PROFILE)
    facts = [*written(step(last_day=date(2027, 1, 31))), profile]
    named = [(name, day) for name, slot, day in reminders(facts) if slot == "first"]
    assert named == [
        ("lab-baseline", date(2026, 11, 1)),
        ("lab-monthly-1", date(2026, 12, 24)),
        ("lab-monthly-2", date(2027, 1, 23)),
    ]


def test_without_a_profile_or_a_course_nothing_is_said() -> None:
    none = fact({"profile": "none"}, FactKind.LAB_PROFILE)
    assert reminders([*written(step()), none]) == []
    assert reminders([]) == []


# --- files


def test_limits_of_doses_are_read_from_the_content() -> None:
    limits = load_dose_limits(CONTENT / "regimen.yaml")
    assert {10, 20, 40} <= set(limits.strengths_mg)
    assert limits.most_mg_a_day == Decimal(160)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("default: baseline-and-peak", "default: sometimes", "there is no profile 'sometimes'"),
        ("tests: [triglycerides, alt], from: highest", "tests: [gold], from: highest", "gold"),
        ("opens_day: 28, closes_day: 56", "opens_day: 28, closes_day: 6", "closes before"),
        ('alt: "80"', 'lead: "80"', "unknown test: lead"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    for name in ("tests.yaml", "profiles.yaml"):
        text = (CONTENT / "labs" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError, match=reason) as refused:
        load_labs(tmp_path)
    assert refused.value.line > 1
