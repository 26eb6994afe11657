"""Judge each statement of the article by evidence that this run computed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tabulate import tabulate

from kotohajime.cli import run
from kotohajime.files import read_csv, read_json, read_npz, write, write_json
from kotohajime.pages import render

HOLDS, FAILS, CHANGED, OPEN = "holds", "does not hold", "changed since 2018", "not decided"


@dataclass
class Evidence:
    """What the statements are judged by: the results of the rules before."""

    problem: dict[str, np.ndarray]
    autograd: dict[str, np.ndarray]
    module: dict[str, np.ndarray]
    checks: dict
    study: dict

    @classmethod
    def read(cls, folder: Path) -> "Evidence":
        """Read the results; UserError names what is missing or damaged."""
        losses = {name: read_csv(folder / f"train_{name}" / "losses.csv") for name in ("autograd", "module")}
        return cls(read_npz(folder / "problem.npz"), **losses, checks=read_json(folder / "checks.json"),
                   study=read_json(folder / "study" / "verdicts.json"))  # fmt: skip

    def hypothesis(self, name: str) -> dict:
        """Return what the study found of one of its hypotheses."""
        return next(hypothesis for hypothesis in self.study["hypotheses"] if hypothesis["id"] == name)


class Judgement(NamedTuple):
    """A verdict and the sentence it rests on."""

    verdict: str
    evidence: str


def install(found: Evidence) -> Judgement:
    """conda installs pytorch, torchvision and CUDA 9.1 ("cuda91") from a channel named "python"."""
    build = found.checks["cuda_build"]
    here = f"torch {found.checks['torch']}, built for {f'CUDA {build}' if build else 'the CPU'}, ran everything here"
    past = "by the projects' documentation (not checked here) the channel was 'pytorch', now retired for conda-forge"
    return Judgement(OPEN if build == "9.1" else CHANGED, f"{here}; {past}.")


def numpy_like(found: Evidence) -> Judgement:
    """A tensor behaves much like a NumPy array, slices included, but takes no negative steps."""
    check = found.checks["numpy_like"]
    slices, methods = (check[kind] - len(check[f"{kind}_different"]) for kind in ("slices", "methods"))
    others = ", ".join(check["methods_different"] + check["slices_different"]) or "none"
    evidence = (
        f"the same values, in the same shape, from {slices} of {check['slices']} slices and from {methods} of the "
        f"{check['methods']} methods of an array that need no argument (not: {others}); "
        f"a negative step: {check['negative_step']['today']}."
    )
    much_alike = slices == check["slices"] and methods > check["methods"] / 2
    return judge(much_alike and not check["negative_step"]["works"], evidence)


def negative_strides_soon(found: Evidence) -> Judgement:
    """torch will take arrays with negative strides in a later release."""
    check = found.checks["negative_strides"]
    return judge(check["supported"], f"with torch {found.checks['torch']}: {check['today'].strip() or 'no error'}")


def output_dim(found: Evidence) -> Judgement:
    """The network predicts one number, and W2 is 10 x 100."""
    check = found.checks["output_dim"]
    evidence = (
        f"with W2 of the text's shape and 1000 hidden units, a prediction is {check['text']}; "
        f"with the code's, 1000 x 10, it is {check['code']} numbers."
    )
    return judge(check["text_works"] and check["text"] == "1", evidence)


def gradient_formula(found: Evidence) -> Judgement:
    """The gradient for W1 is -2 x^T (y - pred) W1 diag(H0(h))."""
    check = found.checks["gradient_formula"]
    right = check["code_against_autograd"] < 1e-10 and check["gradcheck"]
    evidence = (
        f"as printed, with W1 where W2 belongs and without its transpose: {check['printed']}; the article's code is "
        f"{'right' if right else 'wrong too'}: it differs from autograd by {check['code_against_autograd']:.0e} "
        f"(relative, float64), and gradcheck {'passes' if check['gradcheck'] else 'fails'}."
    )
    return judge(check["printed_is_right"], evidence)


def rmse(found: Evidence) -> Judgement:
    """The loss is the RMSE."""
    p = {name: array.astype(float) for name, array in found.problem.items()}
    error = np.maximum(p["x"] @ p["w1"], 0) @ p["w2"] - p["y"]
    total, root = float((error**2).sum()), float(np.sqrt((error**2).mean()))
    loss = float(found.autograd["loss"][0])
    evidence = f"the first recorded loss is {loss:.5g}; the summed squared error is {total:.5g}, the RMSE {root:.5g}."
    return judge(np.isclose(loss, root, rtol=1e-4), evidence)


def lr_schedule(found: Evidence) -> Judgement:
    """The manual run's learning rate is halved every 200 epochs."""
    halved = found.checks["halvings"]
    without, with_it = (found.hypothesis(name)["told"] for name in ("halving_saves", "halved_is_safe"))
    evidence = (
        f"the notebook's condition halves it after epochs {', '.join(map(str, halved))}. Over {found.study['seeds']} "
        f"seeds, {without} diverge without the halving after epoch 0, {with_it} with it."
    )
    return judge(halved == list(range(200, 1000, 200)), evidence)


