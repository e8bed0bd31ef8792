"""Which facts about a patient may a rule ask for, and which values can they have? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Value = str | int
"""Numbers are whole; yes/no facts are the words "yes" and "no"."""
Values = Mapping[str, Value | None]
"""What is known of one patient at one instant; None or missing: not known."""

YES, NO = "yes", "no"


class FieldKind(StrEnum):
    """What can be compared with a field."""

    CHOICE = "choice"
    NUMBER = "number"
    YES_NO = "yes-no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One fact that a rule may ask for."""

    kind: FieldKind
    about: str
    """For the author of a campaign, in one line."""
    choices: tuple[str, ...] = ()
    """The values that exist; empty: any word."""
    least: int = 0
    most: int = 100_000


def _choice(about: str, *choices: str) -> Field:
    return Field(kind=FieldKind.CHOICE, about=about, choices=choices)


def _number(about: str, *, least: int = 0, most: int = 100_000) -> Field:
    return Field(kind=FieldKind.NUMBER, about=about, least=least, most=most)


def _yes_no(about: str) -> Field:
    return Field(kind=FieldKind.YES_NO, about=about, choices=(YES, NO))


FIELDS: Mapping[str, Field] = {
    "category": _choice(
        "pregnancy category, set by the clinic",
        "can-become-pregnant",
        "cannot-become-pregnant",
        "not-set",
    ),
    "programme": _choice("id of the regulator's programme, such as us-ipledge"),
    "language": _choice("language of the patient, such as en"),
    "channel": _choice("where messages go", "telegram", "sms"),
    "region": _choice("region of the clinic", "us", "uk", "eu", "in", "unknown"),
    "stage": _choice("where the course stands", "before", "during", "after"),
    "week": _number("week of the course; the first capsule opens week 1", most=500),
    "day": _number("day of the course; the first capsule is day 1", most=3_500),
    "days-to-end": _number("days until the planned last capsule", most=3_500),
    "days-after-end": _number("days since the last capsule", most=3_500),
    "age": _number("completed years of life", most=130),
    "minor": _yes_no("under 18 years"),
    "adherence": _number("percent of answered doses taken in the last 14 days", most=100),
    "answered-doses": _number("dose reminders answered in the last 14 days", most=100),
    "missed-doses": _number("doses not taken in the last 7 days, as far as known", most=50),
    "open-alert": _yes_no("a case of this patient is open at the clinic"),
    "hold": _yes_no("the clinic's red-flag hold is in force"),
    "stopped-taking": _yes_no("the patient said that they stopped"),
    "days-since-answer": _number("days since the patient's last message or tap", most=3_500),
    "days-since-lab": _number("days since the last lab sample", most=3_500),
    "days-since-test": _number("days since the last pregnancy test", most=3_500),
    "days-since-pick-up": _number("days since capsules were picked up", most=3_500),
    "last-breakouts": _number("last answer about breakouts, 0 to 10", most=10),
    "last-dryness": _number("last answer about dryness, 0 to 10", most=10),
    "last-mood": _number("last answer about mood, 0 to 10", most=10),
}
