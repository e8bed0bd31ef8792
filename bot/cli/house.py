"""How does a command open the house, and how does it say what went wrong?"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from bot.content.yaml_loader import ContentError
from bot.domain.identity import ClinicId
from bot.engine.claim import DatabaseTaken
from bot.logs import configure
from bot.ports.store import StoreBusy
from bot.services.patients import NotPossible
from bot.settings import Settings
from bot.store.keys import WrongSecret
from bot.wiring.demo import ensure_clinic
from bot.wiring.house import House, open_house

T = TypeVar("T")
NO_DATABASE = (
    "The database does not answer, or another program holds it. See that it runs, that its disk is "
    "not full, and that BALM_DATABASE_URL names it; nothing was changed."
)


TAKEN = (
    "Another Balm already works on this database. Stop it first, give this one a database of its "
    "own, or set BALM_ENGINE=cluster for every process, so that they share the work."
)


def settings() -> Settings:
    """The operator's settings; all problems at once, exit code 2."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"  {_where(one['loc'])}{one['msg']}" for one in error.errors()]
        fail("Balm cannot start with these settings:\n" + "\n".join(lines), code=2)


def with_house(work: Callable[[House, ClinicId], Awaitable[T]]) -> T:
    """Run `work` in the house of the first clinic; exits with a plain message on a known error."""
    configure(is_quiet=True)
    known = settings()

    async def go() -> T:
        async with open_house(known) as house:
            async with house.store.alone():
                clinic_id = await ensure_clinic(house)
            return await work(house, clinic_id)

    try:
        return asyncio.run(go())
    except (NotPossible, ContentError, WrongSecret) as error:
        fail(str(error))
    except StoreBusy:
        fail(NO_DATABASE)


def until_stopped(known: Settings, process: Coroutine[Any, Any, None]) -> None:
    """Run a whole process; exits with a plain message on a known error."""
    try:
        asyncio.run(process)
    except (ContentError, WrongSecret) as error:
        fail(str(error))
    except DatabaseTaken:
        fail(TAKEN)
    except StoreBusy:
        fail(NO_DATABASE)
    except OSError as error:
        address = f"{known.http_host}:{known.http_port}"
        fail(
            f"Cannot listen on {address} ({os.strerror(error.errno or 0)}): set HTTP_PORT "
            "(or METRICS_PORT, if that one is taken)."
        )


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say `message` on standard error and end with `code`."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def _where(loc: tuple[int | str, ...]) -> str:
    return f"{loc[0]}: " if loc else ""
