"""What is kept of a simulated conversation between turns?"""

from dataclasses import replace
from datetime import datetime

from bot.domain.conversation import Conversation
from bot.domain.identity import ClinicId, Lane
from bot.ports.people import Conflict


class MemoryConversations:
    """State between turns, one per lane."""

    def __init__(self) -> None:
        """Nobody has spoken."""
        self._lanes: dict[Lane, Conversation] = {}

    async def get(self, clinic_id: ClinicId, lane: Lane) -> Conversation:
        """The conversation of a lane; a fresh one when there is none."""
        return self._lanes.get(lane) or Conversation(clinic_id=clinic_id, lane=lane)

    async def save(self, conversation: Conversation, *, at: datetime) -> None:
        """Store the next version. Raises Conflict when another turn was faster."""
        del at
        known = self._lanes.get(conversation.lane)
        if (known.version if known else 0) != conversation.version:
            raise Conflict(conversation.lane)
        self._lanes[conversation.lane] = replace(conversation, version=conversation.version + 1)

    async def forget(self, clinic_id: ClinicId, lane: Lane) -> None:
        """Remove the conversation of a lane."""
        del clinic_id
        self._lanes.pop(lane, None)

    async def forget_strangers(self, *, before: datetime) -> int:
        """Nothing lasts longer than a simulation."""
        del before
        return 0
