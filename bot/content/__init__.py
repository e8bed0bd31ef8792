"""What are the words? Everything that a patient can see, loaded once and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from babel.dates import format_skeleton
from pydantic import RootModel

from bot.content.checkins import Checkins, load_checkins
from bot.content.contraception import load_methods
from bot.content.dose_limits import load_dose_limits
from bot.content.holiday_calendar import load_holiday_countries
from bot.content.labs import load_labs
from bot.content.messages import Messages, load_messages
from bot.content.programmes import load_programmes
from bot.content.signable import Signable
from bot.content.templates import Templates
from bot.content.triage_library import FlagMessage, TriageLibrary
from bot.content.yaml_loader import load_yaml
from bot.domain.answer_words import AnswerWords
from bot.domain.capsules import DoseLimits
from bot.domain.contraception import Method
from bot.domain.identity import Channel, Region
from bot.domain.inbound import Keyword
from bot.domain.labs import LabPlan
from bot.domain.patient import Clinic
from bot.domain.programme import Programme
from bot.domain.questionnaire import SKIPPED, Questionnaire
from bot.domain.review import Reviewed, SignableText
from bot.domain.vocabulary import Vocabulary

_EXAMPLE_LEVEL = 5
"""Stands in the example of how an answer is changed: "LIPS 5"."""
_NAMED_VALUES = {
    "yes": "yes",
    "no": "no",
    "none": "answered-nothing",
    "text": "answered-text",
    SKIPPED: "answered-skipped",
    "": "answered-skipped",
}
"""Label by coded answer, where the code is the same in every questionnaire."""


class _Zones(RootModel[Mapping[str, tuple[str, ...]]]):
    """content/zones.yaml."""


class Answers(Protocol):
    """The vetted answers, as the FAQ library offers them."""

    def text(
        self,
        topic: str,
        *,
        language: str,
        region: Region,
        channel: Channel,
        is_full: bool,
        reviewed: Reviewed | None = None,
    ) -> str:
        """The answer with its source and its note on review, ready to be sent."""
        ...

    def related(self, language: str, region: Region) -> Mapping[str, tuple[str, ...]]:
        """The topics that each topic names as related."""
        ...

    def signable(self, topic: str, *, language: str, region: Region) -> SignableText:
        """Exactly the words that a signature under this topic stands for."""
        ...

    def reply(self, reply: str, *, language: str) -> str:
        """The template of a small-talk or clinic-business reply."""
        ...

    def title(self, topic: str, *, language: str) -> str:
        """The label of a topic."""
        ...

    def topics(self, language: str, region: Region) -> frozenset[str]:
        """Topics that may be an answer in this language and region."""
        ...

    def threads(self, language: str, region: Region) -> Mapping[str, tuple[str, ...]]:
        """Topics of each learning thread."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A template before its variables are filled in."""

    source: str


