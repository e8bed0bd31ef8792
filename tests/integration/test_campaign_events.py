"""Is each event answered once, and at no cost for those to whom nothing happened?"""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.ports.store import Store, Transaction
from bot.services.campaign_events import CampaignEvents
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


class _Counting:
    """A store that counts the transactions that it opens."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.opened = 0

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        return self._store.read()

    def unit_of_work(self) -> AbstractAsyncContextManager[Transaction]:
        self.opened += 1
        return self._store.unit_of_work()


async def test_patients_for_whom_nothing_is_due_open_no_transaction(
    home: Household, tmp_path: Path
) -> None:
    for number in range(50):
        await home.settle_in(f"p{number}")
        await home.say(f"p{number}", "HELP")
    await publish(home, written(tmp_path, QUIET))
    house = home.house
    store = _Counting(house.store)
    events = CampaignEvents(cast("Store", store), home.clock, house.ids, book=house.campaigns.book)
    assert (await events.run(), store.opened) == (0, 0)
    home.clock.offset += 6 * DAY
    assert (await events.run(), store.opened) == (50, 50)
