"""Can a campaign's messages ever be sent, and when? Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.audience import Rule
from bot.domain.audience.possible import is_possible, leaves_nobody_out
from bot.domain.audience.rule import All, OneOf, Within
from bot.domain.campaign.definition import (
    Anchor,
    AtOnce,
    Campaign,
    Event,
    OnDate,
    OnEvent,
    RelativeToAnchor,
    RelativeToStep,
    Repeating,
    Step,
)
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.quiet_hours import QuietHours

_SOME_DAY = date(2026, 1, 5)
MOST_VALID = timedelta(days=14)
"""A text that is older than this is news to nobody."""
_SHOWN_BY_EVIDENCE = frozenset({MessageKind.LAB, MessageKind.PREGNANCY_TEST})
_ABOUT_PREGNANCY = frozenset({MessageKind.PREGNANCY_TEST, MessageKind.CONTRACEPTION})
_ORDER = {Anchor.ENROLMENT: 0, Anchor.FIRST_CAPSULE: 1, Anchor.LAST_CAPSULE: 2}
_UNORDERED = 9
"""Pick-ups and labs come again and again, so they have no place in the order."""
_OTHERS = OneOf(
    field="category",
    values=frozenset({"cannot-become-pregnant", "not-set"}),
    said="category in (cannot-become-pregnant, not-set)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is wrong with a campaign as it stands, before anybody's facts are looked at."""

    step: str | None
    """None: it is about the whole campaign."""
    keys: tuple[str, ...]
    """Where in the step, or in the file."""
    check: str
    reason: str


def doubts(campaign: Campaign, quiet: QuietHours, *, today: date | None = None) -> Iterator[Doubt]:
    """Steps that can never be sent, or never as it is written, and audiences that cannot be.

    Without `today` no day counts as gone by.
    """
    yield from _audience(campaign)
    yield from _has_ended(campaign, today)
    for step in campaign.steps:
        yield from _never(campaign, step, today)
        yield from _in_quiet_hours(campaign, step, quiet)
        yield from _follow_up(campaign, step, quiet)
        yield from _until(campaign, step)
        if step.valid_for > MOST_VALID:
            reason = f"a message is not true for longer than {MOST_VALID.days} days; shorten it"
            yield Doubt(step=step.id, keys=("valid_for",), check="stale", reason=reason)


def _audience(campaign: Campaign) -> Iterator[Doubt]:
    if not is_possible(campaign.audience):
        reason = "nobody can ever fit this rule: its parts contradict each other"
        yield Doubt(step=None, keys=("audience",), check="nobody", reason=reason)
    elif leaves_nobody_out(campaign.audience):
        reason = "this rule leaves nobody out; if everybody is meant, write “everybody”"
        yield Doubt(step=None, keys=("audience",), check="everybody", reason=reason)
    elif campaign.kind in _ABOUT_PREGNANCY and is_possible(All(rules=(campaign.audience, _OTHERS))):
        reason = (
            "a message about pregnancy would reach patients who cannot become pregnant; "
            "add “category is can-become-pregnant and …”"
        )
        yield Doubt(step=None, keys=("audience",), check="wrong-category", reason=reason)


def _until(campaign: Campaign, step: Step) -> Iterator[Doubt]:
    if step.until is not None and not is_possible(step.until):
        reason = "this can never become true: its parts contradict each other"
        yield Doubt(step=step.id, keys=("until",), check="never-true", reason=reason)
    elif step.until is None and campaign.kind in _SHOWN_BY_EVIDENCE and not _is_thanks(step):
        reason = (
            "it would go on asking after the test is recorded; "
            "add “until”, such as “until: days-since-lab < 14” or “until: days-since-test < 10”"
        )
        yield Doubt(step=step.id, keys=(), check="no-until", reason=reason)


def _is_thanks(step: Step) -> bool:
    """Whether the step comes because the test is there, so that it asks for none."""
    return isinstance(step.trigger, OnEvent) and step.trigger.event is Event.LAB_RECORDED


def _in_quiet_hours(campaign: Campaign, step: Step, quiet: QuietHours) -> Iterator[Doubt]:
    at = _fixed_time(step)
    if at is not None and is_quiet(at, quiet) and KIND_RULES[campaign.kind].obeys_quiet_hours:
        reason = (
            f"{at:%H:%M} lies in the quiet hours ({quiet.start:%H:%M} to {quiet.end:%H:%M}), "
            "so it would wait until they are over; choose another hour"
        )
        yield Doubt(step=step.id, keys=("when",), check="quiet-hours", reason=reason)


