"""What would a campaign mean for the real audience: text messages, cost, and days too full?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bot.content.campaigns import LoadedCampaign
from bot.content.prices import Prices
from bot.domain.audience import Explanation
from bot.domain.campaign import Campaign
from bot.domain.campaign.preview import Previewed, preview
from bot.domain.identity import Channel, ClinicId
from bot.domain.message_kind import KIND_RULES
from bot.domain.sms_size import sms_size
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_preview import CampaignPreview, PatientPreview


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
        """For everybody active, over so many days from now."""
        texts, segments, cost = 0, 0, Decimal(0)
        async for one in self._previews.messages(clinic_id, loaded, days=days):
            texts += sum(body is not None for body in one.texts)
            mine = segments_of(one)
            segments += mine
            cost += mine * self._prices.of(one.number_begins)
        return Load(
            explanation=await self._previews.audience(clinic_id, loaded),
            messages=texts,
            segments=segments,
            cost=cost,
            crowd=await self._crowd(clinic_id, loaded.campaign, days=days, budget=budget),
        )

    async def _crowd(
        self, clinic_id: ClinicId, campaign: Campaign, *, days: int, budget: int
    ) -> Crowd:
        others = [
            one.campaign
            for one in self._book.all_published(clinic_id)
            if one.campaign.id != campaign.id
        ]
        patients, full, names = 0, list[date](), Counter[str]()
        after = self._previews.now()
        async for person in self._previews.people(clinic_id):
            sent = [
                (one, message)
                for one in (campaign, *others)
                if _counts(one)
                for message in preview(
                    one,
                    person,
                    after=after,
                    until=after + timedelta(days=days),
                    step_days=self._book.step_days,
                )
            ]
            crowded = _crowded_days(sent, campaign, budget)
            patients += bool(crowded)
            full += crowded
            names.update(
                {
                    one.id
                    for one, message in sent
                    if one is not campaign and _day(message) in crowded
                }
            )
        return Crowd(
            patients=patients,
            days=len(full),
            with_campaigns=sorted(names),
            first_day=min(full, default=None),
        )


def segments_of(one: PatientPreview) -> int:
    """How many text messages a patient's preview costs; none on other channels."""
    if one.channel is not Channel.SMS:
        return 0
    return sum(sms_size(body.text).segments for body in one.texts if body is not None)


def _counts(campaign: Campaign) -> bool:
    return campaign.counts_in_budget and KIND_RULES[campaign.kind].counts_in_budget


def _crowded_days(
    sent: Iterable[tuple[Campaign, Previewed]], campaign: Campaign, budget: int
) -> list[date]:
    """Days beyond the budget to which `campaign` adds."""
    counts: Counter[date] = Counter()
    own: set[date] = set()
    for one, message in sent:
        day = _day(message)
        if day is not None:
            counts[day] += 1
            if one is campaign:
                own.add(day)
    return [day for day, count in counts.items() if count > budget and day in own]


def _day(message: Previewed) -> date | None:
    return message.at.astimezone(message.state.zone).date() if message.at is not None else None
