"""Which silence has become somebody's job?"""

from bot.domain.escalation import EscalationState
from bot.ports.clock import Clock
from bot.ports.store import Store


class Escalations:
    """Opens cases whose safety check stayed unanswered."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Deadlines are patient time, by `clock`."""
        self._store = store
        self._clock = clock

    async def run(self) -> int:
        """Open what waited too long; how many."""
        now = self._clock.now()
        async with self._store.read() as tx:
            silent = await tx.cases.silent_checks(now)
        if not silent:
            return 0
        async with self._store.unit_of_work() as tx:
            silent = await tx.cases.silent_checks(now)
            for case in silent:
                await tx.cases.move(case.id, state=EscalationState.OPEN, note="no-answer")
                await tx.house.audit(
                    case.clinic_id, at=now, actor="clock", verb="case-opened", subject=case.id
                )
        return len(silent)
