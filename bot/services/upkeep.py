"""What is ended or forgotten because its time is over?"""

from datetime import timedelta

from bot.domain.authors_queue import KEPT_FOR
from bot.domain.photo import KEPT_FOR as PHOTOS_KEPT_FOR
from bot.ports.clock import Clock
from bot.ports.store import Store

STRANGERS_KEPT = timedelta(days=7)


class Upkeep:
    """Ends late messages, forgets strangers, and questions whose time is over."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """By patient time of `clock`."""
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """One round; repeating it changes nothing."""
        now = self._clock.now()
        async with self._store.unit_of_work() as tx:
            await tx.outbox.expire(now=now)
            await tx.outbox.blank_strangers(before=now)
            await tx.people.forget_strangers(before=now - STRANGERS_KEPT)
            await tx.conversations.forget_strangers(before=now)
            await tx.questions.forget(before=now - KEPT_FOR)
            await tx.photos.forget_older(before=(now - PHOTOS_KEPT_FOR).date())
