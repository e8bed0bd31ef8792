"""How does a clinician sign a text, and what is signed?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.content import Content
from bot.domain.identity import ClinicId, Region
from bot.domain.patient import Clinic
from bot.domain.review import SIGNING_ROLES, SignableText, SignOff
from bot.ports.clock import Clock, Ids
from bot.ports.house import Staff
from bot.ports.store import Store
from bot.services.codes import Codes
from bot.services.patients import NotPossible
from bot.services.signed_texts import SignedTexts

Choose = Callable[[Content, Region], Sequence[SignableText]]
"""Picks texts of the content for the region of a clinic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextState:
    """A text as it stands now, with who signed it or an earlier wording of it."""

    text: SignableText
    signed: SignOff | None
    before_edit: SignOff | None
    """A signature that an edit has undone."""


class Reviews:
    """Signing, by a person with their own one-time code; `clock` shows real time."""

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, *, content: Content, signed: SignedTexts
    ) -> None:
        """Texts come from `content`; `signed` learns of new signatures at once."""
        self._store = store
        self._clock = clock
        self._content = content
        self._signed = signed
        self._codes = Codes(store, clock, ids)

    def texts(
        self, clinic: Clinic, names: Sequence[str], *, language: str, region: Region | None
    ) -> Sequence[SignableText]:
        """The texts of these names as the clinic would send them. Raises NotPossible."""
        signable = self._content.signable
        known = region or clinic.region
        found = []
        for name in names:
            try:
                text = signable.text(name, language=language, region=known)
            except KeyError as error:
                raise NotPossible(
                    f"there is no text {name}; see: balm content signed --missing"
                ) from error
            if text.language != language.split("-")[0]:
                raise NotPossible(f"{name} has no text in {language}; sign {text.language} instead")
            found.append(text)
        return found

    async def sign(
        self, clinic_id: ClinicId, texts: Sequence[SignableText], *, name: str, code: str
    ) -> Sequence[SignableText]:
        """Those of `texts` that this signature is new for. Raises NotPossible.

        One code signs everything that one command names.
        """
        if not texts:
            raise NotPossible("nothing to sign: name a text, or see: balm content signed")
        staff = await self._codes.check(clinic_id, name=name, code=code)
        _refuse_role(staff)
        now = self._clock.now()
        new = []
        async with self._store.unit_of_work() as tx:
            for text in texts:
                sign_off = SignOff(
                    topic=text.name,
                    language=text.language,
                    region=text.region,
                    sha256=text.sha256,
                    staff_id=staff.id,
                    staff_name=staff.name,
                    signed_at=now,
                )
                if await tx.reviews.add_sign_off(clinic_id, sign_off):
                    new.append(text)
                    subject = f"{text.name}/{text.language}/{text.region.value}"
                    await tx.house.audit(
                        clinic_id, at=now, actor=staff.id, verb="text-signed", subject=subject
                    )
        await self._signed.refresh(self._store)
        return new

    async def states(
        self, clinic: Clinic, *, language: str, region: Region | None = None
    ) -> Sequence[TextState]:
        """Every text of a language with its signature, as stored now."""
        await self._signed.refresh(self._store)
        signatures = self._signed.signatures(clinic.id)
        texts = self._content.signable.everything(language, region or clinic.region)
        return [
            TextState(
                text=text, signed=signatures.of(text), before_edit=signatures.before_edit(text)
            )
            for text in texts
        ]


def _refuse_role(staff: Staff) -> None:
    if staff.role not in SIGNING_ROLES:
        allowed = ", ".join(sorted(SIGNING_ROLES))
        raise NotPossible(f"{staff.name} is {staff.role}; texts are signed by: {allowed}")
