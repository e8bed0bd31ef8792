"""Are photos kept only when asked for, clean, once, and gone when their owner says so?"""

import io
from datetime import date, timedelta

import pytest
from PIL import Image

from bot.channels.made_up_photo import made_up_photo
from bot.domain.identity import Channel, PatientId
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.photo import PhotoRefusal
from bot.ports.channel import Rejected, Unavailable
from bot.ports.photos import PhotoRefused
from bot.services.photo_desk import PhotoDesk
from tests.fakes.channel import ScriptedChannel
from tests.household import Household

PHOTO = InboundKind.PHOTO


async def days(home: Household) -> list[date]:
    async with home.house.store.read() as tx:
        return list(await tx.photos.days(patient(home)))


def patient(home: Household) -> PatientId:
    patient_id = home.members["ada"].patient_id
    assert patient_id is not None
    return patient_id


async def agreed(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", "photo")
    await home.press("ada", "Yes, keep photos")


def sent(home: Household, **changes: object) -> Inbound:
    (event,) = home.simulator.send_media("ada", Channel.TELEGRAM, PHOTO)
    values = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return Inbound(**{**values, **changes})


async def test_an_unasked_photo_is_not_opened_and_the_consent_is_asked_once(
    home: Household,
) -> None:
    await home.settle_in("ada")
    await home.send("ada", PHOTO)
    refused, consent = home.texts("ada")
    assert "I cannot see pictures" in refused
    assert "Keep photos of your skin here?" in consent
    await home.press("ada", "No, thank you")
    await home.send("ada", PHOTO)
    assert "I cannot see pictures" in home.texts("ada")[-1]
    assert await days(home) == []


async def test_with_consent_an_asked_photo_is_kept_and_shown_beside_the_first(
    home: Household,
) -> None:
    await agreed(home)
    await home.send("ada", PHOTO)
    assert "Kept as your photo of Tuesday, December 1" in home.texts("ada")[-1]
    await home.wait(timedelta(days=30))
    await home.say("ada", "add a photo")
    await home.send("ada", PHOTO)
    await home.say("ada", "photos")
    shown = home.bubbles("ada")[-1]
    assert "Left: Tuesday, December 1, week 1. Right: Thursday, December 31, week 5" in shown.text
    assert shown.shows == "image/jpeg"
    picture = Image.open(io.BytesIO(home.simulator.shown("ada", shown.id).content))
    assert picture.size == (2 * 720 + 12, 960)


async def test_an_unasked_photo_after_consent_is_kept_only_after_a_tap(home: Household) -> None:
    await agreed(home)
    await home.send("ada", PHOTO)
    await home.wait(timedelta(days=1))
    await home.send("ada", PHOTO)
    assert "I have not opened this picture" in home.texts("ada")[-1]
    assert len(await days(home)) == 1
    await home.press("ada", "Keep it")
    assert len(await days(home)) == 2


async def test_of_an_album_of_ten_the_first_is_kept_and_answered_once(home: Household) -> None:
    await agreed(home)
    before = len(home.bubbles("ada"))
    await home.receive([sent(home, album="a1") for _ in range(10)])
    (answer,) = home.texts("ada")[before:]
    assert "the first of them" in answer
    assert len(await days(home)) == 1


async def test_a_second_photo_of_a_day_takes_the_place_of_the_first(home: Household) -> None:
    await agreed(home)
    await home.send("ada", PHOTO)
    await home.say("ada", "photo")
    await home.send("ada", PHOTO)
    assert await days(home) == [date(2026, 12, 1)]


async def test_the_same_photo_delivered_twice_is_kept_and_answered_once(home: Household) -> None:
    await agreed(home)
    event = sent(home)
    before = len(home.bubbles("ada"))
    await home.receive([event])
    await home.receive([event])
    assert len(home.bubbles("ada")) == before + 1


@pytest.mark.parametrize("text", ["delete photos", "STOP"])
async def test_a_word_removes_every_photo(home: Household, text: str) -> None:
    await agreed(home)
    await home.send("ada", PHOTO)
    await home.say("ada", text)
    assert await days(home) == []
    await home.say("ada", "START")
    await home.say("ada", "photos")
    assert "Keep photos of your skin here?" in home.texts("ada")[-1]


async def test_danger_in_a_caption_goes_first_and_nothing_is_fetched(home: Household) -> None:
    await agreed(home)
    await home.receive([sent(home, text="i want to kill myself tonight")])
    assert "988" in home.texts("ada")[-1]
    assert await days(home) == []


async def test_by_text_message_a_kind_sentence_says_where_photos_work(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    await home.send("ada", PHOTO, channel=Channel.SMS)
    assert "cannot see pictures" in home.texts("ada", Channel.SMS)[-1]
    await home.say("ada", "photos", channel=Channel.SMS)
    assert "only in our Telegram chat" in home.texts("ada", Channel.SMS)[-1]


async def test_photos_go_after_their_time(home: Household) -> None:
    await agreed(home)
    await home.send("ada", PHOTO)
    for passed, left in ((400, 1), (2, 0)):
        home.clock.offset += timedelta(days=passed)
        await home.house.upkeep.run()
        assert len(await days(home)) == left


class Provider(ScriptedChannel):
    """Hands out one photo, after as many failures as it is told; remembers what it let go."""

    def __init__(self, content: bytes, *failures: Exception) -> None:
        super().__init__()
        self.content = content
        self.failures = list(failures)
        self.asked = 0
        self.gone: list[str] = []

    async def fetch(self, reference: str, *, at_most: int) -> bytes:
        del reference, at_most
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.content

    async def let_go(self, address: str, message: str) -> None:
        del address
        if self.failures:
            raise self.failures.pop(0)
        self.gone.append(message)


def provide(home: Household, provider: Provider) -> None:
    home.house.photos.connect({sender.id: provider for sender in home.lines.senders})


async def test_a_provider_that_fails_is_asked_again_and_the_photo_kept_once(
    home: Household,
) -> None:
    await agreed(home)
    provider = Provider(made_up_photo("x"), Unavailable("down"), TimeoutError(), RuntimeError("?"))
    provide(home, provider)
    before = len(home.bubbles("ada"))
    await home.receive([sent(home, message="17")])
    assert await days(home) == []
    await home.wait(timedelta(minutes=2))
    assert await days(home) == [date(2026, 12, 1)]
    assert (provider.asked, provider.gone) == (4, ["17"])
    assert len(home.bubbles("ada")) == before + 1


async def test_the_copy_at_the_provider_is_tried_until_it_is_gone(home: Household) -> None:
    await agreed(home)
    provider = Provider(made_up_photo("x"))
    provide(home, provider)
    await home.house.inbound.accept([sent(home, message="17")])
    assert await home.house.inbound.answer_next()
    assert await home.house.photos.run() == 1
    provider.failures = [Unavailable("down")]
    await home.engine.settle()
    assert (await days(home), provider.gone) == ([date(2026, 12, 1)], [])
    await home.wait(timedelta(minutes=11))
    assert provider.gone == ["17"]


@pytest.mark.parametrize(
    ("content", "failures", "said"),
    [
        (b"no picture", (), "could not open that as a picture"),
        (b"", (PhotoRefused(PhotoRefusal.TOO_LARGE),), "too large for me"),
        (b"", (Rejected("gone"),), "could not fetch"),
        (b"", tuple(Unavailable("down") for _ in range(9)), "could not fetch"),
    ],
)
async def test_what_cannot_be_kept_is_said_once_and_kindly(
    home: Household, content: bytes, failures: tuple[Exception, ...], said: str
) -> None:
    await agreed(home)
    provide(home, Provider(content, *failures))
    await home.receive([sent(home)])
    await home.wait(timedelta(minutes=5))
    assert [said in text for text in home.texts("ada")].count(True) == 1
    assert await days(home) == []


async def test_a_photo_on_its_way_is_dropped_when_photos_are_ended(home: Household) -> None:
    await agreed(home)
    provider = Provider(made_up_photo("x"), Unavailable("down"))
    provide(home, provider)
    await home.receive([sent(home)])
    await home.say("ada", "delete photos")
    await home.wait(timedelta(minutes=5))
    assert (await days(home), provider.asked) == ([], 1)


async def test_the_clinic_counts_and_never_opens(home: Household) -> None:
    await agreed(home)
    await home.send("ada", PHOTO)
    (count,) = await PhotoDesk(home.house.store, home.clock).counts(home.clinic_id)
    assert (count.patient_id, count.count, count.first) == (patient(home), 1, date(2026, 12, 1))


async def test_nothing_of_a_photo_can_be_read_in_the_database(home: Household) -> None:
    await agreed(home)
    await home.receive([sent(home, attachments=("canary-reference",))])
    async with home.house.store.read() as tx:
        opened = await tx.photos.opened(patient(home), date(2026, 12, 1))
    assert opened is not None
    files = [path for path in home.house.settings.data_dir.rglob("*") if path.is_file()]
    found = [path.name for path in files if opened[300:340] in path.read_bytes()]
    assert found == []
