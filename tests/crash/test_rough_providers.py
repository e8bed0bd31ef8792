"""What providers, operators and databases do wrong, done to real processes over real HTTP."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.engine.claim import NUMBER as CLAIM
from bot.settings import Settings
from bot.wiring.words import Words
from tests.crash.test_kill import WITHIN_S, environment, invitation_of, running
from tests.household import settings_of
from tests.houses import PostgresServer
from tests.simulators.provider import Misbehaviour
from tests.simulators.telegram import TelegramSimulator
from tests.simulators.twilio import AUTH_TOKEN, Text, TwilioSimulator

SECRET = "simulated-secret"
UNKNOWN_SID = f"SM{'f' * 32}"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator() as simulator:
        yield simulator


def both(folder: Path, telegram: TelegramSimulator, twilio: TwilioSimulator) -> dict[str, str]:
    """One process that both providers bring their messages to."""
    env = environment(folder, telegram) | {
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": twilio.number,
        "TWILIO_API_BASE": twilio.api_base,
    }
    base = f"http://127.0.0.1:{env['HTTP_PORT']}"
    twilio.bring_to(local=base)
    return env | {"PUBLIC_BASE_URL": base}


async def until_ready(env: dict[str, str]) -> None:
    address = f"http://127.0.0.1:{env['HTTP_PORT']}/readyz"
    async with asyncio.timeout(WITHIN_S), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(address)).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


def log_of(folder: Path) -> list[dict[str, object]]:
    """The lines of the log, without what a command prints."""
    lines = (folder / "output.txt").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await holds():  # noqa: ASYNC110  # another process, which signals nothing
            await asyncio.sleep(0.2)


async def until_logged(folder: Path, event: str, **fields: object) -> None:
    async def is_logged() -> bool:
        lines = [line for line in log_of(folder) if line["event"] == event]
        return any(fields.items() <= line.items() for line in lines)

    await until(is_logged)


async def said_by(folder: Path, env: dict[str, str], command: str) -> tuple[int | None, str]:
    """A command of Balm beside the running process: its exit code, and what it printed."""
    output = folder / "output.txt"
    before = output.stat().st_size if output.exists() else 0
    async with running(folder, env, command=command) as process, asyncio.timeout(WITHIN_S):
        code = await process.wait()
    return code, output.read_bytes()[before:].decode()


@asynccontextmanager
async def balm(folder: Path, env: dict[str, str]) -> AsyncIterator[None]:
    async with running(folder, env):
        await until_ready(env)
        yield


async def test_forged_repeated_and_reordered_webhooks(
    sqlite_settings: Settings, words: Words, telegram: TelegramSimulator, twilio: TwilioSimulator
) -> None:
    await invitation_of(sqlite_settings, words)
    folder = sqlite_settings.data_dir
    env = both(folder, telegram, twilio)
    ada, ben = twilio.phone(), telegram.person()
    async with balm(folder, env), httpx.AsyncClient(base_url=env["PUBLIC_BASE_URL"]) as http:
        await telegram.until(lambda: telegram.webhook, within_s=WITHIN_S)
        forged = await twilio.bring("/sms/inbound", ada.fields("forged"), signature="x")
        update = {"update_id": 7, "message": ben._message(text="forged")}
        unsigned = await http.post("/telegram", json=update)
        assert (forged.status, unsigned.status_code) == (403, 403)
        await until_logged(folder, "webhook-refused", path="/sms/inbound", status=403)

        for _ in range(3):
            assert (await ada.text("hello", sid=f"SM{'1' * 32}")).status == 200
        await twilio.until(lambda: ada.inbox, within_s=WITHIN_S)
        ben.has_written = True
        signed = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        for number in (900_002, 900_001, 900_002, 900_001):  # the second comes before the first
            update = {"update_id": number, "message": ben._message(text=f"hello {number}")}
            answer = await http.post("/telegram", json=update, headers=signed)
            assert answer.status_code == 200
        await telegram.until(lambda: len(ben.inbox) >= 3, within_s=WITHIN_S)

        nobodys = Text(
            sid=UNKNOWN_SID,
            to=ada.number,
            body="",
            fields={"StatusCallback": f"{env['PUBLIC_BASE_URL']}/sms/status"},
        )
        assert (await twilio.report(nobodys, "undelivered", code=30005)).status == 204
        code, said = await said_by(folder, env, "ledger verify")
    assert code == 0, said
    with sqlite3.connect(folder / "balm.db") as database:
        stored = database.execute("SELECT count(*), count(DISTINCT provider_id) FROM inbound")
        assert stored.fetchone() == (3, 3)
        waiting = database.execute("SELECT count(*) FROM inbound WHERE state <> 'applied'")
        assert waiting.fetchone() == (0,)


@pytest.mark.parametrize("status", [200, 502])
async def test_a_provider_that_answers_with_a_web_page(
    sqlite_settings: Settings,
    words: Words,
    telegram: TelegramSimulator,
    twilio: TwilioSimulator,
    status: int,
) -> None:
    await invitation_of(sqlite_settings, words)
    folder = sqlite_settings.data_dir
    env = both(folder, telegram, twilio)
    ada, ben = twilio.phone(), telegram.person()
    kind = Misbehaviour.GARBAGE if status == 200 else Misbehaviour.REFUSE
    async with balm(folder, env):
        twilio.fails(kind, method="Messages", status=502)
        telegram.fails(kind, method="sendMessage", status=502)
        await ada.text("hello")
        ben.write("hello")
        for _ in range(2):
            await twilio.until(lambda: ada.inbox, within_s=WITHIN_S)
            await telegram.until(lambda: ben.inbox, within_s=WITHIN_S)
        await until(lambda: _is_over(folder))
        code, said = await said_by(folder, env, "ledger verify")
    assert code == 0, said
    assert max(ada.inbox.count(text) for text in ada.inbox) <= 2
    assert not [line for line in log_of(folder) if line["event"] == "send-failed"]


async def _is_over(folder: Path) -> bool:
    def is_over() -> bool:
        with sqlite3.connect(folder / "balm.db") as database:
            found = database.execute(
                "SELECT count(*) FROM delivery WHERE state IN ('queued', 'leased', 'sending')"
            )
            return bool(found.fetchone() == (0,))

    return await asyncio.to_thread(is_over)


async def test_a_database_that_another_program_holds(
    sqlite_settings: Settings, words: Words, telegram: TelegramSimulator, twilio: TwilioSimulator
) -> None:
    await invitation_of(sqlite_settings, words)
    folder = sqlite_settings.data_dir
    env = both(folder, telegram, twilio)
    ben = telegram.person()
    async with balm(folder, env):
        await telegram.until(lambda: telegram.webhook, within_s=WITHIN_S)
        other = sqlite3.connect(folder / "balm.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        ben.write("hello")
        await telegram.until(lambda: telegram.webhook_refusals, within_s=WITHIN_S)
        await until_logged(folder, "webhook-not-stored", path="/telegram", status=503)
        other.rollback()
        other.close()
        await telegram.until(lambda: ben.inbox and not telegram.pending, within_s=WITHIN_S)
    assert 503 in telegram.webhook_refusals


async def test_two_copies_on_one_bot_are_told_so_and_lose_nothing(
    sqlite_settings: Settings, words: Words, telegram: TelegramSimulator, tmp_path: Path
) -> None:
    await invitation_of(sqlite_settings, words)
    folder, second = sqlite_settings.data_dir, tmp_path / "second"
    second.mkdir()
    ben = telegram.person()
    env, other = environment(folder, telegram), environment(second, telegram)
    async with AsyncExitStack() as copies:
        for where, settings in ((folder, env), (second, other)):
            await copies.enter_async_context(running(where, settings))
        await until_logged(folder, "telegram-trouble", code="bot-used-elsewhere")
        ben.write("hello")
        await telegram.until(lambda: ben.inbox and not telegram.pending, within_s=WITHIN_S)

        async def is_told() -> bool:
            _, said = await said_by(folder, env, "doctor")
            return "Somebody else receives" in " ".join(said.split())

        await until(is_told)


async def test_a_second_process_on_one_sqlite_file_is_refused(
    sqlite_settings: Settings, words: Words, telegram: TelegramSimulator, tmp_path: Path
) -> None:
    await invitation_of(sqlite_settings, words)
    folder, second = sqlite_settings.data_dir, tmp_path / "second"
    second.mkdir()
    env = environment(folder, telegram)
    file = {"BALM_DATABASE_URL": f"sqlite:///{folder / 'balm.db'}"}
    async with balm(folder, env):
        for copy in (environment(folder, telegram), environment(second, telegram) | file):
            code, said = await said_by(second, copy, "run")
            assert code == 1
            assert f"Another Balm is already running on {folder}" in said


async def test_a_second_lonely_process_on_one_postgresql_is_refused(
    postgres_server: PostgresServer, words: Words, telegram: TelegramSimulator, tmp_path: Path
) -> None:
    address = postgres_server.create(postgres_server.template)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    await invitation_of(settings_of(first, database_url=address), words)
    shared = {"BALM_DATABASE_URL": address}
    env, other = (environment(folder, telegram) | shared for folder in (first, second))
    cluster = other | {"BALM_ENGINE": "cluster", "TELEGRAM_MODE": "webhook"}
    cluster |= {"TELEGRAM_WEBHOOK_SECRET": SECRET, "PUBLIC_BASE_URL": "http://127.0.0.1:9"}
    async with balm(first, env):
        for command, told in (("run", other), ("worker", cluster)):
            code, said = await said_by(second, told, command)
            assert (code, "Another Balm already works on this database" in said) == (1, True)
    async with running(second, cluster, command="worker"):
        await until(lambda: _is_shared(address))  # the first is dead, so the cluster may begin
        code, said = await said_by(first, env, "run")
        assert (code, "Another Balm already works on this database" in said) == (1, True)


async def _is_shared(address: str) -> bool:
    """Whether a process holds the database together with others."""

    def is_shared() -> bool:
        with psycopg.connect(address) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE locktype = 'advisory' AND mode = 'ShareLock' AND objid = %s"
                " AND datname = current_database()",
                (CLAIM,),
            )
            return found.fetchone() == (1,)

    return await asyncio.to_thread(is_shared)
