"""How are the services of campaigns put together?"""

from dataclasses import dataclass

from bot.clock import OffsetClock
from bot.content.prices import load_prices
from bot.domain.campaign.planning import StepDays
from bot.ports.clock import Clock, Ids
from bot.ports.store import Store
from bot.services.broadcasts import Broadcasts
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_events import CampaignEvents
from bot.services.campaign_load import CampaignLoad
from bot.services.campaign_notices import CampaignNotices
from bot.services.campaign_preview import CampaignPreview
from bot.services.campaigns import Campaigns
from bot.services.codes import Codes
from bot.services.planner import Planner
from bot.services.signed_texts import SignedTexts
from bot.settings import Settings
from bot.wiring.words import CONTENT, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDesk:
    """Everything about campaigns in one place."""

    book: CampaignBook
    notices: CampaignNotices
    versions: Campaigns
    preview: CampaignPreview
    events: CampaignEvents
    broadcasts: Broadcasts
    load: CampaignLoad


def empty_book(step_days: StepDays) -> tuple[CampaignBook, CampaignNotices]:
    """The book that planning and sending read; filled by its first refresh."""
    book = CampaignBook(step_days)
    return book, CampaignNotices(book)


def campaign_desk(
    ground: tuple[Store, Clock, Ids],
    reading: tuple[CampaignBook, CampaignNotices],
    words: Words,
    signed: SignedTexts,
    planner: Planner,
    settings: Settings,
) -> CampaignDesk:
    """The services over one book, which `empty_book` made."""
    store, clock, ids = ground
    book, notices = reading
    preview = CampaignPreview(store, clock, book=book, content=words.content, signed=signed)
    return CampaignDesk(
        book=book,
        notices=notices,
        versions=Campaigns(
            store,
            clock,
            ids,
            book=book,
            planner=planner,
            codes=Codes(store, OffsetClock(), ids),
            needs_approval=settings.env == "production",
        ),
        preview=preview,
        load=CampaignLoad(preview, book, load_prices(CONTENT / "prices.yaml")),
        broadcasts=Broadcasts(store, clock, ids, book=book, preview=preview),
        events=CampaignEvents(store, clock, ids, book=book),
    )
