"""How does what a simulated phone showed come back after a restart? One JSON object per line."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.domain.delivery import Choice
from bot.domain.identity import Channel
from bot.domain.inbound import InboundKind
from bot.ports.simulator import Bubble, Invitation, Phone, Side


class Transcript:
    """A file that only grows; its people are made up. Lines are short and not waited for."""

    def __init__(self, path: Path | None) -> None:
        """The file need not exist; its folder must. None: nothing is kept."""
        self._path = path

    def write(self, event: str, record: Mapping[str, Any]) -> None:
        """Append one event."""
        if self._path is None:
            return
        line = json.dumps({"event": event, **record}, ensure_ascii=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def read(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every event with its record, oldest first; a line that a crash cut short is left out."""
        if self._path is None or not self._path.exists():
            return
        text = self._path.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            self._path.write_text(text + "\n", encoding="utf-8")
        for line in text.split("\n"):
            record = _readable(line)
            if record is not None:
                yield record.pop("event"), record


def _readable(line: str) -> dict[str, Any] | None:
    """The object of one line, or None for a line that a crash cut short."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def phone_record(phone: Phone) -> dict[str, Any]:
    """A phone as it is written."""
    invitation = phone.invitation
    return {
        "id": phone.id,
        "name": phone.name,
        "note": phone.note,
        "telegram_address": phone.telegram_address,
        "sms_address": phone.sms_address,
        "language": phone.language,
        "invitation": invitation
        and {
            "name": invitation.name,
            "birth_year": invitation.birth_year,
            "link_token": invitation.link_token,
            "code": invitation.code,
        },
    }


def phone_of(record: dict[str, Any]) -> Phone:
    """The phone that `phone_record` wrote."""
    invitation = record.pop("invitation")
    return Phone(**record, invitation=Invitation(**invitation) if invitation else None)


def bubble_record(channel: Channel, address: str, bubble: Bubble) -> dict[str, Any]:
    """A message on a screen as it is written."""
    return {
        "channel": channel,
        "address": address,
        "id": bubble.id,
        "side": bubble.side,
        "text": bubble.text,
        "at": bubble.at.isoformat(),
        "kind": bubble.kind,
        "choices": [[[c.label, c.action] for c in row] for row in bubble.choices],
    }


def bubble_of(record: dict[str, Any]) -> Bubble:
    """The message that `bubble_record` wrote."""
    return Bubble(
        id=record["id"],
        revision=0,
        side=Side(record["side"]),
        text=record["text"],
        at=datetime.fromisoformat(record["at"]),
        kind=InboundKind(record["kind"]),
        choices=tuple(
            tuple(Choice(label=label, action=action) for label, action in row)
            for row in record["choices"]
        ),
    )
