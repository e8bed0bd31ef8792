"""Can a campaign's messages ever be sent, and when? Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from bot.domain.audience import Rule
from bot.domain.audience.rule import All, Within
from bot.domain.campaign.definition import (
    Anchor,
    AtOnce,
    Campaign,
    OnDate,
    OnEvent,
    RelativeToAnchor,
    RelativeToStep,
    Repeating,
    Step,
)
from bot.domain.message_kind import KIND_RULES
from bot.domain.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is wrong with a step as it stands, before anybody's facts are looked at."""

    step: str
    reason: str
    is_error: bool


def doubts(campaign: Campaign, quiet: QuietHours) -> Iterator[Doubt]:
    """Steps that can never be sent, or never at the hour that is written."""
    for step in campaign.steps:
        yield from _never(campaign, step)
        at = _fixed_time(step)
        if at is not None and is_quiet(at, quiet) and KIND_RULES[campaign.kind].obeys_quiet_hours:
            yield Doubt(
                step=step.id,
                reason=f"{at:%H:%M} lies in the quiet hours ({quiet.start:%H:%M} to "
                f"{quiet.end:%H:%M}), so it would wait until they are over; choose another hour",
                is_error=True,
            )


def is_quiet(at: time, quiet: QuietHours) -> bool:
    """Whether a local time of day lies in the quiet hours."""
    if quiet.start <= quiet.end:
        return quiet.start <= at < quiet.end
    return at >= quiet.start or at < quiet.end


def _fixed_time(step: Step) -> time | None:
    at = step.trigger.at
    return at if isinstance(at, time) else None


def _never(campaign: Campaign, step: Step) -> Iterator[Doubt]:
    match step.trigger:
        case OnDate(day=day):
            starts, ends = campaign.starts_on, campaign.ends_on
            if (starts and day < starts) or (ends and day > ends):
                yield _dead(step, f"{day} lies outside of the campaign's start and end")
        case RelativeToAnchor() as trigger:
            yield from _against_audience(campaign, step, trigger)
        case Repeating() | RelativeToStep() | OnEvent() | AtOnce():
            return


def _against_audience(campaign: Campaign, step: Step, trigger: RelativeToAnchor) -> Iterator[Doubt]:
    """A day of the course that the audience rule itself leaves out."""
    if trigger.anchor is not Anchor.FIRST_CAPSULE or trigger.months:
        return
    slack = 6 if trigger.weekday is not None else 0
    first_day, last_day = trigger.days + 1, trigger.days + 1 + slack
    bounds = {"day": (first_day, last_day), "week": (_week(first_day), _week(last_day))}
    for within in _always(campaign.audience):
        earliest, latest = bounds.get(within.field, (None, None))
        if earliest is None or latest is None:
            continue
        too_early = within.least is not None and latest < within.least
        too_late = within.most is not None and earliest > within.most
        if too_early or too_late:
            yield _dead(step, f"it falls on day {first_day}, which “{within.said}” leaves out")


def _week(day: int) -> int:
    return (day - 1) // 7 + 1


def _always(rule: Rule) -> Iterator[Within]:
    """The bounds that hold for everybody in the audience."""
    if isinstance(rule, Within):
        yield rule
    elif isinstance(rule, All):
        for one in rule.rules:
            yield from _always(one)


def _dead(step: Step, reason: str) -> Doubt:
    return Doubt(step=step.id, reason=f"can never be sent: {reason}", is_error=True)
