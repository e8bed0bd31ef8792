"""What is kept of signatures, and of the one-time codes that make them?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.identity import ClinicId
from bot.domain.review import SignOff
from bot.ports.house import Staff


class ReviewRecords(Protocol):
    """Signatures and one-time codes."""

    async def sign_offs(self, clinic_id: ClinicId) -> Sequence[SignOff]:
        """Every signature of a clinic, oldest first."""
        ...

    async def add_sign_off(self, clinic_id: ClinicId, sign_off: SignOff) -> bool:
        """One more signature; False when exactly these words were signed already."""
        ...

    async def code_secret(self, staff: Staff) -> str | None:
        """The secret of a person's one-time codes; None before they were enrolled for them."""
        ...

    async def set_code_secret(self, staff: Staff, secret: str) -> None:
        """A new secret; codes of the old one open nothing any more."""
        ...

    async def use_code_step(self, staff: Staff, step: int, *, at: datetime) -> bool:
        """Use up the code of a time step; False when it was used before."""
        ...

    async def count_audits(
        self, clinic_id: ClinicId, *, verb: str, subject: str, since: datetime
    ) -> int:
        """How often `verb` was done to `subject` since then."""
        ...
