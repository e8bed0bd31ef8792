"""What does a bot show of itself before anybody writes to it?"""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.identity import Channel, ClinicId
from bot.domain.patient import Clinic
from bot.logs import warning
from bot.wiring.house import House

if TYPE_CHECKING:
    from bot.channels.telegram.client import TelegramClient

_COMMANDS = ("menu", "learn", "pause", "language", "help")
"""Commands of Telegram's menu; each is also a label of the content."""
_EVERYBODY_ELSE = None


def introducing(
    house: House, clinic_id: ClinicId, client: "TelegramClient"
) -> Callable[[], Awaitable[None]]:
    """Menu, description and short description in every language; English for everybody else.

    What Telegram refuses is left: everything else works without it, and the next start tries again.
    """

    async def run() -> None:
        async with house.store.read() as tx:
            clinic = await tx.house.clinic(clinic_id)
        for show in _steps(house, clinic, client):
            try:
                await show()
            except Exception as error:  # noqa: BLE001  # everything works without the profile
                warning("telegram-profile-not-set", error=type(error).__name__)

    return run


def _steps(
    house: House, clinic: Clinic, client: "TelegramClient"
) -> Iterator[Callable[[], Awaitable[bool]]]:
    content = house.content
    for language in (_EVERYBODY_ELSE, *content.languages):
        read = language or "en"
        labels = {name: content.label(name, language=read) for name in _COMMANDS}
        yield partial(client.show_commands, labels, language=language)
        description = _text(house, clinic, "profile-description", read)
        yield partial(client.show_description, description, language=language)
        short = _text(house, clinic, "profile-short", read)
        yield partial(client.show_short_description, short, language=language)


def _text(house: House, clinic: Clinic, name: str, language: str) -> str:
    content = house.content
    source = content.message(name, language=language, channel=Channel.TELEGRAM).source
    variables = {
        "clinic_name": clinic.name,
        "clinic_phone": clinic.phone,
        **content.numbers(clinic, language=language),
    }
    return content.render(source, variables, language=language)
