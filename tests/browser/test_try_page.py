"""Can a person who has only a keyboard hold the phone, move the clock, and join?"""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RunningApp

BALMS = "#bubbles .message:not(.is-mine)"
MINE = "#bubbles .message.is-mine"


@pytest.fixture
def try_page(page: Page, running_app: RunningApp) -> Page:
    page.goto(f"{running_app.url}/try")
    expect(page.locator(BALMS).first).to_be_visible()
    return page


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(most):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} was not reached with Tab")


def test_a_conversation_needs_only_the_keyboard(try_page: Page) -> None:
    tab_to(try_page, "#draft")
    try_page.keyboard.type("menu")
    try_page.keyboard.press("Enter")
    expect(try_page.locator(MINE).last).to_contain_text("menu")
    answer = try_page.locator(BALMS).last
    expect(answer.locator("button").first).to_be_visible()
    choices = try_page.locator(f"{BALMS} button").count()
    for _ in range(200):
        try_page.keyboard.press("Shift+Tab")
        if try_page.evaluate("document.activeElement.closest('.choices') !== null"):
            break
    before = answer.locator(".bubble-text").inner_text()
    try_page.keyboard.press("Enter")
    expect(answer.locator(".bubble-text")).not_to_have_text(before)
    assert choices > 0
    inside = "document.activeElement.closest('.message, #draft') !== null"
    assert try_page.evaluate(inside), "the focus was lost when the message changed"


def test_the_focus_is_always_visible(try_page: Page) -> None:
    unseen = []
    for _ in range(30):
        try_page.keyboard.press("Tab")
        look = try_page.evaluate(
            """() => {
                const focused = document.activeElement;
                const style = getComputedStyle(focused);
                return [focused.id || focused.className, style.outlineStyle, style.outlineWidth];
            }"""
        )
        if look[0] and (look[1] == "none" or look[2] == "0px"):
            unseen.append(look)
    assert unseen == []


def test_escape_closes_the_list_and_gives_the_focus_back(try_page: Page) -> None:
    tab_to(try_page, "#more")
    try_page.keyboard.press("Enter")
    expect(try_page.locator("#more-list")).to_be_visible()
    try_page.keyboard.press("Tab")
    try_page.keyboard.press("Escape")
    expect(try_page.locator("#more-list")).to_be_hidden()
    expect(try_page.locator("#more")).to_be_focused()


def test_a_picture_is_sent_and_answered(try_page: Page) -> None:
    try_page.click("#more")
    try_page.click("[data-media=photo]")
    expect(try_page.locator(MINE).last).to_contain_text("Picture")
    expect(try_page.locator(BALMS).last).to_contain_text("photo")


def test_moving_the_clock_brings_what_falls_due(try_page: Page) -> None:
    before = try_page.locator(BALMS).count()
    tab_to(try_page, "#clock-buttons [data-to]")
    wanted = try_page.evaluate("document.activeElement.textContent")
    try_page.keyboard.press("Enter")
    expect(try_page.locator("#clock-time")).to_have_text(re.compile(r"^0?8:00$|^20:00$"))
    expect(try_page.locator("#clock-run")).to_contain_text("It is now")
    expect(try_page.locator(BALMS)).to_have_count(before + 1)
    assert wanted.startswith("Tomorrow")


def test_sms_shows_plain_text_and_what_it_costs(try_page: Page) -> None:
    try_page.click(".switch [data-channel=sms]")
    expect(try_page.locator(BALMS).first).to_be_visible()
    expect(try_page.locator(".choices")).to_have_count(0)
    try_page.fill("#draft", "a" * 161)
    expect(try_page.locator("#sms-size")).to_have_text("2 texts · 145 left · GSM-7")
    try_page.fill("#draft", "¿Está bien? ñ " + "é" * 20 + "í")
    expect(try_page.locator("#sms-size")).to_contain_text("UCS-2")


def test_stop_on_sms_is_answered_by_the_carrier_and_blocks(try_page: Page) -> None:
    try_page.click(".switch [data-channel=sms]")
    try_page.fill("#draft", "STOP")
    try_page.press("#draft", "Enter")
    expect(try_page.locator(".is-carrier")).to_have_count(1)
    expect(try_page.locator("#blocked")).to_be_visible()


def test_a_visitor_joins_with_the_invitation(try_page: Page) -> None:
    try_page.click("#new-visitor")
    expect(try_page.locator("#invitation")).to_contain_text("2001")
    expect(try_page.locator("#people .person")).to_have_count(3)
    try_page.click("#invitation button")
    expect(try_page.locator(MINE).first).to_contain_text("/start")
    expect(try_page.locator(BALMS).first).to_be_visible()


def test_a_new_message_is_read_out(try_page: Page) -> None:
    try_page.fill("#draft", "hello")
    try_page.press("#draft", "Enter")
    expect(try_page.locator("#announcer")).to_contain_text("hello")
    assert try_page.locator("#announcer").get_attribute("aria-live") == "polite"


def test_another_phone_shows_that_it_has_news(try_page: Page) -> None:
    try_page.click("[data-phone=ben]")
    try_page.click("[data-advance='3600']")
    expect(try_page.locator("[data-phone=ana] .count")).to_be_visible()


def test_a_small_window_shows_one_part_at_a_time(try_page: Page) -> None:
    try_page.set_viewport_size({"width": 390, "height": 844})
    expect(try_page.locator("#draft")).to_be_visible()
    expect(try_page.locator("#clinic")).to_be_hidden()
    try_page.click(".views [data-view=clinic]")
    expect(try_page.locator("#clinic")).to_contain_text("Ana Example")
    expect(try_page.locator("#draft")).to_be_hidden()
    assert try_page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_chosen_colours_stay(try_page: Page) -> None:
    try_page.click("[data-theme-toggle]")
    try_page.reload()
    expect(try_page.locator("[data-theme-toggle]")).to_have_attribute("aria-pressed", "true")
    assert try_page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_what_a_visitor_types_is_never_read_as_markup(try_page: Page) -> None:
    try_page.fill("#draft", "<img src=x onerror=alert(1)> <b>bold</b>")
    try_page.press("#draft", "Enter")
    expect(try_page.locator(BALMS).last).to_contain_text("<b>bold</b>")
    expect(try_page.locator("#bubbles img, #bubbles b")).to_have_count(0)


def test_the_page_allows_no_inline_script(running_app: RunningApp) -> None:
    answer = httpx.get(f"{running_app.url}/try")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
