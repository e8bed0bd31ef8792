"""How is a transaction opened, and what does it offer?"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.ports.alerts import AlertRecords
from bot.ports.backlog import BacklogRecords
from bot.ports.campaigns import CampaignRecords, CampaignResultRecords, HappeningRecords
from bot.ports.cases import CaseRecords
from bot.ports.history import HistoryRecords
from bot.ports.house import HouseRecords
from bot.ports.inbox import InboxRecords
from bot.ports.ledger import LedgerRecords
from bot.ports.outbox import OutboxRecords
from bot.ports.people import ConversationRecords, PeopleRecords
from bot.ports.photos import PhotoRecords
from bot.ports.plan import PlanRecords
from bot.ports.questions import QuestionRecords
from bot.ports.reviews import ReviewRecords
from bot.ports.staff import StaffRecords


class StoreBusy(Exception):
    """The database is away, full, or locked by somebody else: nothing was changed."""

    def __init__(self, log_reason: str = "database-away") -> None:
        """`log_reason` is a word of ours for the log, such as "database-full"."""
        super().__init__(log_reason)
        self.log_reason = log_reason


class Transaction(Protocol):
    """One open transaction; it commits when its context ends without an exception."""

    @property
    def inbox(self) -> InboxRecords:
        """Messages received."""
        ...

    @property
    def people(self) -> PeopleRecords:
        """Patients and everybody who writes."""
        ...

    @property
    def conversations(self) -> ConversationRecords:
        """State between turns."""
        ...

    @property
    def plan(self) -> PlanRecords:
        """Courses and what is planned."""
        ...

    @property
    def history(self) -> HistoryRecords:
        """What patients told on the way of a course."""
        ...

    @property
    def cases(self) -> CaseRecords:
        """Cases for staff."""
        ...

    @property
    def alerts(self) -> AlertRecords:
        """Cases on their way to a person."""
        ...

    @property
    def staff(self) -> StaffRecords:
        """How staff are reached, and who is on call."""
        ...

    @property
    def outbox(self) -> OutboxRecords:
        """Messages that leave."""
        ...

    @property
    def house(self) -> HouseRecords:
        """Clinics, senders, staff, settings, audit."""
        ...

    @property
    def reviews(self) -> ReviewRecords:
        """Signatures and one-time codes."""
        ...

    @property
    def campaigns(self) -> CampaignRecords:
        """Versions of campaigns."""
        ...

    @property
    def campaign_results(self) -> CampaignResultRecords:
        """What came of campaigns."""
        ...

    @property
    def happenings(self) -> HappeningRecords:
        """What has happened that campaigns answer to."""
        ...

    @property
    def ledger(self) -> LedgerRecords:
        """The account of messages and its seals."""
        ...

    @property
    def questions(self) -> QuestionRecords:
        """What is kept for the authors of the answers."""
        ...

    @property
    def photos(self) -> PhotoRecords:
        """Photos that patients asked to keep."""
        ...

    @property
    def backlog(self) -> BacklogRecords:
        """What waits to be done."""
        ...


class Store(Protocol):
    """Opens transactions."""

    def unit_of_work(self) -> AbstractAsyncContextManager[Transaction]:
        """One read-write transaction; serialised on SQLite."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """One read-only transaction that never waits for a writer."""
        ...
