"""Which senders does the first clinic have, and what carries their messages in and out?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.channels.simulator import Simulator
from bot.domain.identity import PATIENT_CHANNELS, Channel, ClinicId, Driver, SenderId
from bot.domain.inbound import Keyword
from bot.logs import warning
from bot.ports.channel import Channel as ChannelPort
from bot.ports.channel import Receiver
from bot.ports.house import Sender
from bot.settings import Settings
from bot.wiring.bot_profile import introducing
from bot.wiring.house import House
from bot.wiring.troubles import Troubles

if TYPE_CHECKING:
    from bot.channels.telegram.client import TelegramClient
    from bot.channels.telegram.poll import TelegramPoller
    from bot.channels.telegram.trouble import Trouble

Report = Callable[["Trouble"], None]
# The providers' libraries take most of a second to load, so only a configured sender loads its own.

TELEGRAM_USERNAME = "telegram-username"
TELEGRAM_PACE = 28.0
"""Messages a second, kept below the limit of 30. Source: Telegram, "Bots FAQ"."""
SMS_PACE = 10.0
STAFF_PACE = 10.0
SIMULATOR_PACE = 500.0


@dataclass(kw_only=True)
class Lines:
    """Every sender that has a way out, with what runs beside it."""

    senders: list[Sender] = field(default_factory=list)
    channels: dict[str, ChannelPort] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)
    """By path of the webhook."""
    background: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What runs as long as the process: pollers."""
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    simulator: Simulator | None = None


async def connect(house: House, clinic_id: ClinicId) -> Lines:
    """The lines that the settings ask for; senders are upserted, so a restart changes nothing."""
    lines = Lines()
    slug = await _slug(house, clinic_id)
    if house.settings.has_telegram:
        await _telegram(house, clinic_id, slug, lines)
    if house.settings.has_sms:
        await _sms(house, clinic_id, slug, lines)
    if house.settings.has_email:
        await _email(house, clinic_id, lines)
    if house.settings.has_staff_webhook:
        await _webhook_to_staff(house, clinic_id, lines)
    if house.settings.may_move_clock:
        await _simulator(house, clinic_id, lines)
    return lines


async def _telegram(house: House, clinic_id: ClinicId, slug: str, lines: Lines) -> None:
    from bot.channels.telegram.client import TelegramClient
    from bot.channels.telegram.poll import TelegramPoller
    from bot.channels.telegram.receive import TelegramReceiver
    from bot.channels.telegram.send import TelegramChannel

    settings = house.settings
    assert settings.telegram_bot_token is not None
    token = settings.telegram_bot_token.get_secret_value()
    sender = await _upsert(
        house,
        clinic_id,
        channel=Channel.TELEGRAM,
        driver=Driver.TELEGRAM,
        public_name=f"bot{token.split(':')[0]}",
        pace=TELEGRAM_PACE,
        credentials={"token": token},
    )
    client = TelegramClient(
        token=token,
        api_base=settings.telegram_api_base,
        file_base=settings.telegram_file_base,
    )
    lines.senders.append(sender)
    lines.channels[sender.id] = TelegramChannel(client)
    lines.closing.append(client.close)
    troubles = Troubles(house)
    if settings.telegram_mode == "webhook":
        assert settings.telegram_webhook_secret is not None
        secret = settings.telegram_webhook_secret.get_secret_value()
        receiver = TelegramReceiver(secret=secret, sender_id=sender.id)
        lines.receivers |= {"/telegram": receiver, f"/telegram/{slug}": receiver}
        lines.background.append(_webhook(settings, client, secret, troubles.report))
    else:
        poller = TelegramPoller(
            client, sender_id=sender.id, accept=house.inbound.accept, report=troubles.report
        )
        lines.background.append(_polling(client, poller, troubles.report))
    lines.background.append(_learn_name(house, client))
    lines.background += [introducing(house, clinic_id, client), troubles.keep]


def _webhook(
    settings: Settings, client: "TelegramClient", secret: str, report: Report
) -> Callable[[], Awaitable[None]]:
    from bot.channels.telegram.webhook import set_webhook

    async def run() -> None:
        await set_webhook(client, url=settings.webhook_url, secret=secret, report=report)

    return run


def _polling(
    client: "TelegramClient", poller: "TelegramPoller", report: Report
) -> Callable[[], Awaitable[None]]:
    from bot.channels.telegram.webhook import delete_webhook

    async def run() -> None:
        await delete_webhook(client, report=report)
        await poller.run()

    return run


def _learn_name(house: House, client: "TelegramClient") -> Callable[[], Awaitable[None]]:
    """Invitations print a link with the bot's name, so it is remembered."""

    async def run() -> None:
        try:
            name = await client.username()
        except Exception as error:  # noqa: BLE001  # links can wait; messages cannot
            warning("telegram-name-unknown", error=type(error).__name__)
            return
        async with house.store.unit_of_work() as tx:
            await tx.house.set_setting(TELEGRAM_USERNAME, name)

    return run


