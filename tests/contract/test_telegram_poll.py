"""Is every update stored before Telegram may forget it, by polling and by webhook?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from bot.channels.telegram.client import ALLOWED_UPDATES, TelegramClient
from bot.channels.telegram.poll import TelegramPoller
from bot.channels.telegram.receive import TelegramReceiver
from bot.channels.telegram.trouble import Trouble
from bot.channels.telegram.webhook import delete_webhook, set_webhook
from bot.domain.identity import SenderId
from bot.domain.inbound import Inbound
from bot.ports.channel import ReceivedReceipt, Refused, WebhookRequest
from tests.simulators.provider import Misbehaviour, served
from tests.simulators.telegram import TOKEN, TelegramSimulator

SENDER = SenderId("sender-1")
SECRET = "a-secret"


class Store:
    """Keeps what is accepted; fails as often as it is told."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.failures_left = 0

    async def accept(self, events: Sequence[Inbound | ReceivedReceipt]) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise OSError("disk full")
        self.texts += [event.text for event in events if isinstance(event, Inbound)]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        yield simulator


@pytest.fixture
async def client(telegram: TelegramSimulator) -> AsyncIterator[TelegramClient]:
    client = TelegramClient(
        token=TOKEN, api_base=telegram.api_base, file_base=telegram.file_base, answer_within_s=0.5
    )
    yield client
    await client.close()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def troubles() -> list[Trouble]:
    return []


@asynccontextmanager
async def polling(
    client: TelegramClient, store: Store, report: Callable[[Trouble], None]
) -> AsyncIterator[None]:
    poller = TelegramPoller(client, sender_id=SENDER, accept=store.accept, report=report)
    task = asyncio.create_task(poller.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(1):
                await task


async def test_updates_arrive_in_order_and_are_confirmed(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    ada = telegram.person()
    ada.write("before the start")
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: store.texts)
        for number in range(3):
            ada.write(f"text {number}")
        await telegram.until(lambda: len(store.texts) == 4 and not telegram.pending)
    assert store.texts == ["before the start", "text 0", "text 1", "text 2"]
    assert troubles == []
    assert telegram.called("getUpdates")[0]["allowed_updates"] == list(ALLOWED_UPDATES)


async def test_update_is_not_confirmed_before_it_is_stored(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    store.failures_left = 1
    telegram.person().write("must not be lost")
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: troubles)
        assert len(telegram.pending) == 1
        await telegram.until(lambda: store.texts)
    assert store.texts == ["must not be lost"]
    assert [(t.code, t.cause, t.pause_s) for t in troubles] == [("not-stored", "OSError", 1.0)]


async def test_what_was_stored_before_a_failure_is_not_stored_again(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    ada = telegram.person()

    async def accept(events: Sequence[Inbound | ReceivedReceipt]) -> None:
        if store.texts and not troubles:
            raise OSError
        await Store.accept(store, events)

    ada.write("first")
    ada.write("second")
    poller = TelegramPoller(client, sender_id=SENDER, accept=accept, report=troubles.append)
    task = asyncio.create_task(poller.run())
    await telegram.until(lambda: len(store.texts) == 2)
    task.cancel()
    assert store.texts == ["first", "second"]


async def test_stopped_while_storing_leaves_the_update_at_telegram(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    started = asyncio.Event()

    async def accept(events: Sequence[Inbound | ReceivedReceipt]) -> None:
        del events
        started.set()
        await asyncio.sleep(60)

    telegram.person().write("must not be lost")
    poller = TelegramPoller(client, sender_id=SENDER, accept=accept, report=troubles.append)
    task = asyncio.create_task(poller.run())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: store.texts)
    assert store.texts == ["must not be lost"]


async def test_unreadable_update_does_not_hold_up_the_next(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    telegram.queue("message", {"nothing": "as promised"})
    telegram.queue("invented_next_year", {})
    telegram.person().write("after it")
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: store.texts and not telegram.pending)
    assert (store.texts, troubles) == (["after it"], [])


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (409, "bot-used-elsewhere", "Stop the other copy"),
        (401, "token-refused", "BotFather"),
        (502, "not-reached", "Nothing is lost"),
        (429, "too-fast", "Nothing is lost"),
    ],
)
async def test_trouble_is_told_in_plain_words_and_passes(
    telegram: TelegramSimulator,
    client: TelegramClient,
    store: Store,
    troubles: list[Trouble],
    status: int,
    code: str,
    words: str,
) -> None:
    telegram.fails(Misbehaviour.REFUSE, status=status, error="refused", retry_after=1)
    telegram.person().write("hello")
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: store.texts)
    assert [trouble.code for trouble in troubles] == [code]
    assert words in troubles[0].advice
    assert TOKEN not in repr(troubles)


