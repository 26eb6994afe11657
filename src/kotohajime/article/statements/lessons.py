"""Statements on the three trainings' code: schedule, class, loss, default start, autograd."""

import math
import warnings

import torch
from scipy import stats

from kotohajime.article import train_autograd, train_manual, train_module
from kotohajime.article.problem import draw
from kotohajime.article.prompt import execute
from kotohajime.article.statements.statement import Evidence, Judgement, judge, statement


def halvings() -> list[int]:
    """Run the notebook's own condition for its 1000 epochs; return after which the rate was halved."""
    return [epoch for epoch in range(1000) if epoch % 200 == 0]


@statement(halvings=halvings)
def lr_schedule(found: Evidence) -> Judgement:
    """The manual run's learning rate is halved every 200 epochs."""
    halved = found.checks["halvings"]
    without, with_it = (found.hypothesis(name)["told"] for name in ("halving_saves", "halved_is_safe"))
    evidence = (
        f"the notebook's condition halves it after epochs {', '.join(map(str, halved))}. Over {found.study['seeds']} "
        f"seeds, {without} diverge without the halving after epoch 0, {with_it} with it."
    )
    return judge(halved == list(range(200, 1000, 200)), evidence)


def build_with_the_slip() -> dict:
    """Build a layer in a class that takes `output_dim` but reads a misspelt global, as the article's does."""
    code = """
class Net:
    def __init__(self, output_dim):
        self.layer = torch.nn.Linear(1000, outpu_dim)
Net(output_dim=3)
"""
    names = {"torch": torch, "outpu_dim": 10}
    execute(code, names)
    return {
        "asked": 3,
        "made": names["Net"](output_dim=3).layer.out_features,
        "without_the_global": execute(code, {"torch": torch})[1],
        "ours": train_module.TwoLayerNet(100, 1000, 3).linear2.out_features,
    }


@statement(class_argument=build_with_the_slip)
def class_argument(found: Evidence) -> Judgement:
    """The network's class uses its argument output_dim."""
    check = found.checks["class_argument"]
    evidence = (
        f"asked for {check['asked']} outputs, a class with the article's slip makes {check['made']}, the value of the "
        f"misspelt global; without that global: {check['without_the_global']}. Ours makes {check['ours']}."
    )
    return judge(check["made"] == check["asked"], evidence)


def call_mse_loss() -> dict:
    """Call MSELoss by default, with `size_average`, and with its successor `reduction`."""
    pred, y = torch.arange(6.0).reshape(3, 2), torch.zeros(3, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = torch.nn.MSELoss(size_average=True)(pred, y)
    others = torch.nn.MSELoss()(pred, y), torch.nn.MSELoss(reduction="mean")(pred, y)
    return {
        "values": value.numel(),
        "samples": len(y),
        "value": value.item(),
        "default_and_reduction_mean_are_the_same": all(torch.equal(value, other) for other in others),
        "mean_of_all_elements": pred.pow(2).mean().item(),
        "warning": str(caught[0].message).strip() if caught else None,
    }


@statement(size_average=call_mse_loss)
def size_average(found: Evidence) -> Judgement:
    """MSELoss(size_average=True), the default, returns one value for each sample."""
    check = found.checks["size_average"]
    evidence = (
        f"for {check['samples']} samples it returns {check['values']} value, {check['value']:.5g}; the mean of all "
        f"elements is {check['mean_of_all_elements']:.5g}; the default and reduction='mean' return "
        f"{'the same' if check['default_and_reduction_mean_are_the_same'] else 'something else'}. "
        f"Today: {check['warning'] or 'no warning'}"
    )
    return judge(check["values"] == check["samples"], evidence)


def fit_default_weights() -> dict:
    """Test the default weights of the article's two layers for U(-b, b), b = 1/sqrt(fan_in) (Kolmogorov-Smirnov)."""
    torch.manual_seed(0)
    layers = {}
    for fan_in, fan_out in ((100, 1000), (1000, 10)):
        weights = torch.nn.Linear(fan_in, fan_out, bias=False).weight.detach().double().flatten().numpy()
        bound = 1 / math.sqrt(fan_in)
        test = stats.kstest(weights, stats.uniform(-bound, 2 * bound).cdf)
        largest = float(abs(weights).max())
        layers[f"{fan_in}x{fan_out}"] = {"bound": bound, "largest": largest, "p_value": float(test.pvalue)}
    return layers


@statement(linear_init=fit_default_weights)
def linear_init(found: Evidence) -> Judgement:
    """nn.Linear draws its weights from U(-1/sqrt(fan_in), +1/sqrt(fan_in))."""
    layers = found.checks["linear_init"]
    told = [
        f"{name}: largest weight {layer['largest'] / layer['bound']:.5f} of the bound, p = {layer['p_value']:.2f}"
        for name, layer in layers.items()
    ]
    fits = all(layer["largest"] <= layer["bound"] and layer["p_value"] > 0.001 for layer in layers.values())
    return judge(fits, f"{'; '.join(told)} (Kolmogorov-Smirnov; rejected below 0.001).")


def compare_losses(precision: str, epochs: int = 100) -> dict:
    """Train by hand and with autograd from one start at one rate; return how far apart the losses are at most."""
    problem = [torch.from_numpy(array).to(getattr(torch, precision)) for array in draw(0, 100, 100, 1000, 10).values()]
    rates = [1.0e-6] * epochs
    by_hand, _ = train_manual.train(*problem, rates)
    by_autograd, _ = train_autograd.train(*problem, rates)
    difference = max(abs(loss - hand) / hand for loss, hand in zip(by_autograd, by_hand, strict=True))
    return {"epochs": epochs, "largest_relative_difference": difference}


@statement(same_training=lambda: {precision: compare_losses(precision) for precision in ("float32", "float64")})
def autograd_same(found: Evidence) -> Judgement:
    """Autograd computes the update that was derived by hand."""
    check = found.checks["same_training"]
    apart = {precision: check[precision]["largest_relative_difference"] for precision in ("float32", "float64")}
    told = ", ".join(f"{precision}: {difference:.1g}" for precision, difference in apart.items())
    epochs = check["float64"]["epochs"]
    evidence = f"from one start at one rate, the losses of {epochs} epochs differ at most by (relative) {told}."
    return judge(apart["float64"] <= 1e-10 and apart["float32"] <= 1e-3, evidence)
