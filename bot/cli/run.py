"""`balm run`: everything in one process."""

import asyncio
import os

from filelock import FileLock, Timeout

from bot.cli.house import fail, settings
from bot.content.yaml_loader import ContentError
from bot.logs import configure
from bot.settings import Settings
from bot.store.keys import WrongSecret
from bot.wiring.demo import add_phones, ensure_clinic, live_through_history
from bot.wiring.demo_staff import employ
from bot.wiring.house import House, open_house
from bot.wiring.running import app_of
from bot.wiring.running import run as run_process
from bot.wiring.senders import connect

_LOCK = "balm.lock"
_SEEDED = "demo-lived"


def run() -> None:
    """Start web, scheduler and worker in this process; Ctrl-C stops it."""
    known = settings()
    configure(is_quiet=known.env == "demo")
    known.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(known.data_dir / _LOCK)
    try:
        with lock.acquire(timeout=0):
            asyncio.run(_run(known))
    except Timeout:
        fail(
            f"Another Balm is already running on {known.data_dir}. Stop it first, or give this one "
            "its own folder: BALM_DATA_DIR=other-folder balm run"
        )
    except (ContentError, WrongSecret) as error:
        fail(str(error))
    except OSError as error:
        address = f"{known.http_host}:{known.http_port}"
        fail(f"Cannot listen on {address} ({os.strerror(error.errno or 0)}): set HTTP_PORT.")


async def _run(known: Settings) -> None:
    async with open_house(known) as house:
        loading = asyncio.create_task(asyncio.to_thread(house.load_reader))
        clinic_id = await ensure_clinic(house)
        lines = await connect(house, clinic_id)
        engine = house.engine(lines.channels, lines.senders)
        if lines.simulator is not None:
            add_phones(lines.simulator)
            async with house.store.read() as tx:
                has_lived = await tx.house.setting(_SEEDED)
            if not (known.has_telegram or known.has_sms):
                await employ(house, clinic_id, lines.simulator)
            if has_lived is None and not (known.has_telegram or known.has_sms):
                print("First start: three made-up patients live their last days ...", flush=True)
                await live_through_history(house, clinic_id, lines.simulator, engine)
                async with house.store.unit_of_work() as tx:
                    await tx.house.set_setting(_SEEDED, "yes")
        app = await app_of(house, clinic_id, lines, engine)

        async def ready() -> None:
            # A demonstration shows everything; elsewhere an administrator is not on the
            # confidential list.
            role = "lead" if known.env == "demo" else "admin"
            token = await house.door.issue_link(clinic_id, name="First administrator", role=role)
            print(_greeting(house, token), flush=True)

        await run_process(house, lines, engine, app, ready=ready)
        await loading


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
