"""What are Balm's own sentences, button labels and answer words, per language and channel?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.content.yaml_loader import ContentError, load_yaml
from bot.domain.identity import Channel
from bot.domain.vocabulary import fold

FALLBACK_LANGUAGE = "en"
_NUMBERS = "numbers"
T = TypeVar("T")
_Words = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageForm(_Strict):
    """One text in its forms; `text` serves both channels."""

    version: _Words
    text: _Words | None = None
    chat: _Words | None = None
    sms: _Words | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> "MessageForm":
        if self.text is None and (self.chat is None or self.sms is None):
            raise ValueError("give text, or both chat and sms")
        return self

    def source(self, channel: Channel) -> str:
        """The template for `channel`."""
        form = self.chat if channel is Channel.TELEGRAM else self.sms
        return (form or self.text or "").strip()


class MessageFile(_Strict):
    """One file of content/messages."""

    messages: Mapping[str, MessageForm] = {}
    labels: Mapping[str, _Words] = {}
    words: Mapping[str, tuple[str | tuple[str, ...], ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageWords:
    """Answer words of one language; English ones are understood in every language."""

    by_meaning: Mapping[str, frozenset[str]]
    by_number: Mapping[str, int]

    def words(self, meaning: str) -> frozenset[str]:
        """The folded words for `meaning`; empty when unknown."""
        return self.by_meaning.get(meaning, frozenset())

    def knows(self, text: str) -> bool:
        """Whether the whole folded `text` is a word for anything."""
        return any(text in words for words in self.by_meaning.values())

    def number(self, word: str) -> int | None:
        """The number that a word or a digit of any script stands for, or None."""
        said = fold(word)
        if said.isdecimal() and len(said) <= 3:
            return int(said)
        return self.by_number.get(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """All sentences, labels and words."""

    forms: Mapping[str, Mapping[str, MessageForm]]
    """By language, then name."""
    labels: Mapping[str, Mapping[str, str]]
    vocabularies: Mapping[str, LanguageWords]
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of the messages by the file, without its ending, that holds them in English."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language offered, English first."""
        others = sorted(code for code in self.forms if code != FALLBACK_LANGUAGE)
        return (FALLBACK_LANGUAGE, *others)

    def form(self, name: str, language: str) -> MessageForm:
        """The message, in English where the language lacks it. Raises KeyError."""
        return self.forms.get(language, {}).get(name) or self.forms[FALLBACK_LANGUAGE][name]

    def label(self, name: str, language: str) -> str:
        """The label, in English where the language lacks it. Raises KeyError."""
        return self.labels.get(language, {}).get(name) or self.labels[FALLBACK_LANGUAGE][name]


def load_messages(folder: Path) -> Messages:
    """All of content/messages. Raises ContentError where a file is wrong."""
    forms: dict[str, dict[str, MessageForm]] = {}
    labels: dict[str, dict[str, str]] = {}
    words: dict[str, dict[str, tuple[str | tuple[str, ...], ...]]] = {}
    files: dict[str, frozenset[str]] = {}
    for language in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        forms[language], labels[language], words[language] = {}, {}, {}
        for path in sorted((folder / language).glob("*.yaml")):
            file = load_yaml(path, MessageFile)
            _add(path, forms[language], file.messages)
            _add(path, labels[language], file.labels)
            _add(path, words[language], file.words)
            if language == FALLBACK_LANGUAGE:
                files[path.stem] = frozenset(file.messages)
    english = words.get(FALLBACK_LANGUAGE, {})
    return Messages(
        forms=forms,
        labels=labels,
        vocabularies={code: _vocabulary(own, english) for code, own in words.items()},
        files=files,
    )


def _add(path: Path, known: dict[str, T], more: Mapping[str, T]) -> None:
    for name, value in more.items():
        if name in known:
            reason = f"{name!r} stands in another file of this language too"
            raise ContentError(path, line=1, column=1, reason=reason)
        known[name] = value


def _vocabulary(
    own: Mapping[str, tuple[str | tuple[str, ...], ...]],
    english: Mapping[str, tuple[str | tuple[str, ...], ...]],
) -> LanguageWords:
    meanings = (set(own) | set(english)) - {_NUMBERS}
    by_number: dict[str, int] = {}
    for listed in (english.get(_NUMBERS, ()), own.get(_NUMBERS, ())):
        for number, names in enumerate(listed):
            by_number |= dict.fromkeys(_folded(names), number)
    return LanguageWords(
        by_meaning={
            meaning: frozenset(_folded(own.get(meaning, ())) + _folded(english.get(meaning, ())))
            for meaning in meanings
        },
        by_number=by_number,
    )


def _folded(words: str | Iterable[str | tuple[str, ...]]) -> list[str]:
    if isinstance(words, str):
        return [fold(words)]
    return [fold(word) for word in words if isinstance(word, str)]
