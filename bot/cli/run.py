"""`balm run`: everything in one process."""

import asyncio

from filelock import FileLock, Timeout

from bot.cli.house import fail, settings, until_stopped
from bot.domain.identity import ClinicId
from bot.engine.local import LocalEngine
from bot.logs import configure
from bot.settings import Settings
from bot.wiring.databases import lock_file, worked_on
from bot.wiring.demo import add_phones, ensure_clinic, live_through_history
from bot.wiring.demo_staff import employ
from bot.wiring.house import House, open_house
from bot.wiring.running import Engine, app_of
from bot.wiring.running import run as run_process
from bot.wiring.senders import Lines, connect

_SEEDED = "demo-lived"


def run() -> None:
    """Start web, scheduler and worker in this process; Ctrl-C stops it."""
    known = settings()
    configure(is_quiet=known.env == "demo")
    known.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(lock_file(known))
    try:
        with lock.acquire(timeout=0):
            until_stopped(known, _run(known))
    except Timeout:
        fail(
            f"Another Balm is already running on {lock_file(known).parent}. Stop it first, or give "
            "this one its own folder: BALM_DATA_DIR=other-folder balm run"
        )


async def _run(known: Settings) -> None:
    async with worked_on(known), open_house(known) as house:
        loading = asyncio.create_task(asyncio.to_thread(house.load_reader))
        async with house.store.alone():
            clinic_id = await ensure_clinic(house)
            lines = await connect(house, clinic_id)
        if known.engine == "cluster":
            engine: Engine = house.worker(lines.channels, lines.senders)
            app = await app_of(house, clinic_id, lines, None)
        else:
            local = house.engine(lines.channels, lines.senders)
            await _demonstrate(house, clinic_id, lines, local)
            engine, app = local, await app_of(house, clinic_id, lines, local)

        async def ready() -> None:
            await greet(house, clinic_id)

        await run_process(house, lines, engine=engine, app=app, ready=ready)
        await loading


async def _demonstrate(
    house: House, clinic_id: ClinicId, lines: Lines, engine: LocalEngine
) -> None:
    """Made-up people, where nobody real can be reached; their history at the first start."""
    if lines.simulator is None:
        return
    add_phones(lines.simulator)
    async with house.store.read() as tx:
        has_lived = await tx.house.setting(_SEEDED)
    if house.settings.has_telegram or house.settings.has_sms:
        return
    await employ(house, clinic_id, lines.simulator)
    if has_lived is None:
        print("First start: three made-up patients live their last days ...", flush=True)
        await live_through_history(house, clinic_id, lines.simulator, engine)
        async with house.store.unit_of_work() as tx:
            await tx.house.set_setting(_SEEDED, "yes")


async def greet(house: House, clinic_id: ClinicId) -> None:
    """Say where Balm is, with a one-time link into the console."""
    # A demonstration shows everything; elsewhere an administrator is not on the confidential list.
    role = "lead" if house.settings.env == "demo" else "admin"
    token = await house.door.issue_link(clinic_id, name="First administrator", role=role)
    print(_greeting(house, token), flush=True)


def _greeting(house: House, token: str) -> str:
    known = house.settings
    base = f"http://{known.http_host}:{known.http_port}"
    lines = ["", "Balm is running."]
    if known.may_move_clock:
        lines.append(f"  Try it:    {base}/try")
    lines += [
        f"  Console:   {base}/console/enter?token={token}   (works once, within an hour)",
        f"  Data:      {known.data_dir.resolve()}",
    ]
    if not known.leaves_machine:
        lines.append("  No message leaves this machine.")
    if known.env == "demo":
        signed = "not every" if house.signed.is_any_signed else "no"
        lines.append(
            f"  Demonstration: {signed} text here was signed by a clinician. Ctrl-C stops it."
        )
    return "\n".join([*lines, ""])