async def _sms(house: House, clinic_id: ClinicId, slug: str, lines: Lines) -> None:
    from bot.channels.sms.receive import TwilioReceiver
    from bot.channels.sms.send import SmsChannel

    settings = house.settings
    assert settings.twilio_account_sid is not None
    assert settings.twilio_auth_token is not None
    auth_token = settings.twilio_auth_token.get_secret_value()
    sender = await _upsert(
        house,
        clinic_id,
        channel=Channel.SMS,
        driver=Driver.TWILIO,
        public_name=settings.twilio_messaging_service_sid or settings.twilio_from or "",
        pace=SMS_PACE,
        credentials={"account_sid": settings.twilio_account_sid, "auth_token": auth_token},
    )
    lines.senders.append(sender)
    lines.channels[sender.id] = SmsChannel(
        account_sid=settings.twilio_account_sid,
        auth_token=auth_token,
        from_number=settings.twilio_from,
        service_sid=settings.twilio_messaging_service_sid,
        api_base=settings.twilio_api_base,
        status_url=f"{settings.base_url}/sms/status",
    )
    receiver = TwilioReceiver(auth_token=auth_token, sender_id=sender.id)
    for path in ("/sms/inbound", "/sms/status"):
        lines.receivers |= {path: receiver, f"{path}/{slug}": receiver}


async def _email(house: House, clinic_id: ClinicId, lines: Lines) -> None:
    from bot.channels.email import EmailChannel, MailServer

    settings = house.settings
    assert settings.smtp_host is not None
    assert settings.smtp_from is not None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    sender = await _upsert(
        house,
        clinic_id,
        channel=Channel.EMAIL,
        driver=Driver.SMTP,
        public_name=settings.smtp_from,
        pace=STAFF_PACE,
        credentials={},
    )
    lines.senders.append(sender)
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=password,
    )
    lines.channels[sender.id] = EmailChannel(server)


async def _webhook_to_staff(house: House, clinic_id: ClinicId, lines: Lines) -> None:
    from bot.channels.webhook import WebhookChannel

    settings = house.settings
    assert settings.staff_webhook_secret is not None
    sender = await _upsert(
        house,
        clinic_id,
        channel=Channel.WEBHOOK,
        driver=Driver.WEBHOOK,
        public_name="webhook",
        pace=STAFF_PACE,
        credentials={},
    )
    secret = settings.staff_webhook_secret.get_secret_value()
    channel = WebhookChannel(secret=secret, clock=house.real_clock)
    lines.senders.append(sender)
    lines.channels[sender.id] = channel
    lines.closing.append(channel.close)


async def _simulator(house: House, clinic_id: ClinicId, lines: Lines) -> None:
    ids: dict[Channel, SenderId] = {}
    for channel in PATIENT_CHANNELS:
        sender = await _upsert(
            house,
            clinic_id,
            channel=channel,
            driver=Driver.SIMULATOR,
            public_name=f"try-{channel.value}",
            pace=SIMULATOR_PACE,
            credentials={},
        )
        lines.senders.append(sender)
        ids[channel] = sender.id
    async with house.store.read() as tx:
        clinic = await tx.house.clinic(clinic_id)
    replies = {
        keyword: house.content.carrier_reply(keyword, clinic)
        for keyword in (Keyword.STOP, Keyword.START, Keyword.HELP)
    }
    simulator = Simulator(
        senders=ids,
        clock=house.clock,
        ids=house.ids,
        transcript=house.settings.data_dir / "simulator.jsonl",
        carrier_replies=replies,
    )
    lines.simulator = simulator
    for channel, sender_id in ids.items():
        lines.channels[sender_id] = simulator.channel(channel)


async def _upsert(
    house: House,
    clinic_id: ClinicId,
    *,
    channel: Channel,
    driver: Driver,
    public_name: str,
    pace: float,
    credentials: dict[str, str],
) -> Sender:
    sender = Sender(
        id=SenderId(house.ids.new()),
        clinic_id=clinic_id,
        channel=channel,
        driver=driver,
        public_name=public_name,
        state="running",
        held_until=None,
        pace_per_second=pace,
        credentials=credentials,
    )
    async with house.store.unit_of_work() as tx:
        sender_id = await tx.house.upsert_sender(sender)
        await tx.house.stop_sender(sender_id, reason=None)
        return await tx.house.sender(sender_id)


async def _slug(house: House, clinic_id: ClinicId) -> str:
    async with house.store.read() as tx:
        return await tx.house.clinic_slug(clinic_id)
