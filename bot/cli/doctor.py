"""`balm doctor`: what is missing, in plain words."""

from datetime import timedelta

import typer
from rich.console import Console

from bot.channels.sms.errors import error_codes
from bot.cli.house import with_house
from bot.cli.surroundings import around
from bot.domain.identity import Channel, ClinicId
from bot.domain.inbound import Keyword
from bot.domain.patient import state_at
from bot.domain.staffed_hours import parse
from bot.engine.jobs import STALLED_S
from bot.wiring.house import House

_WAITED_TOO_LONG_S = 120.0
_HELD_LONG = timedelta(minutes=10)
_A_DAY = timedelta(days=1)
_UNFIT = ("acne", "derma", "skin", "accutane", "isotret", "drug", "pill", "pregnan")


def doctor() -> None:
    """Check this installation; exit code 1 when something has to be done."""

    async def work(house: House, clinic_id: ClinicId) -> int:
        console = Console()
        findings = [
            *await _findings(house),
            *await _standing(house),
            *await around(house),
            *await _refusals(house, clinic_id),
            *await _silent(house, clinic_id),
            *await _unsigned(house, clinic_id),
            *await _programmes(house, clinic_id),
            *_campaigns(house, clinic_id),
        ]
        for finding in findings:
            console.print(f"[yellow]•[/] {finding}")
        async with house.store.read() as tx:
            clinic = await tx.house.clinic(clinic_id)
        console.print("\nPaste these at your SMS provider (Balm does not send them itself):")
        for keyword in (Keyword.STOP, Keyword.START, Keyword.HELP):
            console.print(
                f"  {keyword.value.upper()}: {house.content.carrier_reply(keyword, clinic)}"
            )
        if not findings:
            console.print("\nNothing is missing.")
        return 1 if findings else 0

    raise typer.Exit(with_house(work))


async def _findings(house: House) -> list[str]:
    known = house.settings
    findings = []
    if not known.has_telegram:
        findings.append("No Telegram bot: set TELEGRAM_BOT_TOKEN (from @BotFather).")
    if not known.has_sms:
        findings.append(
            "No SMS: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM "
            "(or TWILIO_MESSAGING_SERVICE_SID)."
        )
    if known.has_sms and not known.base_url.startswith("https://"):
        findings.append("Twilio needs a public https address: set PUBLIC_BASE_URL.")
    async with house.store.read() as tx:
        senders = await tx.house.senders()
        name = await tx.house.setting("telegram-username") or ""
        today = house.real_clock.now().date()
    findings += [
        f"Sender {sender.public_name} is stopped; check its credentials, then start Balm again."
        for sender in senders
        if sender.state != "running"
    ]
    findings += [
        f"Sender {sender.public_name} is held until {sender.held_until:%Y-%m-%d %H:%M} UTC and "
        "keeps its queue; earlier: balm outbox release."
        for sender in senders
        if sender.held_until is not None and sender.held_until > house.clock.now() + _HELD_LONG
    ]
    if any(word in name.casefold() for word in _UNFIT):
        findings.append(f"The bot's name {name} tells what it is about; choose a neutral one.")
    if today > house.content.numbers_due_on:
        findings.append(
            f"The emergency numbers were due to be checked by {house.content.numbers_due_on}."
        )
    return findings


async def _standing(house: House) -> list[str]:
    """What waits longer than it should, and whether anybody works on it."""
    findings = []
    async with house.store.read() as tx:
        known = await tx.backlog.gauges(house.clock.now())
        heartbeats = await tx.backlog.workers(within_s=STALLED_S)
    if house.settings.engine == "cluster" and heartbeats == 0:
        findings.append("No worker lives, so nobody is answered: balm worker, on any machine.")
    for name, what in (("inbound", "Messages to Balm"), ("outbox", "Messages of Balm")):
        oldest = known[f"{name}_oldest_seconds"]
        if oldest > _WAITED_TOO_LONG_S:
            findings.append(
                f"{what} have waited for {oldest / 60:.0f} minutes "
                f"({known[f'{name}_waiting']:.0f} of them): see that Balm runs, and its log."
            )
    return findings


