"""Does a campaign say only what its state allows, whoever changed that state?"""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.campaign.version import CampaignVersion, Running, VersionState
from bot.wiring.house import open_house
from bot.wiring.words import Words
from tests.household import START, Household
from tests.integration.test_campaigns import lip_care, publish, written

DAY = timedelta(days=1)
BROADCAST = """
id: news
name: News
purpose: broadcast
audience: everybody
budget: free
steps:
  - id: tip
    when: {broadcast: true}
    valid_for: 3 days
    message:
      en: {chat: "NEWS", sms: "NEWS", discreet: "NEWS"}
"""


async def test_a_corrected_broadcast_does_not_send_the_wrong_one(
    home: Household, tmp_path: Path
) -> None:
    desk = home.house.campaigns
    await home.settle_in("ada")
    await publish(home, written(tmp_path, BROADCAST.replace("NEWS", "Closed on Monady")))
    await desk.broadcasts.send(home.clinic_id, "news", confirmed=1)
    await desk.versions.change(home.clinic_id, "news", to=VersionState.PAUSED)
    await publish(home, written(tmp_path, BROADCAST.replace("NEWS", "Closed on Monday")))
    await desk.broadcasts.send(home.clinic_id, "news", confirmed=1)
    await home.wait(DAY)
    told = [text for text in home.texts("ada") if text.startswith("Closed")]
    assert told == ["Closed on Monday"]


@pytest.mark.parametrize("to", [VersionState.STOPPED, VersionState.PAUSED])
async def test_what_another_process_stopped_is_not_said(
    home: Household, words: Words, tmp_path: Path, to: VersionState
) -> None:
    await home.settle_in("ada")
    await publish(home, written(tmp_path, BROADCAST))
    async with open_house(home.house.settings, words=words, clock=home.clock) as command_line:
        desk = command_line.campaigns
        await desk.broadcasts.send(home.clinic_id, "news", confirmed=1)
        await desk.versions.change(home.clinic_id, "news", to=to)
    await home.engine.settle()
    await home.wait(timedelta(seconds=30))
    assert "NEWS" not in home.texts("ada")


async def test_a_stored_campaign_that_no_longer_reads_closes_no_house(
    home: Household, words: Words, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    now = home.clock.now()
    broken = CampaignVersion(
        clinic_id=home.clinic_id,
        campaign="old",
        version=1,
        document=BROADCAST.replace("budget: free", "no_such_key: 1"),
        sha256="",
        state=VersionState.PUBLISHED,
        author_id=None,
        approver_id=None,
        created_at=now,
        changed_at=now,
    )
    async with home.house.store.unit_of_work() as tx:
        await tx.campaigns.add_version(broken)
    async with open_house(home.house.settings, words=words, clock=home.clock) as again:
        assert again.campaigns.book.unreadable(home.clinic_id) == ["old@1"]
        assert again.campaigns.book.published(home.clinic_id, "old") is None
    await publish(home, written(tmp_path, BROADCAST))
    await home.house.campaigns.broadcasts.send(home.clinic_id, "news", confirmed=1)
    await home.engine.settle()
    assert "NEWS" in home.texts("ada")


async def test_to_move_everybody_also_moves_who_stayed_with_an_older_version(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    second = lip_care(tmp_path, **{"How are your lips?": "SECOND"})
    await publish(home, second, running=Running.KEEP)
    await home.wait(timedelta(minutes=5))
    third = lip_care(tmp_path, **{"How are your lips?": "THIRD"})
    await publish(home, third, running=Running.MOVE)
    await home.wait_until(START + 2 * DAY)
    told = [one for one in home.texts("ada") if "lips" in one or "SECOND" in one or "THIRD" in one]
    assert told == ["**Day 2.** THIRD"]
