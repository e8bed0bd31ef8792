"""What does a member of staff do with a case in the console?"""

from bot.domain.escalation import Outcome
from bot.domain.identity import EscalationId
from bot.domain.rota import sees_confidential
from bot.ports.clock import Clock
from bot.ports.console import CaseAnswer, CaseVerb
from bot.ports.house import Staff
from bot.ports.store import Store
from bot.ports.wake import Wake
from bot.services.alert_answers import AlertAnswers, Answer


class AlertDesk:
    """Implements the port `ConsoleAlerts`: one transaction for each answer."""

    def __init__(self, store: Store, clock: Clock, answers: AlertAnswers, wake: Wake) -> None:
        """Answers count from the time of `clock`."""
        self._store = store
        self._clock = clock
        self._answers = answers
        self._wake = wake

    async def answer(self, staff: Staff, case_id: EscalationId, answer: CaseAnswer) -> bool:
        """Carry the answer out; False when there is no such open case for this person."""
        async with self._store.unit_of_work() as tx:
            room = await self._answers.room(tx, staff, now=self._clock.now())
            match answer.verb:
                case CaseVerb.ACKNOWLEDGE:
                    done = await self._answers.acknowledge(room, case_id, staff)
                case CaseVerb.CONTACTED:
                    done = await self._answers.contacted(room, case_id, staff)
                case CaseVerb.CLOSE:
                    done = await self._answers.close(
                        room,
                        case_id,
                        staff,
                        outcome=answer.outcome or Outcome.SPOKE,
                        is_reportable=answer.is_reportable,
                    )
        self._wake.outbox()
        return done.answer is not Answer.UNKNOWN

    async def sees_confidential(self, staff: Staff) -> bool:
        """Whether this person may read confidential alerts now."""
        now = self._clock.now()
        async with self._store.read() as tx:
            room = await self._answers.room(tx, staff, now=now)
        member = next((m for m in room.roster.members() if m.id == staff.id), None)
        return member is not None and sees_confidential(member, room.roster.rota, now)
