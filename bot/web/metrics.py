"""What may a monitoring system know? Counts and ages, by name; nothing about any person."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

Gauges = Callable[[], Awaitable[Mapping[str, float]]]
"""Every figure as it is now, by name."""

_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""Source: Prometheus, "Exposition formats"."""


def mount_metrics(app: FastAPI, gauges: Gauges) -> None:
    """`GET /metrics`; mounted on an app of its own, which is bound apart from the public one."""

    async def metrics() -> PlainTextResponse:
        lines = []
        for name, value in sorted((await gauges()).items()):
            lines += [f"# TYPE balm_{name} gauge", f"balm_{name} {value:g}"]
        return PlainTextResponse("\n".join([*lines, ""]), media_type=_FORMAT)

    app.add_api_route("/metrics", metrics, methods=["GET"])
