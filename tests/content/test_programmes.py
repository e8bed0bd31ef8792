"""Are the programmes complete and published as they are, and do their texts keep a secret?"""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from bot.content.contraception import contraception_schema, load_methods
from bot.content.messages import load_messages
from bot.content.programme_files import programme_schema
from bot.content.programmes import load_programme
from bot.content.yaml_loader import ContentError
from bot.domain.contraception import acts_on
from bot.domain.identity import Channel
from tests.fakes.courses import FOLDER, programmes
from tests.fakes.turns import CONTENT

MESSAGES = load_messages(CONTENT / "messages")
METHODS = load_methods(CONTENT / "contraception.yaml")
TELLING = re.compile(
    r"pregnan|embaraz|गर्भ|contracep|anticoncep|isotret|accutane|acne|acné|मुँहासे|capsul|cápsul|"
    r"कैप्सूल|birth|condom|pill\b|blood|sangre|खून|test\b|prueba|टेस्ट",
    re.IGNORECASE,
)


def lock_screen_names() -> set[str]:
    named = {
        reminder.message
        for programme in programmes().values()
        for category in programme.categories.values()
        for step in category.steps
        for reminder in step.reminders
    }
    return {*named, "programme-method", "programme-nothing-ready"}


def full_names() -> set[str]:
    return {
        reminder.full
        for programme in programmes().values()
        for category in programme.categories.values()
        for step in category.steps
        for reminder in step.reminders
        if reminder.full
    }


def test_all_five_are_there() -> None:
    assert sorted(programmes()) == ["eu-ppp", "in-cdsco", "none", "uk-mhra", "us-ipledge"]


@pytest.mark.parametrize("language", ["en", "es", "hi"])
def test_every_text_of_a_reminder_exists_in_every_language(language: str) -> None:
    assert lock_screen_names() | full_names() <= set(MESSAGES.forms[language])


@pytest.mark.parametrize("language", ["en", "es", "hi"])
@pytest.mark.parametrize("name", sorted(lock_screen_names()))
def test_a_lock_screen_tells_nothing(name: str, language: str) -> None:
    for channel in (Channel.TELEGRAM, Channel.SMS):
        source = MESSAGES.form(name, language).source(channel)
        assert TELLING.search(re.sub(r"\{[{%].*?[%}]\}", "", source)) is None, source


@pytest.mark.parametrize("language", ["en", "es", "hi"])
def test_what_may_end_names_the_clinics_ok(language: str) -> None:
    for name in ("programme-ask-clinic-full", "programme-methods-go-on-full"):
        assert "{{ clinic_phone }}" in MESSAGES.form(name, language).source(Channel.SMS)


def test_the_published_schemas_are_current() -> None:
    for name, schema in (
        ("programme", programme_schema()),
        ("contraception", contraception_schema()),
    ):
        published = (CONTENT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
        assert json.loads(published) == schema


def test_every_rule_has_source_and_dates_without_a_gap() -> None:
    rules = [
        versions
        for programme in programmes().values()
        for category in programme.categories.values()
        for step in category.steps
        for versions in (step.versions, step.again)
        if versions
    ]
    assert len(rules) > 100
    for versions in rules:
        for probe in (date(2010, 1, 1), date(2023, 12, 1), date(2026, 1, 22), date(2030, 1, 1)):
            assert sum(rule.holds_on(probe) for rule in versions) == 1
        assert all(rule.source for rule in versions)


def test_an_unconfirmed_change_leaves_the_old_rules_in_force() -> None:
    programme = programmes()["us-ipledge"]
    assert [one.id for one in programme.unconfirmed()] == ["modification-2026"]
    dated = programme.with_dates({"modification-2026": date(2026, 8, 8)})
    assert dated.unconfirmed() == []


BROKEN = {
    "a gap": ('valid_from: "2026-01-22"', 'valid_from: "2026-02-22"', "a gap or an overlap"),
    "an anchor of nobody": ("test-sample +0", "full-moon +0", "is no anchor"),
    "an unknown key": ("methods_needed: 2", "methods_needed: 2\n    colour: red", "colour"),
    "a source of nobody": ("source: [nhs, bnf]", "source: [rumour]", "'rumour' is not listed"),
    "a step twice": ("- id: risk-form", "- id: baseline-review", "stands twice"),
    "a category of nobody": ("  cannot-become-pregnant:", "  unsure:", "no category"),
    "a rule of another programme": ("id: uk-mhra/first-test@1", "id: eu/first-test@1", "uk-mhra/"),
    "a requirement of nobody": ("requires: [final-test]", "requires: [blessing]", "blessing"),
    "a dose": ("kind: lab", "kind: dose", "doses plan those"),
    "no supply": ("supply: {days: 30", "supply: {days: 0", "at least 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    old, new, reason = BROKEN[name]
    text = (FOLDER / "uk-mhra.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "uk-mhra.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=re.escape(reason)) as refused:
        load_programme(path)
    assert refused.value.line > 1


class TestMethods:
    """Rhythms by hand: the days on which each method asks for something, from its first day."""

    @pytest.mark.parametrize(
        ("method", "passed", "acts"),
        [
            ("pill-21-7", 0, ["take"]),
            ("pill-21-7", 20, ["take"]),
            ("pill-21-7", 21, ["break"]),
            ("pill-21-7", 27, []),
            ("pill-21-7", 28, ["start-pack", "take"]),
            ("pill-24-4", 23, ["take"]),
            ("pill-24-4", 24, ["break"]),
            ("pill-24-4", 28, ["start-pack", "take"]),
            ("pill-continuous", 100, ["take"]),
            ("pill-progestin-only", 27, ["take"]),
            ("patch", 0, ["insert"]),
            ("patch", 7, ["change"]),
            ("patch", 14, ["change"]),
            ("patch", 21, ["remove"]),
            ("patch", 28, ["insert"]),
            ("ring", 21, ["remove"]),
            ("ring", 28, ["insert"]),
            ("injection", 84, ["appointment"]),
            ("injection", 85, []),
            ("implant", 1095, ["expiry"]),
            ("iud-hormonal", 1826, ["expiry"]),
            ("iud-copper", 3652, ["expiry"]),
            ("abstinence", 30, ["confirm"]),
            ("condom", 60, ["confirm"]),
            ("not-applicable", 0, []),
            ("pill-21-7", -1, []),
        ],
    )
    def test_rhythm(self, method: str, passed: int, acts: list[str]) -> None:
        since = date(2026, 11, 10)
        on = date.fromordinal(since.toordinal() + passed)
        assert list(acts_on(METHODS[method], since, on)) == acts
