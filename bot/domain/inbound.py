"""What is one message received, whatever the channel? Pure."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.identity import Channel, SenderId


class InboundKind(StrEnum):
    """The shape of what arrived; anything that Balm cannot read is OTHER."""

    TEXT = "text"
    BUTTON = "button"
    PHOTO = "photo"
    VOICE = "voice"
    LOCATION = "location"
    CONTACT = "contact"
    EDITED = "edited"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    MEMBERSHIP = "membership"
    OTHER = "other"

    @property
    def is_media(self) -> bool:
        """Whether something was sent that Balm neither opens nor stores."""
        return self in (self.PHOTO, self.VOICE, self.LOCATION, self.CONTACT, self.OTHER)


class Keyword(StrEnum):
    """A carrier keyword; on SMS the provider itself has already acted on it and answered."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message, normalised; unique by (sender, provider id)."""

    channel: Channel
    sender_id: SenderId
    provider_id: str
    kind: InboundKind
    address: str = field(repr=False)
    text: str = field(default="", repr=False)
    """Text, or the caption of a picture; at most `TEXT_LIMIT` characters, no control characters."""
    action: str | None = None
    """What the pressed button means (`Choice.action`)."""
    press_id: str | None = None
    """Provider id of the press, to be answered; None where the channel has no presses."""
    pressed_message: str | None = None
    """Provider id of the message whose button was pressed."""
    attachments: tuple[str, ...] = field(default=(), repr=False)
    """Provider references of media; never downloaded unasked."""
    message: str | None = None
    """The provider's id of this message, where its copy there can be deleted."""
    album: str | None = None
    """What the pictures of one album have in common; None for a single one."""
    language_hint: str | None = None
    keyword: Keyword | None = None
    is_group: bool = False
    sent_at: datetime | None = None
    """When the person sent it (UTC), where the provider says so."""


TEXT_LIMIT = 4_000
"""Characters that are read; what is longer is cut for reading, and the person is told."""


def clean_text(raw: str) -> str:
    """`raw` without NUL and other control characters (line breaks stay), cut at `TEXT_LIMIT`."""
    kept = "".join(c for c in raw if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.strip()[:TEXT_LIMIT].rstrip()
