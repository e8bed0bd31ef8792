"""What should an author mend in content/faq? Findings with file and line."""

import importlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.content.faq_files import TopicFile, Wording
from bot.content.faq_library import FALLBACK_LANGUAGE, FaqLibrary, LanguageFiles
from bot.content.yaml_loader import mark_of
from bot.domain.faq_confusions import Confusions
from bot.domain.lexical import tokens
from bot.domain.sms_bill import bill_of
from bot.domain.sms_size import sms_size
from bot.domain.sms_text import for_sms

MOST_SEGMENTS = {FALLBACK_LANGUAGE: 2, "es": 2}
"""SMS segments of an answer; languages outside GSM-7 may take more."""
MOST_SEGMENTS_UNICODE = 4
HIGHEST_GRADE = 7.0
"""US school grade (Flesch-Kincaid) that an answer may need."""
FEWEST_QUESTIONS = {1: 40, 2: 25}
"""By tier, in English."""
FEWEST_TRANSLATED = 15
LOWEST_RECALL = 0.05
_ENDS = (".", "!", "?", ":")
_NAMES = re.compile(
    r"\b(isotretinoin|ipledge|accutane|roaccutane|absorica|claravis|isotroin|contraceptives?|"
    r"contraception|dermatologist|triglycerides|tetracyclines?|doxycycline|minocycline|"
    r"lymecycline|vitamin|ibuprofen|paracetamol|acetaminophen|pregnancy|emergency)\b",
    re.IGNORECASE,
)
"""Names and words without a plainer one; they count as one short word in the reading grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to mend."""

    path: Path
    line: int
    column: int
    reason: str
    is_error: bool
    """Errors fail the check, the rest is advice."""

    def __str__(self) -> str:
        """`path:line:column: error: reason`."""
        grade = "error" if self.is_error else "advice"
        return f"{self.path}:{self.line}:{self.column}: {grade}: {self.reason}"


def lint(library: FaqLibrary, *, today: date) -> list[Finding]:
    """All findings that need no fitted model."""
    found: list[Finding] = []
    for files in library.languages.values():
        for entry in files.topics.values():
            found += _topic(library, files, entry, today)
        found += _doubles(files)
    found += _missing(library)
    return found


def lint_confusions(library: FaqLibrary, language: str, seen: Confusions) -> list[Finding]:
    """Topics that the matcher hardly ever finds."""
    files = library.languages[language]
    return [
        _advice(files.paths[topic], ("questions",), f"only {recall:.0%} of its questions find it")
        for topic, recall in sorted(seen.recall.items())
        if recall < LOWEST_RECALL
    ]


def lint_red_flags(library: FaqLibrary, trips: Mapping[str, str | None]) -> Iterator[Finding]:
    """Questions that trip a certain red flag though nobody declared it.

    `trips` names the certain flag of each question, or None. A declared question that trips none
    is left to the red flags: there the asker is in danger, and not seen.
    """
    for files in library.languages.values():
        for entry in files.topics.values():
            for number, question in enumerate(entry.questions):
                flag = trips[question]
                if flag is not None and question not in library.flagged:
                    reason = f"trips {flag}: rewrite it, or declare it in _flagged.yaml"
                    yield _advice(files.paths[entry.id], ("questions", number), reason)


def reading_grade(text: str) -> float | None:
    """US school grade of an English text; None where textstat is not installed.

    Bold marks are dropped, list items count as sentences.
    Source: Kincaid et al. 1975, the Flesch-Kincaid grade level.
    """
    try:
        textstat = importlib.import_module("textstat")
        hyphens = importlib.import_module("pyphen").Pyphen(lang="en_US")
    except ImportError:
        return None
    plain = _NAMES.sub("pill", text.replace("**", ""))
    lines = [line.strip().removeprefix("- ") for line in plain.splitlines() if line.strip()]
    ended = "\n".join(line if line.endswith(_ENDS) else f"{line}." for line in lines)
    words = re.findall(r"[\w'-]+", ended)
    if not words:
        return 0.0
    syllables = sum(_syllables(word, textstat, hyphens) for word in words)
    sentences = max(textstat.sentence_count(ended), 1)
    return float(0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59)


