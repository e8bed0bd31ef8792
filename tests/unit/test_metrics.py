"""Does monitoring read what it is shown, and does nobody see it on the public side?"""

from collections.abc import Mapping

import httpx

from bot.web.app import create_app
from bot.web.metrics import mount_metrics


async def gauges() -> Mapping[str, float]:
    return {"outbox_waiting": 3, "inbound_oldest_seconds": 0.25}


async def get(*, is_mounted: bool) -> httpx.Response:
    app = create_app(report=lambda kind: None)
    if is_mounted:
        mount_metrics(app, gauges)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as client:
        return await client.get("/metrics")


async def test_every_figure_has_its_type_and_a_line() -> None:
    answer = await get(is_mounted=True)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text.splitlines() == [
        "# TYPE balm_inbound_oldest_seconds gauge",
        "balm_inbound_oldest_seconds 0.25",
        "# TYPE balm_outbox_waiting gauge",
        "balm_outbox_waiting 3",
    ]


async def test_an_app_without_metrics_shows_none() -> None:
    assert (await get(is_mounted=False)).status_code == 404
