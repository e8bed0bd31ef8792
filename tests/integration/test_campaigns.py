"""Does a campaign do what its author meant, from the file to the phone?"""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.content.campaigns import LoadedCampaign, load_campaign
from bot.domain.campaign.version import Running, VersionState
from bot.domain.identity import Channel
from bot.domain.occurrence import OccurrenceState
from bot.services.patients import NotPossible
from tests.household import START, ZONE, Household

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEW_YORK = ZoneInfo(ZONE)
FILE = """
id: lip-care
name: Lip care
purpose: learning
audience: "AUDIENCE"
mode: hold
budget: free
steps:
  - id: tip
    when: {anchor: first-capsule, days: 1, at: "18:00"}
    valid_for: 3 days
    message:
      en:
        chat: "**Day {{ day }}.** How are your lips?"
        sms: "Day {{ day }}. How are your lips?"
        discreet: "A short tip is ready."
    buttons:
      - id: fine
        does: thank
        label: {en: All good}
        reply: {en: "Good to hear."}
      - id: call
        does: call-me
        label: {en: Please call me}
        reply: {en: "The clinic will see that you want a call."}
    wait:
      for: 24 hours
      message:
        en: {chat: "Still there?", sms: "Still there? (SMS)", discreet: "Still there?"}
"""
MISSED = """
id: missed-two
name: Two missed in a week
purpose: survey
audience: everybody
budget: free
steps:
  - id: ask
    when: {event: missed-dose, count: 2, within_days: 7, at: "09:00"}
    valid_for: 10 hours
    message:
      en: {chat: "Is anything in the way?", sms: "Is anything in the way?", discreet: "Hello?"}
"""


def written(folder: Path, text: str, name: str = "campaign.yaml") -> LoadedCampaign:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_campaign(path)


def lip_care(folder: Path, audience: str = "language is en", **changes: str) -> LoadedCampaign:
    text = FILE.replace("AUDIENCE", audience)
    for old, new in changes.items():
        text = text.replace(old, new)
    return written(folder, text)


async def publish(
    home: Household, loaded: LoadedCampaign, *, running: Running = Running.MOVE
) -> None:
    document = loaded.path.read_text(encoding="utf-8")
    versions = home.house.campaigns.versions
    new = await versions.submit(home.clinic_id, document, loaded, author=None)
    await versions.publish(
        home.clinic_id, new.campaign, new.version, approval=None, running=running
    )


async def test_a_button_answers_and_no_follow_up_comes(home: Household, tmp_path: Path) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    await home.wait_until(START + DAY + 9 * HOUR)
    assert "**Day 2.** How are your lips?" in home.texts("ada")
    await home.press("ada", "All good")
    assert home.texts("ada")[-1] == "Good to hear."
    await home.wait(2 * DAY)
    assert "Still there?" not in home.texts("ada")


async def test_silence_brings_the_follow_up_once(home: Household, tmp_path: Path) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    await home.wait_until(START + 5 * DAY)
    assert home.texts("ada").count("Still there?") == 1


async def test_on_sms_a_digit_answers_and_a_call_becomes_a_task(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ben", channel=Channel.SMS)
    await publish(home, lip_care(tmp_path))
    await home.wait_until(START + DAY + 9 * HOUR)
    assert "Day 2. How are your lips?" in home.texts("ben", Channel.SMS)[-1]
    await home.say("ben", "2", channel=Channel.SMS)
    assert "The clinic will see that you want a call." in home.texts("ben", Channel.SMS)[-1]
    assert [case.category for case in await home.cases()] == ["call-me"]


async def test_who_left_the_audience_gets_nothing_and_the_reason_is_kept(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path, audience="day < 2"))
    await home.wait_until(START + 3 * DAY)
    assert not [text for text in home.texts("ada") if "lips" in text]
    (found,) = [o for o in await home.occurrences("ada") if o.reminder == "campaign:lip-care:tip"]
    assert (found.state, found.reason) == (OccurrenceState.SKIPPED, "not-in-audience")


