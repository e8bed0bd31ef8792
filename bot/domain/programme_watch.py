"""Which steps of a patient's programme does the clinic have to look at now? Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.course_evidence import COUNTS_FOR_NOW
from bot.domain.programme import NOT_SET
from bot.domain.step import Step, StepState
from bot.domain.timeline import Timeline


class Concern(StrEnum):
    """Why a step is on the clinic's list."""

    CATEGORY_NOT_SET = "category-not-set"
    PREDICTED_MISS = "predicted-miss"
    """With closed days and the steps behind it, it can no longer be done in time."""
    LITTLE_TIME = "little-time"
    WINDOW_MISSED = "window-missed"
    OVERDUE = "overdue"
    DOES_NOT_COUNT = "does-not-count"
    """Something was recorded that does not close the step: too early, wrong place, unclear."""
    TO_CONFIRM = "to-confirm"
    """The patient's word stands alone, or a result is missing."""
    CLEARANCE_DUE = "clearance-due"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing for the clinic's list; stays the same while the reason stays."""

    concern: Concern
    step: str
    attempt: int
    by: date | None
    """The day until which something can still be done about it."""


def work_items(seen: Timeline) -> list[WorkItem]:
    """What the clinic should look at, in the order of the steps."""
    if seen.category == NOT_SET and seen.programme.categories:
        return [WorkItem(concern=Concern.CATEGORY_NOT_SET, step="", attempt=0, by=None)]
    return [
        WorkItem(
            concern=concern,
            step=step.id,
            attempt=step.attempt,
            by=step.act_by or step.closes or step.opens,
        )
        for step in seen.steps
        if step.category == seen.category
        for concern in _concerns(step, seen)
    ]


def _concerns(step: Step, seen: Timeline) -> Iterator[Concern]:
    if step.state is StepState.MISSED and step.asks.ends_window:
        yield Concern.WINDOW_MISSED
    if step.state is StepState.REPORTED and step.doubt in COUNTS_FOR_NOW:
        yield Concern.TO_CONFIRM
    if step.state.is_pending:
        yield from _pending_concerns(step, seen)


def _pending_concerns(step: Step, seen: Timeline) -> Iterator[Concern]:
    if step.doubt is not None and step.state is not StepState.WAITING:
        yield Concern.DOES_NOT_COUNT
    if step.state is StepState.OVERDUE and step.asks.is_safety:
        yield Concern.OVERDUE
    elif _is_near(step, seen) and step.is_predicted_miss:
        yield Concern.PREDICTED_MISS
    elif _has_little_time(step, seen):
        yield Concern.LITTLE_TIME
    if step.asks.requires and step.state is StepState.OPEN:
        yield Concern.CLEARANCE_DUE


def _is_near(step: Step, seen: Timeline) -> bool:
    deadline = step.closes
    return deadline is not None and (deadline - seen.today).days <= seen.programme.notice_days


def _has_little_time(step: Step, seen: Timeline) -> bool:
    return (
        step.asks.in_window
        and step.state is StepState.OPEN
        and step.slack_days is not None
        and step.slack_days <= seen.programme.urgent_slack_days
    )
