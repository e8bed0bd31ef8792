"""Is a campaign's message still meant for this patient, and what may they answer? Pure."""

from dataclasses import dataclass, field
from datetime import time

from bot.domain.audience import Values, fits
from bot.domain.campaign.definition import Button, Campaign, Mode, Step
from bot.domain.effect import Option
from bot.domain.occurrence import Occurrence

FOLLOW_UP = "follow-up"
ACTION = "campaign"
NOT_IN_AUDIENCE = "not-in-audience"
NO_LONGER_NEEDED = "no-longer-needed"
CAMPAIGN_STOPPED = "campaign-stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A step of a campaign that falls due for one patient, with what is known of them now."""

    campaign: Campaign
    step: Step
    values: Values = field(repr=False)
    dose_time: time
    is_running: bool = True
    """False while the campaign is paused or stopped."""

    def why_not_meant(self) -> str | None:
        """The reason for which this patient does not get it now, or None.

        Judged when it is sent: who left the audience since it was planned gets nothing.
        """
        if not self.is_running:
            return CAMPAIGN_STOPPED
        if not fits(self.campaign.audience, self.values):
            return NOT_IN_AUDIENCE
        if self.step.until is not None and fits(self.step.until, self.values):
            return NO_LONGER_NEEDED
        return None

    def variables(self, occurrence: Occurrence) -> dict[str, str | int]:
        """What the texts may say of the course; 0 where nothing is known, as before day 1."""
        to_end = self.values.get("days-to-end")
        return {
            "week": int(self.values.get("week") or 0),
            "day": int(self.values.get("day") or 0),
            "weeks_left": int(to_end or 0) // 7,
            "due_day": occurrence.local_day.isoformat(),
            "dose_time": f"{self.dose_time:%H:%M}",
        }

    @property
    def mode(self) -> Mode:
        """What the message does while a dialogue is open."""
        return self.campaign.mode


def options(occurrence: Occurrence, step: Step) -> tuple[tuple[Option, ...], ...]:
    """The buttons of a campaign's message, one a row."""
    return tuple(
        (
            Option(
                label=f"{occurrence.message}:{button.id}",
                action=f"{ACTION}:{occurrence.id}:{button.id}",
            ),
        )
        for button in step.buttons
    )


def pressed(action: str) -> tuple[str, str] | None:
    """Occurrence and button of an action that `options` made, or None."""
    kind, _, rest = action.partition(":")
    occurrence_id, _, button_id = rest.rpartition(":")
    return (occurrence_id, button_id) if kind == ACTION and occurrence_id else None


def button_of(step: Step, button_id: str) -> Button | None:
    """The button, or None."""
    return next((button for button in step.buttons if button.id == button_id), None)
