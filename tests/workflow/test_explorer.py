"""The story's page in a real browser, without a network: what it shows, by mouse and by keyboard."""

import random
import re
import subprocess

import pandas as pd
import pytest
from conftest import NPM, ROOT, succeed


@pytest.fixture
def opened(finished, page):
    """Return the page, open, and what it asked for and complained of."""
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.address = (finished / "results/index.html").as_uri()
    page.goto(page.address)
    yield page
    assert {url.partition("#")[0] for url in asked if not url.startswith("data:")} == {page.address}
    assert complaints == []


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_the_values_shown_are_the_tables(opened, finished):
    runs = pd.read_csv(finished / "results/study/runs.csv")
    runs = runs[(runs["precision"] == "float32") & (runs["schedule"] == "constant")]
    for place in random.Random(0).sample(range(len(runs)), 20):
        row = runs.iloc[place]
        address = f"noise,{row['start']},{row['optimizer']},{row['learning_rate']},{row['seed']}"
        opened.evaluate(f"location.hash = '{address}'")
        opened.wait_for_function(f"document.getElementById('seed').selectedOptions[0].text === '{row['seed']}'")
        rate, _, shown = opened.inner_text("#left-value").removeprefix("Learning rate ").partition(": ")
        assert number(rate) == row["learning_rate"]
        if pd.isna(row["diverged_at"]):
            assert number(shown.removeprefix("final loss ")) == pytest.approx(row["loss_last"], rel=6e-4)
        else:
            assert shown == "diverged"
            assert f"at epoch {row['diverged_at']:.0f} no number" in opened.inner_text("#said")


def test_by_keyboard(opened):
    opened.focus("#rate")
    before = opened.inner_text("#left-value")
    opened.keyboard.press("ArrowRight")
    assert opened.inner_text("#left-value") != before
    opened.focus("#epoch")
    opened.keyboard.press("End")
    assert opened.inner_text("#right-value").startswith("Epoch 999: loss ")
    opened.focus("input[value=normal]")
    opened.keyboard.press("ArrowDown")
    assert opened.is_checked("input[value=linear]")
    assert "noise,linear,gd" in opened.url
    opened.get_by_role("button", name="module").press("Enter")
    assert "noise,linear,nesterov,0.00001,200" in opened.url
    opened.get_by_text("images", exact=True).first.click()
    opened.select_option("#variant", label="nn.Linear")
    assert opened.inner_text("#left-value").startswith("nn.Linear: ")
    assert "% recognised" in opened.inner_text("#left-value")


def test_by_mouse_and_from_the_address(opened):
    opened.goto(f"{opened.address}#noise,normal,gd,1e-5,203")
    opened.reload()
    assert opened.inner_text("#seed >> option:checked") == "203"
    assert opened.inner_text("#left-value") == "Learning rate 1e-5: diverged"
    opened.locator("#left circle").nth(3).click()
    assert opened.get_attribute("#rate", "aria-valuetext") == "1e-7"
    opened.goto(f"{opened.address}#nonsense,%20,1")
    opened.reload()
    assert "Learning rate 1e-6" in opened.inner_text("#left-value")


PAGES = ["index.html", "claims.html", "tensor_basics.html", "study/study.html"]
SEEN = "[...document.querySelectorAll('body [lang={}]:not(button)')].filter(e => e.checkVisibility())"
HEADINGS = (
    "[...document.querySelectorAll('h1, h2, h3, th, legend')].filter(e => e.checkVisibility()).map(e => e.innerText)"
)
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_in_both_languages_at_every_width(finished, page, name, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((finished / "results" / name).as_uri())
    for button, shown, hidden in (("日本語", "ja", "en"), ("English", "en", "ja")):
        page.get_by_role("button", name=button).click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(f"{SEEN.format(hidden)}.length") == 0
        assert page.evaluate(f"{SEEN.format(shown)}.length") > 25
        assert bool(JAPANESE.search(page.title())) == (shown == "ja")
        headings = page.evaluate(HEADINGS)
        assert any(map(JAPANESE.search, headings)) == (shown == "ja")


def test_the_chosen_language_stays(finished, page):
    page.goto((finished / "results/index.html").as_uri())
    page.get_by_role("button", name="日本語").click()
    page.goto((finished / "results/study/study.html").as_uri())
    assert page.evaluate("document.documentElement.lang") == "ja"


@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_english_is_left_in_japanese(finished, page, name):
    """Beside code and names: no two words of prose that a reader of Japanese alone would stumble over."""
    page.goto((finished / "results" / name).as_uri())
    page.get_by_role("button", name="日本語").click()
    page.evaluate("document.querySelectorAll('pre, code, .muted').forEach(e => e.remove())")  # what torch says, too
    ordinary = r"\b(?:the|and|of|with|is|are|not|from|each|seeds?|unknown|infinite)\b[^\n]{0,40}"
    english = re.findall(ordinary, page.inner_text("main"))
    assert english == []


def test_it_is_small(opened, finished):
    assert (finished / "results/index.html").stat().st_size < 1_500_000
    assert opened.evaluate("document.getElementById('data').textContent.length") < 300_000


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(finished, page, name):
    here = finished / "results" / name
    page.goto(here.as_uri())
    links = page.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))")
    assert len(links) > 3
    for link in links:
        file, _, anchor = link.partition("#")
        target = here.parent / file if file else here
        assert target.exists(), link
        assert not anchor or f'id="{anchor}"' in target.read_text(), link


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(finished, page, name, scheme):
    axe = NPM / "axe-core/axe.min.js"
    if not axe.exists():
        pytest.skip("no axe-core here")
    page.emulate_media(color_scheme=scheme)
    page.goto((finished / "results" / name).as_uri())
    page.evaluate(axe.read_text())
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    assert [violation["id"] for violation in found["violations"]] == []


@pytest.mark.parametrize("name", ["explorer.js", "language.js"])
def test_the_script_is_clean(name):
    biome = NPM / ".bin/biome"
    if not biome.exists():
        pytest.skip("no biome here")
    script = ROOT / "src/kotohajime/pages/templates" / name
    done = subprocess.run([biome, "lint", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_site_is_whole_and_rests_on_nothing_else(own_small):
    succeed(own_small, "make", "--old-file=results", "site")
    site = own_small / "site"
    ours = [site / name for name in PAGES]
    links = [(page, link) for page in ours for link in re.findall(r'(?:href|src)="([^"#]+)', page.read_text())]
    assert len(links) > 60
    for page, link in links:
        assert link.startswith("data:") or (page.parent / link).is_file(), (page, link)
    assert {"report.html", "article.ipynb", "loss_transition.png"} <= {path.name for path in site.iterdir()}
    assert not any(path.name == ".made" or path.name.endswith("shards") for path in site.rglob("*"))
