"""What the explorer shows: the study's networks and those that learned images, with their losses on the way."""

from pathlib import Path

import pandas as pd
from matplotlib.colors import to_hex

from kotohajime.io import read_table
from kotohajime.study.cells import Article, having, main_precision
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.images.starts import VARIANTS

SEEDS = 8  # at most: more would make the page large
KIND = ["seed", "start", "optimizer", "learning_rate"]


def text(values: pd.Series) -> str:
    """Return numbers in four digits, as short as can be; "-" for what is not finite."""
    return " ".join("-" if not abs(value) < float("inf") else f"{value:.4g}".replace("e+0", "e").replace("e+", "e")
                    for value in values.tolist())  # fmt: skip


def of_noise(study: Path) -> dict:
    """Return epochs, seeds, and for each start and optimiser the rates, final losses and ways of its networks."""
    article = Article.read(study / "settings.json")
    runs, paths, starts = (read_table(study / f"{name}.csv") for name in ("runs", "paths", "starts"))
    runs = runs[runs["precision"] == main_precision(runs["precision"])]
    seeds = sorted(runs["seed"].unique().tolist())[:SEEDS]
    epochs = [name for name in paths if name.isdigit()]
    runs, paths = (table[(table["schedule"] == "constant") & table["seed"].isin(seeds)].sort_values(KIND)
                   for table in (runs, paths))  # fmt: skip
    kinds = []
    for (start, optimizer), own in runs.groupby(["start", "optimizer"], sort=False):
        kind = {"start": start, "optimizer": optimizer}
        ways, sharpness = having(paths, kind), having(starts, kind).set_index("seed")
        kinds.append({
            **kind,
            "colour": to_hex(STARTS[start].colour),
            "limit": OPTIMIZERS[optimizer].limit(article.module_momentum),
            "sharpness": [float(sharpness.loc[seed, "sharpness_hessian"]) for seed in seeds],
            "rates": sorted(own["learning_rate"].unique().tolist()),
            "losses": [text(own.loc[own["seed"] == seed, "loss_last"]) for seed in seeds],
            "diverged": [[None if pd.isna(end) else int(end) for end in own.loc[own["seed"] == seed, "diverged_at"]]
                         for seed in seeds],
            "paths": [[text(row) for _, row in ways.loc[ways["seed"] == seed, epochs].iterrows()] for seed in seeds],
        })  # fmt: skip
    figure = {name: (cell.start, cell.optimizer, cell.learning_rate) for name, cell in article.runs().items()
              if cell.schedule == "constant"}  # fmt: skip
    return {"epochs": list(map(int, epochs)), "seeds": seeds, "kinds": kinds, "article": figure}


def label(start: str, scale: float) -> str:
    """Return what a start in one size is called, shortly and in any language."""
    short = {"linear": "nn.Linear", "centred": "N(0, 1), centred", "balanced": f"s2 / s1 = {scale:g}",
             "scaled": f"{scale:g} x N(0, 1)"}  # fmt: skip
    return short.get(start, VARIANTS[start].label)


def of_images(images: Path, seeds: list[int]) -> dict:
    """Return, for each start, the accuracies of its networks and their errors on the way."""
    runs, paths = (read_table(images / f"{name}.csv") for name in ("runs", "paths"))
    starts = []
    for start, variant in VARIANTS.items():
        for scale in variant.sizes:
            kind = {"start": start, "scale": scale}
            own, ways = (having(table, kind).set_index("seed") for table in (runs, paths))
            starts.append({
                "id": f"{start} {scale:g}",
                "label": label(start, scale),
                "colour": to_hex(variant.colour),
                "accuracy": [float(own.loc[seed, "test_accuracy"]) for seed in seeds],
                "ways": [way(ways.loc[[seed]], own.loc[seed]) for seed in seeds],
            })  # fmt: skip
    return {"starts": starts}


def way(steps: pd.DataFrame, end: pd.Series) -> dict:
    """Return a network's epochs, training and test errors, on its way and at its end."""
    last = pd.DataFrame({"epoch": [end["epochs"]], "train_loss": [end["train_loss"]], "test_loss": [end["test_loss"]]})
    whole = pd.concat([steps[last.columns], last])
    return {"epochs": whole["epoch"].astype(int).tolist(), "train": text(whole["train_loss"]),
            "test": text(whole["test_loss"])}  # fmt: skip


def explored(results: Path) -> dict:
    """Return all of it."""
    noise = of_noise(results / "study")
    return {**noise, **of_images(results / "images", noise["seeds"])}
