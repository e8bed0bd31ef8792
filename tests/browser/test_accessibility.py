"""Does axe find anything to complain about, in any colours and at any width?"""

import json
from pathlib import Path

import axe_playwright_python  # type: ignore[import-untyped]  # the package ships no types
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RunningApp

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (1280, 390)
COLOURS = ("light", "dark")


def violations(page: Page) -> list[str]:
    """What axe finds, as lines to read; injected past the page's own script policy."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE})
    run = "axe.run(document).then((found) => JSON.stringify(found.violations))"
    answer = session.send(
        "Runtime.evaluate", {"expression": run, "awaitPromise": True, "returnByValue": True}
    )
    found = json.loads(answer["result"]["value"])
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def settle(page: Page) -> None:
    """Let motion end, so that colours are what they will be."""
    page.emulate_media(reduced_motion="reduce")
    page.wait_for_timeout(100)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colours", COLOURS)
def test_the_try_page_has_no_violations(
    page: Page, running_app: RunningApp, width: int, colours: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    page.goto(f"{running_app.url}/try")
    expect(page.locator("#bubbles .message").first).to_be_visible()
    settle(page)
    found = []
    for part in ("phone", "people", "clinic"):
        if width < 900:
            page.click(f".views [data-view={part}]")
        found += violations(page)
    page.evaluate("document.querySelector('[data-channel=sms]').click()")
    expect(page.locator("#phone")).to_have_attribute("data-channel", "sms")
    found += violations(page)
    assert found == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("colours", COLOURS)
def test_the_console_has_no_violations(
    page: Page, running_app: RunningApp, width: int, colours: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    page.goto(running_app.console_link)
    expect(page.locator("tbody th").first).to_be_visible()
    settle(page)
    assert violations(page) == []


@pytest.mark.parametrize("colours", COLOURS)
def test_what_opens_on_the_try_page_has_no_violations(
    page: Page, running_app: RunningApp, colours: str
) -> None:
    page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    page.goto(f"{running_app.url}/try")
    expect(page.locator("#bubbles .message").first).to_be_visible()
    page.click("#new-visitor")
    expect(page.locator("#invitation")).to_be_visible()
    page.click("#more")
    page.click("#block")
    expect(page.locator("#blocked")).to_be_visible()
    page.click("#more")
    settle(page)
    assert violations(page) == []


def test_axe_would_find_something(page: Page, running_app: RunningApp) -> None:
    page.goto(f"{running_app.url}/try")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert any(line.startswith("html-has-lang") for line in violations(page))
