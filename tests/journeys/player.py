"""How is a transcript in YAML played through a whole house, and what came of each step?"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.domain.identity import PATIENT_CHANNELS, Channel
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.schedule import SlotTime
from bot.ports.simulator import Bubble, Side
from tests.household import ZONE, Household

PREFIX_CHARACTERS = 72
_MAY_BE_LEFT_OUT = ("buttons", "edits")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ACTIONS = frozenset(
    {"says", "presses", "presses_old", "sends", "edits", "blocks", "unblocks", "clock", "twice"}
)


@dataclass(frozen=True, kw_only=True)
class Journey:
    """One file of this folder."""

    path: Path
    written: dict[str, Any]

    @property
    def people(self) -> Mapping[str, Mapping[str, Any]]:
        """Who takes part; the first one is meant where nobody is named."""
        found: Mapping[str, Mapping[str, Any]] = self.written["people"]
        return found

    @property
    def starts(self) -> datetime:
        """When the journey begins, in New York unless it says otherwise."""
        zone = ZoneInfo(self.written.get("zone", ZONE))
        return datetime.fromisoformat(self.written["starts"]).replace(tzinfo=zone)


@dataclass(kw_only=True)
class Step:
    """What was written of a step, and what came of it."""

    written: dict[str, Any]
    balm: list[Any] = field(default_factory=list)
    clinic: dict[str, Any] = field(default_factory=dict)


def load(path: Path) -> Journey:
    """The journey of a file."""
    return Journey(path=path, written=yaml.safe_load(path.read_text(encoding="utf-8")))


class Player:
    """Plays one journey in one house."""

    def __init__(self, home: Household, journey: Journey) -> None:
        """The house is empty and its clock shows the start of the journey."""
        self._home = home
        self._journey = journey
        self._first = next(iter(journey.people))
        self._seen = 0

    async def play(self) -> list[Step]:
        """Every step with what came of it."""
        for name, person in self._journey.people.items():
            await self._move_in(name, person)
        return [await self._step(written) for written in self._journey.written["talk"]]

    async def _move_in(self, name: str, person: Mapping[str, Any]) -> None:
        """A stranger has a phone; others are invited, and have joined if they `use` a channel."""
        home = self._home
        if "name" not in person:
            home.add_phone(name, language=person.get("phone_language", "en"))
            return
        known: dict[str, Any] = {
            "name": person["name"],
            "born_on": date.fromisoformat(person["born"]),
            "zone": person.get("zone", ZONE),
            "language": person.get("language", "en"),
        }
        if "first_day" in person:
            known["first_day"] = date.fromisoformat(person["first_day"])
        if "doses" in person:
            known["slots"] = [
                SlotTime(slot=slot, at=time.fromisoformat(at))
                for slot, at in person["doses"].items()
            ]
        if "joined" in person:
            at = str(person.get("at", "20:00"))
            await home.settle_in(name, channel=Channel(person["joined"]), at=at, **known)
        else:
            await home.invite(name, **known)

    async def _step(self, written: dict[str, Any]) -> Step:
        await self._act(written)
        balm = self._news()
        seen = await self._clinic(written["clinic"]) if "clinic" in written else {}
        return Step(written=written, balm=balm, clinic=seen)

    async def _act(self, written: Mapping[str, Any]) -> None:
        home = self._home
        (action,) = _ACTIONS & set(written)
        value = written[action]
        who, channel = self._who(written)
        match action:
            case "clock":
                await home.wait_until(self._moment(str(value)))
            case "presses":
                await home.press(who, value)
            case "presses_old":
                await home.press(who, value, oldest=True)
            case "blocks" | "unblocks":
                await home.block(who, is_blocked=action == "blocks")
            case "says" | "twice":
                text = self._filled(str(value), who)
                events = home.simulator.type_text(who, channel, text)
                await home.receive(events)
                if action == "twice":
                    await home.receive(events)
            case "sends" | "edits":
                await home.receive(self._unusual(who, channel, action, value))

    def _unusual(self, who: str, channel: Channel, action: str, value: str) -> list[Inbound]:
        """A picture or the like; or a text that was changed, or written in a group."""
        simulator = self._home.simulator
        if action == "edits":
            (event,) = simulator.type_text(who, channel, value)
            return [replace(event, kind=InboundKind.EDITED)]
        if value.startswith("group:"):
            (event,) = simulator.type_text(who, channel, value.removeprefix("group:"))
            return [replace(event, is_group=True)]
        return simulator.send_media(who, channel, InboundKind(value))

    def _filled(self, text: str, who: str) -> str:
        """`text` with {link} and {code} of the invitation ({code of NAME}), and {x**N} repeated."""

        def fill(found: re.Match[str]) -> str:
            what, _, other = found[1].partition(" of ")
            if "*" in what:
                part, _, times = what.rpartition("*")
                return part * int(times)
            invitation = self._home.members[other or who].invitation
            assert invitation is not None
            return invitation.link_token if what == "link" else invitation.join_code

        return re.sub(r"\{([^}]+)\}", fill, text)

    def _who(self, written: Mapping[str, Any]) -> tuple[str, Channel]:
        who = written.get("who", self._first)
        person = self._journey.people[who]
        return who, Channel(written.get("on") or person.get("joined") or person["uses"])

    def _moment(self, text: str) -> datetime:
        """ "+30m", "20:00" (the next one), or a local day and time."""
        now = self._home.clock.now()
        zone = ZoneInfo(self._journey.written.get("zone", ZONE))
        if found := re.fullmatch(r"\+(\d+)([smhd])", text):
            return now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        if re.fullmatch(r"\d\d:\d\d", text):
            local = now.astimezone(zone)
            moment = local.replace(hour=int(text[:2]), minute=int(text[3:]), second=0)
            return moment if moment > local else moment + timedelta(days=1)
        return datetime.fromisoformat(text).replace(tzinfo=zone)

    # --- what came of it

    def _news(self) -> list[Any]:
        """All that appeared on any screen, in its order."""
        found: list[tuple[int, str, Channel, Bubble]] = []
        for name in self._journey.people:
            for channel in PATIENT_CHANNELS:
                shown = self._home.bubbles(name, channel, after=self._seen)
                found += [(bubble.revision, name, channel, bubble) for bubble in shown]
        found.sort(key=lambda one: one[0])
        self._seen = self._home.simulator.thread(self._first, Channel.SMS, after=0).revision
        return [self._entry(name, channel, bubble) for _, name, channel, bubble in found]

    def _entry(self, name: str, channel: Channel, bubble: Bubble) -> Any:
        text = " ".join(bubble.text.split())
        entry: dict[str, Any] = {}
        if (name, channel) != self._who({}):
            entry["to"] = f"{name} on {channel}"
        if bubble.side is Side.CARRIER:
            entry["from"] = "carrier"
        if bubble.is_edited:
            entry["edits"] = True
        if bubble.shows:
            entry["shows"] = bubble.shows
        rows = [" | ".join(choice.label for choice in row) for row in bubble.choices]
        if rows:
            entry["buttons"] = rows
        return {"text": text, **entry} if entry else text

    async def _clinic(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        about = asked.get("about", self._first)
        person = self._journey.people[about]
        channel = Channel(person.get("joined") or person["uses"])
        address = self._home.simulator.phone(about).address(channel)
        card = await self._home.house.console.card(
            self._home.clinic_id, channel, address, now=self._home.clock.now()
        )
        shown: dict[str, Any] = {"about": about} if "about" in asked else {}
        for name in asked:
            if name == "cases":
                cases = await self._home.cases()
                shown[name] = [f"{case.category} {case.urgency} {case.state}" for case in cases]
            elif name == "plan":
                shown[name] = await self._plan(about)
            elif name == "plan_counts":
                ended = (line.partition(" ")[2] for line in await self._plan(about))
                shown[name] = dict(Counter(ended))
            elif name != "about":
                shown[name] = _card_value(card, name)
        return shown

    async def _plan(self, about: str) -> list[str]:
        """What has begun or ended of what was planned."""
        found = await self._home.occurrences(about)
        return [
            " ".join(filter(None, (f"{o.local_day}", o.reminder, o.slot, o.state.value, o.reason)))
            for o in found
            if o.state.value != "planned"
        ]


def _card_value(card: Any, name: str) -> Any:
    if name == "answers":
        return {line.question: line.value for line in reversed(card.answers)}
    if name == "doses":
        return [
            " ".join(filter(None, (dose.day, dose.slot, dose.answer, dose.reason)))
            for dose in card.doses
        ]
    value = getattr(card.patient, name) if name in ("language", "zone", "status") else None
    value = value if value is not None else getattr(card, name)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


# --- comparing and rewriting


def differs(expected: list[Any] | dict[str, int], got: list[Any]) -> str | None:
    """How what Balm said differs from the transcript, or None.

    A mapping counts messages by how they begin, for steps that bring many.
    """
    if isinstance(expected, dict):
        counted = dict(Counter(map(_cut, got)))
        return None if counted == expected else f"counted:\n{_dumped(counted)}"
    if len(expected) != len(got):
        return f"{len(expected)} messages expected, {len(got)} came:\n{_listed(got)}"
    for number, (one, other) in enumerate(zip(expected, got, strict=True), start=1):
        if not is_like(one, other):
            return f"message {number} expected:\n{_listed([one])}\ncame:\n{_listed([other])}"
    return None


def is_like(expected: Any, got: Any) -> bool:
    """Texts by prefix, or by pattern after "~"; everything else exactly.

    A bare text says nothing of buttons: so does what `balm chat` keeps.
    """
    other = got if isinstance(got, dict) else {"text": got}
    shown = {key: other[key] for key in _MAY_BE_LEFT_OUT if key in other}
    one = expected if isinstance(expected, dict) else {"text": expected, **shown}
    if {**one, "text": ""} != {**other, "text": ""}:
        return False
    wanted: str = one["text"]
    if wanted.startswith("~"):
        return re.search(wanted[1:], other["text"]) is not None
    return bool(wanted) and other["text"].startswith(wanted)


def rewrite(journey: Journey, steps: Sequence[Step]) -> None:
    """Put into the journey's file what came now; patterns that still fit are kept."""
    head = []
    for line in journey.path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        head.append(line)
    talk = []
    for step in steps:
        kept = {key: value for key, value in step.written.items() if key not in ("balm", "clinic")}
        old = step.written.get("balm") or []
        balm: Any = dict(Counter(map(_cut, step.balm)))
        if isinstance(old, list):
            balm = [
                _golden(one, old[n] if n < len(old) else None) for n, one in enumerate(step.balm)
            ]
        talk.append(
            {
                **kept,
                **({"balm": balm} if balm else {}),
                **({"clinic": step.clinic} if step.clinic else {}),
            }
        )
    whole = "\n".join([*head, _dumped({**journey.written, "talk": talk})])
    journey.path.write_text(whole, encoding="utf-8")


def _golden(got: Any, old: Any) -> Any:
    if old is not None and is_like(old, got):
        return old
    return {**got, "text": _cut(got)} if isinstance(got, dict) else _cut(got)


def _cut(got: Any) -> str:
    text: str = got["text"] if isinstance(got, dict) else got
    return text if len(text) <= PREFIX_CHARACTERS else text[:PREFIX_CHARACTERS].rsplit(" ", 1)[0]


def _dumped(value: object) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100)


def _listed(entries: list[Any]) -> str:
    return _dumped(entries).rstrip() if entries else "(nothing)"
