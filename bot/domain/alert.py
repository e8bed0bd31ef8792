"""Who must be told of an open alert next, until a person has closed it? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.escalation import Entry, EntryKind, Escalation, EscalationState, Urgency
from bot.domain.identity import EscalationId, StaffId
from bot.domain.rota import Member, Rota, audience

LONGEST_STEP = timedelta(minutes=30)
"""Longest pause between one person's silence and the next person, within one deadline."""
REPEAT_EVERY = timedelta(minutes=15)
"""After the deadline everybody is told again, after pauses that double up to a day."""
CLOSE_WITHIN = timedelta(hours=4)
"""Who reached the patient is asked after this time to close the alert, and then every day."""
_LONGEST_PAUSE = timedelta(days=1)
_SHORTEST_CONTACT = timedelta(minutes=15)
_NEVER = (EscalationState.CHECKING, EscalationState.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell these people of the alert for the first time in this round."""

    to: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Tell them again, with a mark that it is not the first time."""

    to: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOn:
    """Its owner did not reach the patient in time: look for the next person."""

    away_from: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPatient:
    """Say plainly that the clinic could not be reached, and whom to call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmOperator:
    """Nobody of the clinic answers: the operator has to find somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do before this instant; None: never again."""

    until: datetime | None


Step = Notify | Repeat | HandOn | TellPatient | AlarmOperator | Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A case with all that happened to it, oldest first."""

    case: Escalation
    acknowledge_within: timedelta
    entries: tuple[Entry, ...] = ()

    @property
    def contact_within(self) -> timedelta:
        """How soon after acknowledging somebody must have spoken with the patient.

        Twice the time for acknowledging, at least a quarter of an hour: a working value that no
        clinician has signed yet.
        """
        return max(2 * self.acknowledge_within, _SHORTEST_CONTACT)

    @property
    def this_round(self) -> tuple[Entry, ...]:
        """What happened since the alert was opened or last handed on."""
        handed_on = [n for n, e in enumerate(self.entries) if e.kind is EntryKind.HANDED_ON]
        return self.entries[handed_on[-1] + 1 :] if handed_on else self.entries

    @property
    def tried(self) -> frozenset[str]:
        """Who had the alert and did not reach the patient."""
        kinds = (EntryKind.HANDED_ON, EntryKind.NOT_REACHED)
        return frozenset(entry.actor for entry in self.entries if entry.kind in kinds)

    def notices(self, staff_id: StaffId) -> int:
        """How often this person was told of the alert, in all rounds."""
        return sum(e.kind is EntryKind.NOTIFIED and e.actor == staff_id for e in self.entries)

    def last(self, *kinds: EntryKind) -> Entry | None:
        """The newest entry of one of these kinds, or None."""
        return next((entry for entry in reversed(self.entries) if entry.kind in kinds), None)

    def contact_deadline(self, rota: Rota) -> datetime | None:
        """By when its owner must have reached the patient; None: nobody has acknowledged it."""
        seen = self.last(EntryKind.ACKNOWLEDGED)
        if self.case.state is not EscalationState.ACKNOWLEDGED or seen is None:
            return None
        return rota.after(seen.at, self.contact_within)


def next_step(alert: Alert, staff: Sequence[Member], rota: Rota, now: datetime) -> Step:
    """What has to happen now, or until when to wait.

    A case that is open is never waited for without end: somebody is always next, except in a drill
    whose deadline has passed.
    """
    case = alert.case
    if case.urgency is Urgency.TASK or case.state in _NEVER:
        return Wait(until=None)
    people = audience(staff, rota, now, is_confidential=case.is_confidential)
    people.sort(key=lambda member: member.id in alert.tried)
    if case.state is EscalationState.ACKNOWLEDGED:
        deadline = alert.contact_deadline(rota)
        if deadline is not None and now < deadline:
            return Wait(until=deadline)
        return HandOn(away_from=case.owner_id)
    if case.state is EscalationState.CONTACTED:
        return _until_closed(alert, people, rota, now)
    return _Search(alert=alert, people=people, rota=rota, now=now).step()


def _until_closed(alert: Alert, people: Sequence[Member], rota: Rota, now: datetime) -> Step:
    contacted, told = alert.last(EntryKind.CONTACTED), alert.last(EntryKind.NOTIFIED)
    since = contacted.at if contacted else alert.case.opened_at
    due = rota.after(since, CLOSE_WITHIN)
    if told is not None and told.at >= due:
        due = told.at + _LONGEST_PAUSE
    if now < due:
        return Wait(until=due)
    if not people:
        return _without_anybody(alert, now)
    owner = next((p for p in people if p.id == alert.case.owner_id), people[0])
    return Repeat(to=(owner.id,))


def _without_anybody(alert: Alert, now: datetime) -> Step:
    alarmed = alert.last(EntryKind.OPERATOR_ALARMED)
    due = alarmed.at + _LONGEST_PAUSE if alarmed else now
    return AlarmOperator() if due <= now else Wait(until=due)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """The search for somebody who takes the alert, from the first notice of this round on."""

    alert: Alert
    people: Sequence[Member]
    rota: Rota
    now: datetime

    def step(self) -> Step:
        """Owner, owner again, next person, everybody; then operator and patient; then again."""
        if not self._notices and self.people:
            return self._begin()
        return self._owner_or_others() or self._after_everybody()

    @property
    def _notices(self) -> list[Entry]:
        return [e for e in self.alert.this_round if e.kind is EntryKind.NOTIFIED]

    @property
    def _told(self) -> list[str]:
        return list(dict.fromkeys(entry.actor for entry in self._notices))

    @property
    def _begun_at(self) -> datetime:
        return self._notices[0].at if self._notices else self.alert.case.opened_at

    def _has_failed(self, actor: str) -> bool:
        """Whether nothing of the newest notice to this person could be delivered."""
        number = self.alert.notices(StaffId(actor))
        return any(
            entry.kind is EntryKind.FAILED and entry.actor == actor and entry.number == number
            for entry in self.alert.entries
        )

    def _is_silent(self) -> bool:
        """Whether nobody who was told can have read it, so that waiting helps nobody."""
        present = {member.id for member in self.people}
        return all(actor not in present or self._has_failed(actor) for actor in self._told)

    def _begin(self) -> Step:
        may_wait = self.alert.case.urgency is Urgency.SAME_DAY
        if may_wait and not self.rota.is_covered(self.now):
            return Wait(until=self.rota.next_covered(self.now))
        return Notify(to=(self.people[0].id,))

    def _owner_or_others(self) -> Step | None:
        """The step within the deadline, or a wait for it; None: everybody was told."""
        told, pause = self._told, min(self.alert.acknowledge_within / 4, LONGEST_STEP)
        waiting = tuple(member.id for member in self.people if member.id not in told)
        step: Step
        if len(self._notices) == 1 and not self._is_silent():
            step, due = Repeat(to=(StaffId(told[0]),)), self._at(pause)
        elif len(told) == 1 and waiting:
            step, due = Notify(to=waiting[:1]), self._at(2 * pause)
        elif waiting:
            step, due = Notify(to=waiting), self._at(3 * pause)
        else:
            return None
        return step if due <= self.now or self._is_silent() else Wait(until=due)

    def _after_everybody(self) -> Step:
        deadline = self._at(self.alert.acknowledge_within)
        kinds = {entry.kind for entry in self.alert.this_round}
        is_over = deadline <= self.now
        is_lost = is_over or self._is_silent()
        if is_lost and EntryKind.OPERATOR_ALARMED not in kinds:
            return AlarmOperator()
        if is_lost and self.alert.case.patient_knows and EntryKind.PATIENT_TOLD not in kinds:
            return TellPatient()
        if not is_over:
            return Wait(until=deadline)
        if self.alert.case.is_drill:
            return Wait(until=None)
        if not self.people:
            return _without_anybody(self.alert, self.now)
        due = self._next_repeat(deadline)
        everybody = tuple(member.id for member in self.people)
        return Repeat(to=everybody) if due <= self.now else Wait(until=due)

    def _next_repeat(self, deadline: datetime) -> datetime:
        after = [entry.at for entry in self._notices if entry.at >= deadline]
        rounds = len(set(after))
        pause = min(REPEAT_EVERY * 2 ** min(rounds, 10), _LONGEST_PAUSE)
        return self.rota.after(max([deadline, *after]), pause)

    def _at(self, pause: timedelta) -> datetime:
        return self.rota.after(self._begun_at, pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Which time which person was told of which case: the cause of a delivery to staff."""

    case_id: EscalationId
    staff_id: StaffId
    number: int

    @property
    def cause(self) -> str:
        """The same notice can never be queued twice."""
        return f"{_NOTICE}:{self.case_id}:{self.staff_id}:{self.number}"


_NOTICE = "alert"


def notice_of(cause: str) -> Notice | None:
    """The notice that a delivery's cause names, or None when it is about something else."""
    parts = cause.split(":")
    if len(parts) != 4 or parts[0] != _NOTICE or not parts[3].isdecimal():
        return None
    return Notice(case_id=EscalationId(parts[1]), staff_id=StaffId(parts[2]), number=int(parts[3]))
