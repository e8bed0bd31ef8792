"""Which texts can a clinician sign, and exactly which words does each signature stand for?"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from bot.content.messages import Messages
from bot.content.triage_library import FALLBACK_LANGUAGE, TriageLibrary
from bot.domain.identity import Region
from bot.domain.programme import Programme
from bot.domain.review import SignableText, TextKind

FLAG = "flag:"
MESSAGE = "message:"
PROGRAMME = "programme:"
_ENROLMENT_FILE = "enrolment"


class TopicWords(Protocol):
    """The vetted answers, as far as signing needs them."""

    def signable(self, topic: str, *, language: str, region: Region) -> SignableText:
        """The words of a topic that are given in this language and region. Raises KeyError."""
        ...

    def topics(self, language: str, region: Region) -> frozenset[str]:
        """Topics that may be an answer in this language and region."""
        ...


class Signable:
    """Every text that can be signed; what was computed once is remembered."""

    def __init__(
        self,
        *,
        messages: Messages,
        triage: TriageLibrary,
        answers: TopicWords,
        programmes: Mapping[str, Programme] | None = None,
    ) -> None:
        """All words were loaded and checked before."""
        self._programmes = programmes or {}
        self._messages = messages
        self._triage = triage
        self._answers = answers
        self._known: dict[tuple[str, str, Region], SignableText] = {}

    def text(self, name: str, *, language: str, region: Region) -> SignableText:
        """The text of this name, in English where the language lacks it. Raises KeyError."""
        place = (name, language, region)
        if place not in self._known:
            self._known[place] = self._make(name, language, region)
        return self._known[place]

    def topics(self, language: str, region: Region) -> tuple[SignableText, ...]:
        """All answers that can be given."""
        return self._texts(sorted(self._answers.topics(language, region)), language, region)

    def flags(self, language: str, region: Region) -> tuple[SignableText, ...]:
        """All emergency texts."""
        return self._texts((f"{FLAG}{name}" for name in self._triage.rules), language, region)

    def messages(self, language: str, region: Region) -> tuple[SignableText, ...]:
        """All of Balm's own sentences, joining included."""
        names = (f"{MESSAGE}{name}" for name in sorted(self._messages.forms[FALLBACK_LANGUAGE]))
        return self._texts(names, language, region)

    def everything(self, language: str, region: Region) -> tuple[SignableText, ...]:
        """All texts, the most urgent to sign first."""
        flags, messages = self.flags(language, region), self.messages(language, region)
        programmes = self.programmes(language, region)
        return (*flags, *messages, *programmes, *self.topics(language, region))

    def programmes(self, language: str, region: Region) -> tuple[SignableText, ...]:
        """All programmes; their rules are the same in every language."""
        return self._texts((f"{PROGRAMME}{name}" for name in self._programmes), language, region)

    def _texts(
        self, names: Iterable[str], language: str, region: Region
    ) -> tuple[SignableText, ...]:
        return tuple(self.text(name, language=language, region=region) for name in names)

    def _make(self, name: str, language: str, region: Region) -> SignableText:
        if name.startswith(FLAG):
            return self._flag(name, language, region)
        if name.startswith(PROGRAMME):
            return SignableText(
                name=name,
                language=FALLBACK_LANGUAGE,
                region=region,
                kind=TextKind.PROGRAMME,
                words=self._programmes[name.removeprefix(PROGRAMME)].words,
            )
        if name.startswith(MESSAGE):
            return self._message(name, language, region)
        return self._answers.signable(name, language=language, region=region)

    def _flag(self, name: str, language: str, region: Region) -> SignableText:
        category = name.removeprefix(FLAG)
        texts = self._triage.texts.get(language, self._triage.texts[FALLBACK_LANGUAGE])
        own = texts.categories[category].model_dump()
        shared = texts.model_dump(exclude={"categories", "language", "version"})
        if not self._triage.rules[category].holds:
            shared = {key: line for key, line in shared.items() if key not in ("hold", "hold_more")}
        said = shared | {key: line for key, line in own.items() if line}
        lines = [f"{key}: {line}" for key, line in sorted(said.items())]
        lines += self._numbers(lines, texts.language, region)
        return SignableText(
            name=name,
            language=texts.language,
            region=region,
            kind=TextKind.FLAG,
            words="\n".join(lines),
        )

    def _message(self, name: str, language: str, region: Region) -> SignableText:
        message = name.removeprefix(MESSAGE)
        own = self._messages.forms.get(language, {})
        held_in = language if message in own else FALLBACK_LANGUAGE
        form = self._messages.forms[held_in][message]
        lines = [
            f"{key}: {line}"
            for key, line in form.model_dump(exclude={"version"}).items()
            if line is not None
        ]
        lines += self._numbers(lines, held_in, region)
        is_enrolment = message in self._messages.files[_ENROLMENT_FILE]
        return SignableText(
            name=name,
            language=held_in,
            region=region,
            kind=TextKind.ENROLMENT if is_enrolment else TextKind.MESSAGE,
            words="\n".join(lines),
        )

    def _numbers(self, lines: list[str], language: str, region: Region) -> list[str]:
        """Telephone numbers that stand in a text belong to what is signed."""
        numbers = self._triage.regions[region].by_name()
        used = " ".join(lines)
        return [
            f"{name} = {number.say[language]}"
            for name, number in sorted(numbers.items())
            if f"{{{{ {name} }}}}" in used
        ]
