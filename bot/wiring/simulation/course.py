"""How does a simulated course stand under its programme?"""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.domain.closed_days import ClosedDays
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Fact, state_at
from bot.domain.simulation import SimulatedStep
from bot.domain.step import Step
from bot.domain.timeline import Timeline, timeline
from bot.services.planner import HORIZON
from bot.wiring.simulation.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the course stands at one moment, and what it is judged by."""

    seen: Timeline
    closed: ClosedDays
    facts: Sequence[Fact]
    planned: Sequence[Occurrence]
    zone: ZoneInfo


async def standing(stage: Stage) -> Standing | None:
    """The course as it stands now; None without a programme."""
    now = stage.clock.now()
    async with stage.house.store.read() as tx:
        clinic = await tx.house.clinic(stage.clinic_id)
        patient = await tx.people.patient(stage.patient_id)
        facts = await tx.people.facts(stage.patient_id)
        planned = await tx.plan.occurrences(stage.patient_id, after=now, until=now + HORIZON)
    assert patient is not None
    state = state_at(patient, facts, at=now, clinic=clinic)
    programme = stage.house.programmes.programme(stage.clinic_id, state.programme)
    if programme is None:
        return None
    closed = stage.house.programmes.closed_days(stage.clinic_id)
    today = now.astimezone(state.zone).date()
    seen = timeline(facts, state, programme=programme, today=today, closed_days=closed)
    return Standing(seen=seen, closed=closed, facts=facts, planned=planned, zone=state.zone)


async def steps_of(stage: Stage) -> Sequence[SimulatedStep]:
    """Every step of the course as it stands now; none without a programme."""
    now = await standing(stage)
    return [_described(step) for step in now.seen.steps] if now is not None else ()


def _described(step: Step) -> SimulatedStep:
    shown = step.evidence
    evidence = None
    if shown is not None:
        evidence = {
            "name": shown.name.value,
            "on": shown.on.isoformat(),
            "source": shown.source.value,
            **shown.details,
        }
    return SimulatedStep(
        id=step.id,
        kind=step.kind,
        opens=step.opens,
        closes=step.closes,
        rule=step.rule,
        state=step.state.value,
        is_window=step.asks.ends_window,
        done_on=shown.on if shown is not None else None,
        evidence=evidence,
        who_acts=tuple(who.value for who in step.who_acts),
    )
