"""One file per noun: rows in, domain values out; the only writers of the tables."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.ports.clock import Ids
from bot.store.records.alerts import Alerts
from bot.store.records.backlog import Backlog
from bot.store.records.campaign_results import CampaignResults
from bot.store.records.campaigns import Campaigns
from bot.store.records.cases import Cases
from bot.store.records.conversations import Conversations
from bot.store.records.happenings import Happenings
from bot.store.records.history import History
from bot.store.records.house import House
from bot.store.records.inbox import Inbox
from bot.store.records.ledger import Ledger
from bot.store.records.outbox import Outbox
from bot.store.records.people import People
from bot.store.records.photos import Photos
from bot.store.records.plan import Plan
from bot.store.records.questions import Questions
from bot.store.records.reviews import Reviews
from bot.store.records.staff import StaffContacts
from bot.store.sealing import Sealer


class Records:
    """Everything that one open transaction offers."""

    def __init__(self, session: AsyncSession, sealer: Sealer, ids: Ids) -> None:
        """All records share `session`, and so one transaction."""
        self.inbox = Inbox(session, sealer, ids)
        self.people = People(session, sealer, ids)
        self.conversations = Conversations(session, sealer, ids)
        self.plan = Plan(session, sealer, ids)
        self.history = History(session, sealer, ids)
        self.cases = Cases(session, sealer, ids)
        self.outbox = Outbox(session, sealer, ids)
        self.house = House(session, sealer, ids)
        self.alerts = Alerts(session, sealer, ids)
        self.staff = StaffContacts(session, sealer, ids)
        self.reviews = Reviews(session, sealer, ids)
        self.campaigns = Campaigns(session, sealer, ids)
        self.campaign_results = CampaignResults(session, sealer, ids)
        self.happenings = Happenings(session, sealer, ids)
        self.questions = Questions(session, sealer, ids)
        self.photos = Photos(session, sealer, ids)
        self.backlog = Backlog(session, sealer, ids)
        self.ledger = Ledger(session, sealer, ids)
