"""How are photos fetched from a provider, cleaned, kept, and taken out to be shown?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from bot.domain.identity import ClinicId, PatientId
from bot.domain.photo import PhotoCount, PhotoRefusal, SourceOfPhoto, WaitingPhoto


class PhotoRefused(Exception):
    """This photo can never be kept; `reason` says why, without saying anything of it."""

    def __init__(self, reason: PhotoRefusal) -> None:
        """`reason` has a text for the patient."""
        super().__init__(reason.value)
        self.reason = reason


@runtime_checkable
class HandsOutPhotos(Protocol):
    """A channel whose provider holds what patients send, and lets go of it."""

    async def fetch(self, reference: str, *, at_most: int) -> bytes:
        """The file, of `at_most` bytes. Raises PhotoRefused, or SendError to try again later."""
        ...

    async def let_go(self, address: str, message: str) -> None:
        """Delete the provider's copy of a message. Raises SendError; gone already is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPhoto:
    """A photo with nothing in it but its picture."""

    jpeg: bytes = field(repr=False)


class Cleans(Protocol):
    """Makes pictures out of what came in."""

    def clean(self, content: bytes) -> CleanPhoto:
        """The picture alone, upright and of a bounded size. Blocks. Raises PhotoRefused."""
        ...

    def side_by_side(self, photos: Sequence[bytes]) -> bytes:
        """One JPEG of one or two clean photos of the same height. Blocks."""
        ...


class PhotoRecords(Protocol):
    """The photos of patients; at most one is kept for each day."""

    async def ask(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        source: SourceOfPhoto,
        *,
        day: date,
        is_of_album: bool,
        at: datetime,
    ) -> None:
        """A photo to be fetched."""
        ...

    async def waiting(self, now: datetime, *, limit: int) -> Sequence[WaitingPhoto]:
        """What may be fetched, or let go at the provider, oldest first."""
        ...

    async def next_step_at(self, now: datetime) -> datetime | None:
        """When something of a photo is tried again after `now`, or None."""
        ...

    async def is_waiting(self, photo: WaitingPhoto) -> bool:
        """Whether it still waits just so; holds the row for this transaction."""
        ...

    async def keep(self, photo: WaitingPhoto, clean: CleanPhoto, *, at: datetime) -> None:
        """Keep it as the photo of its day, instead of another one of that day."""
        ...

    async def refuse(self, photo: WaitingPhoto) -> None:
        """Forget that it was asked for."""
        ...

    async def let_go(self, photo: WaitingPhoto) -> None:
        """The provider's copy is gone, or can no longer be removed."""
        ...

    async def try_again(self, photo: WaitingPhoto, *, at: datetime) -> None:
        """One more failed try."""
        ...

    async def days(self, patient_id: PatientId) -> Sequence[date]:
        """The days of which a photo is kept, in order."""
        ...

    async def opened(self, patient_id: PatientId, day: date) -> bytes | None:
        """The photo of a day as JPEG, or None."""
        ...

    async def forget(self, patient_id: PatientId, *, day: date | None = None) -> int:
        """Remove the photo of a day, or all, also those on their way; how many."""
        ...

    async def forget_older(self, *, before: date) -> int:
        """Remove photos of days before then; how many."""
        ...

    async def counts(self, clinic_id: ClinicId) -> Sequence[PhotoCount]:
        """How many each patient has; never what they show."""
        ...
