"""Which texts are signed, and what may a clinic do without the signatures that are missing?

Signatures are held in memory and read again by a tick, so that no message waits for them; until
then a new one only counts later, never too early.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.content import Content
from bot.domain.identity import ClinicId, Region
from bot.domain.patient import Clinic
from bot.domain.review import NEEDED_TO_ENROL, Reviewed, SignableText, Signatures, TextKind
from bot.ports.store import Store


class SignedTexts:
    """The signatures of all clinics against the words as they stand now."""

    def __init__(self, content: Content, *, is_production: bool) -> None:
        """In a demonstration everything is shown, marked; nothing is known before `refresh`."""
        self._content = content
        self._is_production = is_production
        self._signatures: dict[ClinicId, Signatures] = {}
        self._withheld: dict[tuple[ClinicId, str, Region], frozenset[str]] = {}
        self._open: dict[tuple[ClinicId, str, Region], bool] = {}

    async def refresh(self, store: Store) -> None:
        """Read the signatures again."""
        async with store.read() as tx:
            self._signatures = {
                clinic.id: Signatures(await tx.reviews.sign_offs(clinic.id))
                for clinic in await tx.house.clinics()
            }
        self._withheld.clear()
        self._open.clear()

    def signatures(self, clinic_id: ClinicId) -> Signatures:
        """The clinic's signatures as last read."""
        return self._signatures.get(clinic_id) or Signatures()

    @property
    def is_any_signed(self) -> bool:
        """Whether any clinic has signed anything."""
        return any(one.are_any for one in self._signatures.values())

    def reviewed(self, clinic: Clinic, topic: str, *, language: str) -> Reviewed | None:
        """Who signed this answer as it is given, and when; None while nobody has."""
        text = self._content.signable.text(topic, language=language, region=clinic.region)
        signed = self.signatures(clinic.id).of(text)
        if signed is None:
            return None
        return Reviewed(
            by=signed.staff_name, on=signed.signed_at.astimezone(ZoneInfo(clinic.zone)).date()
        )

    def withheld(self, clinic: Clinic, language: str) -> frozenset[str]:
        """Topics that must not be given: in production those above routine risk and unsigned."""
        if not self._is_production:
            return frozenset()
        place = (clinic.id, language, clinic.region)
        if place not in self._withheld:
            unsigned = self.unsigned_above_routine(clinic, language)
            self._withheld[place] = frozenset(text.name for text in unsigned)
        return self._withheld[place]

    def unsigned_above_routine(self, clinic: Clinic, language: str) -> Sequence[SignableText]:
        """Answers above routine risk that nobody has signed."""
        topics = self._content.signable.topics(language, clinic.region)
        risky = [text for text in topics if text.kind is TextKind.TOPIC]
        return self.signatures(clinic.id).missing(risky)

    def missing_to_enrol(self, clinic: Clinic, language: str) -> Sequence[SignableText]:
        """Emergency, consent and enrolment texts of this language that nobody has signed."""
        signable = self._content.signable
        texts = (
            *signable.flags(language, clinic.region),
            *signable.messages(language, clinic.region),
        )
        needed = [text for text in texts if text.kind in NEEDED_TO_ENROL]
        return self.signatures(clinic.id).missing(needed)

    def may_enrol(self, clinic: Clinic, language: str) -> bool:
        """Whether somebody of this language may join: always in a demonstration."""
        if not self._is_production:
            return True
        place = (clinic.id, language, clinic.region)
        if place not in self._open:
            self._open[place] = not self.missing_to_enrol(clinic, language)
        return self._open[place]

    def closed_languages(self, clinic: Clinic) -> frozenset[str]:
        """Languages that nobody may choose yet, because texts of theirs are unsigned."""
        offered = self._content.languages
        return frozenset(code for code in offered if not self.may_enrol(clinic, code))
