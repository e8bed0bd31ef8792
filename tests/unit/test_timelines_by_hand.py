"""Timelines worked out by hand, per programme and category; dates as a calendar gives them.

Above each table stands the sentence of the source that gives its days. D0 is the day of the first
capsule, S the first day of a supply, L the last capsule, W1 the day of the sample.
"""

import pytest

from tests.fakes.courses import (
    CAN,
    CANNOT,
    Days,
    check,
    course,
    day,
    seen,
)

US, UK, EU, INDIA, NONE = "us-ipledge", "uk-mhra", "eu-ppp", "in-cdsco", "none"

# "D-35..D-31 enrol, sign forms, first test in medical setting, pick two methods, start C"; second
# test "19 days after the first, after 1 month of two methods"; "W1 … pick up before end of day 7";
# "S+25 test + visit (this is W1) … window shuts S+31"; "L final-day test"; "L+14 on methods?";
# "L+30 final test"; "L+31 after negative result + clinician OK"; "L+60"; "L+180".
# Known ahead: tests and contraception on their first day, so C+30 gives the second test.
US_CAN: Days = {
    "enrolment": ("2026-10-27", "2026-10-31"),
    "consent-form": ("2026-10-27", "2026-10-31"),
    "pregnancy-test-1": ("2026-10-27", "2026-10-31"),
    "contraception-start": ("2026-10-27", "2026-10-31"),
    "labs-baseline": ("2026-11-17", "2026-11-24"),
    "pregnancy-test-2": ("2026-11-26", "2026-12-01"),
    "questions-1": ("2026-11-26", "2026-12-02"),
    "pick-up-1": ("2026-11-26", "2026-12-02"),
    "first-capsule": ("2026-12-01", None),
    "visit-2": ("2026-12-19", "2026-12-26"),
    "pregnancy-test-3": ("2026-12-26", "2026-12-31"),
    "questions-2": ("2026-12-27", "2027-01-01"),
    "pick-up-2": ("2026-12-26", "2027-01-01"),
    "pregnancy-test-4": ("2027-01-25", "2027-01-30"),
    "pick-up-4": ("2027-02-24", "2027-03-02"),
    "labs": ("2026-12-29", None),
    "last-day-test": ("2027-04-19", "2027-04-19"),
    "methods-check": ("2027-05-03", None),
    "final-test": ("2027-05-19", "2027-05-19"),
    "cleared": ("2027-05-20", None),
    "blood-donation": ("2027-05-20", None),
    "skin-check": ("2027-06-18", None),
    "procedures": ("2027-10-16", None),
}
# The same sentences over a leap day: D0 2028-02-10, L 2028-06-28.
US_CAN_LEAP: Days = {
    "enrolment": ("2028-01-06", "2028-01-10"),
    "pregnancy-test-2": ("2028-02-05", "2028-02-10"),
    "pick-up-1": ("2028-02-05", "2028-02-11"),
    "pregnancy-test-3": ("2028-03-06", "2028-03-11"),
    "pick-up-2": ("2028-03-06", "2028-03-12"),
    "labs": ("2028-03-09", None),
    "final-test": ("2028-07-28", "2028-07-28"),
    "procedures": ("2028-12-25", None),
}
# "D-14 enrol, forms, fasting labs"; "each month S+21 book visit"; "pick up inside 30 days", the day
# of the visit being the first; "L+30 blood-donation clear"; "L+60, L+180".
US_CANNOT: Days = {
    "enrolment": ("2026-11-17", "2026-12-01"),
    "labs-baseline": ("2026-11-17", "2026-12-01"),
    "pick-up-1": ("2026-11-17", "2026-12-16"),
    "first-capsule": ("2026-12-01", None),
    "visit-2": ("2026-12-22", "2026-12-31"),
    "counselling-2": ("2026-12-22", "2026-12-31"),
    "pick-up-2": ("2026-12-22", "2027-01-20"),
    "visit-5": ("2027-03-22", "2027-03-31"),
    "labs": ("2026-12-29", None),
    "blood-donation": ("2027-05-19", None),
    "skin-check": ("2027-06-18", None),
    "procedures": ("2027-10-16", None),
}
US_CANNOT_LEAP: Days = {
    "enrolment": ("2028-01-27", "2028-02-10"),
    "visit-2": ("2028-03-02", "2028-03-11"),
    "pick-up-2": ("2028-03-02", "2028-03-31"),
    "blood-donation": ("2028-07-28", None),
}
# "D-28 C start; baseline; Acknowledgement of Risk Form; bloods"; "D-3..D0 pregnancy test";
# "S+20 test; S+22 visit; S+23 Rx"; "prescription day +1, +4, +6 collect"; "D28, then every ~90 d";
# "L+28..31 final test"; "L+31 C clear"; "L+28 blood donation"; "L+180".
UK_CAN: Days = {
    "contraception-start": ("2026-11-03", "2026-11-03"),
    "baseline-review": ("2026-11-03", "2026-12-01"),
    "risk-form": ("2026-11-03", "2026-12-01"),
    "labs-baseline": ("2026-11-03", "2026-12-01"),
    "pregnancy-test-1": ("2026-11-28", "2026-12-01"),
    "pick-up-1": ("2026-11-28", "2026-12-04"),
    "pregnancy-test-2": ("2026-12-21", "2026-12-31"),
    "visit-2": ("2026-12-23", "2026-12-31"),
    "prescription-2": ("2026-12-24", "2026-12-31"),
    "pick-up-2": ("2026-12-24", "2026-12-30"),
    "pregnancy-test-3": ("2027-01-20", "2027-01-30"),
    "labs-1": ("2026-12-29", None),
    "labs-2": ("2027-03-29", None),
    "final-test": ("2027-05-17", "2027-05-20"),
    "cleared": ("2027-05-20", None),
    "blood-donation": ("2027-05-17", None),
    "procedures": ("2027-10-16", None),
}
UK_CAN_LEAP: Days = {
    "contraception-start": ("2028-01-13", "2028-01-13"),
    "pregnancy-test-1": ("2028-02-07", "2028-02-10"),
    "pregnancy-test-2": ("2028-03-01", "2028-03-11"),
    "labs-1": ("2028-03-09", None),
    "labs-2": ("2028-06-07", None),
    "final-test": ("2028-07-26", "2028-07-29"),
}
UK_CANNOT: Days = {
    "baseline-review": ("2026-11-03", "2026-12-01"),
    "risk-form": ("2026-11-03", "2026-12-01"),
    "visit-2": ("2026-12-23", "2026-12-31"),
    "labs-1": ("2026-12-29", None),
    "blood-donation": ("2027-05-17", None),
    "procedures": ("2027-10-16", None),
}
UK_CANNOT_LEAP: Days = {
    "risk-form": ("2028-01-13", "2028-02-10"),
    "visit-2": ("2028-03-03", "2028-03-11"),
    "labs-2": ("2028-06-07", None),
}
# "D-30 C start; consent; test"; "D-3..D0 test"; "each 30 d test, visit, <=30-day Rx, dispense
# within 7 days"; "D30, then every 90 d"; "L+30..35 final test"; "L+31/36 C clear"; "L+180".
EU_CAN: Days = {
    "contraception-start": ("2026-11-01", "2026-11-01"),
    "pregnancy-test-1": ("2026-11-01", "2026-11-01"),
    "pregnancy-test-2": ("2026-11-28", "2026-12-01"),
    "pregnancy-test-3": ("2026-12-24", "2026-12-31"),
    "pregnancy-test-4": ("2027-01-23", "2027-01-30"),
    "labs-1": ("2026-12-31", None),
    "labs-2": ("2027-03-31", None),
    "final-test": ("2027-05-19", "2027-05-24"),
    "cleared": ("2027-05-20", None),
    "blood-donation": ("2027-05-20", None),
    "procedures": ("2027-10-16", None),
}
EU_CAN_LEAP: Days = {
    "contraception-start": ("2028-01-11", "2028-01-11"),
    "pregnancy-test-2": ("2028-02-07", "2028-02-10"),
    "pregnancy-test-3": ("2028-03-04", "2028-03-11"),
    "labs-1": ("2028-03-11", None),
    "final-test": ("2028-07-28", "2028-08-02"),
}
EU_CANNOT: Days = {
    "consent-form": ("2026-11-01", "2026-12-01"),
    "visit-2": ("2026-12-24", "2026-12-31"),
    "labs-1": ("2026-12-31", None),
    "blood-donation": ("2027-05-19", None),
    "procedures": ("2027-10-16", None),
}
EU_CANNOT_LEAP: Days = {
    "consent-form": ("2028-01-11", "2028-02-10"),
    "visit-2": ("2028-03-04", "2028-03-11"),
    "blood-donation": ("2028-07-28", None),
}
# "D-30 signed consent; C start; test; labs"; "D0 dermatologist Rx only"; "monthly visit + test";
# "D30, then 90 d"; "L+30 blood donation: ask blood bank"; "L+90 C still on?"; "L+180 C clear after
# clinician OK; procedures clear".
INDIA_CAN: Days = {
    "consent-form": ("2026-11-01", "2026-12-01"),
    "contraception-start": ("2026-11-01", "2026-11-01"),
    "pregnancy-test-1": ("2026-11-01", "2026-11-01"),
    "prescription-1": ("2026-12-01", "2026-12-01"),
    "pregnancy-test-2": ("2026-12-24", "2026-12-31"),
    "visit-2": ("2026-12-24", "2026-12-31"),
    "labs-1": ("2026-12-31", None),
    "blood-donation": ("2027-05-19", None),
    "methods-check": ("2027-07-18", None),
    "final-test": ("2027-10-16", "2027-10-16"),
    "cleared": ("2027-10-16", None),
    "procedures": ("2027-10-16", None),
}
INDIA_CAN_LEAP: Days = {
    "contraception-start": ("2028-01-11", "2028-01-11"),
    "pregnancy-test-2": ("2028-03-04", "2028-03-11"),
    "labs-2": ("2028-06-09", None),
    "methods-check": ("2028-09-26", None),
    "cleared": ("2028-12-25", None),
}
INDIA_CANNOT: Days = {
    "consent-form": ("2026-11-01", "2026-12-01"),
    "prescription-1": ("2026-12-01", "2026-12-01"),
    "visit-3": ("2027-01-23", "2027-01-30"),
    "labs-1": ("2026-12-31", None),
    "blood-donation": ("2027-05-19", None),
    "procedures": ("2027-10-16", None),
}
INDIA_CANNOT_LEAP: Days = {
    "consent-form": ("2028-01-11", "2028-02-10"),
    "visit-2": ("2028-03-04", "2028-03-11"),
}
# No regulator: the label's "no blood donation until 1 month after; procedures 6 months after".
NONE_CAN: Days = {
    "first-capsule": ("2026-12-01", None),
    "final-test": ("2027-05-19", "2027-05-19"),
    "blood-donation": ("2027-05-19", None),
    "procedures": ("2027-10-16", None),
}
NONE_LEAP: Days = {"first-capsule": ("2028-02-10", None), "blood-donation": ("2028-07-28", None)}

