"""What waits to be done, and since when?

Each method is one statement of the open transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.identity import ClinicId, Lane, SenderId


class BacklogRecords(Protocol):
    """Work that is found in the rows, whoever forgot to be told of it."""

    async def lanes(self, now: datetime, *, limit: int) -> Sequence[tuple[ClinicId, Lane]]:
        """Lanes with a message that may be answered now, the oldest message first."""
        ...

    async def senders(self, now: datetime) -> Sequence[SenderId]:
        """Senders with a message that may leave now, or that a stopped drain left behind.

        None of them is stopped, or held by its provider.
        """
        ...

    async def gauges(self, now: datetime) -> Mapping[str, float]:
        """Counts and ages in seconds, by name; nothing about any person."""
        ...

    async def refusals(self, clinic_id: ClinicId, *, since: datetime) -> Mapping[str, int]:
        """By channel and the provider's code ("sms 21408"), how many texts did not arrive."""
        ...

    async def workers(self, *, within_s: float) -> int:
        """Processes of the cluster that gave a sign of life within the last seconds."""
        ...
