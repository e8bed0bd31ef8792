"""Is a photo fetched from Telegram within its bounds, and its message deleted there?"""

import traceback
from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.send import TelegramChannel
from bot.domain.photo import PhotoRefusal
from bot.ports.channel import Picture, SendError, Unavailable
from bot.ports.photos import HandsOutPhotos, PhotoRefused
from tests.contract.test_telegram_channel import connected, outgoing
from tests.simulators.provider import Misbehaviour
from tests.simulators.telegram import TOKEN, Person, TelegramSimulator


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as simulator:
        simulator.files["photo"] = b"x" * 1_000
        yield simulator


@pytest.fixture
async def client(telegram: TelegramSimulator) -> AsyncIterator[TelegramClient]:
    client = connected(telegram)
    yield client
    await client.close()


@pytest.fixture
def channel(client: TelegramClient) -> TelegramChannel:
    return TelegramChannel(client)


@pytest.fixture
def ada(telegram: TelegramSimulator) -> Person:
    person = telegram.person()
    person.write("hello")
    return person


async def test_a_photo_is_fetched_whole(channel: TelegramChannel) -> None:
    assert isinstance(channel, HandsOutPhotos)
    assert await channel.fetch("photo", at_most=1_000) == b"x" * 1_000


async def test_a_large_photo_is_refused_before_it_is_fetched(
    channel: TelegramChannel, telegram: TelegramSimulator
) -> None:
    telegram.fails(Misbehaviour.REFUSE, method="file", status=500)
    with pytest.raises(PhotoRefused) as caught:
        await channel.fetch("photo", at_most=999)
    assert caught.value.reason is PhotoRefusal.TOO_LARGE


async def test_one_that_is_larger_than_it_said_is_refused_while_it_comes_in(
    channel: TelegramChannel, telegram: TelegramSimulator
) -> None:
    telegram.sizes_said["photo"] = 10
    with pytest.raises(PhotoRefused) as caught:
        await channel.fetch("photo", at_most=999)
    assert caught.value.reason is PhotoRefusal.TOO_LARGE


async def test_a_photo_that_is_gone_is_refused(channel: TelegramChannel) -> None:
    with pytest.raises(PhotoRefused) as caught:
        await channel.fetch("another", at_most=999)
    assert caught.value.reason is PhotoRefusal.NOT_FETCHED


async def test_a_failing_server_is_tried_again_and_no_error_shows_the_token(
    channel: TelegramChannel, telegram: TelegramSimulator
) -> None:
    telegram.fails(Misbehaviour.REFUSE, method="file", status=502)
    with pytest.raises(Unavailable) as caught:
        await channel.fetch("photo", at_most=1_000)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    telegram.fails(Misbehaviour.REFUSE, method="getFile", status=502, error="Bad Gateway")
    with pytest.raises(SendError):
        await channel.fetch("photo", at_most=1_000)


async def test_the_message_is_deleted_there_and_once_is_enough(
    channel: TelegramChannel, telegram: TelegramSimulator, ada: Person
) -> None:
    for _ in range(2):
        await channel.let_go(str(ada.chat_id), "17")
    assert telegram.deleted == [(ada.chat_id, 17)]


async def test_a_photo_is_shown_veiled(
    channel: TelegramChannel, telegram: TelegramSimulator, ada: Person
) -> None:
    picture = Picture(image=b"\xff\xd8", alt="Left: one day", is_veiled=True)
    await channel.send_picture(outgoing(ada, text=""), picture)
    (call,) = telegram.called("sendPhoto")
    assert call["has_spoiler"] is True
