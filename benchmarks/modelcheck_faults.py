"""Which mistakes do people make in a campaign's file? Each is planted in the shipped ones.

A fault changes the plain document of a good campaign in one of several ways and says by which
finding it must be caught; a campaign that it does not fit stays untouched.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
Way = Callable[[Document], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of mistake, in several ways."""

    name: str
    ways: Sequence[Way]
    caught_as: frozenset[str]
    """Checks of lint, promises of the model check, or words of the loader that name it."""
    fits: Callable[[Document], bool] = lambda _document: True


def planted(fault: Fault, documents: Sequence[Document], count: int) -> list[Document]:
    """`count` broken campaigns: the ways in turn, over campaigns spread through the library."""
    fitting = [one for one in documents if fault.fits(one)]
    found = []
    for number in range(count):
        document = deepcopy(fitting[number * len(fitting) // count % len(fitting)])
        fault.ways[number % len(fault.ways)](document)
        found.append(document)
    return found


def _put(*path: str | int, value: Any) -> Way:
    def way(document: Document) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return way


def _step(**values: Any) -> Way:
    def way(document: Document) -> None:
        document["steps"][0].update(values)

    return way


def _drop(*path: str | int) -> Way:
    def way(document: Document) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place.pop(path[-1], None)

    return way


def _at(hour: str) -> Way:
    return _put("steps", 0, "when", "at", value=hour)


def _say(form: str, text: str, language: str = "en") -> Way:
    return _put("steps", 0, "message", language, form, value=text)


def _again(minutes: Sequence[str], *, counts: bool = False) -> Way:
    """The first step again on the same day, at these hours."""

    def way(document: Document) -> None:
        first = document["steps"][0]
        first["when"]["at"] = "09:00"
        first["valid_for"] = "3 hours"
        first.pop("wait", None)
        if counts:
            document["budget"] = "counts"
        for number, at in enumerate(minutes):
            copy = deepcopy(first)
            copy["id"] = f"again-{number}"
            copy["when"]["at"] = at
            document["steps"].append(copy)

    return way


def _wait(for_: str, *, at: str = "18:00", valid: str) -> Way:
    def way(document: Document) -> None:
        step = document["steps"][0]
        step["when"]["at"] = at
        step["valid_for"] = valid
        step["wait"] = {"for": for_, "message": deepcopy(step["message"])}

    return way


def _button(label: str, does: str = "thank") -> Way:
    def way(document: Document) -> None:
        first = document["steps"][0]["buttons"][0]
        first["label"] = dict.fromkeys(first["label"], label)
        first["does"] = does
        first.pop("detail", None)

    return way


def _lead(document: Document) -> Mapping[str, Any]:
    when: Mapping[str, Any] = document["steps"][0]["when"]
    return when


def _has_fixed_hour(document: Document) -> bool:
    when = _lead(document)
    return "anchor" in when and ":" in when.get("at", "")


def _is_about(*purposes: str) -> Callable[[Document], bool]:
    return lambda document: document["purpose"] in purposes


def _is_ordinary(document: Document) -> bool:
    return _lead(document).get("anchor") == "first-capsule" and document["purpose"] == "learning"


def _has_buttons(document: Document) -> bool:
    return len(document["steps"][0].get("buttons", ())) > 0


def _repeat(rule: str) -> Way:
    when = {"repeat": rule, "from": "first-capsule", "at": "10:00"}
    return _put("steps", 0, "when", value=when)


_TEST = "Your pregnancy test: please do it this week."
_LONG = "Please read this to the end, because it matters for you and for your course. " * 8
_CHECKABLE = frozenset({"CAN_BE_SENT", "never-sent", "nobody"})

FAULTS: Sequence[Fault] = (
    Fault(
        name="wrong pregnancy category",
        ways=[
            _put("audience", value=rule)
            for rule in (
                "everybody",
                "stage is during",
                "category is cannot-become-pregnant",
                "category is not cannot-become-pregnant",
                "category in (can-become-pregnant, not-set)",
            )
        ],
        caught_as=frozenset({"wrong-category", "RIGHT_CATEGORY"}),
        fits=_is_about("pregnancy-test", "contraception"),
    ),
    Fault(
        name="missing language",
        ways=[
            _drop("steps", 0, "message", "es"),
            _drop("steps", 0, "buttons", 0, "label", "hi"),
            _drop("steps", 0, "message", "hi"),
            _drop("steps", 0, "buttons", 0, "reply", "es"),
            _drop("steps", 0, "message", "en"),
        ],
        caught_as=frozenset({"missing-language"}),
        fits=_has_buttons,
    ),
    Fault(
        name="quiet hours",
        ways=[_at(hour) for hour in ("23:30", "05:00", "22:00", "06:59", "00:15")],
        caught_as=frozenset({"quiet-hours"}),
        fits=_has_fixed_hour,
    ),
    Fault(
        name="overlapping steps",
        ways=[_again([at]) for at in ("09:10", "09:00", "09:29", "09:01", "08:45")],
        caught_as=frozenset({"NOT_TOO_CLOSE"}),
        fits=_has_fixed_hour,
    ),
    Fault(
        name="no “until”, or one that never comes",
        ways=[
            _drop("steps", 0, "until"),
            _step(until="days-since-lab < 5 and days-since-lab > 9"),
            _drop("steps", 0, "until"),
            _step(until="stage is before and week > 3"),
            _drop("steps", 0, "until"),
        ],
        caught_as=frozenset({"no-until", "never-true"}),
        fits=_is_about("lab", "pregnancy-test"),
    ),
    Fault(
        name="unreachable follow-up",
        ways=[
            _wait("8 hours", valid="8 hours"),
            _wait("3 days", valid="2 days"),
            _wait("6 hours", valid="10 hours"),
            _wait("5 hours", at="20:00", valid="9 hours"),
            _wait("2 weeks", valid="2 weeks"),
        ],
        caught_as=frozenset({"unreachable", "CAN_BE_SENT"}),
        fits=lambda document: _is_ordinary(document) and _has_buttons(document),
    ),
    Fault(
        name="dead step",
        ways=[
            _put("steps", 0, "when", value={"anchor": "first-capsule", "days": -9, "at": "10:00"}),
            _put("steps", 0, "when", value={"anchor": "last-capsule", "days": 40, "at": "10:00"}),
            _put("steps", 0, "when", value={"anchor": "enrolment", "days": 1, "at": "10:00"}),
            _put("audience", value="stage is during and week > 40"),
            _put("audience", value="stage is before and hold is no"),
        ],
        caught_as=_CHECKABLE,
        fits=_is_ordinary,
    ),
    Fault(
        name="telling word in a discreet text",
        ways=[
            _say("discreet", "Your acne clinic has a note for you."),
            _say("discreet", "Toca tomar la cápsula.", "es"),
            _say("discreet", "आपकी गोली का समय।", "hi"),
            _say("discreet", "Isotretinoin: a short note."),
            _say("discreet", "Tu prueba de embarazo te espera.", "es"),
        ],
        caught_as=frozenset({"telling-word"}),
    ),
    Fault(
        name="what a template may not use",
        ways=[
            _say("chat", "Hello {{ patient_name }}!"),
            _say("sms", "{% for i in (1..1000000) %}x{% endfor %}"),
            _say("chat", "{% include 'secrets' %}"),
            _say("sms", "Week {{ week | upper }}", "es"),
            _say("chat", "Week {{ week "),
        ],
        caught_as=frozenset({"unknown-variable", "unknown-tag", "unknown-filter", "template"}),
    ),
    Fault(
        name="over-long SMS",
        ways=[
            _say("sms", _LONG),
            _say("sms", "Por favor, lee esto hasta el final. " * 16, "es"),
            _say("sms", "कृपया इसे अंत तक पढ़ें, यह ज़रूरी है। " * 8, "hi"),
            _say("discreet", "A note from your clinic is ready. " * 16),
            _say("sms", "A short note for you, please read it to the end 🙂. " * 5),
        ],
        caught_as=frozenset({"too-long"}),
    ),
    Fault(
        name="bad recurrence",
        ways=[
            _repeat("FREQ=SECONDLY"),
            _repeat("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
            _repeat("FREQ=DAILY;BYHOUR=9,10,11"),
            _repeat("every monday"),
            _repeat("FREQ=DAILY;INTERVAL=0"),
        ],
        caught_as=frozenset({"recurrence", "FREQ", "never comes", "time of day", "INTERVAL"}),
    ),
    Fault(
        name="contradictory audience",
        ways=[
            _put("audience", value=rule)
            for rule in (
                "week < 3 and week > 6",
                "stage is before and week >= 2",
                "language is en and language is es",
                "minor is yes and age > 20",
                "day < 8 and week >= 3",
            )
        ],
        caught_as=frozenset({"nobody"}),
    ),
    Fault(
        name="red flag without a human",
        ways=[
            _button("I want to kill myself"),
            _button("I think I am pregnant"),
            _button("My chest hurts and I cannot breathe"),
            _button("I took ten capsules at once"),
            _button("I missed my period and I am pregnant"),
        ],
        caught_as=frozenset({"NO_FLAG_WITHOUT_HUMAN"}),
        fits=_has_buttons,
    ),
    Fault(
        name="past its validity",
        ways=[
            _step(valid_for="30 days"),
            _step(valid_for="9 weeks"),
            lambda d: (_say("chat", "Please come today.")(d), _step(valid_for="5 days")(d))[1],
            lambda d: (_say("chat", "Ven hoy.", "es")(d), _step(valid_for="1 week")(d))[1],
            _step(valid_for="400 hours"),
        ],
        caught_as=frozenset({"stale", "STILL_TRUE"}),
    ),
    Fault(
        name="test nudge after a pregnancy",
        ways=[
            lambda d: (_put("purpose", value="visit")(d), _say("chat", _TEST)(d))[1],
            lambda d: (_put("purpose", value="refill")(d), _say("chat", _TEST)(d))[1],
            lambda d: (
                _put("purpose", value="lab")(d),
                _say("chat", "Toca la prueba de embarazo.", "es")(d),
            )[1],
            lambda d: (_put("purpose", value="dose")(d), _say("chat", _TEST)(d))[1],
            lambda d: (
                _put("purpose", value="visit")(d),
                _say("chat", "गर्भ की जाँच करें।", "hi")(d),
            )[1],
        ],
        caught_as=frozenset({"wrong-purpose", "NOT_AFTER_PREGNANCY"}),
    ),
    Fault(
        name="more than the daily budget",
        ways=[
            _again(["10:00", "11:00", "12:00", "13:00"], counts=True),
            _again(["09:30", "10:00", "10:30", "11:00", "11:30"], counts=True),
            _again(["12:00", "15:00", "18:00", "21:00"], counts=True),
            _again(["10:00", "14:00", "16:00", "19:30"], counts=True),
            _again(["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"], counts=True),
        ],
        caught_as=frozenset({"WITHIN_BUDGET"}),
        fits=_is_ordinary,
    ),
    Fault(
        name="unknown fact or value",
        ways=[
            _put("audience", value=rule)
            for rule in (
                "weeks > 3",
                "category is female",
                "stage is started",
                "week > three",
                "adherence < 140",
            )
        ],
        caught_as=frozenset({"there is no fact", "is never", "whole number", "from 0 to"}),
    ),
    Fault(
        name="unknown or missing key",
        ways=[
            _put("on", value="monday"),
            _put("audiance", value="everybody"),
            _drop("steps"),
            _step(condition="week > 2"),
            _drop("purpose"),
        ],
        caught_as=frozenset({"no such key", "missing"}),
    ),
    Fault(
        name="button to nowhere",
        ways=[
            _put("steps", 0, "buttons", 0, "does", value="open-topic"),
            lambda d: d["steps"][0]["buttons"][0].update(does="open-topic", detail="no-such-topic"),
            lambda d: d["steps"][0]["buttons"][0].update(does="report", detail="pregnancy-test"),
            _put("steps", 0, "buttons", 0, "does", value="call"),
            lambda d: d["steps"][0]["buttons"][0].update(does="report", detail="no-such-thing"),
        ],
        caught_as=frozenset({"unknown-detail", "needs a detail", "expected one of", "no detail"}),
        fits=lambda d: _has_buttons(d) and d["steps"][0]["buttons"][0]["does"] == "thank",
    ),
    Fault(
        name="outside of the campaign's own days",
        ways=[
            lambda d: d.update(starts="2026-12-01", ends="2026-11-01"),
            lambda d: (
                d.update(starts="2026-12-01", ends="2026-12-20"),
                _put("steps", 0, "when", value={"date": "2026-12-24", "at": "10:00"})(d),
            )[1],
            _put("steps", 0, "when", value={"date": "2026-02-30", "at": "10:00"}),
            _put(
                "steps",
                0,
                "when",
                value={"step": "pick-up-9", "moment": "opens", "at": "10:00"},
            ),
            _put("ends", value="next friday"),
        ],
        caught_as=frozenset({"never-sent", "before it starts", "no day", "unknown-step"}),
    ),
)
