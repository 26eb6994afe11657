"""Tables with planted effects, and a start and an optimiser to be added: what a test knows before it asks."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from kotohajime.engine.optimizers import Optimizer
from kotohajime.engine.starts import STARTS

NAN, INF = float("nan"), float("inf")
SCATTER = np.random.default_rng(0).normal(0, 0.1, 16)


def networks(**last_losses) -> pd.DataFrame:
    """Return 16 seeds of each cell; the last loss of seed s is as given, times 10 ** SCATTER[s]."""
    rows = []
    for name, loss in last_losses.items():
        start, optimizer, rate = name.split("_")
        highest, end = 5e4 if start == "normal" else 1e3, 6 if math.isinf(loss) else NAN
        for seed, scatter in enumerate(SCATTER):
            last = loss * 10 ** (scatter + 0.01 * seed * (start == "linear"))
            rows.append((seed, start, optimizer, float(rate), last, highest, 10 * seed if last < 1 else NAN, end))
    columns = ["seed", "start", "optimizer", "learning_rate", "loss_last", "loss_max", "epoch_below_1", "diverged_at"]
    same = {"schedule": "constant", "precision": "float32", "loss_first": 1e3, "epoch_max": 4, "epoch_below_0.01": NAN}
    return pd.DataFrame(rows, columns=columns).assign(**same)


PLANTED = {
    "normal_gd_1e-6": 1.0,
    "linear_gd_1e-6": 100.0,
    "normal_gd_1e-5": INF,
    "linear_nesterov_1e-5": 1e-3,
    "linear_gd_5e-5": 1e-3,
}


def of_each_seed(rows, *columns) -> pd.DataFrame:
    """Return 16 seeds of each row; the test error of seed s is as given, times 10 ** SCATTER[s]."""
    seeds = pd.DataFrame({"seed": range(16), "scatter": SCATTER})
    table = pd.DataFrame(rows, columns=columns).merge(seeds, how="cross")
    return table.assign(test_loss=table["test_loss"] * 10 ** table["scatter"]) if "test_loss" in columns else table


def learned(linear=0.2, **changes):
    """Return networks that learned images; the test error of N(0, 1) grows as the fourth power of its scale."""
    scaled = [("scaled", scale, 0.4, 900 * scale**4) for scale in (0.3, 0.5)]
    rows = [("normal", 1.0, 0.11, 900.0), ("linear", 1.0, 0.96, linear), ("balanced", 10.0, 0.96, 0.18), *scaled]
    table = of_each_seed(rows, "start", "scale", "test_accuracy", "test_loss")
    return table.assign(**{"train_loss": 0.009, **changes})


def trained(**epochs):
    """Return networks that learned noise, done after so many epochs at the best of three rates, the middle one."""
    epochs = {"normal": 280, "linear": 210, "balanced": 22} | epochs
    usable = {"normal": [NAN, 90, NAN, NAN], "linear": [NAN, 90, 80, NAN], "balanced": [9, 9, 9, NAN]}
    rows = [
        (start, 10.0 if start == "balanced" else 1.0, c, use, done + 0 * use)
        for start, done in epochs.items()
        for c, use in zip((1, 2, 4, 8), usable[start], strict=True)
    ]
    table = of_each_seed(rows, "start", "scale", "c", "usable_at", "done_at")
    return table.assign(done_at=table["done_at"] + table["seed"])


def taught(linear=0.02):
    """Return networks that a teacher taught, with their test errors at the rates 1 and 3.4 / sharpness."""
    rows = [("linear", 1.0, 0.06), ("linear", 3.4, linear), ("normal", 1.0, 95.0), ("normal", 3.4, 10.0)]
    return of_each_seed(rows, "start", "c", "test_loss").assign(train_loss=0.009)


# A start and an optimiser that a test may add: a row each.
HEAVY = Optimizer("heavy ball", "-.", "^", limit=lambda mu: 2 * (1 + mu), momentum=True)
HALVED = replace(
    STARTS["normal"],
    label="N(0, 1/4)",
    variance=lambda sizes: 0.25,
    draw=lambda seed, sizes: tuple(weights / 2 for weights in STARTS["normal"].draw(seed, sizes)),
)