async def test_pause_grows_while_trouble_lasts_and_telegrams_wish_counts(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    telegram.fails(Misbehaviour.RESET_BEFORE)
    telegram.fails(Misbehaviour.REFUSE, status=429, error="Too Many Requests", retry_after=30)
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: len(troubles) == 2)
    assert [(trouble.code, trouble.pause_s) for trouble in troubles] == [
        ("not-reached", 1.0),
        ("too-fast", 30.0),
    ]


async def test_stops_at_once_while_waiting_for_updates(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    poller = TelegramPoller(client, sender_id=SENDER, accept=store.accept, report=troubles.append)
    task = asyncio.create_task(poller.run())
    await telegram.until(lambda: telegram.called("getUpdates"))
    task.cancel()
    async with asyncio.timeout(0.5):
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_webhook_is_set_with_everything_it_needs(
    telegram: TelegramSimulator, client: TelegramClient, troubles: list[Trouble]
) -> None:
    telegram.fails(Misbehaviour.REFUSE, status=502, method="setWebhook")
    url = "https://clinic.example/telegram"
    await set_webhook(client, url=url, secret=SECRET, report=troubles.append)
    (call,) = telegram.called("setWebhook")
    assert (call["url"], call["secret_token"]) == (url, SECRET)
    assert call["allowed_updates"] == list(ALLOWED_UPDATES)
    assert [trouble.code for trouble in troubles] == ["not-reached"]


async def test_refused_webhook_is_told(
    telegram: TelegramSimulator, client: TelegramClient, troubles: list[Trouble]
) -> None:
    setting = set_webhook(client, url="https://x.example", secret="ä b", report=troubles.append)
    task = asyncio.create_task(setting)
    await telegram.until(lambda: troubles)
    task.cancel()
    assert (troubles[0].code, telegram.webhook) == ("request-refused", None)


async def test_polling_needs_the_webhook_gone(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    telegram.webhook = {"url": "http://127.0.0.1:9/", "secret": ""}
    telegram.person().write("hello")
    await delete_webhook(client, report=troubles.append)
    async with polling(client, store, troubles.append):
        await telegram.until(lambda: store.texts)
    assert (store.texts, troubles) == (["hello"], [])


async def test_webhook_is_brought_again_until_it_is_stored(
    telegram: TelegramSimulator, client: TelegramClient, store: Store, troubles: list[Trouble]
) -> None:
    receiver = TelegramReceiver(secret=SECRET, sender_id=SENDER)
    store.failures_left = 1

    async def hook(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        shown = WebhookRequest(
            method=request.method, url=str(request.url), headers=headers, body=await request.read()
        )
        found = receiver.read(shown)
        if isinstance(found, Refused):
            return web.Response(status=found.status)
        try:
            await store.accept(found)
        except OSError:
            return web.Response(status=500)
        return web.Response()

    app = web.Application()
    app.router.add_post("/telegram", hook)
    telegram.person().write("must not be lost")
    async with served(app) as address:
        url = f"{address}/telegram"
        await set_webhook(client, url=url, secret=SECRET, report=troubles.append)
        await telegram.until(lambda: store.texts and not telegram.pending)
    assert (store.texts, telegram.webhook_refusals) == (["must not be lost"], [500])
