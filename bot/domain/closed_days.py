"""On which days can nothing be done at the clinic or the pharmacy? Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

_ONE_DAY = timedelta(days=1)
_LONGEST_CLOSURE_DAYS = 60
"""A clinic that is closed for longer has no open day to plan with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDays:
    """Weekdays that are always closed, and single days: holidays, the clinic's own closures."""

    weekdays: frozenset[int] = frozenset({5, 6})
    """0 is Monday."""
    days: frozenset[date] = frozenset()

    def is_closed(self, day: date) -> bool:
        """Whether nobody is there on `day`."""
        return day.weekday() in self.weekdays or day in self.days

    def last_open(self, day: date) -> date:
        """`day`, or the last open day before it."""
        return self._walk(day, -_ONE_DAY)

    def next_open(self, day: date) -> date:
        """`day`, or the first open day after it."""
        return self._walk(day, _ONE_DAY)

    def open_days_before(self, day: date, count: int) -> date:
        """The open day that lies `count` open days before `day`."""
        for _ in range(count):
            day = self.last_open(day - _ONE_DAY)
        return day

    def _walk(self, day: date, step: timedelta) -> date:
        found = day
        for _ in range(_LONGEST_CLOSURE_DAYS):
            if not self.is_closed(found):
                return found
            found += step
        return day


NEVER_CLOSED = ClosedDays(weekdays=frozenset())