def _syllables(word: str, textstat: Any, hyphens: Any) -> int:
    try:
        return int(textstat.syllable_count(word))
    except KeyError:  # textstat 0.7.7 fails on words that the CMU dictionary lacks
        return len(hyphens.positions(word)) + 1


def _topic(
    library: FaqLibrary, files: LanguageFiles, entry: TopicFile, today: date
) -> Iterator[Finding]:
    path = files.paths[entry.id]
    yield from _wording(files.language, path, entry, ())
    for region, wording in entry.regional.items():
        yield from _wording(files.language, path, wording, ("regional", region))
    known = library.languages[FALLBACK_LANGUAGE].topics
    for number, related in enumerate(entry.related):
        if related not in known:
            yield _error(path, ("related", number), f"{related!r} is no topic")
    if entry.review is not None and date.fromisoformat(entry.review.until) < today:
        yield _error(path, ("review",), f"the review ended on {entry.review.until}")
    is_english = files.language == FALLBACK_LANGUAGE
    fewest = FEWEST_QUESTIONS[entry.tier] if is_english else FEWEST_TRANSLATED
    if len(entry.questions) < fewest:
        reason = f"{len(entry.questions)} questions, {fewest} are wanted"
        yield _advice(path, ("questions",), reason)


def _wording(
    language: str, path: Path, wording: Wording, place: tuple[str, ...]
) -> Iterator[Finding]:
    size = sms_size(wording.sms)
    most = MOST_SEGMENTS.get(language, MOST_SEGMENTS_UNICODE)
    if size.segments > most:
        reason = f"{size.segments} SMS segments ({size.alphabet}), {most} are allowed"
        yield _error(path, (*place, "sms"), reason)
    bill = bill_of(for_sms(wording.sms))
    if bill.is_dearer or (language == FALLBACK_LANGUAGE and size.alphabet != "GSM-7"):
        yield _error(path, (*place, "sms"), bill_of(wording.sms).words())
    grade = reading_grade(wording.answer) if language == FALLBACK_LANGUAGE else None
    if grade is not None and grade > HIGHEST_GRADE:
        reason = f"reading grade {grade:.1f}, {HIGHEST_GRADE:.0f} is allowed"
        yield _error(path, (*place, "answer"), reason)


def _doubles(files: LanguageFiles) -> Iterator[Finding]:
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for entry in files.topics.values():
        for number, question in enumerate(entry.questions):
            places[" ".join(tokens(question))].append((entry.id, number))
    for same in places.values():
        for topic, number in same[1:]:
            reason = f"the question stands in {same[0][0]!r} too"
            yield _error(files.paths[topic], ("questions", number), reason)


def _missing(library: FaqLibrary) -> Iterator[Finding]:
    english = library.languages[FALLBACK_LANGUAGE]
    wanted = [entry for entry in english.topics.values() if is_wanted_everywhere(entry)]
    for language, files in library.languages.items():
        for entry in wanted:
            if entry.id not in files.topics:
                reason = f"there is no {language!r} form of this topic"
                yield _error(english.paths[entry.id], ("id",), reason)
        for topic in files.topics.keys() - english.topics.keys():
            yield _error(files.paths[topic], ("id",), "no such topic in English")


def is_wanted_everywhere(entry: TopicFile) -> bool:
    """Whether every language must offer the topic: the most asked, and pregnancy prevention."""
    return entry.tier == 1 or entry.thread == "pregnancy-prevention"


def _error(path: Path, keys: tuple[str | int, ...], reason: str) -> Finding:
    line, column = mark_of(path, keys)
    return Finding(path=path, line=line, column=column, reason=reason, is_error=True)


def _advice(path: Path, keys: tuple[str | int, ...], reason: str) -> Finding:
    return replace(_error(path, keys, reason), is_error=False)
