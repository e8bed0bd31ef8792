"""Who may open the console, and what does it show?"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.domain.identity import EscalationId
from bot.ports.clock import Clock
from bot.ports.console import CaseAnswer, ConsoleAlerts, ConsoleDoor, ConsoleReader, Overview
from bot.ports.house import Staff
from bot.web.console.alerts import answer_of
from bot.web.discretion import without_confidential
from bot.web.render import page
from bot.web.same_origin import require_same_origin

SignedIn = Callable[[str], Awaitable[Staff]]
_COOKIE = "balm-console"
_STEP_S = 600
"""The page is read anew at least this often, so that ages stay true."""


def mount_console(
    app: FastAPI,
    *,
    reader: ConsoleReader,
    door: ConsoleDoor,
    clock: Clock,
    is_https: bool,
    alerts: ConsoleAlerts | None = None,
) -> None:
    """Serve `/console/` to whoever came in by a one-time link; read-only without `alerts`."""
    name = f"__Host-{_COOKIE}" if is_https else _COOKIE
    routes = APIRouter(prefix="/console")

    async def signed_in(token: Annotated[str, Cookie(alias=name)] = "") -> Staff:
        staff = await door.session(token) if token else None
        if staff is None:
            raise HTTPException(401)
        return staff

    @routes.get("/")
    async def overview(staff: Annotated[Staff, Depends(signed_in)]) -> HTMLResponse:
        now = clock.now()
        seen = await _seen(reader, alerts, staff, now)
        await door.record_view(staff, verb="console-viewed")
        stamp = await _stamp(staff)
        may_answer = alerts is not None
        return page(
            "console.html", clinic=seen, staff=staff, now=now, stamp=stamp, may_answer=may_answer
        )

    @routes.get("/stamp", dependencies=[Depends(require_same_origin)])
    async def stamp(staff: Annotated[Staff, Depends(signed_in)]) -> dict[str, str]:
        return {"stamp": await _stamp(staff)}

    if alerts is not None:
        _mount_answers(routes, alerts, signed_in)

    async def _stamp(staff: Staff) -> str:
        step = int(clock.now().timestamp() // _STEP_S)
        return f"{await reader.stamp(staff.clinic_id)}.{step}"

    _mount_entrance(routes, door, name, is_https=is_https)
    app.include_router(routes)
    app.add_exception_handler(401, _signed_out)


async def _seen(
    reader: ConsoleReader, alerts: ConsoleAlerts | None, staff: Staff, now: datetime
) -> Overview:
    """The clinic as this person may see it."""
    seen = await reader.overview(staff.clinic_id, now=now)
    if alerts is None or await alerts.sees_confidential(staff):
        return seen
    return without_confidential(seen)


def _mount_entrance(routes: APIRouter, door: ConsoleDoor, name: str, *, is_https: bool) -> None:
    """Turn a one-time link into a session, kept in the cookie `name`."""

    @routes.get("/enter")
    async def enter(token: str = "") -> Response:
        staff = await door.use_link(token)
        if staff is None:
            return _closed(403)
        answer = RedirectResponse("/console/", status_code=303)
        answer.set_cookie(
            name,
            await door.open_session(staff),
            httponly=True,
            samesite="lax",
            secure=is_https,
            path="/",
        )
        return answer


def _mount_answers(routes: APIRouter, alerts: ConsoleAlerts, signed_in: SignedIn) -> None:
    """Take what staff say of a case; a form of another web site is refused."""

    @routes.post("/alerts/{case_id}", dependencies=[Depends(require_same_origin)])
    async def answer(
        case_id: str,
        said: Annotated[CaseAnswer, Depends(answer_of)],
        staff: Annotated[Staff, Depends(signed_in)],
    ) -> Response:
        if not await alerts.answer(staff, EscalationId(case_id), said):
            raise HTTPException(404)
        return RedirectResponse("/console/", status_code=303)


def _signed_out(request: Request, error: Exception) -> Response:
    return _closed(401)


def _closed(status: int) -> HTMLResponse:
    return page("console_closed.html", status=status)
