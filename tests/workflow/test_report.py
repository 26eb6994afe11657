"""The report in a real browser, without a network: the figure is there to be seen."""

FIGURE = "Array.from(document.images).find(image => image.naturalWidth === 1200 && image.naturalHeight === 900)"


def test_the_report_shows_the_figure_and_asks_for_no_network(finished, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((finished / "results/report.html").as_uri())
    assert "one two-layer network trained three ways" in " ".join(page.inner_text("body").split())
    page.get_by_text("Figures").first.click()
    row = page.locator("tr", has_text="the article's figure, as published")
    row.locator("a").first.click()
    page.wait_for_function(f"{FIGURE} !== undefined")
    box = page.evaluate(f"{FIGURE}.getBoundingClientRect().toJSON()")
    assert box["width"] > 300
    assert 0 <= box["top"] < 1000
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
