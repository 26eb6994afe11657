"""The story's page in a real browser, without a network: what it shows and trains, by mouse, touch and keyboard."""

import random
import re

import pandas as pd
import pytest

SCREENS = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


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
    assert {url.partition("#")[0] for url in asked if not url.startswith(("data:", "blob:"))} == {page.address}
    assert complaints == []


def number(text: str) -> float:
    """Return a number as the page writes it: 2,230, 10⁻⁶ or 5 × 10⁻⁷."""
    text = text.replace("\u00a0", " ")
    raised = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    factor, _, exponent = text.replace(",", "").rpartition("10") if text[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹" else (text, "", "0")
    return float(f"{factor.replace(',', '').removesuffix(' × ') or 1}e{exponent.translate(raised)}")


def test_the_values_shown_are_the_tables(opened, finished):
    cells = pd.read_csv(finished / "results/study/cells.csv")
    cells = cells[(cells["precision"] == "float32") & (cells["schedule"] == "constant")]
    for place in random.Random(0).sample(range(len(cells)), 20):
        row = cells.iloc[place]
        opened.evaluate("choose", {"start": row["start"], "optimizer": row["optimizer"]})
        opened.evaluate("rate => choose({ rate: chosen().rates.indexOf(rate) })", row["learning_rate"])
        assert number(opened.inner_text("#said-rate")) == pytest.approx(row["learning_rate"], rel=5e-3)
        shown = opened.inner_text("#said-what")
        if row["loss_last"] == float("inf"):
            assert shown.endswith("The training diverges.")
        elif row["loss_last"] < 1e-4:
            assert shown.endswith("It ends below 10⁻⁴, where rounding decides.")
        else:
            assert number(shown.rpartition("ends at ")[2].rstrip(".")) == pytest.approx(row["loss_last"], rel=0.06)


def drag(page):
    """Drag the ring to a tenth of its learning rate."""
    ring = page.locator("#rates .ring").bounding_box()
    page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.mouse.down()
    page.mouse.move(*at(page, "5e-8"), steps=5)
    page.mouse.up()


def press(where, *keys):
    """Return what presses keys while something has the focus."""

    def pressed(page):
        page.focus(where)
        for key in keys:
            page.keyboard.press(key)

    return pressed


def tap(where):
    return lambda page: page.locator(where).tap()


def click(where):
    return lambda page: page.locator(where).click()


# What one does, and what the address or an element then says, and did not before.
CONTROLS = {
    "start by mouse": (click("label:has([value=linear])"), "#start=linear&optimizer=gd&rate=5e-7"),
    "start by touch": (tap("label:has([value=linear])"), "#start=linear&optimizer=gd&rate=5e-7"),
    "start by keyboard": (press("input[value=normal]", "ArrowDown"), "#start=linear&optimizer=gd&rate=5e-7"),
    "optimiser by mouse": (click("label:has([value=nesterov])"), "optimizer=nesterov&rate=5e-7"),
    "optimiser by keyboard": (press("input[value=gd]", "ArrowDown"), "optimizer=nesterov&rate=5e-7"),
    "rate by dragging": (drag, "rate=5e-8"),
    "rate by keyboard": (press("#rate", "Home", "ArrowRight"), "rate=2e-8"),
    "rate by touch": (lambda page: page.touchscreen.tap(*at(page, "1e-8")), "rate=1e-8"),
    "axis by keyboard": (press("#slide", "End"), "learning rate x sharpness"),
    "ball by keyboard": (press("#step", "Home"), "0.13 / sharpness: settles"),
    "ball leaps out": (press("#step", "End"), "4 / sharpness: leaps out"),
    "lane by a button": (click("[data-preset=halved]"), "Done: N(0, 1) is below from epoch"),
    "lane that diverges": (click("[data-preset=diverge]"), "N(0, 1) diverged at epoch"),
    "lane by keyboard": (press("#rate-normal", "Home"), "normal=-7%2C0%2C0%2C0"),
    "scale by keyboard": (press("#scale1-normal", "Home"), "%2C-2%2C0%2C0"),
    "momentum by keyboard": (press("#momentum-normal", "End"), "%2C0%2C0%2C0.95"),
    "epoch by keyboard": (press("#lanes-epoch", "Home"), "Epoch 0. "),
    "one epoch": (click("#lanes-step"), "Epoch 0. "),
    "playing": (click("#lanes-play"), "Pause"),
    "language by mouse": (click("button[lang=ja]"), "学習率"),
    "language by keyboard": (press("button[lang=ja]", "Enter"), "学習率"),
}
SAID = """() => [
    location.hash,
    document.getElementById('slide').getAttribute('aria-valuetext'),
    ...['steep-said', 'lanes-said', 'lanes-goal', 'lanes-play'].map(id => document.getElementById(id).innerText),
    document.getElementById('rates').textContent,
].join().replaceAll('\\u00a0', ' ')"""


def at(page, rate):
    """Return where a learning rate of the chosen network lies on the screen: at its dot."""
    place = page.evaluate("rate => chosen().rates.indexOf(Number(rate))", rate)
    dot = page.locator("#rates .normal.dot").nth(place).bounding_box()
    return dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_answers(opened, control):
    do, then = CONTROLS[control]
    opened.wait_for_function("document.getElementById('lanes-goal').innerText")
    opened.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert then not in opened.evaluate(SAID)
    do(opened)
    opened.wait_for_function(f"then => ({SAID})().includes(then)", arg=then)


def test_the_state_is_in_the_address(opened):
    opened.goto(f"{opened.address}#start=linear&optimizer=nesterov&rate=0.00001&normal=-3%2C-1%2C0%2C0.5")
    opened.reload()
    assert opened.evaluate("[state.start, state.optimizer, tell(chosen().rates[state.rate])]") == [
        "linear",
        "nesterov",
        "10⁻⁵",
    ]
    assert opened.input_value("#scale1-normal") == "-1"
    opened.goto(f"{opened.address}#start=nonsense&rate=x&normal=1,2")
    opened.reload()
    assert number(opened.inner_text("#said-rate")) == 5e-7


def test_without_motion_nothing_moves_by_itself(opened):
    opened.emulate_media(reduced_motion="reduce")
    opened.click("#lanes-step")
    opened.click("#lanes-play")
    opened.wait_for_function("document.getElementById('lanes-said').innerText.includes('Epoch 499.')")
    assert opened.inner_text("#lanes-play") == "Play"


def test_the_articles_network_gives_the_packages_numbers(opened, finished):
    """From the numbers in the page, in double precision: equal to 1e-3 over the first hundred epochs."""
    opened.evaluate(
        "window.paths = {}; const old = startWorker; startWorker = (listen) => old((one) => {"
        " (paths[one.lane] ??= []).push(...one.losses); listen(one); })"
    )
    opened.click("#article-train")
    opened.wait_for_function("[0, 1, 2].every((lane) => window.paths[lane]?.length > 100)", timeout=120_000)
    for lane, name in enumerate(("manual", "autograd", "module")):
        losses = pd.read_csv(finished / f"results/train_{name}/losses.csv")["loss"].tolist()[:100]
        assert opened.evaluate("lane => window.paths[lane].slice(0, 100)", lane) == pytest.approx(losses, rel=1e-3)


def test_two_networks_learn_digits_and_answer(opened):
    opened.click("#digits-learn")
    opened.wait_for_function("readers.normal.weights && readers.linear.weights", timeout=120_000)
    normal, linear = (int(opened.inner_text(f"#learned-{start}").split()[0]) for start in ("normal", "linear"))
    assert normal < 30
    assert linear > 80
    box = opened.locator("#pad").bounding_box()
    opened.mouse.move(box["x"] + 110, box["y"] + 30)
    opened.mouse.down()
    opened.mouse.move(box["x"] + 110, box["y"] + 190, steps=20)  # a one
    opened.mouse.up()
    assert re.fullmatch("says [0-9]", opened.inner_text("#answered-linear"))
    opened.click("#digits-clear")
    assert opened.inner_text("#answered-linear") == "Draw or pick a digit."
    right = 0
    for digit in range(10):
        opened.click(f"[data-pick] >> nth={digit}")
        right += opened.inner_text("#answered-linear") == f"says {digit}"
    assert right >= 7
    opened.check("#digits-centred")
    opened.wait_for_function("readers.normal.accuracy > 0.8", timeout=120_000)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_answer_is_on_the_first_screen(opened, screen, language):
    opened.set_viewport_size(SCREENS[screen])
    opened.click(f"button[lang={language}]")
    opened.evaluate("scrollTo(0, 0)")
    last = {"wide": ".first", "phone": ".walls"}[screen]
    assert opened.locator(last).evaluate("e => e.getBoundingClientRect().bottom") <= SCREENS[screen]["height"]
    sizes = "[...document.querySelectorAll('svg text')].map(text => parseFloat(getComputedStyle(text).fontSize))"
    assert min(opened.evaluate(sizes)) >= 11
    small = """[...document.querySelectorAll('main :is(button, input[type=range], a.square)')]
        .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height).filter(height => height < 24)"""
    assert opened.evaluate(small) == []


def test_it_is_short_and_small(opened, finished):
    assert (finished / "results/index.html").stat().st_size < 1_500_000
    opened.set_viewport_size(SCREENS["wide"])
    assert opened.evaluate("document.getElementById('lessons').getBoundingClientRect().top") <= 6 * 800
    words = """() => { const text = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
      let count = 0;
      for (let node = text.nextNode(); node; node = text.nextNode()) {
        if (node.parentElement.closest('#lessons')) return count;
        const own = node.parentElement;
        const letters = 'svg, .answers, .lettering, button, label, table, pre, output, script';
        if (own.checkVisibility() && !own.closest(letters))
          count += node.textContent.split(/\\s+/).filter(Boolean).length;
      }
    }"""
    assert 200 < opened.evaluate(words) <= 600
