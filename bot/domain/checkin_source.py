"""Which check-ins are planned for a patient? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.cadence import Asking
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence, regimen_in_force
from bot.domain.questionnaire import Anchor, Questionnaire
from bot.domain.schedule import Regimen, instant, is_skipped_day

DEFAULT_TIME = time(20, 0)
_SLOT = "day"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckinSource:
    """Plans each questionnaire on the days that its cadence names."""

    questionnaires: Sequence[Questionnaire]

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """All check-ins with after < due <= until, by `state.history` as it is now."""
        regimen = regimen_in_force(facts, state, at=until)
        if regimen is None:
            return []
        asking = Asking(
            self._allowed(facts, until),
            state.history,
            first_day=regimen.first_day,
            last_day=regimen.last_day,
        )
        found: list[PlannedOccurrence] = []
        day = after.astimezone(state.zone).date() - _DAY
        while day <= until.astimezone(state.zone).date() + _DAY:
            if not is_skipped_day(day, state.zone):
                found += _on(day, asking.on(day), state, regimen)
            day += _DAY
        return [one for one in found if after < one.due <= until]

    def _allowed(self, facts: Sequence[Fact], at: datetime) -> Sequence[Questionnaire]:
        """After a reported pregnancy nothing about the time after the course is sent (rule 18)."""
        shown = evidence_at(facts, at=at)
        if not any(one.name is EvidenceName.PREGNANCY_REPORTED for one in shown):
            return self.questionnaires
        return [q for q in self.questionnaires if q.cadence.anchor is Anchor.FIRST_DAY]


def _on(
    day: date, questionnaires: Sequence[Questionnaire], state: PatientState, regimen: Regimen
) -> list[PlannedOccurrence]:
    usual = state.dose_time or max((slot.at for slot in regimen.slots), default=DEFAULT_TIME)
    return [
        PlannedOccurrence(
            reminder=questionnaire.reminder,
            slot=_SLOT,
            day=day,
            at=(at := questionnaire.cadence.at or usual),
            zone=state.zone.key,
            due=instant(day, at, state.zone),
            kind=MessageKind.CHECKIN,
            rule=f"{questionnaire.id} {questionnaire.version}",
        )
        for questionnaire in questionnaires
    ]
