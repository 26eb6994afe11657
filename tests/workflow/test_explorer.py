"""The story's page in a real browser, without a network: what it shows, by mouse and by keyboard."""

import random
import subprocess

import pandas as pd
import pytest
from conftest import ROOT


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
            assert shown == "final loss diverged"
            assert f"at epoch {row['diverged_at']:.0f}." in opened.inner_text("#said")


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
    assert opened.inner_text("#left-value") == "Learning rate 1e-5: final loss diverged"
    opened.locator("#left circle").nth(3).click()
    assert opened.get_attribute("#rate", "aria-valuetext") == "1e-7"
    opened.goto(f"{opened.address}#nonsense,%20,1")
    opened.reload()
    assert "Learning rate 1e-6" in opened.inner_text("#left-value")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("button", "hidden"), [("日本語", "en"), ("English", "ja")])
def test_in_both_languages_at_every_width(opened, width, button, hidden):
    opened.set_viewport_size({"width": width, "height": 900})
    opened.get_by_role("button", name=button).click()
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    visible = "[...document.querySelectorAll('body [lang={}]')].filter(e => e.checkVisibility()).length"
    assert opened.evaluate(visible.format(hidden)) == 0
    shown = {"en": "ja", "ja": "en"}[hidden]
    assert opened.evaluate(visible.format(shown)) > 80
    assert opened.evaluate("document.title").startswith({"en": "First", "ja": "Pytorch"}[shown])


def test_it_is_small_and_its_links_lead_somewhere(opened, finished):
    assert (finished / "results/index.html").stat().st_size < 1_500_000
    assert opened.evaluate("document.getElementById('data').textContent.length") < 300_000
    for link in opened.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"):
        file, _, anchor = link.partition("#")
        target = finished / "results" / (file or "index.html")
        assert target.exists(), link
        assert not anchor or f'id="{anchor}"' in target.read_text(), link


NPM = ROOT / ".npm/node_modules"  # npm install --prefix .npm axe-core @biomejs/biome


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "claims.html", "tensor_basics.html", "study/study.html"])
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


def test_the_script_is_clean():
    biome = NPM / ".bin/biome"
    if not biome.exists():
        pytest.skip("no biome here")
    script = ROOT / "src/kotohajime/pages/templates/explorer.js"
    done = subprocess.run([biome, "lint", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