class Content:
    """All words of all languages; the only place from which texts are taken."""

    def __init__(
        self,
        *,
        messages: Messages,
        checkins: Checkins,
        zones: Mapping[str, tuple[str, ...]],
        triage: TriageLibrary,
        answers: Answers,
        labs: LabPlan,
        dose_limits: DoseLimits,
        programmes: Mapping[str, Programme] | None = None,
        methods: Mapping[str, Method] | None = None,
        holiday_countries: Mapping[str, str] | None = None,
    ) -> None:
        """Everything was loaded and checked before."""
        self.labs = labs
        self.dose_limits = dose_limits
        self.programmes: Mapping[str, Programme] = programmes or {}
        self.methods: Mapping[str, Method] = methods or {}
        self.holiday_countries: Mapping[str, str] = holiday_countries or {}
        self._messages = messages
        self._checkins = checkins
        self._zones = zones
        self._triage = triage
        self._answers = answers
        self.signable = Signable(
            messages=messages, triage=triage, answers=answers, programmes=self.programmes
        )
        self._templates = Templates()
        self._topics: dict[tuple[str, Region], frozenset[str]] = {}
        self._threads: dict[tuple[str, Region], Mapping[str, tuple[str, ...]]] = {}
        self._related: dict[tuple[str, Region], Mapping[str, tuple[str, ...]]] = {}
        self._numbers: dict[tuple[Region, str, str], Mapping[str, str]] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language offered, English first."""
        return self._messages.languages

    def message(self, name: str, *, language: str, channel: Channel) -> Source:
        """The template of a message; "reply:ID" names a small-talk reply. Raises KeyError."""
        if name.startswith("reply:"):
            return Source(
                source=self._answers.reply(name.removeprefix("reply:"), language=language)
            )
        return Source(source=self._messages.form(name, language).source(channel))

    def label(self, name: str, *, language: str) -> str:
        """The label of a button; "topic:", "choice:", "question:" and "day:" name what has one.

        Raises KeyError.
        """
        if name.startswith("topic:"):
            return self._answers.title(name.removeprefix("topic:"), language=language)
        if name.startswith("day:"):
            day = date.fromisoformat(name.removeprefix("day:"))
            return format_skeleton("MMMd", day, locale=language)
        if name.startswith("choice:"):
            questionnaire, question, value = name.split(":")[1:4]
            return self._checkins.choice(questionnaire, question, value, language=language)
        if name.startswith("question:"):
            questionnaire, question = name.split(":")[1:3]
            return self._checkins.name(questionnaire, question, language=language)
        return self._messages.label(name, language)

    def render(self, source: str, variables: Mapping[str, object], *, language: str) -> str:
        """`source` with its variables filled in. Raises liquid's errors for a wrong template."""
        return self._templates.render(source, variables, language=language)

    def said(self, name: str, language: str, variables: Mapping[str, object]) -> str:
        """The words of a message as a picture shows them. Raises KeyError."""
        source = self.message(name, language=language, channel=Channel.TELEGRAM).source
        return self.render(source, variables, language=language)

    def topic_text(
        self,
        topic: str,
        *,
        language: str,
        region: Region,
        channel: Channel,
        is_full: bool,
        reviewed: Reviewed | None = None,
    ) -> str:
        """The vetted answer, verbatim, with its source and the note on its review."""
        return self._answers.text(
            topic,
            language=language,
            region=region,
            channel=channel,
            is_full=is_full,
            reviewed=reviewed,
        )

    def related(self, language: str, region: Region) -> Mapping[str, tuple[str, ...]]:
        """The topics that each topic names as related."""
        place = (language, region)
        if place not in self._related:
            self._related[place] = self._answers.related(language, region)
        return self._related[place]

    def flag_text(
        self, category: str, message: FlagMessage, *, late_since: datetime | None = None
    ) -> str:
        """The fixed emergency message of a category, its one-line check, or the late form."""
        if late_since is not None:
            return self._triage.render_late(message, sent_at=late_since)
        return self._triage.render_flag(category, message)

    def numbers(self, clinic: Clinic, *, language: str) -> Mapping[str, str]:
        """Emergency and crisis numbers of the clinic's region, as texts say them."""
        place = (clinic.region, clinic.phone, language)
        if place not in self._numbers:
            self._numbers[place] = {
                name: self.render(
                    number.say.get(language, number.say["en"]),
                    {"clinic_phone": clinic.phone},
                    language=language,
                )
                for name, number in self._triage.regions[clinic.region].by_name().items()
            }
        return self._numbers[place]

    @property
    def numbers_due_on(self) -> date:
        """When the emergency numbers must have been checked again."""
        return self._triage.numbers_due_on

    def carrier_reply(self, keyword: Keyword, clinic: Clinic, *, language: str = "en") -> str:
        """What the SMS provider answers by itself to a keyword; never sent by Balm."""
        form = self._messages.form(f"carrier-{keyword.value}", language)
        variables = {
            "clinic_name": clinic.name,
            "clinic_phone": clinic.phone,
            **self.numbers(clinic, language=language),
        }
        return self.render(form.source(Channel.SMS), variables, language=language)

    def vocabulary(self, language: str) -> Vocabulary:
        """Answer words of a language, English ones included."""
        return self._messages.vocabularies[language]

    def questionnaire(self, questionnaire_id: str) -> Questionnaire:
        """The questionnaire. Raises KeyError."""
        return self._checkins.questionnaire(questionnaire_id)

    @property
    def questionnaires(self) -> tuple[Questionnaire, ...]:
        """All questionnaires."""
        return self._checkins.questionnaires

    def answer_words(self, language: str) -> AnswerWords:
        """How people of this language answer check-ins, English ones included."""
        return self._checkins.words[language]

    def topics(self, language: str, region: Region) -> frozenset[str]:
        """Topics that may be an answer in this language and region."""
        place = (language, region)
        if place not in self._topics:
            self._topics[place] = self._answers.topics(language, region)
        return self._topics[place]

    def threads(self, language: str, region: Region) -> Mapping[str, tuple[str, ...]]:
        """Topics of each learning thread."""
        place = (language, region)
        if place not in self._threads:
            self._threads[place] = self._answers.threads(language, region)
        return self._threads[place]

    def zones(self, region: Region) -> tuple[str, ...]:
        """IANA zones of a region, the most usual first."""
        return self._zones[region.value]

    def expand(
        self, variables: Mapping[str, Any], *, language: str, channel: Channel
    ) -> dict[str, object]:
        """`variables` with the words that ids in them stand for."""
        shown: dict[str, object] = dict(variables)
        if "topics" in variables:
            shown["topics"] = [
                {**one, "title": self._answers.title(one["topic"], language=language)}
                for one in variables["topics"]
            ]
        if "topic" in variables:
            shown["tip"] = self._answers.title(str(variables["topic"]), language=language)
        if "question" in variables:
            shown["prompt"] = self._checkins.prompt(
                variables["questionnaire"],
                variables["question"],
                language=language,
                channel=channel,
            )
        if "questionnaire" in variables:
            shown["title"] = self._checkins.title(variables["questionnaire"], language=language)
        if "answers" in variables:
            shown |= self._answers_shown(variables, language)
        return shown

    def _answers_shown(self, variables: Mapping[str, Any], language: str) -> dict[str, object]:
        rows: Sequence[Mapping[str, str]] = variables["answers"]
        shown = [
            {
                "name": self._checkins.name(
                    variables["questionnaire"], row["question"], language=language
                ),
                "shown": self._value_shown(variables["questionnaire"], row, language),
            }
            for row in rows
        ]
        scales = iter("2104")
        short = [row["kind"] for row in rows if row["kind"] in ("yes-no", "scale")]
        yes = self._messages.label("yes", language)
        said = yes[0] if yes[0].isascii() else yes
        example = [said if kind == "yes-no" else next(scales, "0") for kind in short]
        fixes = (
            f"{one['name'].upper()} {_EXAMPLE_LEVEL}"
            for one, row in zip(shown, rows, strict=True)
            if row["kind"] == "scale"
        )
        return {"answers": shown, "example": " ".join(example), "fix": next(fixes, "")}

    def _value_shown(self, questionnaire: str, row: Mapping[str, str], language: str) -> str:
        value, question = row["value"], row["question"]
        named = _NAMED_VALUES.get(value)
        if named is not None:
            return self._messages.label(named, language)
        if row["kind"] == "choice":
            return self._checkins.choice(questionnaire, question, value, language=language)
        if row["kind"] == "number":
            unit = self._checkins.unit(questionnaire, question, language=language)
            return f"{value} {unit}".strip()
        return value


def load_zones(path: Path) -> Mapping[str, tuple[str, ...]]:
    """content/zones.yaml. Raises ContentError."""
    return load_yaml(path, _Zones).root


def load_content(folder: Path, *, triage: TriageLibrary, answers: Answers) -> Content:
    """All content of `folder`. Raises ContentError where a file is wrong."""
    return Content(
        messages=load_messages(folder / "messages"),
        checkins=load_checkins(folder / "checkins"),
        zones=load_zones(folder / "zones.yaml"),
        labs=load_labs(folder / "labs"),
        dose_limits=load_dose_limits(folder / "regimen.yaml"),
        triage=triage,
        answers=answers,
        programmes=load_programmes(folder / "programmes"),
        methods=load_methods(folder / "contraception.yaml"),
        holiday_countries=load_holiday_countries(folder / "holidays.yaml"),
    )