def class_argument(found: Evidence) -> Judgement:
    """The network's class uses its argument output_dim."""
    check = found.checks["class_argument"]
    evidence = (
        f"asked for {check['asked']} outputs, a class with the article's slip makes {check['made']}, the value of the "
        f"misspelt global; without that global: {check['without_the_global']}. Ours makes {check['ours']}."
    )
    return judge(check["made"] == check["asked"], evidence)


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


def linear_init(found: Evidence) -> Judgement:
    """nn.Linear draws its weights from U(-1/sqrt(fan_in), +1/sqrt(fan_in))."""
    layers = found.checks["linear_init"]
    told = [
        f"{name}: largest weight {layer['largest'] / layer['bound']:.5f} of the bound, p = {layer['p_value']:.2f}"
        for name, layer in layers.items()
    ]
    fits = all(layer["largest"] <= layer["bound"] and layer["p_value"] > 0.001 for layer in layers.values())
    return judge(fits, f"{'; '.join(told)} (Kolmogorov-Smirnov; rejected below 0.001).")


def autograd_same(found: Evidence) -> Judgement:
    """Autograd computes the update that was derived by hand."""
    check = found.checks["same_training"]
    apart = {precision: check[precision]["largest_relative_difference"] for precision in ("float32", "float64")}
    told = ", ".join(f"{precision}: {difference:.1g}" for precision, difference in apart.items())
    epochs = check["float64"]["epochs"]
    evidence = f"from one start at one rate, the losses of {epochs} epochs differ at most by (relative) {told}."
    return judge(apart["float64"] <= 1e-10 and apart["float32"] <= 1e-3, evidence)


def module_better(found: Evidence) -> Judgement:
    """The module run ends with a far lower loss than the autograd run."""
    naive, module = float(found.autograd["loss"][-1]), float(found.module["loss"][-1])
    evidence = (
        f"over {found.study['seeds']} seeds it ends at {found.hypothesis('module_better')['told']} times the autograd "
        f"run's loss; the recorded runs end at {module:.3g} and {naive:.3g}."
    )
    return Judgement(found.study["claims"]["module_better"]["verdict"], evidence)


def init_is_why(found: Evidence) -> Judgement:
    """The module run wins because its initial values are good."""
    names = ("start_alone", "start_is_needed", "own_rate", "momentum_is_rate")
    alone, needed, own_rate, momentum = (found.hypothesis(name)["told"] for name in names)
    evidence = (
        f"over {found.study['seeds']} seeds: that start alone, with the autograd run's optimiser and rate, ends at "
        f"{alone} times the loss of N(0, 1); with the module run's, N(0, 1) diverges for {needed} of the seeds, but at "
        f"a rate of its own it ends at {own_rate} times the module run's loss; the module run ends at {momentum} times "
        "the loss of gradient descent at rate / (1 - momentum)."
    )
    return Judgement(found.study["claims"]["init_is_why"]["verdict"], evidence)


JUDGES: list[Callable[[Evidence], Judgement]] = [
    install, numpy_like, negative_strides_soon, output_dim, gradient_formula, rmse,
    lr_schedule, class_argument, size_average, linear_init, autograd_same, module_better, init_is_why,
]  # fmt: skip


def judge(true: bool, evidence: str) -> Judgement:
    """Return the verdict on a statement that is plainly true or not."""
    return Judgement(HOLDS if true else FAILS, evidence)


def judge_all(found: Evidence) -> list[dict]:
    """Return id, statement, verdict and evidence of every statement; the statements are the judges' docstrings."""
    return [{"id": judge.__name__, "statement": judge.__doc__, **judge(found)._asdict()} for judge in JUDGES]


def main(*, results: Path, json: Path, html: Path) -> None:
    """Judge the article's statements.

    Args:
        results: the folder with the results of the rules before.
        json: the JSON file to write.
        html: the same as a page.
    """
    claims = judge_all(Evidence.read(results))
    write_json(json, claims)
    write(html, render("claims.html", claims=claims))
    print(tabulate([(claim["id"], claim["verdict"]) for claim in claims], tablefmt="plain"))


if __name__ == "__main__":
    run(main)
