"""Is a check-in about mood opened only where somebody could look at its answers?"""

from datetime import timedelta

import pytest

from tests.household import START, Household


@pytest.mark.parametrize("word", ["ready", "check-in"])
async def test_no_word_opens_it_while_nobody_is_there(home: Household, word: str) -> None:
    await home.settle_in("ada")
    for days in range(1, 20):
        day = START + timedelta(days=days)
        await home.wait_until(day.replace(hour=15, minute=30))
        planned = await home.occurrences("ada")
        if any(o.reminder == "checkin-mood" and o.state == "asked" for o in planned):
            break
    else:
        raise AssertionError("the mood was never asked about")
    await home.wait_until(day.replace(hour=23, minute=30))
    before = len(home.texts("ada"))
    await home.say("ada", word)
    answer = " ".join(home.texts("ada")[before:])
    assert answer.startswith("I open this")
