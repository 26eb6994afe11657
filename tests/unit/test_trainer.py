"""The page's trainer, in node: what it computes is what the engine and the article's own loops compute."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from node import NODE, in_node, needs_node
from problems import sizes_of, tensors, train_as_module

from kotohajime.article import train_autograd, train_manual
from kotohajime.article.problem import draw
from kotohajime.article.run_files import write_run
from kotohajime.article.schedule import halving
from kotohajime.engine import sharpness, starts, trainer
from kotohajime.engine.optimizers import Update
from kotohajime.io import write_npz
from kotohajime.site.live import article_data, draw_linear, pack, small_data
from kotohajime.tables import first_true

SMALL = (32, 32, 128, 5)


def named(*numbers):
    return dict(zip(("batch", "inputs", "hidden", "outputs"), numbers, strict=True))


@needs_node
def test_the_scripts_own_tests_pass():
    tests = Path(__file__).with_name("trainer.test.js")
    done = subprocess.run([NODE, "--test", tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_small_networks_weights_are_nn_linears():
    weights = draw_linear(100, 400, 10)
    for name, inputs in {"w1": 100, "w2": 400}.items():
        assert np.abs(weights[name]).max() == pytest.approx(1 / np.sqrt(inputs), rel=0.01)
        assert abs(weights[name].mean()) < 0.05 / np.sqrt(inputs)
    assert small_data() == small_data()


@pytest.mark.parametrize("places", [1, 2, 3, 4])
def test_packed_numbers_are_as_near_as_told(places):
    array = np.random.default_rng(0).standard_normal((7, 5))
    packed = pack(array, places)
    assert packed["places"] == places
    assert len(packed["data"]) == 35 * places
    if NODE:
        decoded = np.reshape(in_node("return decode(given.packed)", packed=packed), (7, 5))
        assert np.abs(decoded - array).max() <= packed["scale"] * 0.5000001
        assert np.abs(decoded - array).max() <= 1.001 * np.abs(array).max() / (64**places - 2)


TRAIN = """
const decodeAll = (arrays) => Object.fromEntries(Object.entries(arrays).map(([name, array]) => [
  name, array.data ? decode(array) : Float64Array.from(array)]));
const problem = { ...given.sizes, ...decodeAll(given.problem) };
const lanes = given.lanes.map((lane) => ({ ...problem, ...lane, ...decodeAll(lane.start ?? {}) }));
const losses = lanes.map(() => []);
const ends = lanes.map(() => null);
for (const chunk of train({ lanes, epochs: given.epochs })) {
  losses[chunk.lane].push(...chunk.losses);
  if (chunk.done) ends[chunk.lane] = chunk.divergedAt ?? null;
}
return { losses, ends };
"""


def settings(number):
    """Return random scales of the two layers, the rate times the sharpness, and a momentum, some times."""
    generator = np.random.default_rng(number)
    for index in range(number):
        scale1, scale2 = 10 ** generator.uniform(-1, 0.2, 2)
        yield scale1, scale2, 10 ** generator.uniform(-1, 0.4), (0.0, 0.8)[index % 2]


def by_both(chosen, epochs=100):
    """Return losses (epochs, networks) of the engine and a list for each of the trainer's, and where those diverged."""
    x, y, w1, w2 = tensors(5, SMALL, torch.float64)
    weights = [(w1 * scale1, w2 * scale2) for scale1, scale2, _, _ in chosen]
    rates = [c / sharpness.of_tangent_kernel(x, *start) for (*_, c, _), start in zip(chosen, weights, strict=True)]
    updates = [Update(momentum, momentum > 0) for *_, momentum in chosen]
    losses = trainer.train(x, y, weights, torch.tensor(rates, dtype=x.dtype).repeat(epochs, 1), updates)
    lanes = [
        {"scale1": scale1, "scale2": scale2, "rate": rate, "momentum": momentum}
        for (scale1, scale2, _, momentum), rate in zip(chosen, rates, strict=True)
    ]
    problem = dict(zip(("x", "y", "w1", "w2"), (x, y, w1, w2), strict=True))
    return losses.numpy(), in_node(TRAIN, problem=problem, sizes=named(*SMALL), lanes=lanes, epochs=epochs)


