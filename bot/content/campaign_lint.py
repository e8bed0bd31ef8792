"""What is wrong with a campaign, before anybody gets it? Told with file, line and column."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

import liquid

from bot.content.campaign_files import ButtonFile, Forms
from bot.content.campaign_words import FILTERS, TAGS, VARIABLES, DiscreetWords
from bot.content.campaigns import LoadedCampaign
from bot.content.templates import TemplateMistake, Templates
from bot.content.yaml_loader import place_of
from bot.domain.audience import Rule
from bot.domain.audience.rule import OneOf, may_fit, tests_of
from bot.domain.campaign import Does
from bot.domain.campaign.programme_steps import is_step
from bot.domain.campaign.reach import doubts
from bot.domain.danger import words_of
from bot.domain.evidence import EvidenceName
from bot.domain.message_kind import MessageKind
from bot.domain.quiet_hours import USUAL_QUIET_HOURS, QuietHours
from bot.domain.sms_bill import bill_of
from bot.domain.sms_size import sms_size
from bot.domain.sms_text import costly_character, for_sms
from bot.domain.stop_intent import StopWords, is_bare_stop

MOST_SEGMENTS = 3
"""A longer SMS costs more and is read less; the long form belongs into a topic."""
_CLINICAL = frozenset(
    {
        MessageKind.LAB,
        MessageKind.PREGNANCY_TEST,
        MessageKind.CONTRACEPTION,
        MessageKind.WINDOW,
        MessageKind.AFTER_COURSE,
    }
)
_LANGUAGES = {"en": "English", "es": "Spanish", "hi": "Hindi"}
_ABOUT_TESTS = frozenset({MessageKind.PREGNANCY_TEST, MessageKind.WINDOW, MessageKind.AFTER_COURSE})
_TRUE_TODAY = timedelta(days=2)
_REPORTABLE = frozenset(
    name.value
    for name in (
        EvidenceName.CONTRACEPTION_STARTED,
        EvidenceName.QUESTIONS_ANSWERED,
        EvidenceName.PICKED_UP,
        EvidenceName.FIRST_CAPSULE,
        EvidenceName.LAST_CAPSULE,
    )
)
"""What one tap may report; the result of a test needs words of its own."""
_AMOUNT = re.compile(
    r"\d[\d.,]*\s*(?:mg|milligram|miligramo|मिग्रा|मि\.\s?ग्रा|मिलीग्राम)", re.IGNORECASE
)
Place = tuple[str | int, ...]


class Weight(StrEnum):
    """Whether a campaign with this finding may be published."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend."""

    path: Path
    line: int
    column: int
    weight: Weight
    check: str
    reason: str

    def __str__(self) -> str:
        """`path:line:column: error: reason`."""
        return f"{self.path}:{self.line}:{self.column}: {self.weight.value}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the clinic's own settings say about campaigns."""

    languages: Sequence[str]
    topics: frozenset[str]
    steps: frozenset[str]
    """Steps of the programmes that exist."""
    programmes: frozenset[str]
    discreet: DiscreetWords
    stop_words: StopWords
    """What is read as a wish to hear nothing more."""
    quiet_hours: QuietHours = USUAL_QUIET_HOURS
    today: date | None = None
    """From this day on messages can go out; None: no day has passed."""


def lint(loaded: LoadedCampaign, house: House) -> list[Finding]:
    """Everything to mend, in the order of the file."""
    linter = _Linter(loaded, house)
    return sorted(linter.findings(), key=lambda finding: (finding.line, finding.column))


