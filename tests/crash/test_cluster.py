"""Web and workers as processes of their own on one PostgreSQL: does every talk come to its end?

The talk is joining: each message means something only after the one before it, so any change of
order or any loss ends it.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.settings import Settings
from bot.wiring.words import Words
from tests.crash.test_kill import environment, has_heard, invitation_of, running
from tests.household import settings_of
from tests.houses import PostgresServer
from tests.simulators.telegram import Person, TelegramSimulator

TALK = (
    ("2003", "Before we start, please read this"),
    ("I agree", "with you, right?"),
    ("yes", "At what time of day"),
    ("20:00", "Who else sees this phone"),
    ("nobody", "All set."),
)
WITHIN_S = 60.0
"""Less than a job that hangs is given: a talk that ends is one in which none did."""
OPENING = "in which year were you born"


@dataclass(kw_only=True)
class Cluster:
    """One web process and two workers; `kill` and `term` end a worker."""

    folder: Path
    env: dict[str, str]
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, command: str) -> asyncio.subprocess.Process:
        process = await self.stack.enter_async_context(
            running(self.folder, self.env, command=command)
        )
        if command == "worker":
            self.workers.append(process)
        return process

    async def kill(self) -> None:
        """kill -9 of the oldest worker, in whatever it does."""
        await self._end(signal.SIGKILL)

    async def term(self) -> int | None:
        """An orderly stop of the oldest worker; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int | None:
        worker = self.workers.pop(0)
        worker.send_signal(how)
        return await worker.wait()

    async def until_ready(self) -> None:
        async with asyncio.timeout(WITHIN_S), httpx.AsyncClient() as client:
            while True:
                try:
                    answer = await client.get(f"{self.env['PUBLIC_BASE_URL']}/readyz")
                    if answer.status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
def shared(tmp_path: Path, postgres_server: PostgresServer) -> Settings:
    address = postgres_server.create(postgres_server.template)
    return settings_of(tmp_path, database_url=address)


@asynccontextmanager
async def cluster_on(settings: Settings, telegram: TelegramSimulator) -> AsyncIterator[Cluster]:
    assert settings.database_url is not None
    env = environment(settings.data_dir, telegram) | {
        "BALM_ENGINE": "cluster",
        "BALM_DATABASE_URL": settings.database_url.get_secret_value(),
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": "simulated-secret",
    }
    env["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{env['HTTP_PORT']}"
    cluster = Cluster(folder=settings.data_dir, env=env)
    async with cluster.stack:
        await cluster.start("web")
        await cluster.start("worker")
        await cluster.start("worker")
        await cluster.until_ready()
        yield cluster


def replies(ada: Person) -> list[str]:
    """The answers of the talk as they came, by their number."""
    expected = [OPENING, *(answer for _, answer in TALK)]
    return [words for shown in ada.inbox for words in expected if words in shown.text]


async def test_a_burst_is_answered_in_order_by_whichever_worker(
    shared: Settings, words: Words, telegram: TelegramSimulator
) -> None:
    link = await invitation_of(shared, words)
    ada, passer_by = telegram.person(), telegram.person()
    async with cluster_on(shared, telegram) as cluster:
        ada.write(f"/start {link}")
        for said, _ in TALK:
            ada.write(said)
            passer_by.write(said)
        await telegram.until(has_heard(ada, "All set."), within_s=WITHIN_S)
        await telegram.until(lambda: passer_by.inbox, within_s=WITHIN_S)
        ended_with = [await cluster.term(), await cluster.term()]
    assert replies(ada) == [OPENING, *(answer for _, answer in TALK)]
    assert ended_with == [0, 0], "an orderly stop is no failure"


async def test_nothing_is_lost_with_a_worker_all_jobs_or_the_database(
    shared: Settings, words: Words, telegram: TelegramSimulator, postgres_server: PostgresServer
) -> None:
    assert shared.database_url is not None
    link = await invitation_of(shared, words)
    ada = telegram.person()
    async with cluster_on(shared, telegram) as cluster:
        ada.write(f"/start {link}")
        await telegram.until(has_heard(ada, OPENING), within_s=WITHIN_S)
        ada.write("2003")
        await cluster.kill()
        await telegram.until(has_heard(ada, TALK[0][1]), within_s=WITHIN_S)
        for said, answer in TALK[1:3]:
            ada.write(said)
            with psycopg.connect(shared.database_url.get_secret_value()) as connection:
                connection.execute("TRUNCATE jobs.procrastinate_jobs CASCADE")
            await telegram.until(has_heard(ada, answer), within_s=WITHIN_S)
        await asyncio.to_thread(postgres_server.stop)
        try:
            ada.write(TALK[3][0])
            await telegram.until(lambda: telegram.webhook_refusals, within_s=WITHIN_S)
        finally:
            await asyncio.to_thread(postgres_server.start)
        await telegram.until(has_heard(ada, TALK[3][1]), within_s=WITHIN_S)
        ada.write(TALK[4][0])
        await telegram.until(has_heard(ada, TALK[4][1]), within_s=WITHIN_S)
        await telegram.until(lambda: not telegram.pending, within_s=WITHIN_S)
    heard = Counter(replies(ada))
    assert set(heard) == {OPENING, *(answer for _, answer in TALK)}
    assert max(heard.values()) <= 2, "a reply may be read twice, not more"
    assert set(telegram.webhook_refusals) == {503}
