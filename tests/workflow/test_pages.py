"""The pages in a real browser: two languages, every width, links, what axe says, and the site made of them."""

import importlib.util
import io
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from projects import NPM, ROOT, succeed

TEMPLATES = ROOT / "src/kotohajime/templates"
PAGES = ["index.html", "claims.html", "tensor_basics.html", "study/study.html"]
SEEN = "[...document.querySelectorAll('body [lang={}]:not(button)')].filter(e => e.checkVisibility())"
HEADINGS = (
    "[...document.querySelectorAll('h1, h2, h3, th, legend')].filter(e => e.checkVisibility()).map(e => e.innerText)"
)
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


@pytest.mark.parametrize("width", [390, 1000, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_in_both_languages_at_every_width(finished, page, name, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto((finished / "results" / name).as_uri())
    for button, shown, hidden in (("日本語", "ja", "en"), ("English", "en", "ja")):
        switch = page.get_by_role("button", name=button)
        assert switch.bounding_box()["x"] + switch.bounding_box()["width"] <= width  # before anything is scrolled
        switch.click()
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
    text = page.inner_text("main").replace("SGD with Nesterov and momentum", "")  # what the article's figure calls it
    english = re.findall(ordinary, text)
    assert english == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(finished, page, name):
    here = finished / "results" / name
    page.goto(here.as_uri())
    links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    assert len(links) > 3
    for link in (link for link in links if not link.startswith("https://")):
        file, _, anchor = link.partition("#")
        target = here.parent / file if file else here
        assert target.exists(), link
        assert not anchor or f'id="{anchor}"' in target.read_text(), link


@pytest.mark.parametrize("name", PAGES)
def test_a_small_config_has_whole_pages(small, page, name):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((small / "results" / name).as_uri())
    if name == "index.html":
        page.wait_for_function("document.getElementById('lanes-goal').innerText")
    assert complaints == []
    broken = "[...document.querySelectorAll('svg *')].filter(e => /NaN|Infinity|undefined/.test(e.outerHTML)).length"
    assert page.evaluate(broken) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(finished, page, name, scheme):
    axe = NPM / "axe-core/axe.min.js"
    if not axe.exists():
        pytest.skip("no axe-core here")
    page.emulate_media(color_scheme=scheme)
    page.goto((finished / "results" / name).as_uri())
    page.evaluate(axe.read_text())
    report = page.evaluate("axe.run()")
    assert len(report["passes"]) > 10
    assert [violation["id"] for violation in report["violations"]] == []


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.glob("*.js")))
def test_the_script_is_clean(name):
    biome = NPM / ".bin/biome"
    if not biome.exists():
        pytest.skip("no biome here")
    done = subprocess.run([biome, "lint", TEMPLATES / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_published_page_leads_to_its_project(finished, page):
    address = "https://someone.github.io/first-steps/index.html"
    page.route(address, lambda route: route.fulfill(path=finished / "results/index.html"))
    page.goto(address)
    assert page.get_by_text("This project ↗").evaluate("e => e.closest('a').href") == (
        "https://github.com/someone/first-steps"
    )


@pytest.fixture(scope="module")
def pictures():
    """Return the script that writes docs/."""
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs/pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_in_docs_is_this_page(finished, pictures):
    """But for its numbers, which may differ from machine to machine."""
    pages = (ROOT / "docs/index.html").read_text(), pictures.alone((finished / "results/index.html").read_text())
    varies = r'id="data">.*|"data:image.*?"|<rect.*?/>|[\d.,%⁰¹²³⁴-⁹⁻]+|<p class="card">.*'
    docs, ours = (re.sub(varies, "", text) for text in pages)
    assert docs.split() == ours.split()
    assert "study.html" not in docs
    assert len(docs) > 50_000


@pytest.mark.parametrize("name", ["first_screen.png", "first_screen.ja.png"])
def test_the_pictures_in_docs_are_of_this_page(finished, browser, pictures, name):
    """To 3 % of a pixel's brightness on average: fonts differ from machine to machine."""
    taken = pictures.take(browser, finished / "results/index.html", pictures.SCREENS[name])
    now, then = (imread(picture)[..., :3] for picture in (io.BytesIO(taken), ROOT / "docs" / name))
    assert now.shape == then.shape
    assert abs(now - then).mean() < 0.03
    for part in (np.s_[:400, :640], np.s_[:400, 640:], np.s_[400:, :640], np.s_[400:, 640:]):  # no chart is missing
        assert now[part].std() == pytest.approx(then[part].std(), rel=0.2)


def behind_links(folder: Path) -> dict[Path, bytes]:
    files = [*(folder / "results").rglob("*"), *(folder / "study").rglob("*")]
    return {path: path.read_bytes() for path in files if path.is_file()}


def test_the_site_is_whole_and_rests_on_nothing_else(own_small, tmp_path):
    """Where results/, or a folder in it, is a link, as to a cluster's fast disk, what lies behind it stays."""
    for name in ("results/study", "results"):
        (own_small / name).rename(tmp_path / Path(name).name)
        (own_small / name).symlink_to(tmp_path / Path(name).name)
    before = behind_links(tmp_path)
    succeed(own_small, "make", "--old-file=results", "site")
    assert behind_links(tmp_path) == before
    assert not any(path.is_symlink() for path in [own_small / "site", *(own_small / "site").rglob("*")])
    site = own_small / "site"
    ours = [site / name for name in PAGES]
    links = [(page, link) for page in ours for link in re.findall(r'(?:href|src)="([^"#]+)', page.read_text())]
    assert len(links) > 60
    for page, link in links:
        assert link.startswith(("data:", "https://")) or (page.parent / link).is_file(), (page, link)
    assert {"report.html", "article.ipynb", "loss_transition.png"} <= {path.name for path in site.iterdir()}
    succeed(site, "sha256sum", "--check", "--strict", "SHA256SUMS")
    assert not any(path.name == ".made" or path.name.endswith("shards") for path in site.rglob("*"))
