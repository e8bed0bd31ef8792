"""Takes the two pictures of the README from a running demonstration.

balm run                                        (prints the console's one-time link)
python docs/pictures/take.py CONSOLE-LINK
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
SIZE = {"width": 1280, "height": 900}
QUESTION = "My lips are so dry"


def main(link: str) -> None:
    """Asks one question on the phone, then opens the console."""
    base = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        _take(page, f"{base}/try", "try.png", question=QUESTION)
        _take(page, link, "console.png")
        browser.close()


def _take(page: Page, url: str, name: str, *, question: str = "") -> None:
    page.goto(url)
    page.wait_for_timeout(1500)
    if question:
        page.get_by_placeholder("Message").fill(question)
        page.keyboard.press("Enter")
        page.wait_for_timeout(3000)
    page.screenshot(path=FOLDER / name)


if __name__ == "__main__":
    main(sys.argv[1])