class _Linter:
    def __init__(self, loaded: LoadedCampaign, house: House) -> None:
        self._loaded = loaded
        self._house = house
        self._templates = Templates()
        audience = loaded.campaign.audience
        self._languages = [
            language for language in house.languages if may_fit(audience, {"language": language})
        ]

    def findings(self) -> Iterator[Finding]:
        file = self._loaded.file
        if self._loaded.campaign.kind in _CLINICAL and not file.review:
            yield self._finding(
                ("purpose",),
                "unreviewed",
                "nobody has reviewed this clinical wording yet; name who did under “review”",
                weight=Weight.WARNING,
            )
        yield from self._names()
        house = self._house
        for doubt in doubts(self._loaded.campaign, house.quiet_hours, today=house.today):
            place = self._step(doubt.step) if doubt.step is not None else ()
            yield self._finding((*place, *doubt.keys), doubt.check, doubt.reason)
        yield from self._meaning()
        for number, step in enumerate(file.steps):
            place = ("steps", number)
            yield from self._texts((*place, "message"), step.message)
            if step.wait is not None:
                yield from self._texts((*place, "wait", "message"), step.wait.message)
            yield from self._trigger(place, number)
            yield from self._buttons(place, number)

    def _names(self) -> Iterator[Finding]:
        """Languages and programmes of the rules that do not exist here."""
        known = {"language": self._house.languages, "programme": sorted(self._house.programmes)}
        rules: list[tuple[Place, Rule]] = [(("audience",), self._loaded.campaign.audience)]
        for number, step in enumerate(self._loaded.campaign.steps):
            rules += [(("steps", number, "until"), step.until)] if step.until else []
        for place, rule in rules:
            for test in tests_of(rule):
                if not isinstance(test, OneOf) or test.field not in known:
                    continue
                for value in sorted(map(str, test.values - set(known[test.field]))):
                    yield self._finding(
                        place,
                        "unknown-word",
                        f"there is no {test.field} “{value}” here; there are "
                        + ", ".join(known[test.field]),
                    )

    def _step(self, step_id: str) -> Place:
        names = [step.id for step in self._loaded.file.steps]
        return ("steps", names.index(step_id))

    def _meaning(self) -> Iterator[Finding]:
        """Words that the rest of the file does not go with."""
        for number, step in enumerate(self._loaded.file.steps):
            place: Place = ("steps", number)
            yield from self._tests((*place, "message"), step.message)
            if step.wait is not None:
                yield from self._tests((*place, "wait", "message"), step.wait.message)
            for index, button in enumerate(step.buttons):
                for words in ("label", "reply"):
                    for language, text in getattr(button, words).items():
                        here = (*place, "buttons", index, words, language)
                        yield from self._test(here, text, language)
            for language, forms in step.message.items():
                today = self._house.discreet.today(forms.chat, language=language)
                if today is not None and step.valid_for > _TRUE_TODAY:
                    yield self._finding(
                        (*place, "valid_for"),
                        "stale",
                        f"the text says “{today}” and may be read days later; "
                        "write a “valid_for” of 2 days at most",
                    )

    def _tests(self, place: Place, texts: Mapping[str, Forms]) -> Iterator[Finding]:
        for language, forms in texts.items():
            for name in ("chat", "sms", "discreet"):
                yield from self._test((*place, language, name), getattr(forms, name), language)

    def _test(self, place: Place, text: str, language: str) -> Iterator[Finding]:
        """A text that asks for a pregnancy test, in a campaign that goes on after a pregnancy."""
        kind = self._loaded.campaign.kind
        if kind in _ABOUT_TESTS:
            return
        test = self._house.discreet.pregnancy_test(
            text,
            language=language,
            is_lab=kind is MessageKind.LAB,
            is_discreet=place[-1] == "discreet",
        )
        if test is not None:
            yield self._finding(
                place,
                "wrong-purpose",
                f"“{test}” asks for a pregnancy test, so the purpose must be "
                "pregnancy-test: only then it falls silent after a reported pregnancy",
            )

    def _trigger(self, place: Place, number: int) -> Iterator[Finding]:
        step = getattr(self._loaded.file.steps[number].when, "step", None)
        if step is not None and not is_step(step, self._house.steps):
            yield self._finding(
                (*place, "when", "step"),
                "unknown-step",
                f"no programme has a step “{step}”{_meant(step, self._house.steps)}",
            )

    def _buttons(self, place: Place, number: int) -> Iterator[Finding]:
        for index, button in enumerate(self._loaded.file.steps[number].buttons):
            here: Place = (*place, "buttons", index)
            for words in ("label", "reply"):
                for language in self._languages:
                    if language not in getattr(button, words):
                        reason = f"the {words} lacks {spoken(language)}"
                        yield self._finding((*here, words), "missing-language", reason)
                for language, source in getattr(button, words).items():
                    yield from self._template((*here, words, language), source)
                    yield from self._told((*here, words, language), source, language)
            yield from self._labels(here, button)
            known = {
                Does.OPEN_TOPIC: ("topic", self._house.topics),
                Does.REPORT: ("evidence", _REPORTABLE),
            }.get(button.does)
            if known is not None and button.detail not in known[1]:
                yield self._finding(
                    (*here, "detail"),
                    "unknown-detail",
                    f"there is no {known[0]} “{button.detail}”"
                    + _meant(str(button.detail), known[1]),
                )

    def _labels(self, here: Place, button: ButtonFile) -> Iterator[Finding]:
        """Answers that a phone company, or Balm itself, would take for something else."""
        for language, label in button.label.items():
            place: Place = (*here, "label", language)
            if is_bare_stop(words_of(label), self._house.stop_words):
                yield self._finding(
                    place,
                    "stop-word",
                    f"who answers “{label}” ends all messages, safety included; "
                    "write other words, such as “No more tips”",
                )
            elif self._house.discreet.is_carrier_word(label):
                yield self._finding(
                    place,
                    "stop-word",
                    f"“{label}” is answered by the phone company and never reaches Balm; "
                    "write other words",
                )

    def _texts(self, place: Place, texts: Mapping[str, Forms]) -> Iterator[Finding]:
        for language in self._languages:
            if language not in texts:
                yield self._finding(
                    place,
                    "missing-language",
                    f"the text lacks {spoken(language)}: write it, or narrow the audience "
                    "(language is …)",
                )
        for language, forms in texts.items():
            if language in self._house.languages:
                yield from self._forms((*place, language), forms, language)
                continue
            yield self._finding(
                (*place, language),
                "unknown-word",
                f"there is no language “{language}” here; there are "
                + ", ".join(self._house.languages),
            )

    def _forms(self, place: Place, forms: Forms, language: str) -> Iterator[Finding]:
        for name in ("chat", "sms", "discreet"):
            source = getattr(forms, name)
            mistakes = list(self._template((*place, name), source))
            yield from mistakes
            if not mistakes and name != "chat":
                yield from self._size((*place, name), source, language)
        yield from self._telling(place, forms, language)

    def _size(self, place: Place, source: str, language: str) -> Iterator[Finding]:
        """What is billed for a text that leaves by SMS."""
        try:
            bill = bill_of(for_sms(self._sample(source, language)))
        except liquid.exceptions.LiquidError as error:
            yield self._finding(place, "template", str(error).splitlines()[0])
            return
        if bill.segments > MOST_SEGMENTS:
            yield self._finding(place, "too-long", self._length(source, language))
        elif bill.is_dearer:
            yield self._finding(place, "dear-character", bill.words(), weight=Weight.WARNING)

    def _telling(self, place: Place, forms: Forms, language: str) -> Iterator[Finding]:
        """Words that a message must not have, or not on a phone that others see."""
        for name in ("chat", "sms"):
            amount = _AMOUNT.search(getattr(forms, name))
            if amount is not None:
                yield self._finding(
                    (*place, name),
                    "amount",
                    f"“{amount[0]}” names a dose, which Balm never does; write “your capsule” or "
                    "“as your clinic told you”",
                )
        yield from self._told((*place, "discreet"), forms.discreet, language)
        yield from self._told((*place, "sms"), forms.sms, language, weight=Weight.WARNING)

    def _told(
        self, place: Place, text: str, language: str, *, weight: Weight = Weight.ERROR
    ) -> Iterator[Finding]:
        """What tells whoever holds the phone; an answer has one form, which every phone shows."""
        told = self._house.discreet.found(text, language=language)
        if told is not None:
            yield self._finding(
                place,
                "telling-word",
                f"“{told}” tells whoever holds the phone; write “your medicine” or "
                "“your monthly check”"
                + ("" if weight is Weight.ERROR else ", unless only the patient reads it"),
                weight=weight,
            )

    def _length(self, source: str, language: str) -> str:
        """How long it is, and which character makes it so."""
        text = for_sms(self._sample(source, language))
        size, culprit = sms_size(text), costly_character(text)
        said = f"{size.segments} text messages long; at most {MOST_SEGMENTS} are allowed"
        if culprit is None:
            return f"{said}: shorten it"
        plain = sms_size(text.replace(culprit, "")).segments
        if plain >= size.segments:
            return f"{said}: shorten it (letters like “{culprit}” need 70 units a message)"
        return f"{said}: “{culprit}” makes it so; without it there are {plain}"

    def _template(self, place: Place, source: str) -> Iterator[Finding]:
        try:
            used = self._templates.used(source)
        except TemplateMistake as mistake:
            yield self._finding(place, "template", f"line {mistake.line} of the text: {mistake}")
            return
        allowed = (
            ("variable", used.variables, VARIABLES.keys()),
            ("tag", used.tags, TAGS),
            ("filter", used.filters, FILTERS),
        )
        for what, names, known in allowed:
            for name in names:
                if name not in known:
                    yield self._finding(
                        place,
                        f"unknown-{what}",
                        f"the {what} “{name}” does not exist here; allowed are "
                        + ", ".join(sorted(known)),
                    )

    def _sample(self, source: str, language: str) -> str:
        values = {name: example for name, (_, example) in VARIABLES.items()}
        return self._templates.render(source, values, language=language)

    def _finding(
        self, place: Place, check: str, reason: str, *, weight: Weight = Weight.ERROR
    ) -> Finding:
        line, column, named = place_of(self._loaded.path, place)
        return Finding(
            path=self._loaded.path,
            line=line,
            column=column,
            weight=weight,
            check=check,
            reason=f"{named}: {reason}",
        )


def spoken(language: str) -> str:
    """A language as an author may know it: “hi (Hindi)”."""
    name = _LANGUAGES.get(language)
    return f"{language} ({name})" if name is not None else language


def _meant(name: str, known: Iterable[str]) -> str:
    """The names that the author may have meant."""
    best = get_close_matches(name, sorted(known), n=3, cutoff=0.4)
    return f"; did you mean {' or '.join(f'“{one}”' for one in best)}?" if best else ""
