"""What does content/faq say: vetted answers, titles, threads, replies, questions to fit from?"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from babel.dates import format_date
from pydantic import BaseModel

from bot.content.faq_files import (
    ConceptsFile,
    FamiliesFile,
    FlaggedFile,
    FollowUpsFile,
    GlossaryFile,
    LinesFile,
    MedicinesFile,
    NotesFile,
    RepliesFile,
    ReplyLine,
    TopicFile,
    Wording,
)
from bot.content.yaml_loader import ContentError, load_yaml, mark_of
from bot.domain.faq_model import FaqSource, Phrasebook, Risk, Topic
from bot.domain.identity import Channel, Region
from bot.domain.lexical import tokens
from bot.domain.review import Reviewed, SignableText, TextKind
from bot.domain.sms_size import sms_size
from bot.domain.sms_text import for_sms

FALLBACK_LANGUAGE = "en"
_MARKUP = re.compile(r"\*\*")
_SHORT_SEGMENTS = 2
"""A short answer with all that stands under it costs at most this many messages in GSM-7."""

File = TypeVar("File", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageFiles:
    """Everything that one language's folder says."""

    language: str
    topics: Mapping[str, TopicFile]
    paths: Mapping[str, Path]
    """Where each topic stands."""
    replies: Mapping[str, ReplyLine]
    out_of_scope: tuple[str, ...]
    concepts: Mapping[str, str]
    """Phrases and the concept that each means."""
    glossary: Mapping[str, str]
    """Phrases and an English word for each."""
    follow_ups: FollowUpsFile
    notes: NotesFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqLibrary:
    """All languages of content/faq, checked; implements what the content offers as answers."""

    folder: Path
    languages: Mapping[str, LanguageFiles]
    family_of: Mapping[str, str]
    medicines: MedicinesFile
    flagged: Mapping[str, str]
    """Questions known to trip a certain red flag, and which."""

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
        """The answer with its sources and its note on review, ready to be sent.

        `reviewed` is the clinic's own signature; else the file's note on review holds. A topic
        without a translation is given in English, and says so. Raises KeyError.
        """
        files = self._holder(topic, language)
        entry = files.topics[topic]
        wording = _wording(entry, region)
        notes = self._notes(files.language)
        is_short = channel is Channel.SMS and not is_full
        body = wording.sms if is_short else wording.answer
        before = [] if files.language == _base(language) else [self._notes(language).other_language]
        told = _review_told(entry, notes, reviewed, files.language)
        after = _below(entry, notes, told, body=body, is_short=is_short)
        if channel is Channel.SMS:
            body = _MARKUP.sub("", body)
        gap = " " if is_short else "\n\n"
        return gap.join([*before, body.strip(), *after])

    def reply(self, reply: str, *, language: str) -> str:
        """The template of a small-talk or clinic-business reply. Raises KeyError."""
        for files in (self._files(language), self.languages[FALLBACK_LANGUAGE]):
            if reply in files.replies:
                return files.replies[reply].text
        raise KeyError(reply)

    def title(self, topic: str, *, language: str) -> str:
        """The label of a topic. Raises KeyError."""
        return self._holder(topic, language).topics[topic].title

    def topics(self, language: str, region: Region) -> frozenset[str]:
        """Topics that may be an answer in this language and region, English ones included."""
        held = {**self.languages[FALLBACK_LANGUAGE].topics, **self._files(language).topics}
        return frozenset(name for name, entry in held.items() if _holds_in(entry, region))

    def threads(self, language: str, region: Region) -> Mapping[str, tuple[str, ...]]:
        """Topics of each learning thread in this language and region, the most asked first."""
        found: dict[str, list[TopicFile]] = defaultdict(list)
        for entry in self._files(language).topics.values():
            if entry.thread is not None and _holds_in(entry, region):
                found[entry.thread].append(entry)
        return {
            thread: tuple(entry.id for entry in sorted(entries, key=lambda e: (e.tier, e.id)))
            for thread, entries in found.items()
        }

    def source(self, language: str) -> FaqSource:
        """What the matcher of `language` is fitted from."""
        files = self.languages[language]
        return FaqSource(
            language=language,
            topics=tuple(self._topic(entry) for entry in files.topics.values()),
            replies={reply.id: reply.questions for reply in files.replies.values()},
            out_of_scope=files.out_of_scope,
            phrasebook=Phrasebook(
                concepts=files.concepts,
                glossary=files.glossary,
                openings=frozenset(files.follow_ups.openings),
                pointers=frozenset(files.follow_ups.words),
                our_medicine=frozenset(self.medicines.ours),
                other_medicines=frozenset(self.medicines.others),
            ),
        )

    def related(self, language: str, region: Region) -> Mapping[str, tuple[str, ...]]:
        """The topics that each topic names as related, as far as they hold in this region."""
        held = self.topics(language, region)
        entries = (self._holder(topic, language).topics[topic] for topic in held)
        return {
            entry.id: tuple(one for one in entry.related if one in held and one != entry.id)
            for entry in entries
        }

    def signable(self, topic: str, *, language: str, region: Region) -> SignableText:
        """The words of a topic that are given in this language and region. Raises KeyError."""
        files = self._holder(topic, language)
        entry = files.topics[topic]
        wording = _wording(entry, region)
        sources = [f"source: {source.title} {source.url}" for source in entry.sources]
        lines = [f"title: {entry.title}", f"answer: {wording.answer}", f"sms: {wording.sms}"]
        return SignableText(
            name=topic,
            language=files.language,
            region=region,
            kind=TextKind.ROUTINE_TOPIC if Risk(entry.risk) is Risk.ROUTINE else TextKind.TOPIC,
            words="\n".join([*lines, *sources]),
        )

    def _topic(self, entry: TopicFile) -> Topic:
        return Topic(
            id=entry.id,
            title=entry.title,
            risk=Risk(entry.risk),
            regions=frozenset(Region(name) for name in entry.regions),
            family=self.family_of.get(entry.id),
            related=entry.related,
            questions=entry.questions,
            answer=entry.answer,
            is_often_asked=entry.tier == 1,
        )

    def _files(self, language: str) -> LanguageFiles:
        return self.languages.get(_base(language), self.languages[FALLBACK_LANGUAGE])

    def _holder(self, topic: str, language: str) -> LanguageFiles:
        files = self._files(language)
        return files if topic in files.topics else self.languages[FALLBACK_LANGUAGE]

    def _notes(self, language: str) -> NotesFile:
        notes = self._files(language).notes or self.languages[FALLBACK_LANGUAGE].notes
        if notes is None:
            raise KeyError("_notes.yaml")
        return notes


