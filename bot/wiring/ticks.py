"""What is done at each tick, whatever the engine?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.identity import ClinicId, Lane

if TYPE_CHECKING:
    from bot.wiring.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """The work of an engine, by the services of one house."""

    house: "House"

    async def plan(self) -> object:
        """Every plan up to the horizon, and what the clinic should look at."""
        planned = await self.house.planner.plan_all()
        await self.house.watch.run()
        return planned

    async def due(self) -> int:
        """Campaign events first, for they may be due at once; then every due step."""
        await self.house.campaigns.events.run()
        return await self.house.due.run()

    async def answer(self, lane: tuple[ClinicId, Lane] | None = None) -> bool:
        """One waiting message, of `lane` if given."""
        return await self.house.inbound.answer_next(lane)

    async def photos(self) -> int:
        """Photos that patients asked to keep."""
        return await self.house.photos.run()

    async def escalate(self) -> object:
        """Doubts that waited too long, conversations that staff hold, open alerts."""
        await self.house.escalations.run()
        await self.house.front.handoffs.run()
        return await self.house.alerts.run()

    async def upkeep(self) -> None:
        """What is over is ended and forgotten; the pages of the ledger are sealed."""
        await self.house.upkeep.run()
        await self.house.ledger.seal()

    async def refresh(self) -> None:
        """What other processes signed, published or joined."""
        await self.house.signed.refresh(self.house.store)
        await self.house.campaigns.book.refresh(self.house.store)
        await self.house.programmes.refresh(self.house.store)
