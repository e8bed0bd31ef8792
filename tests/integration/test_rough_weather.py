"""What do a locked database, a late report and a clock that goes back leave behind?"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from bot.cli.surroundings import around
from bot.domain.delivery import Receipt, ReceiptStatus
from bot.domain.identity import Channel
from bot.domain.inbound import Inbound
from bot.ports.channel import ReceivedReceipt
from bot.ports.store import StoreBusy
from bot.settings import Settings
from bot.store.unit_of_work import SqlStore
from bot.wiring.words import Words
from tests.fakes.channel import ScriptedChannel
from tests.household import Household, open_household
from tests.integration.test_drain import deliveries, ends, one_text, through


def lock(folder: Path) -> sqlite3.Connection:
    """Another process holds the database."""
    other = sqlite3.connect(folder / "balm.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def test_a_result_is_kept_while_the_database_is_locked(
    sqlite_settings: Settings, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.drain._RECORD_PAUSE_S", 0.05)
    async with open_household(sqlite_settings, words) as home:
        await home.settle_in("ada", channel=Channel.SMS)
        channel, locks = ScriptedChannel(), list[sqlite3.Connection]()
        channel.on_send = lambda _message: locks.append(lock(sqlite_settings.data_dir))
        await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
        settling = asyncio.create_task(through(home, channel).settle())
        while not locks:  # noqa: ASYNC110  # a lock tells nobody that it was taken
            await asyncio.sleep(0.01)
        await asyncio.sleep(6)  # longer than a writer waits by itself
        assert not settling.done()
        locks[0].rollback()
        await settling
        assert await ends(home) == [("sent", None)]
        assert len(channel.sent) == 1
        locks[0].close()


async def test_reports_years_late_and_in_any_order_change_no_end(home: Household) -> None:
    _, channel, engine = await one_text(home)
    sender = next(one for one in home.lines.senders if one.channel is Channel.SMS)
    await engine.settle()
    home.clock.offset += timedelta(days=390)  # nothing ran in between
    before = await ends(home)
    for status in (ReceiptStatus.READ, ReceiptStatus.SENT, ReceiptStatus.FAILED):
        receipt = Receipt(provider_id="provider-1", status=status)
        await home.house.inbound.accept([ReceivedReceipt(sender_id=sender.id, receipt=receipt)])
    assert await ends(home) == before
    assert (await deliveries(home))[0].receipt == "read"
    assert not [case for case in await home.cases() if case.category == "undeliverable"]
    assert channel.sent[0].delivery_id == (await deliveries(home))[0].id


async def test_a_clock_that_goes_back_an_hour_sends_nothing_twice(home: Household) -> None:
    _, channel, engine = await one_text(home)
    home.clock.offset -= timedelta(hours=1)
    await engine.settle()
    home.clock.offset += timedelta(hours=1)
    await engine.settle()
    assert len(channel.sent) == 1
    assert await ends(home) == [("sent", None)]


async def test_a_message_from_the_future_tells_of_a_wrong_clock(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    assert not any("in the future" in finding for finding in await around(home.house))
    home.clock.offset += timedelta(hours=1)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    home.clock.offset -= timedelta(hours=1)
    (finding,) = [found for found in await around(home.house) if "in the future" in found]
    assert "60 minutes" in finding
    home.clock.offset += timedelta(hours=1)
    assert not any("in the future" in finding for finding in await around(home.house))


async def test_one_unreadable_text_does_not_stop_the_queue(home: Household) -> None:
    for name in ("ada", "ben"):
        await home.settle_in(name, channel=Channel.SMS)
        await home.house.inbound.accept(home.simulator.type_text(name, Channel.SMS, "MENU"))
    while await home.house.inbound.answer_next():
        pass
    first, second = await deliveries(home)
    async with home.house.store.unit_of_work() as tx:
        row = await tx.outbox._session.get_one(type(first), first.id)
        row.sealed_message = second.sealed_message
    channel = ScriptedChannel()
    await through(home, channel).settle()
    assert await ends(home) == [("failed", "text-unreadable"), ("sent", None)]
    assert len(channel.sent) == 1


async def test_a_full_disk_loses_nothing_and_is_said(
    sqlite_settings: Settings, words: Words
) -> None:
    async with open_household(sqlite_settings, words) as home:
        await home.settle_in("ada", channel=Channel.SMS)
        channel = ScriptedChannel()
        engine = through(home, channel)
        messages = home.simulator.type_text("ada", Channel.SMS, "MENU")
        async with full_disk(home):
            with pytest.raises(StoreBusy) as refused:
                await fill(home)
            assert refused.value.log_reason == "database-full"
            with pytest.raises(StoreBusy):
                await home.house.inbound.accept(messages)
        await home.house.inbound.accept(messages)
        await engine.settle()
        assert channel.sent
        assert {state for state, _ in await ends(home)} == {"sent"}
        async with home.house.store.read() as tx:
            assert not await tx.backlog.lanes(home.clock.now(), limit=10)


async def fill(home: Household) -> None:
    """Messages, until the last free page is used."""
    (short,) = home.simulator.type_text("ada", Channel.SMS, "a long story")
    assert isinstance(short, Inbound)
    for number in range(1_000):
        long = replace(short, provider_id=f"long-{number}", text="a long story " * 100)
        await home.house.inbound.accept([long])


@asynccontextmanager
async def full_disk(home: Household) -> AsyncIterator[None]:
    """No page may be added to the database: SQLite says then what it says of a full disk."""
    store = home.house.store
    assert isinstance(store, SqlStore)
    pages = 1  # fewer than there are means: no more than there are

    @event.listens_for(store._writer.sync_engine, "begin")
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").all()

    yield
    pages = 1_000_000