def _follow_up(campaign: Campaign, step: Step, quiet: QuietHours) -> Iterator[Doubt]:
    """A follow-up that quiet hours push behind the end of the message."""
    at = _fixed_time(step)
    if step.wait is None:
        return
    if step.wait.after >= step.valid_for:
        reason = (
            "the follow-up comes after the message has run out: lengthen “valid_for”, "
            "or shorten “for”"
        )
        yield Doubt(step=step.id, keys=("wait", "for"), check="unreachable", reason=reason)
    elif at is not None and KIND_RULES[campaign.kind].obeys_quiet_hours:
        sent = datetime.combine(_SOME_DAY, at)
        due = sent + step.wait.after
        if is_quiet(due.time(), quiet) and _morning(due, quiet) > sent + step.valid_for:
            reason = (
                f"the follow-up is due at {due:%H:%M}, in the quiet hours, and the message has "
                "run out before they are over: shorten “for” or lengthen “valid_for”"
            )
            yield Doubt(step=step.id, keys=("wait", "for"), check="unreachable", reason=reason)


def _morning(due: datetime, quiet: QuietHours) -> datetime:
    day = due.date() if due.time() < quiet.end else due.date() + timedelta(days=1)
    return datetime.combine(day, quiet.end)


def is_quiet(at: time, quiet: QuietHours) -> bool:
    """Whether a local time of day lies in the quiet hours."""
    if quiet.start <= quiet.end:
        return quiet.start <= at < quiet.end
    return at >= quiet.start or at < quiet.end


def _fixed_time(step: Step) -> time | None:
    at = step.trigger.at
    return at if isinstance(at, time) else None


def _has_ended(campaign: Campaign, today: date | None) -> Iterator[Doubt]:
    if today is not None and campaign.ends_on is not None and campaign.ends_on < today:
        reason = f"{campaign.ends_on} has passed, so nobody gets anything; write a day to come"
        yield Doubt(step=None, keys=("ends",), check="never-sent", reason=reason)


def _never(campaign: Campaign, step: Step, today: date | None) -> Iterator[Doubt]:
    match step.trigger:
        case OnDate(day=day):
            starts, ends = campaign.starts_on, campaign.ends_on
            if (starts and day < starts) or (ends and day > ends):
                yield _dead(step, f"{day} lies outside of the campaign's start and end")
            elif today is not None and day < today:
                yield _dead(step, f"{day} has passed; write a day to come")
        case RelativeToAnchor() as trigger:
            yield from _against_audience(campaign, step, trigger)
            yield from _against_stage(campaign, step, trigger)
        case Repeating(anchor=first, until=last) if last is not None:
            if _ORDER.get(last, _UNORDERED) <= _ORDER.get(first, -1):
                yield _dead(step, f"“until: {last}” is not after “from: {first}”")
        case Repeating() | RelativeToStep() | OnEvent() | AtOnce():
            return


def _against_stage(campaign: Campaign, step: Step, trigger: RelativeToAnchor) -> Iterator[Doubt]:
    """A day before, during or after the course, and an audience of another time."""
    if trigger.months or trigger.weekday is not None:
        return
    if trigger.anchor is Anchor.ENROLMENT and trigger.days < 0:
        yield _dead(step, "it lies before the day on which the patient joined")
        return
    possible = _stages_on(trigger)
    for meant in _always(campaign.audience):
        if isinstance(meant, OneOf) and meant.field == "stage" and not meant.values & possible:
            fits = " or ".join(sorted(possible))
            yield _dead(step, f"on that day the stage is {fits}, which “{meant.said}” leaves out")


def _stages_on(trigger: RelativeToAnchor) -> set[str]:
    """Which stages a day counted from the first or the last capsule can lie in."""
    if trigger.anchor is Anchor.FIRST_CAPSULE:
        return {"before"} if trigger.days < 0 else {"during", "after"}
    if trigger.anchor is Anchor.LAST_CAPSULE:
        return {"after"} if trigger.days > 0 else {"before", "during"}
    return {"before", "during", "after"}


def _against_audience(campaign: Campaign, step: Step, trigger: RelativeToAnchor) -> Iterator[Doubt]:
    """A day of the course that the audience rule itself leaves out."""
    if trigger.anchor is not Anchor.FIRST_CAPSULE or trigger.months:
        return
    slack = 6 if trigger.weekday is not None else 0
    first_day, last_day = trigger.days + 1, trigger.days + 1 + slack
    bounds = {"day": (first_day, last_day), "week": (_week(first_day), _week(last_day))}
    for within in _always(campaign.audience):
        if not isinstance(within, Within):
            continue
        earliest, latest = bounds.get(within.field, (None, None))
        if earliest is None or latest is None:
            continue
        too_early = within.least is not None and latest < within.least
        too_late = within.most is not None and earliest > within.most
        if too_early or too_late:
            yield _dead(step, f"it falls on day {first_day}, which “{within.said}” leaves out")


def _week(day: int) -> int:
    return (day - 1) // 7 + 1


def _always(rule: Rule) -> Iterator[Within | OneOf]:
    """The comparisons that hold for everybody in the audience."""
    if isinstance(rule, Within | OneOf):
        yield rule
    elif isinstance(rule, All):
        for one in rule.rules:
            yield from _always(one)


def _dead(step: Step, reason: str) -> Doubt:
    said = f"can never be sent: {reason}"
    return Doubt(step=step.id, keys=("when",), check="never-sent", reason=said)