BY_HAND = [
    (US, CAN, US_CAN, US_CAN_LEAP),
    (US, CANNOT, US_CANNOT, US_CANNOT_LEAP),
    (UK, CAN, UK_CAN, UK_CAN_LEAP),
    (UK, CANNOT, UK_CANNOT, UK_CANNOT_LEAP),
    (EU, CAN, EU_CAN, EU_CAN_LEAP),
    (EU, CANNOT, EU_CANNOT, EU_CANNOT_LEAP),
    (INDIA, CAN, INDIA_CAN, INDIA_CAN_LEAP),
    (INDIA, CANNOT, INDIA_CANNOT, INDIA_CANNOT_LEAP),
    (NONE, CAN, NONE_CAN, NONE_LEAP),
    (NONE, CANNOT, {"blood-donation": ("2027-05-19", None)}, NONE_LEAP),
]


@pytest.mark.parametrize(("programme", "category", "winter", "leap"), BY_HAND)
def test_by_hand(programme: str, category: str, winter: Days, leap: Days) -> None:
    facts = course(category, first=day("2026-12-01"), last=day("2027-04-19"))
    check(seen(programme, facts, day("2026-10-01")), winter)
    facts = course(category, first=day("2028-02-10"), last=day("2028-06-28"))
    check(seen(programme, facts, day("2027-12-01")), leap)
