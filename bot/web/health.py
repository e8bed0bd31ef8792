"""Is the process alive, and can it do its work?"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI
from fastapi.responses import JSONResponse

Check = Callable[[], Awaitable[bool]]
"""Whether one thing that the work needs is in order."""


def mount_health(app: FastAPI, checks: Mapping[str, Check]) -> None:
    """`/healthz` answers as long as the process runs; `/readyz` names what is not in order."""

    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    async def ready() -> JSONResponse:
        failing = [name for name, check in checks.items() if not await check()]
        status = {"status": "not ready" if failing else "ok", "failing": failing}
        return JSONResponse(status, status_code=503 if failing else 200)

    app.add_api_route("/healthz", alive, methods=["GET"])
    app.add_api_route("/readyz", ready, methods=["GET"])
