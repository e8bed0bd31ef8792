"""Does the bot say in every language what it is, once, and start all the same where it cannot?"""

from bot.channels.telegram.client import TelegramClient
from bot.wiring.bot_profile import introducing
from tests.household import Household
from tests.simulators.provider import Misbehaviour
from tests.simulators.telegram import TOKEN, TelegramSimulator


async def introduce(home: Household, telegram: TelegramSimulator) -> None:
    client = TelegramClient(token=TOKEN, api_base=telegram.api_base, file_base=telegram.file_base)
    await introducing(home.house, home.clinic_id, client)()
    await client.close()


async def test_every_language_is_shown_once_over_two_starts(home: Household) -> None:
    async with TelegramSimulator() as telegram:
        await introduce(home, telegram)
        await introduce(home, telegram)
    shown = telegram.profile
    assert {language for _, language in shown} == {"", "en", "es", "hi"}
    assert "Willow Street" in shown["description", "es"]
    assert "acompañante" in shown["description", "es"]
    assert shown["short_description", ""].endswith("Not for emergencies.")
    for method in ("setMyCommands", "setMyDescription", "setMyShortDescription"):
        assert len(telegram.called(method)) == 4


async def test_no_word_of_it_names_an_illness_or_a_medicine(home: Household) -> None:
    async with TelegramSimulator() as telegram:
        await introduce(home, telegram)
    for (field, language), words in telegram.profile.items():
        said = str(words).casefold()
        told = [w for w in ("acne", "acné", "isotret", "skin", "piel", "मुँहासे") if w in said]
        assert told == [], (field, language)


async def test_what_telegram_refuses_is_left_and_the_rest_is_shown(home: Household) -> None:
    async with TelegramSimulator() as telegram:
        for method in ("getMyCommands", "setMyCommands"):
            telegram.fails(
                Misbehaviour.REFUSE, method=method, status=429, error="Slow down", retry_after=5
            )
        await introduce(home, telegram)
    assert len(telegram.profile) == 11


async def test_a_server_that_cannot_tell_what_it_shows_is_told_all_the_same(
    home: Household,
) -> None:
    async with TelegramSimulator() as telegram:
        for method in ("getMyCommands", "getMyDescription", "getMyShortDescription"):
            telegram.fails(
                Misbehaviour.REFUSE, method=method, status=501, error="Unknown", times=99
            )
        await introduce(home, telegram)
    assert len(telegram.profile) == 12
