"""What holds for every request: size, headers, and what an error may tell."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 64 * 1024
ASSETS = Path(__file__).parent / "assets"

Report = Callable[[str], None]
"""Told the type of an unexpected error and nothing else: a message may hold private data."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


def create_app(*, report: Report) -> FastAPI:
    """The app without pages of its own; what is mounted on it answers.

    No telemetry (FastAPI would export addresses, bodies and errors), no generated API pages.
    """
    app = FastAPI(
        title="Balm",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=BODY_LIMIT_BYTES)
    app.add_middleware(_Quiet, report=report)
    app.add_middleware(_SafeHeaders)
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")
    return app


def _unreadable(request: Request, error: Exception) -> JSONResponse:
    """400 that does not repeat what was sent."""
    return JSONResponse({"error": "the request could not be read"}, status_code=400)


class _SafeHeaders:
    """Adds the security headers to every answer; only assets may be kept by a browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_asset = scope["path"].startswith("/assets/")
        keep = (b"cache-control", b"no-cache" if is_asset else b"no-store")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS, keep]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Quiet:
    """Turns an unexpected error into a bare 500 and reports its type alone."""

    def __init__(self, app: ASGIApp, *, report: Report) -> None:
        self._app = app
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:  # noqa: BLE001 - the message may hold private data
            self._report(type(error).__name__)
            if not has_begun and scope["type"] == "http":
                answer = JSONResponse({"error": "something went wrong"}, status_code=500)
                await answer(scope, receive, send)
