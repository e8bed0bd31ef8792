"""Who answers a patient while a person of the clinic does, and until when? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.escalation import Entry, EntryKind, Escalation
from bot.domain.rota import Rota

PATIENT = "patient"
CLOCK = "clock"
ASKED_AFTER = timedelta(hours=4)
"""Staffed hours without a word of staff until their owner is asked. Source: product rule 13."""
RETURNS_AFTER = timedelta(hours=1)
"""Staffed hours that the owner has to answer that question."""
LONGEST_SILENCE = timedelta(days=3)
"""So long nobody is left without an answer, whatever the clinic's hours: over a weekend."""
_TALKS_FOR = timedelta(minutes=30)
_TOLD_FOR = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A conversation given to a human until returned: its case, and what was said in it."""

    case: Escalation
    entries: Sequence[Entry]
    """Oldest first."""
    owner_name: str = ""
    """Who answers, as the patient reads it."""

    @property
    def staff_said_at(self) -> datetime:
        """When staff took it over or last wrote in it."""
        place = self._staff_place
        return self.entries[place].at if place >= 0 else self.case.opened_at

    @property
    def asked_at(self) -> datetime | None:
        """When its owner was asked whether they still answer, after their last word."""
        place = self._place(EntryKind.NOTIFIED, CLOCK)
        return self.entries[place].at if place > self._staff_place else None

    @property
    def waits_for_staff(self) -> bool:
        """Whether the patient has had the last word."""
        return self._place(EntryKind.SAID, PATIENT) > self._staff_place

    @property
    def owner_knows(self) -> bool:
        """Whether the owner was already told that words of the patient wait."""
        return self._place(EntryKind.NOTIFIED, self.case.owner_id or "") > self._staff_place

    def must_reassure(self, now: datetime) -> bool:
        """Whether the patient, writing now, should read who will answer.

        Not into a talk that goes on, and not again and again while they wait.
        """
        told: datetime | None = None
        theirs = [entry.at for entry in self.entries[self._staff_place + 1 :] if _is_said(entry)]
        for at in (*theirs, now):
            is_talk = at - self.staff_said_at < _TALKS_FOR
            is_due = not is_talk and (told is None or at - told >= _TOLD_FOR)
            told = at if is_due else told
        return is_due

    def count(self, kind: EntryKind, actor: str) -> int:
        """How often this happened by, or to, this person."""
        return sum(entry.kind is kind and entry.actor == actor for entry in self.entries)

    @property
    def _staff_place(self) -> int:
        """Where in the entries staff last took it over or wrote; -1: nowhere."""
        theirs = (EntryKind.ACKNOWLEDGED, EntryKind.SAID)
        found = [
            place
            for place, entry in enumerate(self.entries)
            if entry.kind in theirs and entry.actor != PATIENT
        ]
        return max(found, default=-1)

    def _place(self, kind: EntryKind, actor: str) -> int:
        """Where in the entries this last happened by, or to, somebody; -1: nowhere.

        Two entries may carry the same instant, so what counts is their order.
        """
        return max(
            (n for n, one in enumerate(self.entries) if one.kind is kind and one.actor == actor),
            default=-1,
        )


def _is_said(entry: Entry) -> bool:
    return entry.kind is EntryKind.SAID and entry.actor == PATIENT


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOwner:
    """Ask the owner whether they still answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """Balm answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUntil:
    """Nothing to do before then."""

    at: datetime


def next_step(handoff: Handoff, rota: Rota, now: datetime) -> AskOwner | GiveBack | WaitUntil:
    """What the silence of staff leads to; hours are those that the clinic has declared."""
    since, asked = handoff.staff_said_at, handoff.asked_at
    latest = since + LONGEST_SILENCE
    if asked is None:
        asks_at = min(rota.after(since, ASKED_AFTER), latest - RETURNS_AFTER)
        return AskOwner() if now >= asks_at else WaitUntil(at=asks_at)
    returns_at = min(rota.after(asked, RETURNS_AFTER), max(latest, asked + RETURNS_AFTER))
    return GiveBack() if now >= returns_at else WaitUntil(at=returns_at)
