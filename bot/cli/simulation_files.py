"""How is a simulated course written for other programs: as JSON, as a calendar file?"""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from typing import Any

from icalendar import Calendar, Event

from bot.charts.poster import poster_data
from bot.charts.render import render
from bot.content import Content
from bot.domain.identity import Channel
from bot.domain.message_kind import MessageKind
from bot.domain.programme import CAN
from bot.domain.simulation import SimulatedMessage, SimulatedStep, Simulation

_LENGTH = timedelta(minutes=5)
_POSTER_PPI = 200.0
"""Sharp on A4 paper."""
_ONE_DAY = timedelta(days=1)
_NOT_IN_CALENDAR = (
    MessageKind.REPLY,
    MessageKind.CONFIRMATION,
    MessageKind.SAFETY,
    MessageKind.ENROLMENT,
)
"""Answers to what somebody wrote stand in no calendar."""


def as_record(simulation: Simulation, *, with_why: bool) -> dict[str, Any]:
    """The simulation as one JSON object; every time carries the patient's offset of that day."""
    return {
        "messages": [_message(one, with_why=with_why) for one in simulation.messages],
        "steps": [_step(one) for one in simulation.steps],
        "verifier": {
            "ok": simulation.verdict.is_ok,
            "findings": list(simulation.verdict.findings),
        },
        "said": [
            {"at": one.at.isoformat(), "by": one.by, "what": one.what} for one in simulation.deeds
        ],
        "cases": [
            {"at": one.at.isoformat(), "category": one.category, "urgency": one.urgency}
            for one in simulation.cases
        ],
        "doses": [
            {"day": one.day.isoformat(), "slot": one.slot, "state": one.state}
            for one in simulation.doses
        ],
    }


def _message(message: SimulatedMessage, *, with_why: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "at": message.at.isoformat(),
        "kind": message.kind.value,
        "channel": message.channel.value,
        "occurrence": message.occurrence,
        "rule": message.rule,
        "text": message.text,
        "template": message.template,
        "buttons": [list(row) for row in message.buttons],
    }
    if with_why:
        planned_for = message.why.planned_for
        record["why"] = {
            "rule": message.why.rule,
            "planned_for": planned_for.isoformat() if planned_for else None,
            "facts": {kind: dict(value) for kind, value in message.why.facts.items()},
        }
    return record


def _step(step: SimulatedStep) -> dict[str, Any]:
    return {
        "id": step.id,
        "opens": step.opens.isoformat() if step.opens else None,
        "closes": step.closes.isoformat() if step.closes else None,
        "rule": step.rule,
        "evidence": dict(step.evidence) if step.evidence is not None else None,
        "state": step.state,
        "kind": step.kind.value,
        "who": list(step.who_acts),
    }


def as_ics(simulation: Simulation) -> bytes:
    """A calendar of planned messages (as UTC instants) and of the programme's steps (whole days).

    The same simulation gives the same bytes: it is stamped with its own beginning.
    Source: RFC 5545; read by two other libraries in the tests.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Balm//balm simulate//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for event in (*_message_events(simulation.messages), *_step_events(simulation.steps)):
        event.add("dtstamp", simulation.began_at.astimezone(UTC))
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _message_events(messages: Sequence[SimulatedMessage]) -> Sequence[Event]:
    events = []
    for number, message in enumerate(messages, start=1):
        if message.kind in _NOT_IN_CALENDAR:
            continue
        at = message.at.astimezone(UTC)
        event = Event()
        event.add("uid", f"{number}-{message.occurrence or message.template}@balm.invalid")
        event.add("dtstart", at)
        event.add("dtend", at + _LENGTH)
        event.add("summary", message.text.replace("**", "").split("\n")[0])
        event.add("description", f"{message.text}\n\n{message.why.rule}")
        event.add("categories", [message.kind.value])
        events.append(event)
    return events


def _step_events(steps: Sequence[SimulatedStep]) -> Sequence[Event]:
    events = []
    for number, step in enumerate(steps, start=1):
        if step.opens is None:
            continue
        event = Event()
        event.add("uid", f"step-{number}-{step.id}@balm.invalid")
        event.add("dtstart", step.opens)
        event.add("dtend", _day_after(step))
        event.add("summary", step.id)
        event.add("description", f"{step.rule}: {step.state}")
        event.add("categories", ["step"])
        event.add("transp", "TRANSPARENT")
        events.append(event)
    return events


def _day_after(step: SimulatedStep) -> date:
    """A calendar's whole days end before the day that is named."""
    assert step.opens is not None
    return max(step.opens, step.closes or step.opens) + _ONE_DAY


def as_poster(simulation: Simulation, content: Content) -> bytes:
    """The whole course on one page, as PNG."""
    asked = simulation.request

    def label(name: str) -> str:
        return content.label(name, language=asked.language)

    name = content.programmes[asked.programme].name if simulation.steps else ""
    footer = content.message(
        "poster-footer-contraception" if asked.category == CAN else "poster-footer",
        language=asked.language,
        channel=Channel.TELEGRAM,
    )
    data = poster_data(simulation, label, programme=name, footer=footer.source)
    return render("poster", data, pixels_per_inch=_POSTER_PPI)
