"""How is a transaction opened, and what does it offer?"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bot.ports.cases import CaseRecords
from bot.ports.house import HouseRecords
from bot.ports.inbox import InboxRecords
from bot.ports.outbox import OutboxRecords
from bot.ports.people import ConversationRecords, PeopleRecords
from bot.ports.plan import PlanRecords


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
    def cases(self) -> CaseRecords:
        """Cases for staff."""
        ...

    @property
    def outbox(self) -> OutboxRecords:
        """Messages that leave."""
        ...

    @property
    def house(self) -> HouseRecords:
        """Clinics, senders, staff, settings, audit."""
        ...


class Store(Protocol):
    """Opens transactions."""

    def unit_of_work(self) -> AbstractAsyncContextManager[Transaction]:
        """One read-write transaction; serialised on SQLite."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """One read-only transaction that never waits for a writer."""
        ...
