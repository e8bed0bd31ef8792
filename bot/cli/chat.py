"""`balm chat`: talk to Balm in a terminal, with a throw-away database and a clock to move."""

import asyncio
import re
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
import yaml
from rich.console import Console
from rich.markup import escape

from bot.channels.simulator import Simulator
from bot.cli.house import fail
from bot.domain.delivery import Choice
from bot.domain.identity import Channel
from bot.domain.light_markup import plain
from bot.domain.schedule import SlotTime, next_local_time
from bot.engine.local import LocalEngine
from bot.logs import configure
from bot.ports.simulator import Bubble, Phone, Side
from bot.services.patients import NewPatient
from bot.settings import Settings
from bot.wiring.demo import CLINIC, ensure_clinic
from bot.wiring.house import House, open_house
from bot.wiring.senders import connect

_PHONE = Phone(
    id="you",
    name="You",
    note="in this terminal",
    telegram_address="9550100100",
    sms_address="+15550100100",
)
_NAME, _BORN = "Pat Terminal", date(1995, 5, 5)
_ZONE = CLINIC.zone
_HELP = (
    "Write as a patient would. #1 presses the first button. +30m, +2h, +1d or @20:00 moves the "
    "clock. Ctrl-D ends the talk."
)
_AHEAD = re.compile(r"\+(\d{1,3})([mhd])")
_AT = re.compile(r"@(\d{1,2}):(\d{2})")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_PREFIX_CHARACTERS = 72

_console = Console(highlight=False)


@dataclass(kw_only=True)
class _Talk:
    house: House
    engine: LocalEngine
    simulator: Simulator
    channel: Channel
    seen: int = 0
    buttons: list[tuple[str, Choice]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)


def chat(
    *,
    sms: Annotated[bool, typer.Option("--sms", help="Plain texts instead of Telegram.")] = False,
    save: Annotated[
        Path | None, typer.Option(help="Keep the talk as a journey test in this YAML file.")
    ] = None,
) -> None:
    """Talk to Balm in this terminal; nothing is kept unless you ask."""
    configure(is_quiet=True)
    channel = Channel.SMS if sms else Channel.TELEGRAM
    with tempfile.TemporaryDirectory(prefix="balm-chat-") as folder:
        asyncio.run(_chat(Settings(BALM_DATA_DIR=Path(folder)), channel, save))


async def _chat(settings: Settings, channel: Channel, save: Path | None) -> None:
    if not settings.may_move_clock:
        fail("balm chat needs a demonstration: unset BALM_ENV and the provider settings.")
    async with open_house(settings) as house:
        clinic_id = await ensure_clinic(house)
        lines = await connect(house, clinic_id)
        assert lines.simulator is not None
        lines.simulator.add_phone(_PHONE)
        engine = house.engine(lines.channels, lines.senders)
        talk = _Talk(house=house, engine=engine, simulator=lines.simulator, channel=channel)
        started = house.clock.now().astimezone(ZoneInfo(_ZONE))
        await _join(talk)
        _console.print(f"[dim]{_HELP}[/]")
        await _loop(talk)
        if save is not None:
            _save(talk, save, started)


async def _join(talk: _Talk) -> None:
    """A patient of the made-up clinic, asked as everybody is."""
    house = talk.house
    clinic_id = await ensure_clinic(house)
    new = NewPatient(
        name=_NAME,
        born_on=_BORN,
        category="cannot-become-pregnant",
        zone=_ZONE,
        language="en",
    )
    patient_id = await house.patients.add(clinic_id, new, by="chat")
    await house.patients.start_course(
        clinic_id,
        patient_id,
        first_day=house.clock.now().astimezone(ZoneInfo(_ZONE)).date(),
        last_day=None,
        dose="40 mg (made up)",
        slots=(SlotTime(slot="evening", at=time(20)),),
        minimum_gap=None,
        by="chat",
    )
    invitation = await house.patients.invite(clinic_id, patient_id, by="chat")
    is_sms = talk.channel is Channel.SMS
    opening = f"JOIN {invitation.join_code}" if is_sms else f"/start {invitation.link_token}"
    _console.print(f"[dim]You are {_NAME}, born {_BORN.year}.[/]")
    await _say(talk, opening, written="JOIN {code}" if is_sms else "/start {link}")


async def _loop(talk: _Talk) -> None:
    while True:
        try:
            line = (await asyncio.to_thread(_console.input, "[bold]you>[/] ")).strip()
        except EOFError:
            _console.print()
            return
        if pressed := re.fullmatch(r"#(\d{1,2})", line):
            await _press(talk, int(pressed[1]))
        elif (to := _moment(talk, line)) is not None:
            await talk.engine.advance(to)
            local = to.astimezone(ZoneInfo(_ZONE))
            _console.print(f"[dim]It is {local:%a %d %b, %H:%M}.[/]")
            _show(talk, {"clock": f"{local:%Y-%m-%dT%H:%M}"})
        elif line:
            await _say(talk, line)


def _moment(talk: _Talk, line: str) -> datetime | None:
    now = talk.house.clock.now()
    if ahead := _AHEAD.fullmatch(line):
        return now + int(ahead[1]) * _UNITS[ahead[2]]
    at = _AT.fullmatch(line)
    if at is None or int(at[1]) > 23 or int(at[2]) > 59:
        return None
    return next_local_time(now, time(int(at[1]), int(at[2])), ZoneInfo(_ZONE))


async def _say(talk: _Talk, text: str, *, written: str | None = None) -> None:
    await talk.house.inbound.accept(talk.simulator.type_text(_PHONE.id, talk.channel, text))
    await talk.engine.settle()
    _show(talk, {"says": written or text})


async def _press(talk: _Talk, number: int) -> None:
    if not 1 <= number <= len(talk.buttons):
        _console.print("[dim]There is no such button.[/]")
        return
    bubble_id, choice = talk.buttons[number - 1]
    pressed = talk.simulator.press(_PHONE.id, bubble_id, choice.action)
    await talk.house.inbound.accept(pressed)
    await talk.engine.settle()
    _show(talk, {"presses": choice.label})


def _show(talk: _Talk, step: dict[str, Any]) -> None:
    """Print what is new on the phone, and remember it as one step."""
    thread = talk.simulator.thread(_PHONE.id, talk.channel, after=talk.seen)
    talk.seen = thread.revision
    said = [bubble for bubble in thread.bubbles if bubble.side is not Side.PERSON]
    for bubble in said:
        _print(talk, bubble)
    texts = [" ".join(bubble.text.split())[:_PREFIX_CHARACTERS].strip() for bubble in said]
    talk.steps.append({**step, "balm": texts} if texts else step)


def _print(talk: _Talk, bubble: Bubble) -> None:
    _console.print(f"[green]Balm>[/] {escape(plain(bubble.text))}")
    talk.buttons = [(bubble.id, choice) for row in bubble.choices for choice in row] or talk.buttons
    labels = [choice.label for row in bubble.choices for choice in row]
    if labels:
        shown = "  ".join(f"#{n} {label}" for n, label in enumerate(labels, start=1))
        _console.print(f"      [cyan]{escape(shown)}[/]")


def _save(talk: _Talk, path: Path, started: datetime) -> None:
    journey = {
        "starts": f"{started:%Y-%m-%dT%H:%M}",
        "people": {"you": {"name": _NAME, "born": _BORN.isoformat(), "uses": talk.channel.value}},
        "talk": talk.steps,
    }
    path.write_text(yaml.safe_dump(journey, allow_unicode=True, sort_keys=False))
    _console.print(f"[dim]Kept in {path}.[/]")
