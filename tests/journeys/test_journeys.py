"""Golden transcripts: who says what on which channel, what Balm answers, what the clinic sees."""

from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring.words import Words
from tests.household import StillClock, open_household
from tests.journeys.player import Player, differs, load, rewrite

JOURNEYS = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
async def test_journey(
    path: Path, sqlite_settings: Settings, read_words: Words, request: pytest.FixtureRequest
) -> None:
    journey = load(path)
    clock = StillClock(journey.starts)
    async with open_household(sqlite_settings, read_words, clock) as home:
        steps = await Player(home, journey).play()
    if request.config.getoption("--update"):
        rewrite(journey, steps)
        return
    for number, step in enumerate(steps, start=1):
        told = {key: value for key, value in step.written.items() if key not in ("balm", "clinic")}
        difference = differs(step.written.get("balm") or [], step.balm)
        assert difference is None, f"step {number} {told}: {difference}"
        assert step.clinic == step.written.get("clinic", {}), f"step {number} {told}"


def test_there_are_journeys() -> None:
    assert len(JOURNEYS) >= 20
