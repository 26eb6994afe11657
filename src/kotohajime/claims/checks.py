"""Observe what today's torch does with the article's statements, and judge those that need no study: on the CPU."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article import schedule, train_module
from kotohajime.article.prompt import execute
from kotohajime.claims import computed, surface
from kotohajime.claims.statements import Statement, read_statements
from kotohajime.cli import run
from kotohajime.config import Threads
from kotohajime.io import read_npz, read_table, write_json


@dataclass(frozen=True)
class Runs:
    """What the article's runs recorded."""

    problem: Mapping[str, np.ndarray]  # as `draw` returns it
    autograd: list[float]  # the loss of each epoch
    module: list[float]


def run_line(article: str, now: str, setup: str = "") -> dict[str, str]:
    """Run the article's line and today's, each in a new namespace; return both with what they print or raise."""
    outcomes: dict[str, str] = {}
    for name, code in (("article", article), ("now", now)):
        names = {"torch": torch, "np": np}
        execute(setup or "None", names)
        outcomes |= {name: code, f"{name}_gives": execute(code, names)[1]}
    return {"setup": setup, **outcomes}


def observe(statement: Statement, runs: Runs) -> dict[str, object]:
    """Run a statement's code and lines, from one seed and in one namespace; return what was observed, by name."""
    torch.manual_seed(0)
    modules = {"computed": computed, "schedule": schedule, "surface": surface, "train_module": train_module}
    names = {"torch": torch, "np": np, "runs": runs, **modules}
    execute(statement.setup or "None", names)
    observed: dict[str, object] = {}
    for name, code in statement.observe.items():
        observed[name] = execute(code, names)[1]
    for name, expression in statement.compute.items():
        observed[name] = names[name] = eval(expression, names)
    return {**observed, "lines": [run_line(**line) for line in statement.lines]}


def check(statement: Statement, runs: Runs) -> dict[str, object]:
    """Return a statement's observations, with the verdict if it needs no study."""
    observed = observe(statement, runs)
    return observed if statement.needs_study else {**observed, "verdict": statement.judge(observed)}


def main(*, on: Threads = Threads(), problem: Path, autograd: Path, module: Path, output: Path) -> None:
    """Make every observation, and judge the statements that need no study.

    Args:
        on: how many CPU threads.
        problem: the NPZ file with x, y and the starting weights.
        autograd: losses.csv of the autograd run.
        module: losses.csv of the module run.
        output: the JSON file to write: by statement, what was observed, and the verdict if it needs no study.
    """
    compute.use("cpu", "float64", on.threads)
    autograd_losses, module_losses = (read_table(path, ["loss"])["loss"].tolist() for path in (autograd, module))
    runs = Runs(read_npz(problem, ["x", "y", "w1", "w2"]), autograd_losses, module_losses)
    write_json(output, {statement.id: check(statement, runs) for statement in read_statements()})


if __name__ == "__main__":
    run(main)
