"""On which days does a campaign speak?"""

from datetime import date, time, timedelta

from bot.content.campaigns import read_campaign
from bot.domain.campaign.planning import CampaignSource
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.patient import Fact, FactKind
from tests.fakes.turns import NOW, patient

MONDAYS = """
id: labs
name: Labs
purpose: learning
audience: everybody
steps:
  - id: tip
    when: {anchor: lab, weekday: monday, at: "10:00"}
    valid_for: 24 hours
    message:
      en: {chat: "Drink enough.", sms: "Drink enough.", discreet: "A short note is ready."}
"""


def test_two_labs_of_one_week_bring_one_message() -> None:
    campaign = read_campaign(MONDAYS, name="labs@1", version=1).campaign
    facts = [
        Fact(
            kind=FactKind.EVIDENCE,
            value=evidence_fact(EvidenceName.LAB_RESULT, day, EvidenceSource.CLINIC),
            effective_at=NOW,
            recorded_at=NOW,
            recorded_by="test",
        )
        for day in (date(2026, 12, 1), date(2026, 12, 2))
    ]
    planned = CampaignSource(campaigns=[campaign]).occurrences(
        facts, patient(), after=NOW, until=NOW + timedelta(days=14)
    )
    assert [(one.day, one.at) for one in planned] == [(date(2026, 12, 7), time(10))]
