"""What do others make of the same messages and the same sink: bare client, scheduler, queues?"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import psycopg
from apscheduler.executors.asyncio import (  # type: ignore[import-untyped]  # ships no types
    AsyncIOExecutor,
)
from apscheduler.schedulers.asyncio import (  # type: ignore[import-untyped]  # ships no types
    AsyncIOScheduler,
)
from procrastinate import App, PsycopgConnector

from benchmarks.delivery.channel import session_of
from bot.channels.telegram.client import CONNECTIONS, TelegramClient
from bot.channels.telegram.send import TelegramChannel
from bot.domain.delivery import Body, Outgoing
from bot.domain.identity import DeliveryId

_AT_ONCE = 64
Send = Callable[[int], Awaitable[object]]


async def bare_client(sink: str, messages: int) -> float:
    """Messages a second of aiohttp with nothing around it: the ceiling of one process."""
    async with session_of(_AT_ONCE) as session:
        return await _rate(lambda number: _post(session, sink, number), messages, _AT_ONCE)


async def bare_httpx(sink: str, messages: int) -> float:
    """Messages a second of the HTTP client that Telegram's library stands on."""
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits) as client:
        body = {"chat_id": 1, "text": "x", "parse_mode": "HTML"}
        return await _rate(
            lambda number: client.post(f"{sink}/bot1:x/sendMessage", data=body),
            messages,
            CONNECTIONS,
        )


async def telegram_channel(sink: str, messages: int) -> float:
    """Messages a second through Balm's Telegram channel, library and all."""
    client = TelegramClient(token="1:x", api_base=f"{sink}/bot", file_base=f"{sink}/file")  # noqa: S106  # the sink asks for none
    channel = TelegramChannel(client)

    async def send(number: int) -> object:
        name = DeliveryId(str(number))
        return await channel.send(Outgoing(delivery_id=name, address="1", body=Body(text="x")))

    try:
        return await _rate(send, messages, CONNECTIONS)
    finally:
        await client.close()


async def scheduler(sink: str, jobs: int, *, grace_s: int | None) -> dict[str, float]:
    """APScheduler with one job per reminder, all due together: the rate, and what it dropped."""
    due = math.ceil(time.time()) + 3.0  # whole: its dates have no fractions
    async with session_of(_AT_ONCE) as session:
        sent: list[float] = []

        async def send(number: int) -> None:
            await _post(session, sink, number)
            sent.append(time.time())

        engine = AsyncIOScheduler(executors={"default": AsyncIOExecutor()}, timezone="UTC")
        options = {} if grace_s == 1 else {"misfire_grace_time": None}
        for number in range(jobs):
            when = _utc(due)
            engine.add_job(send, "date", run_date=when, args=(number,), id=str(number), **options)
        engine.start()
        while engine.get_jobs() and time.time() < due + 30:  # noqa: ASYNC110  # it signals nothing
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)
        engine.shutdown(wait=False)
    seconds = max(sent, default=due) - due
    return {"per_second": len(sent) / seconds if seconds > 0 else 0.0, "lost": jobs - len(sent)}


async def procrastinate_jobs(database: str, sink: str, jobs: int) -> float:
    """Procrastinate with one job per message, one worker of 64 at once."""
    app, sent = App(connector=PsycopgConnector(conninfo=database)), list[float]()
    async with session_of(_AT_ONCE) as session, app.open_async():
        await app.schema_manager.apply_schema_async()

        @app.task(name="send")
        async def send(number: int) -> None:
            await _post(session, sink, number)
            sent.append(time.perf_counter())

        await send.batch_defer_async(*({"number": number} for number in range(jobs)))  # type: ignore[arg-type]  # numbers are JSON
        began = time.perf_counter()
        await app.run_worker_async(
            wait=False, concurrency=_AT_ONCE, install_signal_handlers=False, listen_notify=False
        )
        return len(sent) / (max(sent) - began)


async def pgqueuer_jobs(database: str, sink: str, jobs: int) -> float:
    """PgQueuer with one job per message, one process that fetches 64 at a time."""
    from pgqueuer import PgQueuer  # an extra, and only here
    from pgqueuer.db import PsycopgDriver
    from pgqueuer.models import Job
    from pgqueuer.queries import Queries
    from pgqueuer.types import QueueExecutionMode

    connection = await psycopg.AsyncConnection.connect(database, autocommit=True)
    async with connection, session_of(_AT_ONCE) as session, PsycopgDriver(connection) as driver:
        queue, sent = PgQueuer(driver), list[float]()
        queries = Queries(driver)
        await queries.install()

        @queue.entrypoint("send")  # a limit of its own would cost it a query for each job
        async def send(job: Job) -> None:
            await _post(session, sink, int(job.payload or b"0"))
            sent.append(time.perf_counter())

        payloads: list[bytes | None] = [str(number).encode() for number in range(jobs)]
        await queries.enqueue(["send"] * jobs, payloads, [0] * jobs)
        began = time.perf_counter()
        await queue.run(batch_size=_AT_ONCE, mode=QueueExecutionMode.drain)
        return len(sent) / (max(sent) - began)  # it waits a while for more before it returns


async def _post(session: aiohttp.ClientSession, sink: str, number: int) -> None:
    async with session.post(f"{sink}/m/{number}", data=b"x") as answer:
        await answer.read()


async def _rate(send: Send, messages: int, at_once: int) -> float:
    numbers = iter(range(messages))

    async def one_after_the_other() -> None:
        for number in numbers:
            await send(number)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_the_other())
    return messages / (time.perf_counter() - began)


def _utc(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(moment))
