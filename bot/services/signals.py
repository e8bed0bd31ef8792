"""When does what a patient told become a case, in the transaction in which it was told?"""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.change import Detector
from bot.domain.effect import Effect, RaiseAlert, Say
from bot.domain.identity import PatientId
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Clinic, state_at
from bot.domain.questionnaire import Questionnaire
from bot.domain.signal import Signal, signals
from bot.ports.store import Transaction


class Signals:
    """Judges after every answer, dose word and missed dose; writes nothing itself."""

    def __init__(self, questionnaires: Sequence[Questionnaire], detector: Detector) -> None:
        """Rules come from `questionnaires`, the parameters of change from `detector`."""
        self._questionnaires = questionnaires
        self._detector = detector

    async def effects(
        self, tx: Transaction, clinic: Clinic, patient_id: PatientId, *, now: datetime
    ) -> Sequence[Effect]:
        """A case for every rule that fires and has opened none lately."""
        patient = await tx.people.patient(patient_id)
        assert patient is not None
        state = state_at(patient, await tx.people.facts(patient_id), at=now, clinic=clinic)
        history = await tx.history.course(patient_id, until=now)
        today = now.astimezone(state.zone).date()
        fired = signals(self._questionnaires, history, detector=self._detector, today=today)
        effects: list[Effect] = []
        for signal in fired:
            since = now - signal.quiet_for
            if not await tx.cases.has_category_since(patient_id, signal.category, since=since):
                effects += _case(signal)
        return effects


def _case(signal: Signal) -> Sequence[Effect]:
    raised = RaiseAlert(
        category=signal.category,
        urgency=signal.rule.urgency,
        evidence=signal.evidence,
        note=f"rule {signal.questionnaire} {signal.version} {signal.rule.id}",
    )
    if signal.rule.says is None:
        return [raised]
    return [raised, Say(template=signal.rule.says, kind=MessageKind.SAFETY)]
