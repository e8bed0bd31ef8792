"""A demo clinic without a bot: answers in fixed words, so that the pages can be driven alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.channels.simulator import Simulator
from bot.domain.delivery import Body, Choice, Outgoing
from bot.domain.identity import PATIENT_CHANNELS, Channel, DeliveryId
from bot.domain.inbound import Inbound, InboundKind
from bot.ports.channel import ReceivedReceipt, RecipientStopped
from bot.ports.simulator import Invitation

SCALE = tuple(Choice(label=str(n), action=f"checkin:lips:{n}") for n in range(6))
BACK = (Choice(label="Back", action="checkin:back"),)


_numbers = count(1)


class CountingIds:
    """Ids in order, none of them twice, as if a restart took no time."""

    def new(self) -> str:
        return f"{next(_numbers):032x}"


class MovableClock:
    """A demo clock; what falls due on the way is one reminder for the first phone."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self.bot: EchoBot | None = None

    def now(self) -> datetime:
        return self._now

    async def advance(self, to: datetime) -> None:
        if to - self._now > timedelta(days=400):
            raise ValueError("more than 400 days")
        self._now = to
        if self.bot is not None:
            await self.bot.remind()


class EchoBot:
    """Accepts what phones send and answers at once through the simulated channels."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.accepted: list[Inbound | ReceivedReceipt] = []

    async def accept(self, events: Sequence[Inbound | ReceivedReceipt]) -> None:
        for event in events:
            self.accepted.append(event)
            if isinstance(event, Inbound) and event.kind is not InboundKind.BLOCKED:
                await self._answer(event)

    async def remind(self) -> None:
        phone = self._simulator.phones()[0]
        choices = (
            (Choice(label="Taken", action="dose:taken"), Choice(label="Later", action="dose:l")),
            (Choice(label="Not today", action="dose:no"),),
        )
        text = "It is time for your evening capsule. Take it with food."
        for channel in PATIENT_CHANNELS:
            await self._say(channel, phone.address(channel), Body(text=text, choices=choices))

    async def _answer(self, event: Inbound) -> None:
        if event.kind is InboundKind.BUTTON:
            body = Body(text=f"Recorded: {event.action}.", choices=(SCALE, BACK))
            return await self._say(event.channel, event.address, body, edits=event.pressed_message)
        question = "How are your lips today? 0 is fine, 5 is very sore."
        text = question if event.text == "menu" else f"You wrote: {event.text or event.kind}"
        rows = (SCALE, BACK) if event.text == "menu" else ()
        return await self._say(event.channel, event.address, Body(text=text, choices=rows))

    async def _say(
        self, channel: Channel, address: str, body: Body, *, edits: str | None = None
    ) -> None:
        message = Outgoing(delivery_id=DeliveryId("d"), address=address, body=body, edits=edits)
        try:
            await self._simulator.channel(channel).send(message)
        except RecipientStopped:
            return


class PaperInvitations:
    """The same invitation, again and again."""

    async def invite(self) -> Invitation:
        return Invitation(
            name="Robin Example", birth_year=2001, link_token="t0k3n", code="ABCD2345"
        )
