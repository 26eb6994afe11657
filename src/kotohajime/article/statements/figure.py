"""Statements on the figure, which the study decides, and on nn.Linear's start."""

import math

import torch
from scipy import stats

from kotohajime.article.statements.statement import Evidence, Judgement, judge, statement
from kotohajime.words import FAILS, HOLDS, NOT_REJECTED, OPEN, REJECTED, short

UNCHECKED = [("The documentation has nn.Linear's source.", "a link")]


@statement("The curves of 2018")
def figure_reproduced(found: Evidence) -> Judgement:
    """The losses of the autograd run and of the module run give this figure."""
    band = {name: found.study["band"][name] for name in ("autograd", "module") if name in found.study["band"]}
    verdicts = {seen["verdict"] for seen in band.values()}
    told = "; ".join(
        f"{name}: {seen['verdict']}, p = {short(math.nan if seen['p'] is None else seen['p'])} "
        f"among {seen['seeds']} seeds"
        for name, seen in band.items()
    )
    decided = FAILS if REJECTED in verdicts else HOLDS if verdicts == {NOT_REJECTED} and len(band) == 2 else OPEN
    return Judgement(decided, f"could the published curve be one of ours? {told or 'too few epochs to tell'}.")


@statement("Which run is better")
def module_better(found: Evidence) -> Judgement:
    """The module run ends with a far lower loss than the autograd run."""
    naive, module = float(found.autograd["loss"][-1]), float(found.module["loss"][-1])
    evidence = (
        f"over {found.study['seeds']} seeds it ends at {found.hypothesis('module_better')['told']} times the autograd "
        f"run's loss; the recorded runs end at {module:.3g} and {naive:.3g}."
    )
    return Judgement(found.study["claims"]["module_better"]["verdict"], evidence)


@statement("Why it is better")
def init_is_why(found: Evidence) -> Judgement:
    """The module run wins because its initial values are good."""
    names = ("start_alone", "start_is_needed", "own_rate", "tuned_speed", "momentum_is_rate")
    alone, needed, own_rate, tuned, momentum = (found.hypothesis(name)["told"] for name in names)
    evidence = (
        f"over {found.study['seeds']} seeds: that start alone, with the autograd run's optimiser and rate, ends at "
        f"{alone} times the loss of N(0, 1); with the module run's, N(0, 1) diverges for {needed} of the seeds, but at "
        f"a rate of its own it ends at {own_rate} times the module run's loss; tuned against tuned, nn.Linear's start "
        f"takes {tuned} times the epochs; the module run ends at {momentum} times the loss of gradient descent at "
        "rate / (1 - momentum)."
    )
    return Judgement(found.study["claims"]["init_is_why"]["verdict"], evidence)


@statement("What a start is worth")
def init_matters(found: Evidence) -> Judgement:
    """The initial values of a neural network matter a great deal."""
    names = ("images_normal", "images_linear", "images_centred", "usable_rates", "balance")
    normal, linear, centred, usable, balance = (found.hypothesis(name)["told"] for name in names)
    evidence = (
        f"over {found.study['seeds']} seeds, on images and trained to the same error: from N(0, 1) a network "
        f"recognises {normal} of others, from nn.Linear's start {linear}, from N(0, 1) less its first output "
        f"{centred}; nn.Linear's start has {usable} times as many decades of usable rates; balanced anew it takes "
        f"{balance} times the epochs."
    )
    return Judgement(found.study["claims"]["init_matters"]["verdict"], evidence)


def layers(bound) -> dict:
    """Test the default weights of the article's two layers for U(-b, b), b = `bound` of inputs and outputs."""
    found = {}
    for fan_in, fan_out in ((100, 1000), (1000, 10)):
        weights = torch.nn.Linear(fan_in, fan_out, bias=False).weight.detach().double().flatten().numpy()
        b = bound(fan_in, fan_out)
        test = stats.kstest(weights, stats.uniform(-b, 2 * b).cdf)
        found[f"{fan_in}x{fan_out}"] = {"bound": b, "largest": float(abs(weights).max()), "p_value": float(test.pvalue)}
    return found


def fits(found: dict) -> Judgement:
    """Return whether the layers' weights fit their bounds."""
    told = [
        f"{name}: largest weight {layer['largest'] / layer['bound']:.5g} of the bound, p = {layer['p_value']:.2f}"
        for name, layer in found.items()
    ]
    fit = all(layer["largest"] <= layer["bound"] and layer["p_value"] > 0.001 for layer in found.values())
    return judge(fit, f"{'; '.join(told)} (Kolmogorov-Smirnov; rejected below 0.001).")


@statement("nn.Linear's default: the distribution", layers=lambda: layers(lambda inputs, _: 1 / math.sqrt(inputs)))
def linear_init(found: Evidence) -> Judgement:
    """nn.Linear draws its weights from a uniform distribution between minus and plus a reciprocal root.

    Tested with the root of the number of inputs.
    """
    return fits(found.checks["linear_init"]["layers"])


@statement("nn.Linear's default: the bound", layers=lambda: layers(lambda *sizes: 1 / math.sqrt(math.prod(sizes))))
def linear_init_wording(found: Evidence) -> Judgement:
    """The bound is the reciprocal root of the number of the weight's parameters."""
    return fits(found.checks["linear_init_wording"]["layers"])
