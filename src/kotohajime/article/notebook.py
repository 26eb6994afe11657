"""The article as an executed notebook: the tour's lines and the lessons' own source, with what they give today."""

import base64
import inspect
import json
import sys
from pathlib import Path

from kotohajime import compute
from kotohajime.article import train_autograd, train_manual, train_module
from kotohajime.article.problem import draw
from kotohajime.article.prompt import execute
from kotohajime.article.schedule import halving
from kotohajime.article.tensor_basics import TOUR
from kotohajime.cli import run
from kotohajime.plotting import new_figure, picture
from kotohajime.io import write
from kotohajime.config import Lessons, Seed, Sizes
from kotohajime.article.chapters import CHAPTERS

SETUP = """import torch

torch.set_num_threads(1)
device = torch.device("cpu")
_ = torch.manual_seed({seed})"""

PROBLEM = (
    f"from {draw.__module__} import draw"
    + """

x, y, w1, w2 = (torch.from_numpy(array) for array in draw({seed}, {sizes}).values())
x.shape, y.shape, w1.shape, w2.shape"""
)

MANUAL = (
    f"from {halving.__module__} import halving"
    + """

rates = halving({manual_learning_rate}, {epochs}, {manual_halve_every}, {manual_halve_at_start})
losses = {{}}
losses["manual"], _ = train(x, y, w1, w2, rates)
losses["manual"][-1]"""
)

AUTOGRAD = """losses["autograd"], _ = train(x, y, w1, w2, [{autograd_learning_rate}] * {epochs})
losses["autograd"][-1]"""

MODULE = """_ = torch.manual_seed({seed})
model = TwoLayerNet(*w1.shape, w2.shape[1])
optimizer = torch.optim.SGD(
    model.parameters(),
    lr={module_learning_rate},
    momentum={module_momentum},
    weight_decay={module_weight_decay},
    nesterov={module_nesterov},
)
losses["module"] = train(x, y, model, optimizer, {epochs})
losses["module"][-1]"""

FIGURE = (
    f"from {new_figure.__module__} import new_figure, {picture.__name__}"
    + """

figure, axes = new_figure()
axes.plot(losses["autograd"], label="naive update")
axes.plot(losses["module"], label="SGD with Nesterov and momentum")
_ = axes.legend(loc="upper right")
picture(figure)"""
)


def sources(seed: Seed, sizes: Sizes, lessons: Lessons) -> list:
    """Return the chapters: the name of each one's text, and its pieces of code."""
    drawn = PROBLEM.format(seed=seed.seed, sizes=", ".join(map(str, sizes.model_dump().values())))
    net = f"{inspect.getsource(train_module.TwoLayerNet)}\n\n{inspect.getsource(train_module.train)}"
    return [
        ("title", [SETUP.format(seed=seed.seed)]),
        ("tour", [f"# {' / '.join(step.topic)}\n{step.code}" for step in TOUR]),
        ("problem", [drawn]),
        ("manual", [inspect.getsource(train_manual.train), MANUAL.format(**dict(lessons))]),
        ("autograd", [inspect.getsource(train_autograd.train), AUTOGRAD.format(**dict(lessons))]),
        ("module", [net, MODULE.format(seed=seed.seed, **dict(lessons))]),
        ("figure", [FIGURE]),
    ]


def outputs(code: str, names: dict, number: int) -> list[dict]:
    """Run a piece of code; return what a notebook shows of it: what was printed, the last value, or the error."""
    values, hook = [], sys.displayhook
    sys.displayhook = values.append
    try:
        kind, told = execute(code, names)
    finally:
        sys.displayhook = hook
    if kind == "error":
        name, _, said = told.partition(": ")
        return [{"output_type": "error", "ename": name, "evalue": said, "traceback": [told]}]
    shown = [{"output_type": "stream", "name": "stdout", "text": f"{told}\n"}] if told else []
    for value in values:
        if value is not None:
            data = {"text/plain": repr(value)}
            if hasattr(value, "_repr_png_"):
                data = {"image/png": base64.b64encode(value._repr_png_()).decode(), "text/plain": repr(value)}
            shown.append({"output_type": "execute_result", "execution_count": number, "data": data, "metadata": {}})
    return shown


def cells(chapters: list) -> list[dict]:
    """Return the cells, executed one after another in one namespace."""
    found, names, number = [], {}, 0
    for chapter, pieces in chapters:
        english, japanese = CHAPTERS[chapter]
        found.append({"cell_type": "markdown", "metadata": {}, "source": f"{english}\n\n{japanese}"})
        for code in pieces:
            number += 1
            shown = outputs(code, names, number)
            failed = any(output["output_type"] == "error" for output in shown)
            found.append({"cell_type": "code", "execution_count": number, "source": code.rstrip("\n"), "outputs": shown,
                          "metadata": {"tags": ["raises-exception"]} if failed else {}})  # fmt: skip
    return [{"id": f"cell-{place}", **cell} for place, cell in enumerate(found)]


def main(
    *,
    seed: Seed = Seed(),
    sizes: Sizes = Sizes(),
    lessons: Lessons = Lessons(),
    output: Path,
) -> None:
    """Write the notebook, run from top to bottom on the CPU.

    Args:
        seed: the seed of NumPy's and of torch's generator.
        sizes: of the problem and of the network.
        lessons: the rates and the length of the trainings.
        output: the notebook to write.
    """
    compute.use("cpu", "float32", threads=1)
    language = {"name": "python", "display_name": "Python 3", "language": "python"}
    book = {
        "cells": cells(sources(seed, sizes, lessons)),
        "metadata": {"kernelspec": language, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    write(output, json.dumps(book, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    run(main)
