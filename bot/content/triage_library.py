"""What does content/triage say: categories, telephone numbers, emergency texts, labelled lines?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from liquid import Environment, StrictUndefined

from bot.content.triage_files import (
    CategoryTexts,
    FlagTexts,
    Lines,
    Policy,
    RegionNumbers,
    read_categories,
    read_lexicon,
    read_lines,
    read_patterns,
    read_policy,
    read_regions,
    read_texts,
)
from bot.domain.danger import Lexicon
from bot.domain.danger.patterns import PatternBook
from bot.domain.escalation import FlagRule, Urgency
from bot.domain.identity import Region
from bot.domain.patient import Clinic
from bot.domain.reading import Level
from bot.domain.sms_text import for_sms
from bot.domain.staffed_hours import next_staffed, parse

FALLBACK_LANGUAGE = "en"
_SELF_HARM = frozenset({"rf-suicide", "rf-selfharm", "rf-severe-low-mood"})
_TEMPLATES = Environment(undefined=StrictUndefined)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagMessage:
    """For whom and how an emergency text is written."""

    language: str
    region: Region
    clinic: Clinic
    now: datetime
    """UTC."""
    is_check: bool = False
    to_stranger: bool = False
    is_sms: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageLibrary:
    """Everything of content/triage, checked."""

    rules: Mapping[str, FlagRule]
    levels: Mapping[str, Level]
    confidential_under_18: frozenset[str]
    never_cancelled: frozenset[str]
    asked_in_doubt: frozenset[str]
    """Where a doubt is asked about sooner than in other categories."""
    texts: Mapping[str, FlagTexts]
    regions: Mapping[Region, RegionNumbers]
    numbers_due_on: date
    """When the telephone numbers must have been checked again."""
    lines: tuple[Lines, ...]
    policy: Policy
    lexicon: Lexicon
    books: tuple[PatternBook, ...]

    def harmless(self) -> list[str]:
        """All near misses and ordinary lines, in a fixed order."""
        return [text for lines in self.lines for text in lines.near_misses]

    def flags(self) -> list[str]:
        """All lines that are red flags, in a fixed order."""
        return [text for lines in self.lines for text in lines.examples]

    def render_flag(self, category: str, message: FlagMessage) -> str:
        """The fixed emergency text of `category`, or its one-line check, ready to be sent.

        On SMS the first segment holds what to do and a number; in chat a few sentences more follow.
        """
        texts = self.texts.get(message.language, self.texts[FALLBACK_LANGUAGE])
        words = texts.categories[category]
        parts = self._check(texts, words, category) if message.is_check else []
        parts = parts or self._emergency(texts, words, category, message)
        return self._render(" ".join(parts), texts.language, message)

    def render_late(self, message: FlagMessage, *, sent_at: datetime) -> str:
        """What replaces an emergency text that would leave more than 15 minutes late."""
        texts = self.texts.get(message.language, self.texts[FALLBACK_LANGUAGE])
        local = sent_at.astimezone(ZoneInfo(message.clinic.zone))
        sent = format_datetime(local, "EEE H:mm", locale=texts.language)
        return self._render(texts.late, texts.language, message, sent=sent)

    def _check(self, texts: FlagTexts, words: CategoryTexts, category: str) -> list[str]:
        asks = texts.check_self if category in _SELF_HARM else texts.check_other
        return [words.check, asks]

    def _emergency(
        self, texts: FlagTexts, words: CategoryTexts, category: str, message: FlagMessage
    ) -> list[str]:
        parts = [words.emergency]
        if words.more and not message.is_sms:
            parts.append(words.more)
        if message.to_stranger:
            return [*parts, texts.stranger_tail]
        if self.rules[category].holds:
            parts += [texts.hold] if message.is_sms else [texts.hold, texts.hold_more]
        return [*parts, self._tail(texts, words, message)]

    def _tail(self, texts: FlagTexts, words: CategoryTexts, message: FlagMessage) -> str:
        alerting = words.alert_tail or texts.alert_tail
        if message.clinic.out_of_hours_cover:
            return alerting
        hours = parse(message.clinic.staffed_hours)
        if hours is None:
            return texts.limited_cover_tail
        local = message.now.astimezone(ZoneInfo(message.clinic.zone))
        return alerting if hours.covers(local) else texts.no_cover_tail

    def _render(self, template: str, language: str, message: FlagMessage, **more: str) -> str:
        clinic = message.clinic
        hours = parse(clinic.staffed_hours)
        opening = next_staffed(hours, ZoneInfo(clinic.zone), message.now) if hours else None
        values = {
            "clinic_phone": clinic.phone,
            "staffed_hours": clinic.staffed_hours,
            "next_staffed": format_datetime(opening, "EEE H:mm", locale=language)
            if opening
            else clinic.staffed_hours,
            **more,
        }
        numbers = self.regions[message.region]
        said = {
            name: _TEMPLATES.from_string(number.say[language]).render(**values)
            for name, number in numbers.by_name().items()
        }
        text = _TEMPLATES.from_string(template).render(**values, **said)
        return for_sms(text) if message.is_sms else text


def load(folder: Path) -> TriageLibrary:
    """The library of `folder` (content/triage). Raises ContentError where a file is wrong."""
    categories = read_categories(folder / "categories.yaml")
    regions = read_regions(folder / "regions.yaml")
    return TriageLibrary(
        rules={
            category.id: FlagRule(
                category=category.id,
                urgency=Urgency(category.level),
                holds=category.holds,
                is_confidential=category.confidential,
                silence_opens=category.silence_opens,
                acknowledge_within=timedelta(minutes=category.acknowledge_minutes),
                is_confidential_under_18=category.confidential_under_18,
            )
            for category in categories
        },
        levels={category.id: Level(category.level) for category in categories},
        confidential_under_18=frozenset(
            category.id for category in categories if category.confidential_under_18
        ),
        never_cancelled=frozenset(
            category.id for category in categories if category.never_cancelled
        ),
        asked_in_doubt=frozenset(category.id for category in categories if category.asked_in_doubt),
        texts={path.stem: read_texts(path) for path in sorted((folder / "texts").glob("*.yaml"))},
        regions={Region(name): numbers for name, numbers in regions.regions.items()},
        numbers_due_on=_months_later(regions.checked_on, regions.check_every_months),
        lines=tuple(read_lines(path) for path in sorted((folder / "examples").glob("*/*.yaml"))),
        policy=read_policy(folder / "policy.yaml"),
        lexicon=read_lexicon(folder / "lexicon.yaml"),
        books=tuple(read_patterns(path) for path in sorted((folder / "patterns").glob("*.yaml"))),
    )


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = (datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
