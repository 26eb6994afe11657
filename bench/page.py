"""How fast the story's page is in Chromium: its first paint and a control's answer, in milliseconds."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from study import spread
from tabulate import tabulate

PAGE = Path("results/index.html")
TURNS = 20
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
ANSWER = """() => {
    const began = performance.now();
    update({ rate: (state.rate + 1) % kind().rates.length });
    document.body.getBoundingClientRect();
    return performance.now() - began;
}"""


def timed(page: Page) -> tuple[float, float]:
    """Return the first paint and a control's answer, drawn and laid out."""
    page.goto(PAGE.resolve().as_uri())
    page.wait_for_function(f"{PAINT} > 0")
    return page.evaluate(PAINT), page.evaluate(ANSWER)


def main() -> None:
    """Print the table, where there is a page and a browser."""
    if not PAGE.exists() or not shutil.which("chromium"):
        print("The page was not timed: that takes results/index.html (make) and Chromium.")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        turns = [timed(browser.new_page()) for _ in range(TURNS)]
        browser.close()
    both = dict(zip(("first paint", "a control's answer"), zip(*turns, strict=True), strict=True))
    rows = [(name, spread(own, ".1f")) for name, own in both.items()]
    print(tabulate(rows, [f"{PAGE}, {PAGE.stat().st_size / 1e6:.1f} MB", "ms"], "pipe"))


if __name__ == "__main__":
    main()
