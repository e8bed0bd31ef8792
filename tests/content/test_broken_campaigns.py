"""Is every mistake of a campaign's author told at its line, in words of a nurse?"""

from datetime import date
from pathlib import Path

import pytest

from bot.content.campaign_lint import Finding, Weight, lint
from bot.content.campaigns import load_campaign
from bot.content.yaml_loader import ContentError
from bot.wiring.campaign_house import campaign_house
from bot.wiring.words import Words

TODAY = date(2026, 11, 23)
WHEN = '{anchor: first-capsule, days: 3, at: "18:00"}'
FILE = f"""id: lip-tip
name: Lips in the first days
purpose: learning
audience: stage is during and week <= 3
steps:
  - id: tip
    when: {WHEN}
    valid_for: 24 hours
    message:
      en:
        chat: "Dry lips are usual."
        sms: "A balm helps."
        discreet: "A short note is ready."
      es:
        chat: "Los labios secos son normales."
        sms: "Un balsamo ayuda."
        discreet: "Tienes una nota."
      hi:
        chat: "होंठ सूखना आम है।"
        sms: "बाम मदद करता है।"
        discreet: "एक छोटा संदेश है।"
    buttons:
      - id: fine
        does: thank
        label: {{en: All good, es: Todo bien, hi: सब ठीक है}}
        reply: {{en: Good to hear., es: Me alegra., hi: धन्यवाद।}}
      - id: enough
        does: stop-kind
        label: {{en: No more tips, es: No más consejos, hi: और सुझाव नहीं}}
        reply: {{en: All right., es: De acuerdo., hi: ठीक है।}}
"""
BROKEN = {
    "on": ("    when:", "    on:", 7, "still missing here: “when”"),
    "hourly": (WHEN, '{repeat: FREQ=HOURLY, from: lab, at: "10:00"}', 7, "more than once a day"),
    "30 February": (
        WHEN,
        '{repeat: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", from: lab, at: "10:00"}',
        7,
        "never comes",
    ),
    "UNTIL has passed": (
        WHEN,
        '{repeat: "FREQ=DAILY;UNTIL=20200101T000000Z", from: lab, at: "10:00"}',
        7,
        "UNTIL has passed",
    ),
    "a first day behind a blank": (
        WHEN,
        '{repeat: "FREQ=WEEKLY;BYDAY=MO DTSTART:20200101T000000Z", from: lab, at: "10:00"}',
        7,
        "character 21",
    ),
    "a first day on a line of its own": (
        WHEN,
        '{repeat: "FREQ=WEEKLY;BYDAY=MO\\nDTSTART:20200101", from: lab, at: "10:00"}',
        7,
        "character 21",
    ),
    "a blank that is no space": (
        WHEN,
        '{repeat: "FREQ=WEEKLY;BYDAY=MO\\u2003DTSTART:20200101", from: lab, at: "10:00"}',
        7,
        "delete it",
    ),
    "ends before it begins": (
        WHEN,
        '{repeat: FREQ=DAILY, from: last-capsule, until: first-capsule, at: "10:00"}',
        7,
        "not after",
    ),
    "24:30": (WHEN, '{anchor: lab, at: "24:30"}', 7, "no time of day"),
    "29 February": (WHEN, '{date: 2027-02-29, at: "10:00"}', 7, "is no day"),
    "a day that has passed": (WHEN, '{date: 2026-01-07, at: "10:00"}', 7, "has passed"),
    "its end has passed": ("purpose: l", "ends: 2026-01-07\npurpose: l", 3, "has passed"),
    "after the course": (WHEN, '{anchor: last-capsule, days: 2, at: "18:00"}', 7, "stage is after"),
    "before joining": (WHEN, '{anchor: enrolment, days: -2, at: "18:00"}', 7, "before the day"),
    "a time of a step that is none": (
        WHEN,
        '{step: visit-99, moment: opens, at: "10:00"}',
        7,
        "a step “visit-99”",
    ),
    "nobody left out": ("stage is during and week <= 3", "week < 2 or week >= 2", 4, "everybody"),
    "no such language": ("week <= 3", "language is french", 4, "no language “french”"),
    "no such programme": ("week <= 3", "programme is ipledge", 4, "no programme “ipledge”"),
    "a language by its name": ("      hi:\n", "      hindi:\n", 18, "two letters"),
    "STOP as an answer": ("en: No more tips", "en: Stop", 29, "ends all messages"),
    "STOP in Spanish": ("es: No más consejos", "es: Alto", 29, "ends all messages"),
    "HELP as an answer": ("en: No more tips", "en: Help", 29, "phone company"),
    "a dose": ("A balm helps.", "Take 20 mg.", 12, "names a dose"),
    "a telling answer": ("en: All good", "en: Capsule taken", 25, "“Capsule” tells"),
    "a telling answer in Spanish": ("es: Todo bien", "es: Sin embarazo", 25, "“embaraz” tells"),
    "a telling reply": ("en: Good to hear.", "en: Isotretinoin works.", 26, "tells whoever"),
    "a telling reply in Hindi": ("hi: धन्यवाद।", "hi: कैप्सूल लें।", 26, "“कैप्सूल” tells"),
    "a test in the chat": ("Dry lips are usual.", "Your pregnancy test?", 11, "must be pregn"),
    "a test in the SMS": ("A balm helps.", "Your monthly test?", 12, "must be pregn"),
    "a test in the discreet form": (
        "A short note is ready.",
        "The test is due.",
        13,
        "must be pregn",
    ),
    "a test in an answer": ("en: All good", "en: Monthly test done", 25, "must be pregn"),
    "a test in a reply": ("es: Me alegra.", "es: Haz tu prueba mensual.", 26, "must be pregn"),
    "a test in a Hindi reply": ("hi: धन्यवाद।", "hi: मासिक जाँच करें।", 26, "must be pregn"),
    "the same button twice": ("- id: enough", "- id: fine", 27, "two buttons"),
    "a topic that nobody names": ("does: thank", "does: open-topic", 24, "needs a detail"),
    "half a day": ("days: 3,", "days: 3.5,", 7, "whole number"),
    "too many held out": ("purpose: l", "holdout_percent: 80\npurpose: l", 3, "at most 50"),
}