async def test_a_paused_campaign_is_silent_and_resuming_sends_no_flood(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    versions = home.house.campaigns.versions
    await versions.change(home.clinic_id, "lip-care", to=VersionState.PAUSED)
    await home.wait_until(START + 2 * DAY)
    await versions.change(home.clinic_id, "lip-care", to=VersionState.PUBLISHED)
    await home.wait_until(START + 5 * DAY)
    assert not [text for text in home.texts("ada") if "lips" in text]


async def test_a_patient_can_stay_with_the_version_that_they_began(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    new = lip_care(tmp_path, **{"How are your lips?": "How is your skin?"})
    await publish(home, new, running=Running.KEEP)
    await home.settle_in("eve")
    await home.wait_until(START + DAY + 9 * HOUR)
    assert [text for text in home.texts("ada") if "lips" in text]
    assert [text for text in home.texts("eve") if "skin" in text]
    assert not [text for text in home.texts("ada") if "skin" in text]


async def test_a_pause_also_silences_who_stayed_with_the_older_version(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    new = lip_care(tmp_path, **{"How are your lips?": "How is your skin?"})
    await publish(home, new, running=Running.KEEP)
    versions = home.house.campaigns.versions
    await versions.change(home.clinic_id, "lip-care", to=VersionState.PAUSED)
    await home.wait_until(START + 5 * DAY)
    assert not [text for text in home.texts("ada") if "lips" in text or "skin" in text]


async def test_an_answer_after_a_change_of_language_is_told_in_a_language_there_is(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await publish(home, lip_care(tmp_path))
    book = home.house.campaigns.book
    template = "campaign:lip-care@1:tip:fine:reply"
    for language in ("en", "hi"):
        text = book.text(
            home.clinic_id, template, language=language, channel=Channel.SMS, discreet=False
        )
        assert text == "Good to hear."


async def test_two_missed_doses_are_answered_once_at_nine(home: Household, tmp_path: Path) -> None:
    await home.settle_in("ada")
    await publish(home, written(tmp_path, MISSED))
    await home.wait_until(START + 4 * DAY)
    asked = [o for o in await home.occurrences("ada") if o.reminder == "campaign:missed-two:ask"]
    assert [o.state for o in asked] == [OccurrenceState.SENT]
    assert asked[0].due_at.astimezone(NEW_YORK).hour == 9
    assert home.texts("ada").count("Is anything in the way?") == 1


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.SMS])
async def test_what_is_previewed_is_what_is_sent(
    home: Household, tmp_path: Path, channel: Channel
) -> None:
    await home.settle_in("ada", channel=channel)
    loaded = lip_care(tmp_path)
    shown = [
        one async for one in home.house.campaigns.preview.messages(home.clinic_id, loaded, days=6)
    ]
    foreseen = [
        (message.at, body.text)
        for patient in shown
        for message, body in zip(patient.messages, patient.texts, strict=True)
        if message.at is not None and body is not None
    ]
    await publish(home, loaded)
    await home.wait_until(START + 6 * DAY)
    texts = {text for _, text in foreseen}
    sent = [bubble for bubble in home.bubbles("ada", channel) if _plain(bubble.text) in texts]
    assert len(foreseen) == 2
    assert [(bubble.at, _plain(bubble.text)) for bubble in sent] == foreseen


def _plain(shown: str) -> str:
    """What a phone shows, as the text that was handed over."""
    return shown.partition("\n\n1 ")[0]


async def test_production_needs_two_people(
    home: Household, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = home.house.campaigns.versions
    monkeypatch.setattr(versions, "_needs_approval", True)
    loaded = lip_care(tmp_path)
    with pytest.raises(NotPossible, match="who wrote this"):
        await versions.submit(home.clinic_id, "x", loaded, author=None)
    with pytest.raises(NotPossible, match="second person"):
        await versions.publish(home.clinic_id, "lip-care", approval=None, running=Running.MOVE)


async def test_the_cost_for_the_real_audience_counts_only_text_messages(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    await home.settle_in("ben", channel=Channel.SMS)
    load = home.house.campaigns.load
    found = await load.of(home.clinic_id, lip_care(tmp_path), days=14, budget=4)
    assert (found.explanation.matches, found.messages, found.segments) == (2, 4, 2)
    assert found.cost > 0
    assert found.crowd.patients == 0


async def test_a_day_too_full_names_the_other_campaign(home: Household, tmp_path: Path) -> None:
    await home.settle_in("ada")
    counted = {"budget: free": "budget: counts"}
    await publish(home, lip_care(tmp_path, **counted))
    other = lip_care(tmp_path, **counted, **{"id: lip-care": "id: lip-again"})
    found = await home.house.campaigns.load.of(home.clinic_id, other, days=14, budget=1)
    assert (found.crowd.patients, list(found.crowd.with_campaigns)) == (1, ["lip-care"])
    fits = await home.house.campaigns.load.of(home.clinic_id, other, days=14, budget=2)
    assert fits.crowd.patients == 0


async def test_a_step_of_the_programme_is_planned_and_previewed(
    home: Household, tmp_path: Path
) -> None:
    await home.settle_in("ada")
    when = 'when: {step: first-capsule, moment: opens, days: 3, at: "18:00"}'
    loaded = lip_care(tmp_path, **{'when: {anchor: first-capsule, days: 1, at: "18:00"}': when})
    patient = (await home.house.campaigns.preview.people(home.clinic_id).__anext__()).patient
    shown = [
        message
        async for one in home.house.campaigns.preview.messages(
            home.clinic_id, loaded, patient_id=patient.id, days=30
        )
        for message in one.messages
        if not message.is_follow_up
    ]
    assert [one.occurrence.local_time.hour for one in shown] == [18]
    await publish(home, loaded)
    planned = [o for o in await home.occurrences("ada") if o.reminder == "campaign:lip-care:tip"]
    assert [one.local_day for one in planned] == [one.occurrence.local_day for one in shown]


async def test_publishing_plans_anew_only_whom_it_touches(home: Household, tmp_path: Path) -> None:
    await home.settle_in("ada")
    versions = home.house.campaigns.versions
    late = lip_care(tmp_path, **{"days: 1,": "days: 100,"})
    document = late.path.read_text(encoding="utf-8")
    await versions.submit(home.clinic_id, document, late, author=None)
    far = await versions.publish(home.clinic_id, "lip-care", approval=None, running=Running.MOVE)
    soon = lip_care(tmp_path)
    document = soon.path.read_text(encoding="utf-8")
    await versions.submit(home.clinic_id, document, soon, author=None)
    near = await versions.publish(home.clinic_id, "lip-care", approval=None, running=Running.MOVE)
    assert (far.patients, near.patients) == (0, 1)
