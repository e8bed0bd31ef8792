"""Golden transcripts: who says what on which channel, what Balm answers, what the clinic sees."""

from pathlib import Path

import pytest

from bot.domain.identity import Channel
from bot.domain.patient import PatientStatus
from bot.domain.sms_size import sms_size
from bot.settings import Settings
from bot.wiring.words import Words
from tests.household import StillClock, open_household
from tests.journeys.player import Player, differs, load, rewrite

MOST_SEGMENTS_ELSEWHERE = 8
"""Letters outside of GSM-7 halve what fits into a segment."""
JOURNEYS = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
async def test_journey(
    path: Path,
    sqlite_settings: Settings,
    words: Words,
    fitted_words: Words,
    request: pytest.FixtureRequest,
) -> None:
    journey = load(path)
    clock = StillClock(journey.starts)
    reader = journey.written.get("reader", request.config.getoption("--reader"))
    chosen = fitted_words if reader == "fitted" else words
    async with open_household(sqlite_settings, chosen, clock) as home:
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


@pytest.mark.parametrize("language", ["en", "es", "hi"])
async def test_joining_by_sms_takes_six_texts_and_one_consent(
    sqlite_settings: Settings, words: Words, language: str
) -> None:
    async with open_household(sqlite_settings, words) as home:
        member = await home.invite("ada", language=language)
        assert member.invitation is not None
        opening = f"JOIN {member.invitation.join_code}"
        said = (opening, "2003", "1", "1", "20:00", "1")
        for text in said:
            await home.say("ada", text, channel=Channel.SMS)
        texts = home.texts("ada", Channel.SMS)
        assert member.patient_id is not None
        async with home.house.store.read() as tx:
            patient = await tx.people.patient(member.patient_id)
    assert patient is not None
    assert patient.status is PatientStatus.ACTIVE
    assert len(texts) == len(said), "one text answers each"
    sizes = [sms_size(text).segments for text in texts]
    most = 4 if language == "en" else MOST_SEGMENTS_ELSEWHERE
    assert max(sizes) <= most, sizes