def found(path: Path, text: str, words: Words) -> list[Finding]:
    path.write_text(text, encoding="utf-8")
    house = campaign_house(words, today=TODAY)
    return [one for one in lint(load_campaign(path), house) if one.weight is Weight.ERROR]


@pytest.mark.parametrize(("old", "new", "line", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_told_at_its_line(
    tmp_path: Path, words: Words, old: str, new: str, line: int, reason: str
) -> None:
    assert old in FILE
    try:
        told = [
            (one.line, one.reason)
            for one in found(tmp_path / "a.yaml", FILE.replace(old, new, 1), words)
        ]
    except ContentError as error:
        told = [(error.line, error.reason)]
    assert (told[0][0], reason in told[0][1]) == (line, True), told
    assert not any(jargon in told[0][1] for jargon in ("Input should", "codec", "steps.0"))


GOOD = {
    "as it stands": (WHEN, WHEN),
    "who asks whether the week is known": ("week <= 3", "week is known and minor is no"),
    "an UNTIL as calendars write it": (
        WHEN,
        '{repeat: "FREQ=DAILY;UNTIL=20270131T235959Z", from: first-capsule, at: "10:00"}',
    ),
    "a blood test in a lab campaign": (
        FILE[FILE.index("purpose") : FILE.index("    valid_for")],
        "purpose: lab\naudience: stage is during\nsteps:\n  - id: tip\n"
        "    when: {event: lab-recorded, after: 1 day}\n",
    ),
}


@pytest.mark.parametrize(("old", "new"), GOOD.values(), ids=GOOD)
def test_what_is_right_is_not_refused(tmp_path: Path, words: Words, old: str, new: str) -> None:
    text = FILE.replace(old, new, 1).replace("Dry lips are usual.", "Your blood test is due.")
    if "purpose: lab" not in text:
        text = text.replace("Your blood test is due.", "Dry lips are usual.")
    assert [str(one) for one in found(tmp_path / "a.yaml", text, words)] == []


@pytest.mark.parametrize("asking", ["chat", "sms", "discreet"])
def test_a_reminder_of_an_answer_asks_for_no_test_either(
    tmp_path: Path, words: Words, asking: str
) -> None:
    texts = dict.fromkeys(("chat", "sms", "discreet"), "A note.") | {asking: "The test is due."}
    forms = "{" + ", ".join(f'{name}: "{text}"' for name, text in texts.items()) + "}"
    wait = f"    wait:\n      for: 8 hours\n      message:\n        en: {forms}\n"
    told = found(
        tmp_path / "a.yaml", FILE.replace("    buttons:\n", wait + "    buttons:\n"), words
    )
    assert [(one.line, one.check) for one in told if one.check != "missing-language"] == [
        (25, "wrong-purpose")
    ]


def test_a_hindi_cover_asks_for_no_test_but_the_same_words_in_the_chat_do(
    tmp_path: Path, words: Words
) -> None:
    cover = FILE.replace("एक छोटा संदेश है।", "आपकी मासिक जाँच तैयार है।")
    assert found(tmp_path / "a.yaml", cover, words) == []
    asked = FILE.replace("होंठ सूखना आम है।", "आपकी मासिक जाँच आज है।")
    told = found(tmp_path / "b.yaml", asked, words)
    assert [(one.line, one.check) for one in told] == [(19, "wrong-purpose")]


def test_a_missing_language_is_missed_though_the_week_must_be_known(
    tmp_path: Path, words: Words
) -> None:
    text = FILE.replace("week <= 3", "week is known").replace("      hi:\n", "      xx:\n", 1)
    reasons = [one.reason for one in found(tmp_path / "a.yaml", text, words)]
    assert any("lacks hi (Hindi)" in reason for reason in reasons)
    assert any("no language “xx”" in reason for reason in reasons)
