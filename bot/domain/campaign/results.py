"""What came of a campaign, honestly: counts with intervals, and nobody hidden. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

_Z = 1.959964
"""Of a 95 % interval of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, with the interval that the truth surely lies in (95 %, after Wilson)."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound, 0 to 1; the whole range where nothing was counted."""
        if self.of == 0:
            return 0.0, 1.0
        share = self.count / self.of
        spread = _Z * sqrt(share * (1 - share) / self.of + _Z**2 / (4 * self.of**2))
        middle, scale = share + _Z**2 / (2 * self.of), 1 + _Z**2 / self.of
        return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)

    def words(self) -> str:
        """Such as "12 of 40 (30 %, 18 to 45 %)"."""
        if self.of == 0:
            return "0 of 0"
        low, high = self.interval
        return f"{self.count} of {self.of} ({self.count / self.of:.0%}, {low:.0%} to {high:.0%})"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step of one version."""

    version: str
    step: str
    due: int
    sent: int
    delivered: int
    """Reported by the provider; a channel without reports counts none."""
    answered: int
    opted_out: int
    """Patients who opted out within a day after."""
    answers: Mapping[str, int] = field(default_factory=dict)
    """How often each button was the answer."""
    unsent: Mapping[str, int] = field(default_factory=dict)
    """Why the others were not sent."""

    @property
    def shares(self) -> dict[str, Share]:
        """Each figure against what it can at most be."""
        return {
            "sent": Share(count=self.sent, of=self.due),
            "delivered": Share(count=self.delivered, of=self.sent),
            "answered": Share(count=self.answered, of=self.sent),
            "opted out": Share(count=self.opted_out, of=self.sent),
        }
