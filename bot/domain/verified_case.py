"""What does the verifier look at, in plain values that no planner has made? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Plain = Mapping[str, Any]
"""A mapping as it stands in a file: of a rule, a step, a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing that was shown to have happened."""

    name: str
    on: date
    source: str
    result: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one course apart from its timeline."""

    today: date
    category: str
    planned_start: date
    last_capsule: date | None
    shown: tuple[Shown, ...] = ()
    changes: Mapping[str, date] = field(default_factory=dict)
    """Days that were confirmed for changes of rules."""
    permits_home: bool = False
    on_hold: bool = False
    has_ended: bool = False
    """The last capsule has been taken."""
    changed: bool = False
    """The category was changed during the course."""

    @property
    def frozen_on(self) -> date | None:
        """The first day on which a pregnancy was reported or shown."""
        days = [
            one.on
            for one in self.shown
            if one.name == "pregnancy-reported" or one.result == "positive"
        ]
        return min(days, default=None)

    @property
    def seen_on(self) -> date:
        """The day up to which things move on by themselves."""
        return min(self.today, self.frozen_on) if self.frozen_on else self.today

    @property
    def is_over(self) -> bool:
        """Whether nothing new is asked of this course."""
        return self.has_ended or self.frozen_on is not None

    @property
    def period_start(self) -> date | None:
        """First day of the last period that was told."""
        periods = [one.on for one in self.shown if one.name == "period-started"]
        return max(periods, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that is not kept."""

    what: str
    step: str
    day: date | None = None

    def __str__(self) -> str:
        """In one line."""
        return f"{self.step}: {self.what}" + (f" ({self.day})" if self.day else "")


def is_about(base: str, asked: Plain) -> bool:
    """Whether `asked` is the step `base`, or the step of which `base` is one of many times."""
    first = asked.get("first_number")
    if not first:
        return bool(base == asked["id"])
    tail = base.removeprefix(f"{asked['id']}-")
    return tail != base and tail.isdecimal() and int(tail) >= first
