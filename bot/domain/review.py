"""Which text did a clinician sign, and does the signature still hold? Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.identity import Region, StaffId
from bot.domain.rota import StaffRole

SIGNING_ROLES = frozenset({StaffRole.LEAD, StaffRole.DEPUTY, StaffRole.PRESCRIBER, StaffRole.NURSE})
"""Whoever runs the machine does not sign clinical texts."""


class TextKind(StrEnum):
    """What a text is for, which decides what its missing signature stops."""

    FLAG = "flag"
    """An emergency text: nobody is enrolled before it is signed."""
    ENROLMENT = "enrolment"
    """Consent and the rest of joining: nobody is enrolled before it is signed."""
    MESSAGE = "message"
    """Any other sentence of Balm's own."""
    PROGRAMME = "programme"
    """The rules of a regulator's programme: in production they stay silent before it is signed."""
    ROUTINE_TOPIC = "routine-topic"
    """An answer that may be given, marked as not yet reviewed."""
    TOPIC = "topic"
    """An answer above routine risk: in production it is not given before it is signed."""


NEEDED_TO_ENROL = (TextKind.FLAG, TextKind.ENROLMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignableText:
    """Exactly the words that a signature stands for, in one language, for one region."""

    name: str
    """A topic's id, "flag:ID", "message:ID" or "programme:ID"."""
    language: str
    """The language that the words are really in, not the one asked for."""
    region: Region
    kind: TextKind
    words: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """Hash of exactly these words."""
        return hashlib.sha256(self.words.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """One person's signature under exactly one text."""

    topic: str
    """Name of the text."""
    language: str
    region: Region
    sha256: str
    staff_id: StaffId
    staff_name: str
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What a patient reads of a signature: who, and on which day at the clinic."""

    by: str
    on: date


class Signatures:
    """The sign-offs of one clinic, ready to be asked."""

    def __init__(self, sign_offs: Iterable[SignOff] = ()) -> None:
        """Later signatures win over earlier ones of the same words."""
        self._by_words: dict[tuple[str, str, Region, str], SignOff] = {}
        self._latest: dict[tuple[str, str, Region], SignOff] = {}
        for one in sorted(sign_offs, key=lambda one: one.signed_at):
            place = (one.topic, one.language, one.region)
            self._by_words[(*place, one.sha256)] = one
            self._latest[place] = one

    @property
    def are_any(self) -> bool:
        """Whether anything was ever signed."""
        return bool(self._latest)

    def of(self, text: SignableText) -> SignOff | None:
        """Who signed exactly these words; None after any edit."""
        return self._by_words.get((text.name, text.language, text.region, text.sha256))

    def before_edit(self, text: SignableText) -> SignOff | None:
        """Who signed an earlier wording of a text that is unsigned as it stands now."""
        if self.of(text) is not None:
            return None
        return self._latest.get((text.name, text.language, text.region))

    def missing(self, texts: Iterable[SignableText]) -> Sequence[SignableText]:
        """Those of `texts` that nobody has signed as they stand now."""
        return [text for text in texts if self.of(text) is None]
