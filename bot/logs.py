"""What may be written to the log? Event names and allow-listed fields, nothing else."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "attempt",
        "category",
        "channel",
        "code",
        "count",
        "delivery",
        "error",
        "event",
        "inbound",
        "job",
        "kind",
        "level",
        "milliseconds",
        "outcome",
        "path",
        "port",
        "reason",
        "sender",
        "state",
        "status",
        "timestamp",
        "tries",
        "version",
        "where",
    }
)
"""Ids, kinds, counts, milliseconds and codes; every other field is dropped, not masked."""

_QUIET = (
    "httpx",
    "httpcore",
    "telegram",
    "twilio",
    "apscheduler",
    "aiosqlite",
    "sqlalchemy",
    "procrastinate",
    "psycopg",
)


def configure(*, is_quiet: bool = False) -> None:
    """JSON lines on standard error; libraries that log addresses or tokens are silenced."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if is_quiet else logging.INFO
        ),
        logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_NameOnly())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def event(name: str, **fields: Any) -> None:
    """One line: what happened, with allow-listed fields."""
    structlog.get_logger().info(name, **fields)


def warning(name: str, **fields: Any) -> None:
    """One line that an operator should look at."""
    structlog.get_logger().warning(name, **fields)


def failure(name: str, error: BaseException, **fields: Any) -> None:
    """One line for an exception: its type and place in our code, never its message.

    An exception of our own may bring a `log_reason`, which is no message but one of a few words.
    """
    if (reason := getattr(error, "log_reason", None)) is not None:
        fields = {"reason": reason, **fields}
    structlog.get_logger().error(name, error=type(error).__name__, where=_place(error), **fields)


def _only_allowed(
    _logger: Any, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {key: value for key, value in entry.items() if key in ALLOWED}


def _place(error: BaseException) -> str:
    place = ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith(("bot", "handlers")):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


class _NameOnly(logging.Formatter):
    """Libraries may log what they like; only who and how grave is kept."""

    def format(self, record: logging.LogRecord) -> str:
        """Logger and level; a message may hold a token, a number or a patient's words."""
        return (
            f'{{"event": "library-log", "where": "{record.name}", "level": "{record.levelname}"}}'
        )
