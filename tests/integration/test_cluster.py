"""What do several engines on one database do once, and what do they find in the rows alone?"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from procrastinate import PsycopgConnector, sql
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg import OperationalError

from bot.domain.identity import Channel, ClinicId, Lane, SenderId
from bot.engine.cluster import FINISH_WITHIN_S, ClusterEngine, SenderDrain
from bot.engine.cluster_wake import ClusterWake
from bot.engine.jobs import STALLED_S, Jobs, drain_job, turns_job
from bot.ports.store import StoreBusy
from bot.services.drain import Drain
from bot.store.keys import KeyStore
from bot.store.sealing import Sealer
from bot.store.unit_of_work import SqlStore, libpq_url, postgres_engine
from bot.wiring.words import Words
from tests.fakes.channel import ScriptedChannel
from tests.household import SECRET, Household, open_household, settings_of
from tests.houses import PostgresServer

CLINIC, LANE = ClinicId("clinic"), Lane("patient:1")
LOST = range(5)
"""Ends of jobs that cannot be written down: more than there are ticks in a second."""
DANGER = "I want to kill myself"


class Services:
    """Counts what it is asked to do."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.lanes: list[tuple[ClinicId, Lane] | None] = []

    async def plan(self) -> None:
        self.asked["plan"] += 1

    async def due(self) -> int:
        self.asked["due"] += 1
        return 0

    async def answer(self, lane: tuple[ClinicId, Lane] | None = None) -> bool:
        self.lanes.append(lane)
        return False

    async def photos(self) -> int:
        self.asked["photos"] += 1
        return 0

    async def escalate(self) -> None:
        self.asked["escalate"] += 1

    async def upkeep(self) -> None:
        self.asked["upkeep"] += 1

    async def refresh(self) -> None:
        self.asked["refresh"] += 1


@pytest.fixture
async def home(
    tmp_path: Path, postgres_server: PostgresServer, words: Words
) -> AsyncIterator[Household]:
    """A house on PostgreSQL."""
    address = postgres_server.create(postgres_server.template)
    async with open_household(settings_of(tmp_path, database_url=address), words) as household:
        yield household
    postgres_server.drop(address)


def address_of(home: Household) -> str:
    assert home.house.settings.database_url is not None
    return libpq_url(home.house.settings.database_url.get_secret_value())


def engine_of(
    home: Household,
    services: Services,
    channel: ScriptedChannel | None = None,
    *,
    is_answering: bool = True,
) -> ClusterEngine:
    """One more process, as far as the database can tell."""
    house, jobs = home.house, Jobs(address_of(home))
    drains = {
        sender.id: SenderDrain(
            drain=Drain(
                house.store,
                house.clock,
                sender_id=sender.id,
                channel=channel or ScriptedChannel(),
                pace_per_second=100,
            ),
            pace_per_second=100,
        )
        for sender in home.lines.senders
    }
    wake = ClusterWake(house.store, house.clock, jobs)
    return ClusterEngine(
        house.store,
        house.clock,
        services,
        drains=drains,
        jobs=jobs,
        wake=wake,
        is_answering=is_answering,
    )


async def until(holds: Callable[[], object], *, within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  # any condition at all, which nobody signals
            await asyncio.sleep(0.02)


def stored_jobs(home: Household) -> list[tuple[str, str]]:
    with psycopg.connect(address_of(home)) as connection:
        found = connection.execute(
            "SELECT lock, status::text FROM jobs.procrastinate_jobs"
            " WHERE task_name <> 'tick' ORDER BY id"
        )
        return [(lock, status) for lock, status in found]


async def test_a_tick_comes_once_for_the_whole_cluster(home: Household) -> None:
    services = [Services(), Services(), Services()]
    engines = [engine_of(home, one) for one in services]
    running = [asyncio.create_task(engine.run()) for engine in engines]
    loop = asyncio.get_running_loop()
    began = loop.time()
    await until(lambda: sum(one.asked["due"] for one in services) >= 4)
    seconds = loop.time() - began
    for engine in engines:
        engine.stop()
    await asyncio.gather(*running)
    assert sum(one.asked["due"] for one in services) <= seconds + 2


async def test_a_job_whose_end_could_not_be_written_down_holds_nobody_up(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_it, failed = PsycopgConnector.execute_query_async, list[str]()

    async def lose_the_connection(
        self: PsycopgConnector, query: LiteralString, **given: Any
    ) -> None:
        if query == sql.queries["finish_job"] and len(failed) < len(LOST):
            failed.append(query)
            raise ConnectorException from OperationalError("the connection is lost")
        await end_it(self, query, **given)

    monkeypatch.setattr(PsycopgConnector, "execute_query_async", lose_the_connection)
    services = Services()
    engine = engine_of(home, services)
    running = asyncio.create_task(engine.run())
    await until(lambda: len(failed) == len(LOST))
    services.asked.clear()
    await until(lambda: services.asked["due"] >= 2 and services.asked["escalate"] >= 1)
    engine.stop()
    await running


async def test_a_worker_ends_when_it_is_told_to_also_while_the_database_is_away(
    tmp_path: Path, postgres_server: PostgresServer, words: Words
) -> None:
    address = postgres_server.create(postgres_server.template)
    async with open_household(settings_of(tmp_path, database_url=address), words) as home:
        services = Services()
        engine = engine_of(home, services)
        running = asyncio.create_task(engine.run())
        await until(lambda: services.asked["due"])
        await asyncio.to_thread(postgres_server.drop, address)
        engine.stop()
        ended, _ = await asyncio.wait([running], timeout=FINISH_WITHIN_S + 40)
        assert ended, "a worker that cannot be stopped is killed, and leaves messages in doubt"


async def test_what_waits_in_the_rows_leaves_without_anybody_being_told(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    services, channel = Services(), ScriptedChannel()
    async with home.house.store.read() as tx:
        (lane,) = await tx.backlog.lanes(home.clock.now(), limit=10)
    await home.house.inbound.answer_next()
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "menu"))
    engine = engine_of(home, services, channel)
    running = asyncio.create_task(engine.run())
    await until(lambda: channel.sent and services.lanes)
    engine.stop()
    await running
    assert services.lanes[0] == lane
    assert len(channel.sent) == 1


async def test_a_worker_kept_to_delivery_sends_and_does_nothing_else(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await home.house.inbound.answer_next()
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "menu"))
    services, channel = Services(), ScriptedChannel()
    engine = engine_of(home, services, channel, is_answering=False)
    jobs = Jobs(address_of(home))
    async with jobs.opened():
        await jobs.defer_drains(sender.id for sender in home.lines.senders)
        await jobs.defer_turns([(home.clinic_id, LANE)])
    running = asyncio.create_task(engine.run())
    await until(lambda: channel.sent)
    engine.stop()
    await running
    assert services.lanes == []
    assert not services.asked
    assert [lock for lock, _ in stored_jobs(home)] == [turns_job(home.clinic_id, LANE).lock]


