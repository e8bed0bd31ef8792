"""Does an alert reach a mailbox over real SMTP, and is every failure named truly?"""

import asyncio
import email
import socket
from collections.abc import Iterator
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.channels.email import SUBJECT_LIMIT, TEXT_LIMIT, EmailChannel, MailServer
from bot.domain.delivery import Body, Outgoing
from bot.domain.identity import DeliveryId
from bot.ports.channel import (
    Capabilities,
    Channel,
    Misconfigured,
    Rejected,
    SendError,
    Unavailable,
    Uncertain,
)

NURSE = "nurse@clinic.example"


class Mailbox:
    """A real mail server on this machine that refuses what a test tells it to."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.answers: dict[str, str] = {}
        self.hangs_up = False

    async def handle_MAIL(  # noqa: N802, PLR0913, RUF100  # the library's names and arguments
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802, PLR0913, RUF100  # the library's names and arguments
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802, RUF100  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(email.message_from_bytes(envelope.content))
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.answers.get("DATA", "250 OK")


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mailbox and the port of its server."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def channel(port: int, **changes: str) -> EmailChannel:
    server = MailServer(
        host="127.0.0.1",
        port=port,
        security="none",
        sender="Balm <balm@clinic.example>",
        user=changes.get("user"),
        password=changes.get("password"),
    )
    return EmailChannel(server)


def notice(text: str = "Alert K7M2, A.E.: emergency, 0 min old. Open it.") -> Outgoing:
    return Outgoing(delivery_id=DeliveryId("d1"), address=NURSE, body=Body(text=text))


async def test_the_alert_is_in_the_mailbox(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    sent: Channel = channel(port)
    assert sent.capabilities == Capabilities(has_buttons=False, can_edit=False, text_limit=4_000)
    assert await sent.send(notice("Alert K7M2, **A.E.**: emergency. Öffnen: …")) == (
        "<d1@clinic.example>"
    )
    (letter,) = box.letters
    assert letter["To"] == NURSE
    assert letter["Subject"] == "Alert K7M2, A.E.: emergency"
    assert letter["Message-ID"] == "<d1@clinic.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "Öffnen" in body.decode()


async def test_a_long_first_sentence_is_cut_as_subject(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    await channel(port).send(notice("word " * 100))
    assert len(box.letters[0]["Subject"].replace("\n", "")) <= SUBJECT_LIMIT + 2


async def test_no_text_can_add_a_header(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    await channel(port).send(notice("Alert\nBcc: everybody@else.example\n\nhello. Open it."))
    assert box.letters[0]["Bcc"] is None


@pytest.mark.parametrize(
    ("stage", "answer", "error"),
    [
        ("RCPT", "550 no such mailbox", Rejected),
        ("RCPT", "450 mailbox busy", Unavailable),
        ("MAIL", "550 who are you", Misconfigured),
        ("MAIL", "451 later", Unavailable),
        ("DATA", "554 refused", Rejected),
        ("DATA", "452 full", Unavailable),
    ],
)
async def test_every_refusal_is_named(
    mailbox: tuple[Mailbox, int], stage: str, answer: str, error: type[SendError]
) -> None:
    box, port = mailbox
    box.answers[stage] = answer
    with pytest.raises(error) as refused:
        await channel(port).send(notice())
    assert NURSE not in repr(refused.value)


async def test_a_lost_answer_is_uncertain(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    box.hangs_up = True
    with pytest.raises(Uncertain):
        await channel(port).send(notice())
    assert len(box.letters) == 1


async def test_a_server_that_is_down_has_surely_not_sent() -> None:
    with pytest.raises(Unavailable):
        await channel(free_port()).send(notice())


async def test_a_server_that_drops_the_connection_at_once_has_not_sent() -> None:
    async def drop(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(drop, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable):
            await channel(port).send(notice())


async def test_a_login_that_the_server_does_not_offer_is_the_operators_matter(
    mailbox: tuple[Mailbox, int],
) -> None:
    with pytest.raises(Misconfigured):
        await channel(mailbox[1], user="balm", password="wrong").send(notice())


@pytest.mark.parametrize("text", ["", "x" * (TEXT_LIMIT + 1)])
async def test_what_is_no_notice_is_refused(text: str) -> None:
    with pytest.raises(Rejected):
        await channel(1).send(notice(text))
