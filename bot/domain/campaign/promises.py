"""What must hold of every message of a campaign, whoever gets it and whatever happened? Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.campaign.definition import Campaign, Does
from bot.domain.campaign.preview import Person, Previewed
from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.quiet_hours import QuietHours
from bot.domain.safety import SILENT_AFTER_PREGNANCY

MINIMUM_GAP = timedelta(minutes=30)
"""Two messages of one campaign closer than this read as a mistake."""
CAN_BECOME_PREGNANT = "can-become-pregnant"
_ABOUT_PREGNANCY = frozenset({MessageKind.PREGNANCY_TEST, MessageKind.CONTRACEPTION})


class Promise(StrEnum):
    """What Balm promises of every campaign."""

    NOT_AFTER_OPT_OUT = "no message after an opt-out"
    NOT_IN_QUIET_HOURS = "no message in quiet hours"
    IN_THEIR_LANGUAGE = "no message in a missing language"
    RIGHT_CATEGORY = "no message to the wrong category"
    STILL_TRUE = "no message past its validity"
    NOT_AFTER_PREGNANCY = "no nudge after a reported pregnancy"
    NO_FLAG_WITHOUT_HUMAN = "no red flag without a human"
    NOT_TOO_CLOSE = "no two messages within the minimum gap"
    WITHIN_BUDGET = "no more messages a day than the budget"
    CAN_BE_SENT = "every step can be sent to somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the campaign's words say, which the pure definition does not hold."""

    languages: Mapping[str, frozenset[str]]
    """Languages that each step has a text in."""
    flagged_buttons: Mapping[tuple[str, str], str]
    """Red-flag category that a button's label reads as, by step and button."""
    quiet_hours: QuietHours
    daily_budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One promise that one message breaks."""

    promise: Promise
    step: str
    at: datetime
    detail: str


Check = Callable[[Campaign, Person, Known, Previewed, datetime], str | None]


def breaches(
    campaign: Campaign, person: Person, known: Known, messages: Sequence[Previewed]
) -> Iterator[Breach]:
    """Every promise that these messages break for this person."""
    sent = sorted(
        ((one, one.at) for one in messages if one.at is not None), key=lambda pair: pair[1]
    )
    for one, at in sent:
        for promise, check in _CHECKS.items():
            detail = check(campaign, person, known, one, at)
            if detail is not None:
                yield Breach(promise=promise, step=one.step, at=at, detail=detail)
    yield from _crowded(campaign, known, sent)


def _after_opt_out(
    _campaign: Campaign, person: Person, _known: Known, _one: Previewed, at: datetime
) -> str | None:
    return None if person.may_be_written_to(at) else "they opted out before"


def _in_quiet_hours(
    campaign: Campaign, _person: Person, known: Known, one: Previewed, at: datetime
) -> str | None:
    if not KIND_RULES[campaign.kind].obeys_quiet_hours:
        return None
    is_quiet = known.quiet_hours.covers(at, one.state.zone)
    return f"{at.astimezone(one.state.zone):%H:%M} where they are" if is_quiet else None


def _in_missing_language(
    _campaign: Campaign, _person: Person, known: Known, one: Previewed, _at: datetime
) -> str | None:
    language = one.state.language
    spoken = known.languages.get(one.step, frozenset())
    return None if language in spoken else f"there is no text in {language}"


def _wrong_category(
    campaign: Campaign, _person: Person, _known: Known, one: Previewed, _at: datetime
) -> str | None:
    if campaign.kind not in _ABOUT_PREGNANCY or one.state.category == CAN_BECOME_PREGNANT:
        return None
    return f"a message about pregnancy to category {one.state.category}"


def _no_longer_true(
    _campaign: Campaign, _person: Person, _known: Known, one: Previewed, at: datetime
) -> str | None:
    last = one.occurrence.valid_until
    return f"true until {last}" if last is not None and at > last else None


def _after_pregnancy(
    campaign: Campaign, person: Person, _known: Known, _one: Previewed, at: datetime
) -> str | None:
    if campaign.kind not in SILENT_AFTER_PREGNANCY:
        return None
    shown = evidence_at(person.facts, at=at)
    is_reported = any(one.name is EvidenceName.PREGNANCY_REPORTED for one in shown)
    return "a pregnancy was reported before" if is_reported else None


def _flag_without_human(
    campaign: Campaign, _person: Person, known: Known, one: Previewed, _at: datetime
) -> str | None:
    step = campaign.step(one.step)
    for button in step.buttons if step is not None else ():
        category = known.flagged_buttons.get((one.step, button.id))
        if category is not None and button.does not in (Does.TELL_CLINIC, Does.CALL_ME):
            return f"the answer “{button.id}” reads as {category} and nobody is told"
    return None


_CHECKS: Mapping[Promise, Check] = {
    Promise.NOT_AFTER_OPT_OUT: _after_opt_out,
    Promise.NOT_IN_QUIET_HOURS: _in_quiet_hours,
    Promise.IN_THEIR_LANGUAGE: _in_missing_language,
    Promise.RIGHT_CATEGORY: _wrong_category,
    Promise.STILL_TRUE: _no_longer_true,
    Promise.NOT_AFTER_PREGNANCY: _after_pregnancy,
    Promise.NO_FLAG_WITHOUT_HUMAN: _flag_without_human,
}


def _crowded(
    campaign: Campaign, known: Known, sent: Sequence[tuple[Previewed, datetime]]
) -> Iterator[Breach]:
    days: dict[object, int] = {}
    before: datetime | None = None
    for one, at in sent:
        if before is not None and at - before < MINIMUM_GAP:
            yield Breach(
                promise=Promise.NOT_TOO_CLOSE,
                step=one.step,
                at=at,
                detail=f"{(at - before).total_seconds() / 60:.0f} minutes after the one before",
            )
        before = at
        day = at.astimezone(one.state.zone).date()
        days[day] = days.get(day, 0) + 1
        is_counted = campaign.counts_in_budget and KIND_RULES[campaign.kind].counts_in_budget
        if is_counted and days[day] == known.daily_budget + 1:
            yield Breach(
                promise=Promise.WITHIN_BUDGET,
                step=one.step,
                at=at,
                detail=f"message {days[day]} of that day; the budget is {known.daily_budget}",
            )
