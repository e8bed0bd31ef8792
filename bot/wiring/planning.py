"""What plans messages, under which rules, and what is made of answers?"""

from collections.abc import Sequence

from bot.clock import OffsetClock
from bot.content import Content
from bot.content.learning import LEARNING, load_learning
from bot.content.signals import SIGNALS, load_signals
from bot.domain.campaign.programme_steps import ProgrammeSteps
from bot.domain.checkin_source import CheckinSource
from bot.domain.contraception import ContraceptionReminders
from bot.domain.course_notices import CourseNotices
from bot.domain.identity import Region
from bot.domain.lab_reminders import LabReminders
from bot.domain.plan import PlanSource
from bot.domain.programme_reminders import ProgrammeReminders, ProgrammeShelf
from bot.domain.week_summary import WeekSummarySource
from bot.ports.clock import Ids
from bot.ports.store import Store
from bot.services.campaign_book import CampaignBook
from bot.services.campaign_notices import CampaignNotices
from bot.services.planner import Planner
from bot.services.programme_desk import ProgrammeDesk
from bot.services.signals import Signals
from bot.services.signed_texts import SignedTexts
from bot.settings import Settings
from bot.wiring.campaigns import empty_book
from bot.wiring.words import CONTENT


def planning(
    settings: Settings,
    store: Store,
    *,
    clock: OffsetClock,
    ids: Ids,
    content: Content,
    sources: Sequence[PlanSource],
) -> tuple[tuple[CampaignBook, CampaignNotices], tuple[SignedTexts, ProgrammeDesk, Planner]]:
    """Who may say what, under which rules and campaigns, and what is planned from that."""
    is_production = settings.env == "production"
    signed = SignedTexts(content, is_production=is_production)
    programmes = ProgrammeDesk(content, clock, signed, is_production=is_production)
    book, notices = empty_book(ProgrammeSteps(programmes))
    planned = (*plan_sources(content, programmes), *sources, book)
    planner = Planner(store, clock, ids, sources=planned)
    return (book, notices), (signed, programmes, planner)


def plan_sources(content: Content, shelf: ProgrammeShelf) -> tuple[PlanSource, ...]:
    """Everything that plans messages besides the doses."""
    limits = content.dose_limits
    return (
        CourseNotices(at=limits.notices_at, asks_again_after_days=limits.asks_again_after_days),
        LabReminders(plan=content.labs, shelf=shelf),
        ProgrammeReminders(shelf),
        ContraceptionReminders(content.methods, shelf),
        CheckinSource(questionnaires=content.questionnaires),
        load_learning(CONTENT / LEARNING, content.topics("en", Region.UNKNOWN)),
        WeekSummarySource(),
    )


def signals(content: Content) -> Signals:
    """What makes cases of answers and missed doses."""
    return Signals(content.questionnaires, load_signals(CONTENT / SIGNALS))
