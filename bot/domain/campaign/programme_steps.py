"""On which days do the steps of a patient's programme open and close? For campaigns. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from bot.domain.audience import Rule, Value
from bot.domain.audience.rule import All, AnyOf, OneOf
from bot.domain.campaign.definition import Campaign, RelativeToStep
from bot.domain.patient import Fact, PatientState
from bot.domain.programme import Programme
from bot.domain.programme_reminders import ProgrammeShelf
from bot.domain.step import StepState
from bot.domain.timeline import timeline

_TIME = re.compile(r"-([1-9]\d?)$")
_MOST_TIMES = 24
"""A step that comes every month comes so often in two years, longer than any course."""
StepDates = tuple[date | None, date | None]
"""Opening and closing day."""


class ProgrammeSteps:
    """Tells the days of every step that is sure to come and not stopped."""

    def __init__(self, shelf: ProgrammeShelf) -> None:
        """Rules come from `shelf`, as they hold for the patient's clinic."""
        self._shelf = shelf

    def __call__(
        self, facts: Sequence[Fact], state: PatientState, today: date
    ) -> Mapping[str, Sequence[StepDates]]:
        """By the step's name in the programme, with a pair of days for each time that it comes.

        The single time has its own name too: `visit-3` is the third `visit`.
        """
        clinic_id = state.patient.clinic_id
        programme = self._shelf.programme(clinic_id, state.programme)
        if programme is None:
            return {}
        closed = self._shelf.closed_days(clinic_id)
        seen = timeline(facts, state, programme=programme, today=today, closed_days=closed)
        found: dict[str, list[StepDates]] = {}
        for step in seen.steps:
            if step.is_sure and step.category == seen.category and step.state != StepState.FROZEN:
                for name in {step.id, step.asks.id}:
                    found.setdefault(name, []).append((step.opens, step.closes))
        return found


def programmes_meant(campaign: Campaign, programmes: Mapping[str, Programme]) -> tuple[str, ...]:
    """Ids of the programmes that the campaign's audience or its steps are about."""
    named = {str(value) for value in _named(campaign.audience, "programme")}
    steps = {
        step.trigger.step for step in campaign.steps if isinstance(step.trigger, RelativeToStep)
    }
    with_steps = {
        name
        for name, one in programmes.items()
        if any(is_step(step, step_ids(one)) for step in steps)
    }
    found = (named & with_steps) or with_steps if steps else named & programmes.keys()
    return tuple(sorted(found)) or ("none",)


def is_step(name: str, known: Collection[str]) -> bool:
    """Whether `name` is a step, or one time of a step that comes again, such as `visit-3`."""
    time = _TIME.search(name)
    return name in known or (
        time is not None and int(time[1]) <= _MOST_TIMES and _TIME.sub("", name) in known
    )


def step_ids(programme: Programme) -> frozenset[str]:
    """The ids of all steps, over all pregnancy categories."""
    return frozenset(
        step.id for category in programme.categories.values() for step in category.steps
    )


def _named(rule: Rule, field: str) -> Iterator[Value]:
    match rule:
        case All(rules=rules) | AnyOf(rules=rules):
            for one in rules:
                yield from _named(one, field)
        case OneOf() if rule.field == field:
            yield from rule.values
        case _:
            return
