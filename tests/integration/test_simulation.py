"""Does a simulated course say what the real services say, message for message?"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.content.behaviours import load_behaviours
from bot.domain.behaviour import Behaviour
from bot.domain.delivery import Outgoing
from bot.domain.identity import Channel
from bot.domain.schedule import SlotTime
from bot.domain.simulation import CourseRequest, SimulatedMessage
from bot.ports.channel import Capabilities
from bot.ports.channel import Channel as ChannelPort
from bot.settings import Settings
from bot.wiring.simulation.acts import perform
from bot.wiring.simulation.simulate import Done, live
from bot.wiring.simulation.stage import Stage, phones_of, settle_in
from bot.wiring.words import CONTENT, Words
from tests.household import StillClock, open_household

CAST = load_behaviours(CONTENT / "behaviours.yaml")
Said = tuple[datetime, str, list[list[str]]]


def request(
    behaviour: str = "perfect",
    *,
    programme: str = "none",
    category: str = "cannot-become-pregnant",
    joins_days_before: int = 1,
    channel: Channel = Channel.TELEGRAM,
    zone: str = "America/New_York",
    first_day: date = date(2026, 12, 1),
    weeks: int = 1,
    language: str = "en",
    slots: Sequence[SlotTime] = (SlotTime(slot="daily", at=time(20)),),
) -> CourseRequest:
    return CourseRequest(
        programme=programme,
        category=category,
        joins_days_before=joins_days_before,
        first_day=first_day,
        weeks=weeks,
        zone=ZoneInfo(zone),
        slots=tuple(slots),
        dose="40 mg",
        behaviour=CAST.behaviours[behaviour],
        lines=CAST.lines[language],
        language=language,
        channel=channel,
        days_after=1,
    )


def hurried(behaviour: Behaviour) -> Behaviour:
    """The same life within a week."""
    events = [replace(event, day=2 + 2 * n) for n, event in enumerate(behaviour.events)]
    return replace(behaviour, events=tuple(events))


@dataclass(kw_only=True)
class Recorder:
    """A channel that keeps what went through it to patients, with the time."""

    inner: ChannelPort
    clock: StillClock
    staff: frozenset[str]
    """Addresses whose messages are not kept."""
    said: list[Said] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    async def send(self, message: Outgoing) -> str:
        provider_id = await self.inner.send(message)
        if message.address in self.staff:
            return provider_id
        rows = [[choice.label for choice in row] for row in message.body.choices]
        self.said.append((self.clock.now(), message.body.text, rows))
        return provider_id


async def replay(
    asked: CourseRequest, acts: Sequence[Done], settings: Settings, words: Words
) -> list[Said]:
    """The same acts at the same times, through the real services on a real database."""
    clock = StillClock(asked.begins_at)
    async with open_household(settings, words, clock) as home:
        house, lines = home.house, home.lines
        async with house.store.unit_of_work() as tx:
            clinic = await tx.house.clinic(home.clinic_id)
            there = replace(clinic, region=asked.region, zone=asked.zone.key)
            await tx.house.update_clinic(there)
        nurse = next(one for one in phones_of(asked.language) if one.id == "nurse")
        staff = frozenset({nurse.telegram_address, nurse.sms_address})
        recorders = {
            key: Recorder(inner=channel, clock=clock, staff=staff)
            for key, channel in lines.channels.items()
        }
        channels: dict[str, ChannelPort] = dict(recorders.items())
        stage = Stage(
            house=house,
            engine=house.engine(channels, lines.senders),
            clock=clock,
            simulator=home.simulator,
            clinic_id=home.clinic_id,
            senders=lines.senders,
            channel=asked.channel,
            phones=["phone-1"],
        )
        await settle_in(stage, asked)
        for done in acts:
            await stage.engine.advance(done.at)
            await perform(stage, done.act)
            await stage.engine.settle()
        await stage.engine.advance(asked.ends_at)
        sender = next(s for s in lines.senders if s.channel is asked.channel)
        return recorders[sender.id].said


def shown(message: SimulatedMessage) -> Said:
    return message.at.astimezone(UTC), message.text, [list(row) for row in message.buttons]


CASES = {
    "perfect on Telegram": request(weeks=1),
    "perfect by text message": request(channel=Channel.SMS),
    "forgetful, in Spanish, twice a day": request(
        "forgetful",
        channel=Channel.SMS,
        language="es",
        slots=(SlotTime(slot="morning", at=time(8)), SlotTime(slot="evening", at=time(20))),
    ),
    "forgetful on Telegram": request("forgetful"),
    "silent through the night that clocks go back": request(
        "silent", zone="Europe/London", first_day=date(2026, 10, 20)
    ),
    "silent where a day is missing": request(
        "silent", zone="Pacific/Apia", first_day=date(2011, 12, 26)
    ),
    "prose": request("prose"),
    "blocks": request("blocks"),
    "new number": request("new-number", channel=Channel.SMS),
    "moves, in Hindi": request("moves", channel=Channel.SMS, language="hi"),
    "opts out and returns": request("opts-out-and-returns", channel=Channel.SMS),
    "reports a pregnancy": request("reports-pregnancy"),
    "the steps of iPLEDGE": request(
        programme="us-ipledge", category="can-become-pregnant", joins_days_before=12
    ),
    "iPLEDGE by text message, where windows pass": request(
        "misses-window-twice",
        programme="us-ipledge",
        category="can-become-pregnant",
        joins_days_before=12,
        channel=Channel.SMS,
    ),
    "a pregnancy under iPLEDGE": request(
        "reports-pregnancy",
        programme="us-ipledge",
        category="can-become-pregnant",
        joins_days_before=12,
    ),
}


@pytest.mark.parametrize("asked", CASES.values(), ids=CASES)
async def test_a_simulation_is_what_really_happens(
    asked: CourseRequest, sqlite_settings: Settings, words: Words
) -> None:
    asked = replace(asked, behaviour=hurried(asked.behaviour))
    lived = await live(asked, words)
    said = [shown(message) for message in lived.simulation.messages]
    assert said, "nothing was said at all"
    assert said == await replay(asked, lived.acts, sqlite_settings, words)
