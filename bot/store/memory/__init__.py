"""What does a store look like that forgets everything at the end: for simulations?

It stands behind the same ports as the database, so that the very services that run a clinic can
live through half a year in a second. Nothing is sealed, since nobody in it is real.
"""

from contextlib import AbstractAsyncContextManager

from bot.ports.clock import Ids
from bot.ports.store import Transaction
from bot.store.memory.alerts import MemoryAlerts
from bot.store.memory.campaigns import (
    MemoryCampaignResults,
    MemoryCampaigns,
    MemoryHappenings,
)
from bot.store.memory.cases import MemoryCases
from bot.store.memory.conversations import MemoryConversations
from bot.store.memory.desk import MemoryQuestions, MemoryReviews
from bot.store.memory.history import MemoryHistory
from bot.store.memory.house import MemoryHouse
from bot.store.memory.inbox import MemoryInbox
from bot.store.memory.operation import MemoryBacklog, MemoryLedger
from bot.store.memory.outbox import MemoryOutbox
from bot.store.memory.people import MemoryPeople
from bot.store.memory.photos import MemoryPhotos
from bot.store.memory.plan import MemoryPlan
from bot.store.memory.staff import MemoryStaff


class MemoryRecords:
    """Everything of a transaction, group by group as in the ports.

    What only a house with a database has (its sealed account, its cluster) is refused: no
    simulated message depends on it.
    """

    def __init__(self, ids: Ids) -> None:
        """Everything is empty."""
        self.people = MemoryPeople()
        self.conversations = MemoryConversations()
        self.house = MemoryHouse()
        self.inbox = MemoryInbox(ids, self.people)
        self.plan = MemoryPlan(ids, self.people)
        self.cases = MemoryCases()
        self.outbox = MemoryOutbox(ids, self.house)
        self.alerts = MemoryAlerts(self.cases, self.outbox)
        self.history = MemoryHistory(self.plan, self.cases, self.alerts)
        self.staff = MemoryStaff(self.house)
        self.reviews = MemoryReviews(self.house)
        self.questions = MemoryQuestions()
        self.campaigns = MemoryCampaigns(self.plan, self.inbox)
        self.campaign_results = MemoryCampaignResults(self.outbox)
        self.happenings = MemoryHappenings()
        self.photos = MemoryPhotos()
        self.ledger = MemoryLedger()
        self.backlog = MemoryBacklog()


class _Opened(AbstractAsyncContextManager["Transaction"]):
    """One transaction; remembers what went wrong in it."""

    def __init__(self, records: Transaction, failures: list[BaseException]) -> None:
        self._records = records
        self._failures = failures

    async def __aenter__(self) -> Transaction:
        return self._records

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._failures.append(error)


class MemoryStore:
    """Transactions over plain values. One task works with it, so none can disturb another.

    A transaction that fails is not undone: whoever runs a simulation looks at `failures` and
    ends it, because everything after the failure means nothing.
    """

    def __init__(self, ids: Ids) -> None:
        """Nothing is stored yet."""
        self.records = MemoryRecords(ids)
        self.failures: list[BaseException] = []

    def unit_of_work(self) -> AbstractAsyncContextManager[Transaction]:
        """One read-write transaction."""
        return _Opened(self.records, self.failures)

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """One read-only transaction."""
        return self.unit_of_work()
