"""What is wrong with a campaign, before anybody gets it? Told with file, line and column."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

import liquid

from bot.content.campaign_files import Forms
from bot.content.campaign_words import FILTERS, TAGS, VARIABLES, DiscreetWords
from bot.content.campaigns import LoadedCampaign
from bot.content.templates import TemplateMistake, Templates
from bot.content.yaml_loader import mark_of
from bot.domain.audience import truth
from bot.domain.campaign import Does
from bot.domain.campaign.programme_steps import is_step
from bot.domain.campaign.reach import doubts
from bot.domain.evidence import EvidenceName
from bot.domain.message_kind import MessageKind
from bot.domain.quiet_hours import USUAL_QUIET_HOURS, QuietHours
from bot.domain.sms_bill import bill_of
from bot.domain.sms_size import sms_size
from bot.domain.sms_text import costly_character, for_sms

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
    discreet: DiscreetWords
    quiet_hours: QuietHours = USUAL_QUIET_HOURS


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
            language
            for language in house.languages
            if truth(audience, {"language": language}) is not False
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
        for doubt in doubts(self._loaded.campaign, self._house.quiet_hours):
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

    def _step(self, step_id: str) -> Place:
        names = [step.id for step in self._loaded.file.steps]
        return ("steps", names.index(step_id))

    def _meaning(self) -> Iterator[Finding]:
        """Words that the rest of the file does not go with."""
        kind = self._loaded.campaign.kind
        for number, step in enumerate(self._loaded.file.steps):
            for language, forms in step.message.items():
                place: Place = ("steps", number, "message", language, "chat")
                test = self._house.discreet.pregnancy_test(forms.chat, language=language)
                if test is not None and kind not in _ABOUT_TESTS:
                    yield self._finding(
                        place,
                        "wrong-purpose",
                        f"“{test}” asks for a pregnancy test, so the purpose must be "
                        "pregnancy-test: only then it falls silent after a reported pregnancy",
                    )
                today = self._house.discreet.today(forms.chat, language=language)
                if today is not None and step.valid_for > _TRUE_TODAY:
                    yield self._finding(
                        ("steps", number, "valid_for"),
                        "stale",
                        f"the text says “{today}” and may be read days later; "
                        "write a “valid_for” of 2 days at most",
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
                        yield self._finding(
                            (*here, words), "missing-language", f"the {words} lacks {language}"
                        )
                for language, source in getattr(button, words).items():
                    yield from self._template((*here, words, language), source)
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

    def _texts(self, place: Place, texts: Mapping[str, Forms]) -> Iterator[Finding]:
        for language in self._languages:
            if language not in texts:
                yield self._finding(
                    place,
                    "missing-language",
                    f"the text lacks {language}: write it, or narrow the audience (language is …)",
                )
        for language, forms in texts.items():
            yield from self._forms((*place, language), forms, language)

    def _forms(self, place: Place, forms: Forms, language: str) -> Iterator[Finding]:
        for name in ("chat", "sms", "discreet"):
            source = getattr(forms, name)
            mistakes = list(self._template((*place, name), source))
            yield from mistakes
            if mistakes or name == "chat":
                continue
            try:
                size = sms_size(for_sms(self._sample(source, language)))
            except liquid.exceptions.LiquidError as error:
                yield self._finding((*place, name), "template", str(error).splitlines()[0])
                continue
            if size.segments > MOST_SEGMENTS:
                yield self._finding((*place, name), "too-long", self._length(source, language))
                continue
            bill = bill_of(for_sms(self._sample(source, language)))
            if bill.is_dearer:
                yield self._finding(
                    (*place, name), "dear-character", bill.words(), weight=Weight.WARNING
                )
        for name, weight in (("discreet", Weight.ERROR), ("sms", Weight.WARNING)):
            told = self._house.discreet.found(getattr(forms, name), language=language)
            if told is not None:
                yield self._finding(
                    (*place, name),
                    "telling-word",
                    f"“{told}” tells whoever holds the phone; write “your medicine” or "
                    "“your monthly check”"
                    + ("" if name == "discreet" else ", unless only the patient reads it"),
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
        line, column = mark_of(self._loaded.path, place)
        named = ".".join(str(part) for part in place)
        return Finding(
            path=self._loaded.path,
            line=line,
            column=column,
            weight=weight,
            check=check,
            reason=f"{named}: {reason}",
        )


def _meant(name: str, known: Iterable[str]) -> str:
    """The names that the author may have meant."""
    best = get_close_matches(name, sorted(known), n=3, cutoff=0.4)
    return f"; did you mean {' or '.join(f'“{one}”' for one in best)}?" if best else ""
