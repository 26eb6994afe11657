"""What the explorer shows: the study's networks and those that learned images, with losses at some epochs."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.colors import to_hex

from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.images.starts import INITS, VARIANTS
from kotohajime.io import read_table
from kotohajime.study.cells import article_cells, main_precision, read_settings
from kotohajime.tables import select

SEEDS = 8  # at most: more would make the page large
NETWORK = ["seed", "start", "optimizer", "learning_rate"]
LABELS = {
    "linear": "nn.Linear",
    "centred": "N(0, 1), centred",
    "balanced": "s2 / s1 = {:g}",
    "scaled": "{:g} x N(0, 1)",
}


def text(values: pd.Series) -> str:
    """Return numbers with four digits, as short as can be; "-" for one that is not finite."""
    return " ".join(
        "-" if not abs(value) < float("inf") else f"{value:.4g}".replace("e+0", "e").replace("e+", "e")
        for value in values.tolist()
    )


def on_noise(study: Path) -> dict[str, Any]:
    """Return epochs, seeds, and for each initialisation and optimiser the rates and losses of its networks."""
    article = read_settings(study / "settings.json")
    runs, paths, starts = (read_table(study / f"{name}.csv") for name in ("runs", "paths", "starts"))
    runs = select(runs, precision=main_precision(runs["precision"]))
    seeds = sorted(runs["seed"].unique().tolist())[:SEEDS]
    runs, paths = (
        table[table["seed"].isin(seeds) & (table["schedule"] == "constant")].sort_values(NETWORK)
        for table in (runs, paths)
    )
    epochs = [name for name in paths if name.isdigit()]
    kinds = []
    for (start, optimizer), networks in runs.groupby(["start", "optimizer"], sort=False):
        logged = select(paths, start=start, optimizer=optimizer)
        sharpness = select(starts, start=start, optimizer=optimizer).set_index("seed")["sharpness_hessian"]
        of_seed = [networks[networks["seed"] == seed] for seed in seeds]
        kinds.append(
            {
                "start": start,
                "optimizer": optimizer,
                "colour": to_hex(STARTS[start].colour),
                "limit": OPTIMIZERS[optimizer].limit(article.module_momentum),
                "sharpness": [float(sharpness[seed]) for seed in seeds],
                "rates": sorted(networks["learning_rate"].unique().tolist()),
                "losses": [text(rates["loss_last"]) for rates in of_seed],
                "diverged": [[None if pd.isna(end) else int(end) for end in rates["diverged_at"]] for rates in of_seed],
                "paths": [
                    [text(row) for _, row in logged.loc[logged["seed"] == seed, epochs].iterrows()] for seed in seeds
                ],
            }
        )
    cells = {name: cell for name, cell in article_cells(article).items() if cell.schedule == "constant"}
    figure = {name: (cell.start, cell.optimizer, cell.learning_rate) for name, cell in cells.items()}
    return {"epochs": list(map(int, epochs)), "seeds": seeds, "kinds": kinds, "article": figure}


def on_images(images: Path, seeds: list[int]) -> dict[str, Any]:
    """Return, for each initialisation, the test accuracies of its networks and their logged errors."""
    runs, paths = (read_table(images / f"{name}.csv") for name in ("runs", "paths"))
    starts = []
    for start, scale in INITS:
        networks = select(runs, start=start, scale=scale).set_index("seed")
        logged = select(paths, start=start, scale=scale)
        starts.append(
            {
                "id": f"{start} {scale:g}",
                "label": LABELS.get(start, VARIANTS[start].label).format(scale),
                "colour": to_hex(VARIANTS[start].colour),
                "accuracy": [float(networks.loc[seed, "test_accuracy"]) for seed in seeds],
                "paths": [errors(select(logged, seed=seed), networks.loc[[seed]]) for seed in seeds],
            }
        )
    return {"starts": starts}


def errors(logged: pd.DataFrame, network: pd.DataFrame) -> dict[str, Any]:
    """Return a network's epochs, training and test errors: those that were logged and, last, the final ones."""
    last = network.rename(columns={"epochs": "epoch"})
    table = pd.concat([rows[["epoch", "train_loss", "test_loss"]] for rows in (logged, last)])
    return {
        "epochs": table["epoch"].astype(int).tolist(),
        "train": text(table["train_loss"]),
        "test": text(table["test_loss"]),
    }


def explorer_data(results: Path) -> dict[str, Any]:
    """Return the data of the explorer: the networks that learned noise and, for the same seeds, images."""
    noise = on_noise(results / "study")
    return {**noise, **on_images(results / "images", noise["seeds"])}
