"""How does a simulated course stand under its programme?"""

from collections.abc import Sequence

from bot.domain.closed_days import ClosedDays
from bot.domain.patient import state_at
from bot.domain.simulation import SimulatedStep
from bot.domain.step import Step
from bot.domain.timeline import Timeline, timeline
from bot.wiring.simulation.stage import Stage


async def seen_by_clinic(stage: Stage) -> tuple[Timeline, ClosedDays] | None:
    """The timeline as it stands now, with the days on which nobody works; None: no programme."""
    async with stage.house.store.read() as tx:
        clinic = await tx.house.clinic(stage.clinic_id)
        patient = await tx.people.patient(stage.patient_id)
        facts = await tx.people.facts(stage.patient_id)
    assert patient is not None
    now = stage.clock.now()
    state = state_at(patient, facts, at=now, clinic=clinic)
    programme = stage.house.programmes.programme(stage.clinic_id, state.programme)
    if programme is None:
        return None
    closed = stage.house.programmes.closed_days(stage.clinic_id)
    today = now.astimezone(state.zone).date()
    seen = timeline(facts, state, programme=programme, today=today, closed_days=closed)
    return seen, closed


async def steps_of(stage: Stage) -> Sequence[SimulatedStep]:
    """Every step of the course as it stands now; none without a programme."""
    seen = await seen_by_clinic(stage)
    return [_described(step) for step in seen[0].steps] if seen is not None else ()


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
