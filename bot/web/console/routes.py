"""Who may open the console, and what does it show?"""

from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.ports.clock import Clock
from bot.ports.console import ConsoleDoor, ConsoleReader
from bot.ports.house import Staff
from bot.web.render import page
from bot.web.same_origin import require_same_origin

_COOKIE = "balm-console"
_STEP_S = 600
"""The page is read anew at least this often, so that ages stay true."""


def mount_console(
    app: FastAPI, *, reader: ConsoleReader, door: ConsoleDoor, clock: Clock, is_https: bool
) -> None:
    """Serve `/console/`, read-only, to whoever came in by a one-time link."""
    name = f"__Host-{_COOKIE}" if is_https else _COOKIE
    routes = APIRouter(prefix="/console")

    async def signed_in(token: Annotated[str, Cookie(alias=name)] = "") -> Staff:
        staff = await door.session(token) if token else None
        if staff is None:
            raise HTTPException(401)
        return staff

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

    @routes.get("/")
    async def overview(staff: Annotated[Staff, Depends(signed_in)]) -> HTMLResponse:
        now = clock.now()
        seen = await reader.overview(staff.clinic_id, now=now)
        await door.record_view(staff, verb="console-viewed")
        stamp = await _stamp(staff)
        return page("console.html", clinic=seen, staff=staff, now=now, stamp=stamp)

    @routes.get("/stamp", dependencies=[Depends(require_same_origin)])
    async def stamp(staff: Annotated[Staff, Depends(signed_in)]) -> dict[str, str]:
        return {"stamp": await _stamp(staff)}

    async def _stamp(staff: Staff) -> str:
        step = int(clock.now().timestamp() // _STEP_S)
        return f"{await reader.stamp(staff.clinic_id)}.{step}"

    app.include_router(routes)
    app.add_exception_handler(401, _signed_out)


def _signed_out(request: Request, error: Exception) -> Response:
    return _closed(401)


def _closed(status: int) -> HTMLResponse:
    return page("console_closed.html", status=status)