async def _refusals(house: House, clinic_id: ClinicId) -> list[str]:
    """What providers did not deliver in the last day, with what their codes mean."""
    async with house.store.read() as tx:
        known = await tx.backlog.refusals(clinic_id, since=house.clock.now() - _A_DAY)
    findings = []
    for name, count in sorted(known.items()):
        channel, _, code = name.partition(" ")
        row = error_codes().get(code) if channel == Channel.SMS else None
        meaning = f": {row.meaning}; {row.consequence}" if row is not None else ""
        findings.append(
            f"{count} texts by {channel} were not delivered in the last day (code {code}){meaning}."
        )
    return findings


async def _silent(house: House, clinic_id: ClinicId) -> list[str]:
    """What keeps an alert from reaching somebody at the clinic."""
    findings = []
    async with house.store.read() as tx:
        clinic = await tx.house.clinic(clinic_id)
        if not await house.staffing.reaches_somebody(tx, clinic_id):
            findings.append(
                "No alert can reach anybody at the clinic, so nobody can be enrolled: "
                "balm staff add, then balm staff contact."
            )
        elif not await house.staffing.reaches_confidentially(tx, clinic_id):
            findings.append(
                "No lead, deputy or person on call can be told alone of a confidential alert: "
                "balm staff contact (without --shared)."
            )
    if parse(clinic.staffed_hours) is None:
        findings.append(
            f'No clock can keep the hours "{clinic.staffed_hours}": balm clinic set --hours.'
        )
    roster = await house.staffing.roster(clinic_id)
    findings += [
        f"{person.staff.name} is reached by {contact.channel.value}, which is not set up."
        for person in roster.people
        for contact in person.contacts
        if contact.channel not in roster.channels
    ]
    return findings


def _campaigns(house: House, clinic_id: ClinicId) -> list[str]:
    return [
        f"The stored campaign {name} no longer reads, so it says nothing: submit its words anew "
        "(balm campaign lint, then submit), or stop it."
        for name in house.campaigns.book.unreadable(clinic_id)
    ]


async def _programmes(house: House, clinic_id: ClinicId) -> list[str]:
    """Rules whose day nobody has confirmed, and programmes that nobody has signed."""
    async with house.store.read() as tx:
        clinic = await tx.house.clinic(clinic_id)
        confirmed = await house.programmes.confirmed(tx, clinic_id)
    findings = [
        f"{name}: nobody has confirmed from when {change.id} holds (planned for "
        f"{change.planned_for}), so the old rules hold: balm programme rehearse {name} --on "
        f"{change.planned_for}, then balm programme confirm {name} --on DAY"
        for name, programme in house.content.programmes.items()
        for change in programme.unconfirmed()
        if change.id not in confirmed.get(name, {})
    ]
    unsigned = house.programmes.unsigned(clinic)
    if unsigned:
        findings.append(
            f"{len(unsigned)} programmes are not signed ({', '.join(unsigned)}): production says "
            "nothing of them; read and sign: balm content text programme:NAME, "
            "balm content sign programme:NAME"
        )
    return findings


async def _unsigned(house: House, clinic_id: ClinicId) -> list[str]:
    """Signatures that are missing in the languages of the clinic's patients, by count."""
    await house.signed.refresh(house.store)
    async with house.store.read() as tx:
        clinic = await tx.house.clinic(clinic_id)
        now = house.clock.now()
        spoken = {
            state_at(patient, await tx.people.facts(patient.id), at=now, clinic=clinic).language
            for patient in await tx.people.patients(clinic_id)
        }
    findings = []
    for language in sorted({"en"} | spoken):
        see = f"balm content signed --missing --language {language}"
        needed = house.signed.missing_to_enrol(clinic, language)
        if needed:
            findings.append(
                f"{len(needed)} emergency, consent and enrolment texts ({language}) are not "
                f"signed: production refuses to enrol in this language; see: {see}"
            )
        risky = house.signed.unsigned_above_routine(clinic, language)
        if risky:
            findings.append(
                f"{len(risky)} answers above routine risk ({language}) are not signed: production "
                f'sends "ask your clinic" instead; see: {see}'
            )
    return findings
