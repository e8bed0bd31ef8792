"""Is each event answered once, and at no cost for those to whom nothing happened?"""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.household import START, Household
from tests.integration.test_campaigns import MISSED, publish, written

DAY = timedelta(days=1)
LATER = MISSED.replace('count: 2, within_days: 7, at: "09:00"', "count: 1, after: 3 days")
QUIET = LATER.replace("event: missed-dose, count: 1", "event: silence, within_days: 5")


@pytest.mark.parametrize("text", [QUIET, LATER], ids=["silence", "missed-dose"])
async def test_an_answer_planned_some_days_ahead_is_said_once(
    home: Household, tmp_path: Path, text: str
) -> None:
    await home.settle_in("ada")
    if text is QUIET:
        await home.wait_until(START + timedelta(hours=11))
        await home.press("ada", "Taken")
    await publish(home, written(tmp_path, text))
    await home.wait_until(START + 10 * DAY)
    asked = [o for o in await home.occurrences("ada") if o.reminder == "campaign:missed-two:ask"]
    assert len(asked) == 1
    assert home.texts("ada").count("Is anything in the way?") == 1
