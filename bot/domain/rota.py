"""Who at the clinic must look now, and by when can its declared cover act? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.identity import StaffId
from bot.domain.staffed_hours import StaffedHours

_DAY = timedelta(days=1)
_LOOK_AHEAD_DAYS = 400
"""Longest closure that is looked through; a clinic that is shut for longer has no patients."""


class StaffRole(StrEnum):
    """What somebody does at the clinic; earlier ones are asked first when the rota names nobody."""

    LEAD = "lead"
    DEPUTY = "deputy"
    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    MANAGER = "manager"
    ADMIN = "admin"
    TEAM = "team"
    """Nobody in particular: a chat or a mailbox that several people read."""
    OPERATOR = "operator"
    """Looks after the program; is told when the clinic is silent, never about a patient."""


CONFIDENTIAL_ROLES = frozenset({StaffRole.LEAD, StaffRole.DEPUTY})
"""Who sees confidential alerts besides the person on call. Source: product-rules.md 5."""
_RANKS = {role.value: rank for rank, role in enumerate(StaffRole)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of staff as far as alerts need to know them."""

    id: StaffId
    role: str
    is_active: bool = True
    is_reachable: bool = True
    """Has a contact point whose channel works."""
    is_reachable_alone: bool = True
    """Has such a contact point that nobody else reads."""

    @property
    def takes_alerts(self) -> bool:
        """Whether alerts about patients may go to them at all."""
        return self.is_active and self.role != StaffRole.OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Local hours on days of the week in which one person is on call.

    A shift that ends at or before its beginning goes on into the next day; equal times are a
    whole day.
    """

    staff_id: StaffId
    days: frozenset[int]
    """0 is Monday: the day on which the shift begins."""
    opens: time
    closes: time
    first_day: date | None = None
    last_day: date | None = None
    works_on_holidays: bool = False

    def covers(self, local: datetime, holidays: frozenset[date]) -> bool:
        """Whether the person is on call at the clinic's local time `local`."""
        at, today = local.time(), local.date()
        if self.closes > self.opens:
            return self.opens <= at < self.closes and self._begins_on(today, holidays)
        if at >= self.opens and self._begins_on(today, holidays):
            return True
        return at < self.closes and self._begins_on(today - _DAY, holidays)

    def _begins_on(self, day: date, holidays: frozenset[date]) -> bool:
        return (
            day.weekday() in self.days
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
            and (self.works_on_holidays or day not in holidays)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Who is on call when, and the hours in which the clinic has declared that somebody reads."""

    zone: ZoneInfo
    hours: StaffedHours | None
    """None: declared in words that no clock can keep, and so taken as always."""
    has_cover: bool
    """Somebody is on call outside of `hours`, too."""
    shifts: tuple[Shift, ...] = ()
    holidays: frozenset[date] = frozenset()
    fallback: tuple[StaffId, ...] = ()
    """Who is asked, in this order, when no shift names anybody; then everybody else by role."""

    def on_call(self, now: datetime) -> list[StaffId]:
        """Who is on call at `now`, in the order of the rota."""
        local = now.astimezone(self.zone)
        named = [s.staff_id for s in self.shifts if s.covers(local, self.holidays)]
        return list(dict.fromkeys(named))

    def is_covered(self, now: datetime) -> bool:
        """Whether the clinic has declared that somebody reads alerts at `now`."""
        if self.has_cover or self.hours is None:
            return True
        local = now.astimezone(self.zone)
        return self.hours.covers(local) and local.date() not in self.holidays

    def next_covered(self, now: datetime) -> datetime:
        """The first instant from `now` on at which somebody reads alerts."""
        if self.is_covered(now) or self.hours is None:
            return now
        local = now.astimezone(self.zone)
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + ahead * _DAY
            opening = datetime.combine(day, self.hours.opens, self.zone).astimezone(UTC)
            if opening > now and self.is_covered(opening):
                return opening
        return now

    def after(self, start: datetime, span: timedelta) -> datetime:
        """When `span` of declared cover has passed since `start`: a deadline that can be kept.

        Five minutes from 16:58 end at 9:03 on the next working day where nobody reads after 17:00.
        """
        at = start
        for _ in range(_LOOK_AHEAD_DAYS):
            at = self.next_covered(at)
            closing = self._closing(at)
            if closing is None or at + span <= closing:
                return at + span
            span -= closing - at
            at = closing
        return at + span

    def _closing(self, at: datetime) -> datetime | None:
        """When the cover that holds at `at` ends; None: never."""
        if self.has_cover or self.hours is None or not self.is_covered(at):
            return None
        today = at.astimezone(self.zone).date()
        return datetime.combine(today, self.hours.closes, self.zone).astimezone(UTC)


def audience(
    members: Iterable[Member], rota: Rota, now: datetime, *, is_confidential: bool
) -> list[Member]:
    """Who may be told of an alert, the one to be told first in front.

    On call first, then the rota's fallback, then everybody else by role. Of a confidential alert
    only lead, deputy and the person on call may know, each at a contact point of their own.
    """
    on_call = rota.on_call(now)
    allowed = [
        member
        for member in members
        if member.takes_alerts
        and (_may_know(member, on_call) if is_confidential else member.is_reachable)
    ]
    first = [*on_call, *rota.fallback]

    def rank(member: Member) -> tuple[int, int, StaffId]:
        place = first.index(member.id) if member.id in first else len(first)
        return place, _RANKS.get(member.role, len(_RANKS)), member.id

    return sorted(allowed, key=rank)


def sees_confidential(member: Member, rota: Rota, now: datetime) -> bool:
    """Whether this person may read confidential alerts now."""
    return member.takes_alerts and _is_on_list(member, rota.on_call(now))


def handed_over(shifts: Sequence[Shift], leaver: StaffId, *, heir: StaffId) -> tuple[Shift, ...]:
    """The shifts with `heir` in the place of `leaver`."""
    return tuple(
        replace(shift, staff_id=heir) if shift.staff_id == leaver else shift for shift in shifts
    )


def _may_know(member: Member, on_call: Sequence[StaffId]) -> bool:
    return member.is_reachable_alone and _is_on_list(member, on_call)


def _is_on_list(member: Member, on_call: Sequence[StaffId]) -> bool:
    is_person = member.role != StaffRole.TEAM
    return is_person and (member.role in CONFIDENTIAL_ROLES or member.id in on_call)
