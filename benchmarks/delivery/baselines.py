"""What do others make of the same messages and the same sink: bare client, scheduler, queues?"""

import asyncio
import importlib.util
import time
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
from apscheduler.executors.asyncio import (  # type: ignore[import-untyped]  # ships no types
    AsyncIOExecutor,
)
from apscheduler.schedulers.asyncio import (  # type: ignore[import-untyped]  # ships no types
    AsyncIOScheduler,
)

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
    due = time.time() + 3.0
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


async def procrastinate_jobs(database: str, sink: str, jobs: int) -> float | None:
    """Procrastinate with one job per message, one worker of 64 at once; None: not installed."""
    if importlib.util.find_spec("procrastinate") is None:
        return None
    from procrastinate import (  # type: ignore[import-not-found,unused-ignore]  # an extra
        App,
        PsycopgConnector,
    )

    app = App(connector=PsycopgConnector(conninfo=database))
    async with session_of(_AT_ONCE) as session, app.open_async():
        await app.schema_manager.apply_schema_async()

        @app.task(name="send")  # type: ignore[untyped-decorator,unused-ignore]  # an extra
        async def send(number: int) -> None:
            await _post(session, sink, number)

        await send.batch_defer_async(*({"number": number} for number in range(jobs)))  # type: ignore[arg-type]  # numbers are JSON
        began = time.perf_counter()
        await app.run_worker_async(
            wait=False, concurrency=_AT_ONCE, install_signal_handlers=False, listen_notify=False
        )
        return jobs / (time.perf_counter() - began)


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
