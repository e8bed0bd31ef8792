"""What does a campaign's button do, pressed once or again?"""

import pytest

from bot.content.campaigns import read_campaign
from bot.domain.effect import Effect, RecordFact, Replan
from bot.domain.occurrence import Occurrence, OccurrenceState
from handlers.campaign_reply import handle
from tests.fakes.turns import dose, every, templates, turn

PICK_UP = """
id: pick-up
name: Pick-up
purpose: learning
audience: everybody
steps:
  - id: ask
    when: {anchor: first-capsule, days: 1, at: "18:00"}
    valid_for: 24 hours
    message:
      en: {chat: "Do you have them?", sms: "Do you have them?", discreet: "A short question."}
    buttons:
      - id: have
        does: report
        detail: picked-up
        label: {en: "Yes"}
        reply: {en: "Thank you."}
"""
REPLY = "campaign:pick-up@1:ask:have:reply"


def pressed(state: OccurrenceState) -> list[Effect]:
    campaign = read_campaign(PICK_UP, name="pick-up@1", version=1).campaign
    occurrence: Occurrence = dose(state, message="campaign:pick-up@1:ask")
    met = turn(
        press=f"campaign:{occurrence.id}:have",
        campaign_steps={str(occurrence.id): (occurrence, campaign.steps[0])},
    )
    return list(handle(met) or [])


@pytest.mark.parametrize("state", [OccurrenceState.ASKED, OccurrenceState.SENT])
def test_a_report_is_recorded_once(state: OccurrenceState) -> None:
    effects = pressed(state)
    assert len(every(effects, RecordFact)) == len(every(effects, Replan)) == 1
    assert templates(effects) == [REPLY]


@pytest.mark.parametrize("state", [OccurrenceState.ANSWERED, OccurrenceState.EXPIRED])
def test_an_old_button_pressed_again_reports_nothing_new(state: OccurrenceState) -> None:
    effects = pressed(state)
    assert not every(effects, RecordFact)
    assert not every(effects, Replan)
    assert templates(effects) == [REPLY]
