"""Killed by the system between any two steps of joining over Telegram: does the talk go on?"""

import asyncio
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.cli.run import _SEEDED as SEEDED
from bot.settings import Settings
from bot.wiring.words import Words
from tests.household import SECRET, open_household
from tests.simulators.telegram import Person, TelegramSimulator

ROOT = Path(__file__).parents[2]
WITHIN_S = 60.0
BREATHS_S = (0.0, 0.15, 0.4)
"""How long the process lives on after a message was written, in turn."""


def environment(folder: Path, telegram: TelegramSimulator) -> dict[str, str]:
    """Everything that the process is told; nothing of ours leaks in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "BALM_DATA_DIR": str(folder),
        "BALM_SECRET_KEY": SECRET,
        "HTTP_PORT": str(port),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE": telegram.api_base,
        "TELEGRAM_FILE_BASE": telegram.file_base,
    }


@asynccontextmanager
async def running(
    folder: Path, env: dict[str, str], *, command: str = "run"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`balm run`, or another process of Balm, ended by kill -9 whatever it does."""
    log = (folder / "output.txt").open("ab")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crash.balm_run", *command.split()),
        cwd=folder,
        env=env,
        stdout=log,
        stderr=log,
    )
    log.close()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def invitation_of(settings: Settings, words: Words) -> str:
    """The link of a patient, in a house that has nothing to demonstrate."""
    async with open_household(settings, words) as home:
        home.clock.offset = home.house.real_clock.now() - home.clock.now()
        member = await home.invite("ada")
        async with home.house.store.unit_of_work() as tx:
            await tx.house.set_setting(SEEDED, "yes")
    assert member.invitation is not None
    return member.invitation.link_token


def has_asked_again(telegram: TelegramSimulator) -> Callable[[], bool]:
    """Whether the bot has fetched messages since now."""
    before = len(telegram.called("getUpdates"))
    return lambda: len(telegram.called("getUpdates")) > before


def has_heard(person: Person, words: str) -> Callable[[], bool]:
    """Whether the bot has written `words`."""
    return lambda: any(words in message.text for message in person.inbox)


async def test_joining_survives_a_kill_after_every_message(
    sqlite_settings: Settings, words: Words
) -> None:
    link = await invitation_of(sqlite_settings, words)
    folder = sqlite_settings.data_dir
    talk = (
        (f"/start {link}", "in which year were you born"),
        ("2003", "Before we start, please read this"),
        ("I agree", "with you, right?"),
        ("yes", "At what time of day"),
        ("20:00", "Who else sees this phone"),
        ("nobody", "All set."),
    )
    async with TelegramSimulator() as telegram:
        ada = telegram.person()
        env = environment(folder, telegram)
        for number, (said, _) in enumerate(talk):
            ada.write(said)
            if number < len(BREATHS_S):
                async with running(folder, env):
                    await telegram.until(has_asked_again(telegram), within_s=WITHIN_S)
                    await asyncio.sleep(BREATHS_S[number])
        async with running(folder, env):
            for _, answered in talk:
                await telegram.until(has_heard(ada, answered), within_s=WITHIN_S)
            await telegram.until(lambda: not telegram.pending, within_s=WITHIN_S)
        heard = Counter(
            answered for _, answered in talk for shown in ada.inbox if answered in shown.text
        )
    assert set(heard) == {answered for _, answered in talk}
    assert max(heard.values()) <= 2, "a reply may be read twice, not more"
