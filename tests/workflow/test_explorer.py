"""The story's page in a real browser, without a network: what it shows, by mouse and by keyboard."""

import random

import pandas as pd
import pytest


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


def click(where, across=0.5):
    """Return what clicks on something: a share of its width from the left."""

    def clicked(page):
        page.locator(where).scroll_into_view_if_needed()
        box = page.locator(where).bounding_box()
        page.mouse.click(box["x"] + across * box["width"], box["y"] + box["height"] / 2)

    return clicked


def hover(where, across):
    """Return what holds the mouse over something."""

    def hovered(page):
        page.locator(where).scroll_into_view_if_needed()
        box = page.locator(where).bounding_box()
        page.mouse.move(box["x"] + across * box["width"], box["y"] + box["height"] / 2)

    return hovered


def press(where, *keys):
    """Return what presses keys while something has the focus."""

    def pressed(page):
        page.focus(where)
        for key in keys:
            page.keyboard.press(key)

    return pressed


# Where one stands, what one does, and what the address or the texts below the charts then say, and did not before.
CONTROLS = {
    "data by mouse": ("", click("input[value=images]"), "#images,"),
    "data by keyboard": ("", press("input[value=noise]", "ArrowRight"), "#images,"),
    "start by mouse": ("", click("input[value=linear]"), "#noise,linear,gd,0.000001,200"),
    "start by keyboard": ("", press("input[value=normal]", "ArrowDown"), "#noise,linear,gd,0.000001,200"),
    "optimiser by mouse": ("", click("input[value=nesterov]"), "#noise,normal,nesterov,0.000001,200"),
    "optimiser by keyboard": ("", press("input[value=gd]", "ArrowDown"), "#noise,normal,nesterov,0.000001,200"),
    "rate by mouse": ("", click("#rate", 0.01), "#noise,normal,gd,1e-8,200"),
    "rate by keyboard": ("", press("#rate", "Home"), "#noise,normal,gd,1e-8,200"),
    "rate by its point": ("", click("#left circle >> nth=0"), "#noise,normal,gd,1e-8,200"),
    "seed from its menu": ("", lambda page: page.select_option("#seed", label="203"), "#noise,normal,gd,0.000001,203"),
    "seed by keyboard": ("", press("#seed", *["ArrowDown"] * 3), "#noise,normal,gd,0.000001,203"),
    "run by mouse": ("", click("[data-run=module]"), "#noise,linear,nesterov,0.00001,200"),
    "run by keyboard": ("", press("[data-run=module]", "Enter"), "#noise,linear,nesterov,0.00001,200"),
    "the other run": ("#noise,linear,gd,0.001,202", click("[data-run=autograd]"), "#noise,normal,gd,0.000001,202"),
    "epoch by mouse": ("", click("#epoch", 0.995), "Epoch 999: loss"),
    "epoch by keyboard": ("", press("#epoch", "End"), "Epoch 999: loss"),
    "epoch by hovering": ("", hover("#right", 0.98), "Epoch 999: loss"),
    "variant from its menu": (
        "#images,normal%201,201",
        lambda page: page.select_option("#variant", "1"),
        "#images,linear%201,201",
    ),
    "variant by keyboard": ("#images,normal%201,201", press("#variant", "ArrowDown"), "#images,linear%201,201"),
    "variant by its points": ("#images,normal%201,201", click("#left circle >> nth=-1"), "#images,scaled%200.5,201"),
    "language by mouse": ("", click("button[lang=ja]"), "学習率"),
    "language by keyboard": ("", press("button[lang=ja]", "Enter"), "学習率"),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_answers(opened, control):
    start, do, then = CONTROLS[control]
    opened.goto(opened.address + start)
    opened.reload()
    told = (
        "[location.hash, ...['left', 'right'].map(side => document.getElementById(side + '-value').innerText)].join()"
    )
    assert then not in opened.evaluate(told)
    do(opened)
    assert then in opened.evaluate(told)


def test_the_articles_curves_stay_beside_the_chosen(opened):
    names = "[...document.querySelectorAll('#right .name')].map(name => name.textContent)"
    assert opened.evaluate(names) == ["module"]  # autograd is chosen
    assert ", module " in opened.get_attribute("#right", "aria-label")
    opened.click("input[value=linear]")
    assert opened.evaluate(names) == ["autograd", "module"]
    opened.click("[data-run=module]")
    assert opened.evaluate(names) == ["autograd"]
    assert opened.get_attribute("[data-run=module]", "aria-pressed") == "true"
    assert opened.get_attribute("[data-run=autograd]", "aria-pressed") == "false"
    opened.click("input[value=images]")
    assert opened.evaluate(names) == []


def test_from_the_address(opened):
    opened.goto(f"{opened.address}#noise,normal,gd,1e-5,203")
    opened.reload()
    assert opened.inner_text("#seed >> option:checked") == "203"
    assert opened.inner_text("#left-value") == "Learning rate 1e-5: diverged"
    opened.goto(f"{opened.address}#images,linear%201,202")
    opened.reload()
    assert opened.inner_text("#left-value").startswith("nn.Linear: ")
    assert "% recognised" in opened.inner_text("#left-value")
    opened.goto(f"{opened.address}#nonsense,%20,1")
    opened.reload()
    assert "Learning rate 1e-6" in opened.inner_text("#left-value")


def test_it_is_small(opened, finished):
    assert (finished / "results/index.html").stat().st_size < 1_500_000
    assert opened.evaluate("document.getElementById('data').textContent.length") < 300_000