async def test_what_a_dead_drain_left_behind_is_found_when_its_lease_is_over(
    home: Household,
) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await home.house.inbound.answer_next()
    sender = next(one for one in home.lines.senders if one.channel is Channel.SMS)
    now = home.clock.now()
    async with home.house.store.unit_of_work() as tx:
        fence = await tx.outbox.take_fence(sender.id)
        await tx.outbox.claim(fence, now=now, limit=8, lease=timedelta(seconds=60))
    async with home.house.store.read() as tx:
        assert await tx.backlog.senders(now) == []
        assert await tx.backlog.senders(now + timedelta(seconds=61)) == [sender.id]
    async with home.house.store.unit_of_work() as tx:
        await tx.house.hold_sender(sender.id, until=now + timedelta(seconds=90))
        assert await tx.backlog.senders(now + timedelta(seconds=61)) == []
        assert await tx.backlog.senders(now + timedelta(seconds=91)) == [sender.id]
        await tx.house.stop_sender(sender.id, reason="token")
        assert await tx.backlog.senders(now + timedelta(seconds=91)) == []


async def test_a_job_that_waits_is_not_queued_twice(home: Household) -> None:
    jobs = Jobs(address_of(home))
    other = Lane("patient:2")
    async with jobs.opened():
        await jobs.defer_turns([(CLINIC, LANE)])
        await jobs.defer_turns([(CLINIC, LANE), (CLINIC, other)])
        await jobs.defer_drains([SenderId("one"), SenderId("one")])
        busy = await jobs.busy()
        with pytest.raises(AlreadyEnqueued):
            await jobs._manager.defer_job_async(turns_job(CLINIC, LANE))
    assert busy.lanes == {(CLINIC, LANE), (CLINIC, other)}
    assert busy.senders == {"one"}
    assert len(stored_jobs(home)) == 3


async def test_the_job_of_a_dead_worker_is_ended_and_made_anew_though_one_waits_already(
    home: Household,
) -> None:
    jobs = Jobs(address_of(home))
    manager = jobs._manager
    async with jobs.opened():
        dead = await manager.register_worker()
        await jobs.defer_drains([SenderId("one")])
        await jobs.defer_turns([(CLINIC, LANE)])
        taken = [await manager.fetch_job(None, dead), await manager.fetch_job(None, dead)]
        await jobs.defer_drains([SenderId("one")])  # a new one waits behind it
        assert await jobs.recover() == 0, "a worker that was just heard of is not dead"
        with psycopg.connect(address_of(home)) as connection:
            connection.execute(
                "UPDATE jobs.procrastinate_workers"
                " SET last_heartbeat = now() - make_interval(secs => %s)",
                (STALLED_S + 1,),
            )
        assert await jobs.recover() == 2
        assert await jobs.recover() == 0
    assert all(taken)
    assert sorted(stored_jobs(home)) == [
        (str(drain_job(SenderId("one")).lock), "todo"),
        (str(turns_job(CLINIC, LANE).lock), "todo"),
    ]


async def test_gauges_count_and_name_nobody(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, DANGER))
    later = home.clock.now() + timedelta(seconds=30)
    async with home.house.store.read() as tx:
        before = await tx.backlog.gauges(later)
        assert await tx.backlog.workers(within_s=STALLED_S) == 0
    await home.engine.settle()
    async with home.house.store.read() as tx:
        after = await tx.backlog.gauges(later)
    assert (before["inbound_waiting"], before["inbound_oldest_seconds"]) == (1, 30)
    assert (after["inbound_waiting"], after["inbound_oldest_seconds"]) == (0, 0)
    assert (before["cases_open"], after["cases_open"]) == (0, 1)
    assert after["outbox_waiting"] == 0


async def test_a_database_that_is_not_there_is_said_in_our_own_words(
    home: Household, postgres_server: PostgresServer
) -> None:
    gone = postgres_server.address.replace("/postgres?", "/nobody?")
    engine = postgres_engine(gone)
    sealer = Sealer(KeyStore(engine, SECRET.encode()))
    store = SqlStore(engine, engine, sealer, home.house.ids)
    with pytest.raises(StoreBusy):
        async with store.read() as tx:
            await tx.house.clinics()
    await store.close()
