"""How does a command open the house, and how does it say what went wrong?"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import typer
from pydantic import ValidationError

from bot.content.yaml_loader import ContentError
from bot.domain.identity import ClinicId
from bot.logs import configure
from bot.services.patients import NotPossible
from bot.settings import Settings
from bot.store.keys import WrongSecret
from bot.wiring.demo import ensure_clinic
from bot.wiring.house import House, open_house

T = TypeVar("T")


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
            return await work(house, await ensure_clinic(house))

    try:
        return asyncio.run(go())
    except (NotPossible, ContentError, WrongSecret) as error:
        fail(str(error))


def fail(message: str, *, code: int = 1) -> NoReturn:
    """Say `message` on standard error and end with `code`."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def _where(loc: tuple[int | str, ...]) -> str:
    return f"{loc[0]}: " if loc else ""
