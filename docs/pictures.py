"""Put the results' pictures and the notebook into docs/, and a picture of the explorer: `make pictures`."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

DOCS, RESULTS = Path(__file__).parent, Path("results")
COPIED = ("reproduction.png", "images/start_scale.png", "article.ipynb")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

if __name__ == "__main__":
    for name in COPIED:
        shutil.copy(RESULTS / name, DOCS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900}, device_scale_factor=1.5, locale="en")
        page.goto(f"{(RESULTS / 'index.html').resolve().as_uri()}#noise,normal,gd,1e-6,200")
        page.locator("section", has=page.locator("#explorer")).screenshot(path=DOCS / "explorer.png")
        browser.close()
