"""What would a campaign mean for the real audience: text messages, cost, and days too full?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.content.campaigns import LoadedCampaign
from bot.content.prices import Prices
from bot.domain.audience import Explanation, Tally
from bot.domain.campaign import Campaign
from bot.domain.campaign.preview import Previewed
from bot.domain.identity import Channel, ClinicId
from bot.domain.message_kind import KIND_RULES
from bot.domain.sms_size import sms_size
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_preview import (
    CampaignPreview,
    PatientPreview,
    asks_for_history,
    person_values,
    previewed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """On how many patients' days the campaigns together pass the daily budget."""

    patients: int
    days: int
    with_campaigns: Sequence[str]
    first_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the coming weeks would bring."""

    explanation: Explanation
    messages: int
    segments: int
    cost: Decimal
    crowd: Crowd


class CampaignLoad:
    """Looks at every patient through the preview; sends and stores nothing."""

    def __init__(self, previews: CampaignPreview, book: CampaignBook, prices: Prices) -> None:
        """Other campaigns come from `book`."""
        self._previews = previews
        self._book = book
        self._prices = prices

    async def of(
        self, clinic_id: ClinicId, loaded: LoadedCampaign, *, days: int, budget: int
    ) -> Load:
        """For everybody active, over so many days from now; each patient is looked at once."""
        after, campaign = self._previews.now(), loaded.campaign
        composer = self._previews.composer(clinic_id, loaded)
        others = [
            one.campaign
            for one in self._book.all_published(clinic_id)
            if one.campaign.id != campaign.id and _counts(one.campaign)
        ]
        tally, crowd = Tally(campaign.audience), _Crowding(campaign, budget)
        texts, segments, cost = 0, 0, Decimal(0)
        asks = any(map(asks_for_history, (campaign, *others)))
        async for person in self._previews.people(clinic_id, with_history=asks):
            tally.add(person_values(person, after))
            lived = {
                one.id: self._previews.lived(one, person, after=after, days=days)
                for one in (campaign, *others)
            }
            crowd.add(lived)
            seen = previewed(person, lived[campaign.id], composer)
            texts += sum(body is not None for body in seen.texts)
            mine = segments_of(seen)
            segments += mine
            cost += self._prices.cost(mine, seen.number_begins)
        return Load(
            explanation=tally.explanation(),
            messages=texts,
            segments=segments,
            cost=cost,
            crowd=crowd.found(),
        )


class _Crowding:
    """Counts the days to which a campaign brings more than the daily budget."""

    def __init__(self, campaign: Campaign, budget: int) -> None:
        self._campaign = campaign
        self._budget = budget
        self._patients = 0
        self._days: Counter[date] = Counter()
        self._names: set[str] = set()

    def add(self, lived: Mapping[str, Sequence[Previewed]]) -> None:
        """One more patient, with what they would get of each campaign."""
        if not _counts(self._campaign):
            return
        by_campaign = {name: Counter(map(_day, sent)) for name, sent in lived.items()}
        counts = sum(by_campaign.values(), Counter[date | None]())
        crowded = {
            day
            for day in by_campaign[self._campaign.id]
            if day is not None and counts[day] > self._budget
        }
        self._patients += bool(crowded)
        self._days.update(crowded)
        self._names |= {name for name, days in by_campaign.items() if crowded & days.keys()}

    def found(self) -> Crowd:
        """The sum over everybody who was added."""
        return Crowd(
            patients=self._patients,
            days=self._days.total(),
            with_campaigns=sorted(self._names - {self._campaign.id}),
            first_day=min(self._days, default=None),
        )


def segments_of(one: PatientPreview) -> int:
    """How many text messages a patient's preview costs; none on other channels."""
    if one.channel is not Channel.SMS:
        return 0
    return sum(sms_size(body.text).segments for body in one.texts if body is not None)


def _counts(campaign: Campaign) -> bool:
    return campaign.counts_in_budget and KIND_RULES[campaign.kind].counts_in_budget


def _day(message: Previewed) -> date | None:
    return message.at.astimezone(message.state.zone).date() if message.at is not None else None
