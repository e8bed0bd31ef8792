"""Where is the fitted triage kept between starts? One file, named by all that it depends on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from bot.content.checkins import Checkins
from bot.content.faq_cache import Encoder
from bot.content.faq_library import FaqLibrary
from bot.content.fitted_file import read_arrays, write_arrays
from bot.content.messages import Messages
from bot.content.triage_files import Policy
from bot.content.triage_library import TriageLibrary
from bot.domain import danger
from bot.domain.answer_words import AnswerWords
from bot.domain.danger import DangerModel, LabelledLine
from bot.domain.danger.classifier import NONE
from bot.domain.faq_model import Risk
from bot.domain.lexical.meaning import WordTable
from bot.domain.triage import Thresholds, TriageModel, TriagePolicy, thresholds_of

_LEVELS = (0, 1, 2, 4, 7, 10)
_ORDINARY_RISKS = frozenset({Risk.ROUTINE, Risk.CALL_CLINIC})


def fitted_triage(
    library: TriageLibrary,
    *,
    ordinary: Sequence[str] = (),
    table: WordTable | None = None,
    encoder: Encoder | None = None,
    cache: Path | None = None,
) -> TriageModel:
    """The triage of `library`, read from `cache` where nothing has changed; else fitted.

    `ordinary` are everyday questions, as routine FAQ topics list them. Fitting takes half a minute.
    """
    lines = labelled_lines(library, ordinary)
    key = _key(library, lines, table, encoder)
    path = cache / f"triage-{key}.npz" if cache else None
    kept = read_arrays(path) if path else None
    if kept is not None:
        fitted = DangerModel.from_arrays(kept, lexicon=library.lexicon, table=table)
    else:
        fitted = danger.fit(
            lines,
            categories=sorted(library.levels),
            lexicon=library.lexicon,
            table=table,
            vectors=encoder.embed([line.text for line in lines]) if encoder else None,
        )
        if path:
            write_arrays(path, fitted.to_arrays(), replaces="triage-*.npz")
    return TriageModel(
        danger=fitted,
        books=library.books,
        levels=library.levels,
        never_cancelled=library.never_cancelled,
        asked_in_doubt=library.asked_in_doubt,
        thresholds=_thresholds(fitted, library),
    )


def _thresholds(fitted: DangerModel, library: TriageLibrary) -> Thresholds:
    policy = TriagePolicy(
        possible_ordinary=library.policy.possible_ordinary,
        doubted_ordinary=library.policy.doubted_ordinary,
        certain_ordinary=library.policy.certain_ordinary,
        certain_near_misses=library.policy.certain_near_misses,
        grave_margin=library.policy.grave_margin,
    )
    is_asked = np.array([category in library.asked_in_doubt for category in fitted.categories])
    nearest = fitted.held_out.ordinary_category
    return thresholds_of(fitted.held_out, policy, asked_in_doubt=is_asked[nearest])


def ordinary_questions(faq: FaqLibrary, policy: Policy) -> list[str]:
    """Questions of routine topics and remarks about other things, some of each language."""
    left_out = set(policy.ordinary_topics_left_out)
    found: list[str] = []
    for files in faq.languages.values():
        asked = [
            question
            for topic in files.topics.values()
            if topic.risk in _ORDINARY_RISKS and topic.id not in left_out
            for question in topic.questions
        ]
        asked.sort(key=lambda question: crc32(question.encode()))
        found += [*asked[: policy.ordinary_questions_per_language], *files.out_of_scope]
    return list(dict.fromkeys(found))


def invited_words(messages: Messages, checkins: Checkins, policy: Policy) -> list[str]:
    """What Balm itself invites its patients to write: answers, commands, and labels of buttons.

    The few meanings that do tell of a danger are left out (`invited_words_left_out`).
    """
    left_out, answers = set(policy.invited_words_left_out), set(policy.invited_answers)
    meanings = [
        *(one for words in messages.vocabularies.values() for one in words.by_meaning.items()),
        *((name, {text}) for labels in messages.labels.values() for name, text in labels.items()),
        *(
            (name, texts)
            for words in checkins.words.values()
            for name, texts in words.phrases.items()
            if name in answers
        ),
        *(("scale", _scaled(words)) for words in checkins.words.values()),
    ]
    telling = left_out.union(*(texts for name, texts in meanings if name in left_out))
    found = {text for name, texts in meanings if name not in left_out for text in texts}
    return sorted(text for text in found - telling if "{" not in text)


def _scaled(words: AnswerWords) -> set[str]:
    """ "lips 4", as a check-in is answered."""
    return {f"{name} {level}" for name in words.names for level in _LEVELS}


def labelled_lines(library: TriageLibrary, ordinary: Sequence[str]) -> list[LabelledLine]:
    """Every line that the triage learns from, in a fixed order."""
    found = []
    for lines in library.lines:
        is_ordinary = lines.id not in library.levels
        is_grave = lines.id in library.never_cancelled
        importance = library.policy.importance_of_grave if is_grave else 1.0
        found += [
            LabelledLine(text=text, label=lines.id, importance=importance)
            for text in lines.examples
        ]
        found += [
            LabelledLine(text=text, label=NONE, is_ordinary=is_ordinary)
            for text in lines.near_misses
        ]
    return found + [LabelledLine(text=text, label=NONE, is_ordinary=True) for text in ordinary]


def _key(
    library: TriageLibrary,
    lines: Sequence[LabelledLine],
    table: WordTable | None,
    encoder: Encoder | None,
) -> str:
    digest = hashlib.sha256(f"{encoder.name if encoder else ''}\n{library.lexicon}".encode())
    for line in lines:
        digest.update(
            f"{line.label}\t{line.is_ordinary}\t{line.importance}\t{line.text}\n".encode()
        )
    if table is not None:
        digest.update(table.vectors.tobytes())
    code = Path(danger.__file__).parent
    for path in sorted((*code.glob("*.py"), *(code.parent / "lexical").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
