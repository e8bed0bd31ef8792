"""What does an operator or an auditor find in a simulation? A refusal: there is neither."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.identity import ClinicId, Lane, SenderId
from bot.domain.ledger import Count, Entry, Page
from bot.ports.ledger import Sealable
from bot.store.memory.refusal import NotInSimulation

_ACCOUNT = "the sealed account of messages"
_CLUSTER = "what waits for the processes of a cluster"


class MemoryLedger:
    """No account is sealed: a simulation is compared with the real services word for word."""

    async def counts(self, clinic_id: ClinicId) -> Sequence[Count]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)

    async def to_seal(
        self, clinic_id: ClinicId, *, before: datetime, limit: int
    ) -> Sequence[Sealable]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)

    async def last_page(self, clinic_id: ClinicId) -> Page | None:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)

    async def add_page(self, clinic_id: ClinicId, page: Page, entries: Sequence[Entry]) -> None:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)

    async def pages(self, clinic_id: ClinicId) -> Sequence[Page]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)

    async def entries(self, clinic_id: ClinicId, page: int) -> Sequence[Entry]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)

    async def as_now(self, clinic_id: ClinicId, entries: Sequence[Entry]) -> Sequence[Sealable]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_ACCOUNT)


class MemoryBacklog:
    """One task lives through a simulation, and finds its work without looking for it."""

    async def lanes(self, now: datetime, *, limit: int) -> Sequence[tuple[ClinicId, Lane]]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_CLUSTER)

    async def senders(self, now: datetime) -> Sequence[SenderId]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_CLUSTER)

    async def gauges(self, now: datetime) -> Mapping[str, float]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_CLUSTER)

    async def refusals(self, clinic_id: ClinicId, *, since: datetime) -> Mapping[str, int]:
        """Raises NotInSimulation."""
        raise NotInSimulation(_CLUSTER)

    async def workers(self, *, within_s: float) -> int:
        """Raises NotInSimulation."""
        raise NotInSimulation(_CLUSTER)