def load_library(folder: Path) -> FaqLibrary:
    """The library in `folder`: a folder for each language, English among them.

    Raises:
        ContentError: at the first file that is wrong.
    """
    families = _optional(folder / "_families.yaml", FamiliesFile)
    languages = {
        part.name: _load_language(part)
        for part in sorted(folder.iterdir())
        if part.is_dir() and any(part.glob("[!_]*.yaml"))
    }
    if FALLBACK_LANGUAGE not in languages:
        raise ContentError(folder, line=1, column=1, reason="there is no folder 'en' with topics")
    return FaqLibrary(
        folder=folder,
        languages=MappingProxyType(languages),
        family_of={topic: one.id for one in families.families for topic in one.members},
        medicines=_optional(folder / "_medicines.yaml", MedicinesFile),
        flagged={
            one.question: one.category
            for one in _optional(folder / "_flagged.yaml", FlaggedFile).flagged
        },
    )


def _load_language(folder: Path) -> LanguageFiles:
    paths = {path.stem: path for path in sorted(folder.glob("[!_]*.yaml"))}
    topics = {name: load_yaml(path, TopicFile) for name, path in paths.items()}
    for name, entry in topics.items():
        if entry.id != name:
            _refuse(paths[name], ("id",), f"the id {entry.id!r} differs from the file's name")
    replies = _optional(folder / "_replies.yaml", RepliesFile).replies
    notes = folder / "_notes.yaml"
    return LanguageFiles(
        language=folder.name,
        topics=topics,
        paths=paths,
        replies={reply.id: reply for reply in replies},
        out_of_scope=_optional(folder / "_out_of_scope.yaml", LinesFile).lines,
        concepts=_load_concepts(folder / "_concepts.yaml"),
        glossary=_load_glossary(folder / "_glossary.yaml"),
        follow_ups=_optional(folder / "_follow_ups.yaml", FollowUpsFile),
        notes=load_yaml(notes, NotesFile) if notes.exists() else None,
    )


def _load_concepts(path: Path) -> Mapping[str, str]:
    groups = _optional(path, ConceptsFile).concepts
    meant = _phrases(path, "concepts", groups)
    return {phrase: f"={concept}" for phrase, concept in meant.items()}


def _load_glossary(path: Path) -> Mapping[str, str]:
    return _phrases(path, "words", _optional(path, GlossaryFile).words)


def _phrases(path: Path, key: str, groups: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Each phrase of `groups`, as its words are read, and its group; no phrase may have two."""
    found: dict[str, str] = {}
    for group, said in groups.items():
        for number, phrase in enumerate(said):
            known = " ".join(tokens(phrase))
            if found.get(known, group) != group:
                _refuse(path, (key, group, number), f"{phrase!r} stands in {found[known]!r} too")
            found[known] = group
    return found


def _optional(path: Path, model: type[File]) -> File:
    return load_yaml(path, model) if path.exists() else model()


def _refuse(path: Path, keys: Iterable[str | int], reason: str) -> None:
    line, column = mark_of(path, tuple(keys))
    raise ContentError(path, line=line, column=column, reason=reason)


def _wording(entry: TopicFile, region: Region) -> Wording:
    forms = (form for name, form in entry.regional.items() if name == region.value)
    return next(forms, entry)


def _review_told(
    entry: TopicFile, notes: NotesFile, reviewed: Reviewed | None, language: str
) -> str | None:
    """Who reviewed the answer, and when; None while nobody has."""
    if reviewed is not None:
        on = format_date(reviewed.on, "long", locale=language)
        return notes.reviewed.format(by=reviewed.by, on=on)
    if entry.review is not None:
        return notes.reviewed.format(by=entry.review.by, on=entry.review.on)
    return None


def _below(
    entry: TopicFile, notes: NotesFile, told: str | None, *, body: str, is_short: bool
) -> list[str]:
    """What stands under an answer; on SMS only what is owed, and what costs no further message."""
    if not is_short:
        titles = "; ".join(source.title for source in entry.sources)
        return [f"{notes.source.format(titles=titles)}\n{told or notes.not_reviewed}"]
    lines = [] if told else [notes.not_reviewed_sms]
    for line in (told, notes.more_sms):
        longer = " ".join([body, *lines, line or ""])
        if line and _segments(longer) <= max(_segments(" ".join([body, *lines])), _SHORT_SEGMENTS):
            lines.append(line)
    return lines


def _segments(text: str) -> int:
    return sms_size(for_sms(text)).segments


def _base(language: str) -> str:
    return language.split("-")[0]


def _holds_in(entry: TopicFile, region: Region) -> bool:
    return region is Region.UNKNOWN or not entry.regions or region.value in entry.regions
