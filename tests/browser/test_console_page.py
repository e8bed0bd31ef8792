"""Does the console open once, show everything, and keep itself up to date?"""

from playwright.sync_api import Page, expect

from tests.browser.conftest import RunningApp


def test_a_link_opens_the_console_once(page: Page, running_app: RunningApp) -> None:
    page.goto(running_app.console_link)
    expect(page.locator("h1")).to_have_text("Today")
    expect(page).to_have_url(f"{running_app.url}/console/")
    page.reload()
    expect(page.locator("#alerts")).to_be_visible()


def test_alerts_stand_first_with_their_clock(page: Page, running_app: RunningApp) -> None:
    page.goto(running_app.console_link)
    first = page.locator("main section").first
    expect(first.locator("h2")).to_contain_text("Open alerts")
    expect(first.locator(".case").first).to_contain_text("11 min left")
    expect(first.locator(".case").last).to_contain_text("1 h late")


def test_names_are_text_and_not_markup(page: Page, running_app: RunningApp) -> None:
    page.goto(running_app.console_link)
    expect(page.locator("tbody")).to_contain_text("Ben <b>Sample</b>")


def test_a_phone_sized_window_needs_no_sideways_scrolling(
    page: Page, running_app: RunningApp
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(running_app.console_link)
    expect(page.locator("tbody th").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_renews_itself_when_something_changed(page: Page, running_app: RunningApp) -> None:
    page.goto(running_app.console_link)
    expect(page.locator("#alerts")).to_be_visible()
    page.evaluate("document.getElementById('console').dataset.stamp = 'from before'")
    page.evaluate("document.querySelector('tbody').remove()")
    expect(page.locator("tbody")).to_be_visible(timeout=15_000)
