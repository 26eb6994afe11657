"""Put the page, the notebook and pictures of the page's first screen into docs/: `make pictures`."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

DOCS, RESULTS = Path(__file__).parent, Path("results")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SCREENS = {"first_screen.png": "en-GB", "first_screen.ja.png": "ja-JP"}
SIZE = {"width": 1280, "height": 800}


def take(browser: Browser, page: Path, language: str) -> bytes:
    """Return a picture of a page's first screen, for a reader of a language."""
    with browser.new_context(locale=language, viewport=SIZE, color_scheme="light") as own:
        opened = own.new_page()
        opened.goto(page.resolve().as_uri())
        opened.wait_for_function("document.getElementById('lanes-goal').innerText")
        return opened.screenshot()


def alone(page: str) -> str:
    """Return the page as it stands in docs/: without links to other files, which are not there."""
    return re.sub(r""" href=(["'])(?!#|https:|data:).*?\1""", "", page)


if __name__ == "__main__":
    shutil.copy(RESULTS / "article.ipynb", DOCS)
    (DOCS / "index.html").write_text(alone((RESULTS / "index.html").read_text()))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, language in SCREENS.items():
            (DOCS / name).write_bytes(take(chromium, RESULTS / "index.html", language))
        chromium.close()
