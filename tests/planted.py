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


def learned(loss=0.2, train_loss=0.009, **changes):
    """Return 16 seeds of the starts that hypotheses name; the test error grows as the fourth power of the scale."""
    starts = [
        ("normal", 1.0, 0.11, 900.0),
        ("linear", 1.0, 0.96, loss),
        ("balanced", 10.0, 0.96, 0.18),
        ("scaled", 0.3, 0.4, 900 * 0.3**4),
        ("scaled", 0.5, 0.2, 900 * 0.5**4),
    ]
    rows = [
        (seed, start, scale, error * 10**scatter, accuracy + scatter / 100)
        for start, scale, accuracy, error in starts
        for seed, scatter in enumerate(SCATTER)
    ]
    table = pd.DataFrame(rows, columns=["seed", "start", "scale", "test_loss", "test_accuracy"])
    return table.assign(train_loss=train_loss, **changes)


def trained(**epochs):
    """Return 16 seeds of the starts on noise, done after so many epochs at the best of three rates, the middle one."""
    epochs = {"normal": 280, "linear": 210, "balanced": 22} | epochs
    usable = {"normal": [NAN, 90, NAN, NAN], "linear": [NAN, 90, 80, NAN], "balanced": [9, 9, 9, NAN]}
    rows = [
        (seed, start, 10.0 if start == "balanced" else 1.0, c, use, done + seed if use == use else NAN)
        for start, done in epochs.items()
        for seed in range(16)
        for c, use in zip((1, 2, 4, 8), usable[start], strict=True)
    ]
    return pd.DataFrame(rows, columns=["seed", "start", "scale", "c", "usable_at", "done_at"])


def taught(linear=0.02):
    """Return 16 seeds of the networks that a teacher taught, with their test errors at the rate 3.4 / sharpness."""
    errors = {("linear", 1.0): 0.06, ("linear", 3.4): linear, ("normal", 1.0): 95.0, ("normal", 3.4): 10.0}
    rows = [
        (seed, *kind, error * 10**scatter) for kind, error in errors.items() for seed, scatter in enumerate(SCATTER)
    ]
    return pd.DataFrame(rows, columns=["seed", "start", "c", "test_loss"]).assign(train_loss=0.009)


# A start and an optimiser that a test may add: a row each.
HEAVY = Optimizer("heavy ball", "-.", "^", limit=lambda mu: 2 * (1 + mu), momentum=True)
HALVED = replace(
    STARTS["normal"],
    label="N(0, 1/4)",
    variance=lambda sizes: 0.25,
    draw=lambda seed, sizes: tuple(weights / 2 for weights in STARTS["normal"].draw(seed, sizes)),
)
