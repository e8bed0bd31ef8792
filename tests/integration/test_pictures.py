"""Does a picture leave as a picture, and its words where it cannot?"""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.charts.artist import Artist
from bot.domain.delivery import Outgoing
from bot.domain.identity import Channel
from bot.domain.picture import PictureOrder
from bot.ports.artist import Drawn
from bot.ports.channel import Paper, Picture, Rejected, SendError, Unavailable
from tests.fakes.channel import ScriptedChannel
from tests.household import Household
from tests.integration.test_drain import ends, through


@dataclass
class PictureChannel(ScriptedChannel):
    """A channel that shows pictures and hands over pages, or raises."""

    error: SendError | None = None
    pictures: list[Picture] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def send_picture(self, message: Outgoing, picture: Picture) -> str:
        self.pictures.append(picture)
        if self.error is not None:
            raise self.error
        return f"picture-{message.delivery_id}"

    async def send_paper(self, message: Outgoing, paper: Paper) -> str:
        self.papers.append(paper)
        return f"paper-{message.delivery_id}"


async def ask(home: Household, channel: ScriptedChannel, text: str) -> None:
    await home.settle_in("ada")
    engine = through(home, channel)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, text))
    await engine.settle()


@pytest.mark.parametrize(("text", "said"), [("/progress", "Week 1"), ("/week", "Your last 7 days")])
async def test_the_card_comes_with_the_same_in_words(home: Household, text: str, said: str) -> None:
    channel = PictureChannel()
    await ask(home, channel, text)
    (picture,) = channel.pictures
    assert picture.image.startswith(b"\x89PNG")
    assert said in picture.alt
    assert channel.sent == []
    assert await ends(home) == [("sent", None)]


async def test_the_paper_for_the_visit_comes_as_a_document(home: Household) -> None:
    channel = PictureChannel()
    await ask(home, channel, "/visit")
    (paper,) = channel.papers
    assert paper.pdf.startswith(b"%PDF")
    assert "For your visit" in paper.alt
    assert channel.sent == []


async def test_a_picture_that_cannot_be_drawn_leaves_as_its_words(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Artist, order: PictureOrder) -> Drawn:
        raise RuntimeError(order.name)

    monkeypatch.setattr(Artist, "draw", fails)
    channel = PictureChannel()
    await ask(home, channel, "/progress")
    assert channel.pictures == []
    (words,) = channel.sent
    assert "Week 1" in words.body.text
    assert await ends(home) == [("sent", None)]


async def test_a_picture_that_the_provider_refuses_leaves_as_its_words(home: Household) -> None:
    channel = PictureChannel(error=Rejected("picture-refused"))
    await ask(home, channel, "/progress")
    assert len(channel.pictures) == 1
    assert len(channel.sent) == 1
    assert await ends(home) == [("sent", None)]


async def test_a_passing_failure_waits_and_sends_nothing_twice(home: Household) -> None:
    channel = PictureChannel(error=Unavailable("down"))
    await ask(home, channel, "/progress")
    assert channel.sent == []
    assert [state for state, _ in await ends(home)] == ["queued"]
    channel.error = None
    await through(home, channel).advance(home.clock.now() + timedelta(minutes=10))
    assert len(channel.pictures) == 2
    assert channel.sent == []
    assert await ends(home) == [("sent", None)]


async def test_the_next_blood_test_is_named_long_before_its_reminder(home: Household) -> None:
    channel = PictureChannel()
    await ask(home, channel, "/progress")
    (picture,) = channel.pictures
    assert "Next: Tuesday, January 26, blood test" in picture.alt
