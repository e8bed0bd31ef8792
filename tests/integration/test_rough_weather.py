"""What do a locked database, a late report and a clock that goes back leave behind?"""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import Receipt, ReceiptStatus
from bot.domain.identity import Channel
from bot.ports.channel import ReceivedReceipt
from bot.settings import Settings
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
