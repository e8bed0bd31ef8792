"""Play every journey with real logs: python -m tests.privacy.live FOLDER."""

import asyncio
import json
import logging
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from bot.content import load_content
from bot.content.faq_library import load_library
from bot.content.triage_library import load as load_triage
from bot.domain.identity import Channel
from bot.logs import configure, failure
from bot.ports.channel import Rejected
from bot.store.migrate import upgrade
from bot.store.unit_of_work import sqlite_engine
from bot.wiring.words import CONTENT, Words
from tests.fakes.channel import ScriptedChannel
from tests.fakes.reader import FewSentences
from tests.household import Household, StillClock, open_household, settings_of
from tests.journeys.player import Journey, Player, load

LONG_ENOUGH = 12
"""Shorter texts ("TAKEN", "2003") stand in content and code too and prove nothing."""
MARKED = "my quokka-shaped scar on the left knee hurts"


class LoudReader(FewSentences):
    """Fails at the marked sentence, and repeats it."""

    def read(self, text: str, **known: object) -> object:  # type: ignore[override]
        """Raises for the marked sentence."""
        if MARKED in text:
            raise RuntimeError(f"cannot read {text}")
        return super().read(text, **known)  # type: ignore[arg-type]


async def main(folder: Path) -> None:
    """Every journey in a house of its own below `folder`; private.json says what is private."""
    configure()
    logging.getLogger().setLevel(logging.INFO)
    triage = load_triage(CONTENT / "triage")
    content = load_content(CONTENT, triage=triage, answers=load_library(CONTENT / "faq"))
    words = Words(content=content, triage=triage, reader=LoudReader())  # type: ignore[arg-type]
    template = folder / "template"
    template.mkdir(parents=True)
    engine = sqlite_engine(template / "balm.db")
    await upgrade(engine)
    await engine.dispose()
    private: set[str] = {MARKED}
    journeys = sorted((Path(__file__).parents[1] / "journeys").glob("*.yaml"))
    for path in journeys:
        journey = load(path)
        house = folder / path.stem
        shutil.copytree(template, house)
        clock = StillClock(journey.starts)
        async with open_household(settings_of(house), words, clock) as home:
            await Player(home, journey).play()
            private |= private_of(home, journey)
            await go_wrong(home)
    (folder / "private.json").write_text(json.dumps(sorted(private)), encoding="utf-8")


def private_of(home: Household, journey: Journey) -> set[str]:
    """Names, days of birth, numbers, codes, and everything that was said at any length."""
    found: set[str] = set()
    for person in journey.people.values():
        found |= {person[key] for key in ("name", "born") if key in person}
    for member in home.members.values():
        assert member.invitation is not None
        found |= {member.invitation.link_token, member.invitation.join_code}
    for phone in home.simulator.phones():
        found |= {phone.sms_address, phone.telegram_address}
    for step in journey.written["talk"]:
        said = str(step.get("says", step.get("edits", "")))
        if len(said) >= LONG_ENOUGH and "{" not in said:
            found.add(said)
    return found


async def go_wrong(home: Household) -> None:
    """The reader fails, the provider refuses, the program breaks: all with private words."""
    phone = home.simulator.phones()[0]
    events = home.simulator.type_text(phone.id, Channel.SMS, MARKED)
    await home.house.inbound.accept(events)
    for _ in range(4):
        await home.engine.settle()
        home.clock.offset += timedelta(seconds=10)
    answers = (
        Rejected("invalid-number", code="21211"),
        RuntimeError(f"to {phone.sms_address}: {MARKED}"),
    )
    senders = home.lines.senders
    channel = ScriptedChannel(*answers)
    engine = home.house.engine({sender.id: channel for sender in senders}, senders)
    for text in ("MENU", "HELP ME"):
        await home.house.inbound.accept(home.simulator.type_text(phone.id, Channel.SMS, text))
        await engine.settle()
    failure("test-failed", RuntimeError(f"{phone.sms_address} {MARKED} {events!r}"))
    logging.getLogger("some.library").error("%s says %s", phone.sms_address, MARKED)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
