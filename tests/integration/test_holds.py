"""Who ends a hold, and what follows for the capsules?"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.identity import StaffId
from bot.domain.occurrence import DOSE_REMINDER, OccurrenceState
from bot.domain.patient import FactKind
from bot.ports.house import Staff
from bot.services.holds import HoldOutcome
from bot.services.patients import NotPossible
from tests.household import ZONE, Household
from tests.integration.test_planning import record

EVENING = datetime(2026, 12, 1, 20, 1, tzinfo=ZoneInfo(ZONE))


def clinician(home: Household) -> Staff:
    return Staff(
        id=StaffId("staff-1"), clinic_id=home.clinic_id, name="Dr Made Up", role="lead", state="on"
    )


async def doses(home: Household) -> list[tuple[OccurrenceState, str | None]]:
    found = await home.occurrences("ada")
    return [(o.state, o.reason) for o in found if o.reminder == DOSE_REMINDER]


async def put_on_hold(home: Household) -> None:
    await home.settle_in("ada")
    await record(home, "ada", FactKind.HOLD, {"category": "rf-suicide"})


async def test_days_on_hold_are_held_and_not_missed(home: Household) -> None:
    await put_on_hold(home)
    await home.wait_until(EVENING)
    assert (await doses(home))[0] == (OccurrenceState.SKIPPED, "hold")
    assert not any("capsule" in text for text in home.texts("ada")[-1:])


async def test_a_clinician_ends_it_and_reminders_go_on(home: Household) -> None:
    await put_on_hold(home)
    patient_id = home.members["ada"].patient_id
    assert patient_id is not None
    await home.house.holds.end(home.clinic_id, patient_id, HoldOutcome.RESTART, by=clinician(home))
    await home.wait_until(EVENING)
    assert (await doses(home))[0][0] is OccurrenceState.ASKED


async def test_staying_off_keeps_reminders_silent(home: Household) -> None:
    await put_on_hold(home)
    patient_id = home.members["ada"].patient_id
    assert patient_id is not None
    await home.house.holds.end(home.clinic_id, patient_id, HoldOutcome.STAY_OFF, by=clinician(home))
    await home.wait_until(EVENING)
    assert (await doses(home))[0] == (OccurrenceState.SKIPPED, "stopped-taking")


async def test_there_must_be_a_hold(home: Household) -> None:
    await home.settle_in("ada")
    patient_id = home.members["ada"].patient_id
    assert patient_id is not None
    with pytest.raises(NotPossible, match="no open hold"):
        await home.house.holds.end(
            home.clinic_id, patient_id, HoldOutcome.RESTART, by=clinician(home)
        )