@needs_node
def test_the_losses_are_the_engines():
    losses, ours = by_both(list(settings(10)))
    assert np.isfinite(losses).all()
    assert ours["ends"] == [None] * 10
    np.testing.assert_allclose(np.transpose(ours["losses"]), losses, rtol=1e-9)


@needs_node
def test_what_diverges_diverges_at_the_same_epoch():
    losses, ours = by_both([(1, 1, c, momentum) for c in (6, 9, 20, 1e3) for momentum in (0.0, 0.8)])
    assert ours["ends"] == [first_true(~np.isfinite(column)) for column in losses.T]
    assert None not in ours["ends"]


@needs_node
@pytest.mark.parametrize("numbers", [SMALL, (100, 100, 300, 10), (5, 3, 4, 1)])
@pytest.mark.parametrize("scales", [(1, 1), (0.1, 1), (0.06, 0.02), (10, 1)])
def test_the_sharpness_is_the_engines(numbers, scales):
    x, y, w1, w2 = tensors(3, numbers, torch.float64)
    body = """const arrays = Object.entries(given.problem).map(([name, array]) => [name, Float64Array.from(array)]);
    return sharpness(makeNetwork({ ...given, ...Object.fromEntries(arrays) }))"""
    problem = {"x": x, "y": y, "w1": w1, "w2": w2}
    ours = in_node(body, problem=problem, **named(*numbers), scale1=scales[0], scale2=scales[1])
    assert ours == pytest.approx(sharpness.of_tangent_kernel(x, w1 * scales[0], w2 * scales[1]), rel=1e-6)


@needs_node
@pytest.mark.slow
def test_the_articles_runs_are_the_articles(tmp_path):
    """From the packed numbers; after its jump to 1e10 the loss from N(0, 1) takes each rounding a thousand times."""
    epochs, numbers = 100, (100, 100, 1000, 10)
    problem = draw(0, *numbers)
    write_npz(tmp_path / "problem.npz", problem)
    x, y, *normal = map(torch.from_numpy, problem.values())
    linear = starts.linear(0, sizes_of(*numbers))
    rates = {"manual": halving(2e-6, epochs, 20, True), "autograd": [1e-6] * epochs, "module": [1e-5] * epochs}
    runs = {
        "manual": (normal, *train_manual.train(x, y, *normal, rates["manual"]), {}),
        "autograd": (normal, *train_autograd.train(x, y, *normal, rates["autograd"]), {}),
    }
    sgd = {"momentum": 0.8, "nesterov": True}
    runs["module"] = (linear, *train_as_module(x, y, *linear, rates["module"], weight_decay=1e-8, **sgd), sgd)
    for name, (initial, losses, final, more) in runs.items():
        start = "nn.Linear" if name == "module" else "normal"
        told = {"start": start, "learning_rate": rates[name][0], **more}
        write_run(
            tmp_path / f"train_{name}", losses=losses, rates=rates[name], initial=initial, final=final, settings=told
        )
    data = article_data(tmp_path)
    assert len(json.dumps(data)) < 650_000
    lanes = [{**lane, "start": data["linear"] if lane["start"] == "linear" else {}} for lane in data["lanes"]]
    ours = in_node(TRAIN, **{**data, "lanes": lanes}, epochs=epochs)["losses"]
    np.testing.assert_allclose(ours, [losses for _, losses, _, _ in runs.values()], rtol=1e-3)
    for lane, losses in zip(lanes, ours, strict=True):
        at = dict(lane["losses"])
        assert {0, 99} <= at.keys()
        assert max(at.values()) == pytest.approx(max(losses), rel=1e-3)
        assert [losses[epoch] for epoch in at] == pytest.approx(list(at.values()), rel=1e-3)
