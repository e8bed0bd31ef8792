"""What does an engine have done, whichever engine it is?"""

from typing import Protocol

from bot.domain.identity import ClinicId, Lane


class Services(Protocol):
    """The work of Balm, by what it does."""

    async def plan(self) -> object:
        """Bring every plan up to the horizon."""
        ...

    async def due(self) -> int:
        """Carry out every step that is due; how many."""
        ...

    async def answer(self, lane: tuple[ClinicId, Lane] | None = None) -> bool:
        """Answer one waiting message (of `lane`, if given); False when none waits."""
        ...

    async def photos(self) -> int:
        """Fetch photos that patients asked to keep; how many were worked on."""
        ...

    async def escalate(self) -> object:
        """Open what waited too long, and tell the next person of every open alert."""
        ...

    async def upkeep(self) -> object:
        """End and forget what is over."""
        ...

    async def refresh(self) -> None:
        """Read again what every process keeps in its memory."""
        ...
