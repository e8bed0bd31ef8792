"""Can staff answer an alert in the console, and only those who may, from our own page?"""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.wiring.running import app_of
from tests.household import Household
from tests.integration.test_alerts import DANGER, case_ids, hire, open_confidential


@pytest.fixture
async def browser(home: Household) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has come in as Dana, the lead, with an alert about Ada open."""
    await hire(home, "dana", "Dana Lead", role="lead")
    await hire(home, "cleo", "Cleo Nurse")
    await home.settle_in("ada")
    app = await app_of(home.house, home.clinic_id, home.lines, home.engine)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://balm.example") as client:
        await enter(home, client, "Dana Lead")
        yield client


async def enter(home: Household, client: httpx.AsyncClient, name: str) -> None:
    client.cookies.clear()
    token = await home.house.door.issue_link(home.clinic_id, name=name, role="nurse")
    await client.get(f"/console/enter?token={token}")


async def test_seen_spoken_and_closed_with_its_outcome(
    home: Household, browser: httpx.AsyncClient
) -> None:
    await home.say("ada", DANGER)
    (case_id,) = await case_ids(home)
    path = f"/console/alerts/{case_id}"
    assert f'id="case-{case_id}"' in (await browser.get("/console/")).text
    for form in ({"action": "acknowledge"}, {"action": "contacted"}):
        answer = await browser.post(path, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    assert "contacted by Dana Lead" in (await browser.get("/console/")).text
    assert (await browser.post(path, data={"action": "close"})).status_code == 400
    closing = {"action": "close", "outcome": "spoke", "reportable": "yes"}
    assert (await browser.post(path, data=closing)).status_code == 303
    assert await case_ids(home) == []
    assert (await browser.post(path, data=closing)).status_code == 404
    await home.engine.settle()
    assert any("Dana Lead at the clinic saw this" in text for text in home.texts("ada"))


async def test_another_web_site_cannot_answer(home: Household, browser: httpx.AsyncClient) -> None:
    await home.say("ada", DANGER)
    (case_id,) = await case_ids(home)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await browser.post(
            f"/console/alerts/{case_id}", data={"action": "acknowledge"}, headers=headers
        )
        assert answer.status_code == 403
    assert len(await case_ids(home)) == 1


async def test_without_a_session_nothing_is_answered(
    home: Household, browser: httpx.AsyncClient
) -> None:
    await home.say("ada", DANGER)
    (case_id,) = await case_ids(home)
    browser.cookies.clear()
    answer = await browser.post(f"/console/alerts/{case_id}", data={"action": "acknowledge"})
    assert answer.status_code == 401


async def test_a_confidential_case_is_not_there_for_others(
    home: Household, browser: httpx.AsyncClient
) -> None:
    await open_confidential(home)
    await home.say("ada", "he reads my phone")
    (case_id,) = await case_ids(home)
    shown = (await browser.get("/console/")).text
    assert "abuse coercion" in shown
    assert "he reads my phone" in shown
    await enter(home, browser, "Cleo Nurse")
    hidden = (await browser.get("/console/")).text
    assert "abuse coercion" not in hidden
    assert "he reads my phone" not in hidden
    answer = await browser.post(f"/console/alerts/{case_id}", data={"action": "acknowledge"})
    assert answer.status_code == 404
