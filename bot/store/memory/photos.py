"""What is kept of photos during a simulation? Nobody in it sends any."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.domain.identity import ClinicId, PatientId
from bot.domain.photo import PhotoCount, SourceOfPhoto, WaitingPhoto
from bot.ports.photos import CleanPhoto
from bot.store.memory.refusal import NotInSimulation


class MemoryPhotos:
    """An album that stays empty."""

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
        """Refused: a simulated patient has no camera."""
        raise NotInSimulation("photos")

    async def waiting(self, now: datetime, *, limit: int) -> Sequence[WaitingPhoto]:
        """None."""
        del now, limit
        return ()

    async def next_step_at(self, now: datetime) -> datetime | None:
        """Never."""
        del now
        return None

    async def is_waiting(self, photo: WaitingPhoto) -> bool:
        """Never."""
        del photo
        return False

    async def keep(self, photo: WaitingPhoto, clean: CleanPhoto, *, at: datetime) -> None:
        """Refused: a simulated patient has no camera."""
        raise NotInSimulation("photos")

    async def refuse(self, photo: WaitingPhoto) -> None:
        """Refused: a simulated patient has no camera."""
        raise NotInSimulation("photos")

    async def let_go(self, photo: WaitingPhoto) -> None:
        """Refused: a simulated patient has no camera."""
        raise NotInSimulation("photos")

    async def try_again(self, photo: WaitingPhoto, *, at: datetime) -> None:
        """Refused: a simulated patient has no camera."""
        raise NotInSimulation("photos")

    async def days(self, patient_id: PatientId) -> Sequence[date]:
        """None."""
        del patient_id
        return ()

    async def opened(self, patient_id: PatientId, day: date) -> bytes | None:
        """None."""
        del patient_id, day
        return None

    async def forget(self, patient_id: PatientId, *, day: date | None = None) -> int:
        """There is nothing to remove."""
        del patient_id, day
        return 0

    async def forget_older(self, *, before: date) -> int:
        """There is nothing to remove."""
        del before
        return 0

    async def counts(self, clinic_id: ClinicId) -> Sequence[PhotoCount]:
        """None."""
        del clinic_id
        return ()
