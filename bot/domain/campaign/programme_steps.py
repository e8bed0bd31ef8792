"""On which days do the steps of a patient's programme open and close? For campaigns. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.domain.audience import Rule, Value
from bot.domain.audience.rule import All, AnyOf, OneOf
from bot.domain.campaign.definition import Campaign, RelativeToStep
from bot.domain.patient import Fact, PatientState
from bot.domain.programme import Programme
from bot.domain.programme_reminders import ProgrammeShelf
from bot.domain.step import StepState
from bot.domain.timeline import timeline

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
        """A step that comes again, as every month, has a pair of days for each time."""
        clinic_id = state.patient.clinic_id
        programme = self._shelf.programme(clinic_id, state.programme)
        if programme is None:
            return {}
        closed = self._shelf.closed_days(clinic_id)
        seen = timeline(facts, state, programme=programme, today=today, closed_days=closed)
        found: dict[str, list[StepDates]] = {}
        for step in seen.steps:
            if step.is_sure and step.category == seen.category and step.state != StepState.FROZEN:
                found.setdefault(step.id, []).append((step.opens, step.closes))
        return found


def programmes_meant(campaign: Campaign, programmes: Mapping[str, Programme]) -> tuple[str, ...]:
    """Ids of the programmes that the campaign's audience or its steps are about."""
    named = {str(value) for value in _named(campaign.audience, "programme")}
    steps = {
        step.trigger.step for step in campaign.steps if isinstance(step.trigger, RelativeToStep)
    }
    with_steps = {name for name, one in programmes.items() if steps & step_ids(one)}
    found = (named & with_steps) or with_steps if steps else named & programmes.keys()
    return tuple(sorted(found)) or ("none",)


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
