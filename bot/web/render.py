"""How does a page come from a template? Everything is escaped, and nothing may be missing."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.domain.light_markup import plain

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """The template filled with `values`."""
    return HTMLResponse(_environment.get_template(template).render(**values), status_code=status)


def local_time(at: datetime, zone: str) -> str:
    """`at` as people in `zone` write it: "Mon 23 Nov, 20:14"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def apart(one: datetime, other: datetime) -> str:
    """How far two instants lie apart, in the largest unit that says enough: "3 h"."""
    span = abs(other - one)
    if span < _HOUR:
        return f"{span // _MINUTE} min"
    return f"{span // _HOUR} h" if span < 2 * _DAY else f"{span // _DAY} days"


def words(code: str) -> str:
    """A coded value as words: "rf-self-harm" becomes "self harm"."""
    return code.removeprefix("rf-").replace("-", " ").replace("_", " ")


def _make_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "local_time": local_time,
        "apart": apart,
        "words": words,
        "plain": plain,
    }
    return environment


_environment = _make_environment()
