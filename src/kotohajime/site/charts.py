"""The numbers behind the page's charts, as its script takes them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.images.starts import VARIANTS
from kotohajime.io import read_npz, read_table
from kotohajime.plotting import COLOURS, LINES, picture
from kotohajime.render import LANGUAGES
from kotohajime.site.facts import label
from kotohajime.study.cells import article_cells, main_precision, read_settings
from kotohajime.tables import select
from kotohajime.text import Bilingual, words

NETWORK = ["start", "optimizer", "learning_rate"]
SHOWN, COLUMNS = 80, 20  # test images on a wall, and in a row of it
PAGES = {"light": (1.0, 0.08), "dark": (0.14, 1.0)}  # paper and ink of an image on such a page
RED = np.array([0.77, 0.21, 0.15])
BINS = np.arange(-1000, 1001, 25)  # of first outputs
BAND = ("low", "median", "high", "published")
DASHES = {"-": "none", "--": "7 4", "-.": "7 3 2 3", ":": "2 3"}  # Matplotlib's lines as SVG has them
CONSTANT = {"schedule": "constant"}


def rounded(values: Iterable[float]) -> list[float]:
    """Return numbers with four digits, which is enough for a chart."""
    return [float(f"{value:.4g}") for value in values]


def by_rate(study: Path) -> dict[str, Any]:
    """Return, for each start and optimiser, its rates, final losses over the seeds, and the curves of one seed."""
    article = read_settings(study / "settings.json")
    cells, runs, paths, limits = (read_table(study / f"{name}.csv") for name in ("cells", "runs", "paths", "limits"))
    precision = main_precision(cells["precision"])
    cells, runs = (select(table, precision=precision, **CONSTANT).sort_values(NETWORK) for table in (cells, runs))
    seed = int(runs["seed"].min())
    paths = select(paths, seed=seed, **CONSTANT).sort_values(NETWORK)
    epochs = [name for name in paths if name.isdigit()]
    kinds = []
    for (start, optimizer), rates in cells.groupby(["start", "optimizer"], sort=False):
        kind = {"start": start, "optimizer": optimizer}
        limit = select(limits, **kind).iloc[0]
        kinds.append(
            {
                **kind,
                "limit": OPTIMIZERS[optimizer].limit(article.module_momentum),
                "sharpness": limit["sharpness"],
                "threshold": limit["limit_x_sharpness"],
                "rates": rates["learning_rate"].tolist(),
                "final": rounded(rates["loss_last"]),
                "low": rounded(rates["loss_last_low"]),
                "high": rounded(rates["loss_last_high"]),
                "ends": rounded(select(runs, seed=seed, **kind)["diverged_at"]),
                "paths": [rounded(path) for path in select(paths, **kind)[epochs].to_numpy()],
            }
        )
    sharpness = {kind["start"]: kind["sharpness"] for kind in kinds}
    cells_of = {name: cell for name, cell in article_cells(article).items() if cell.schedule == "constant"}
    return {
        "seed": seed,
        "seeds": runs["seed"].nunique(),
        "epochs": list(map(int, epochs)),
        "kinds": kinds,
        "article": {name: (cell.start, cell.optimizer, cell.learning_rate) for name, cell in cells_of.items()},
        "units": {
            "autograd": article.autograd_learning_rate * sharpness["normal"],
            "module": article.module_learning_rate * sharpness["linear"],
            "momentum": article.module_momentum,
        },
    }


def figure(results: Path) -> dict[str, Any]:
    """Return the article's figure: the losses of our three runs, and the published ones."""
    table = read_table(results / "reproduction.csv")
    curves = {}
    for name in read_table(results / "trainings.csv")["training"]:
        losses = read_table(results / f"train_{name}/losses.csv")
        some = losses[losses["epoch"].isin(np.unique(np.geomspace(1, len(losses), 120).astype(int) - 1))]
        published = select(table, run=name)
        curves[name] = {
            "epochs": some["epoch"].tolist(),
            "losses": rounded(some["loss"]),
            "published": [published["epoch"].tolist(), rounded(published["published"])],
        }
    return curves


def first_outputs(results: Path) -> dict[str, Any]:
    """Return how many first outputs of the article's network lie in each bin, by start, and how many targets do.

    `times` is how many times as large as the targets those of N(0, 1) are, in root mean squares.
    """
    problem = read_npz(results / "problem.npz", ["x", "y", "w1", "w2"])
    linear = read_npz(results / "train_module/weights.npz", ["w1_start", "w2_start"])
    weights = {"normal": (problem["w1"], problem["w2"]), "linear": (linear["w1_start"], linear["w2_start"])}
    outputs = {name: np.maximum(problem["x"] @ w1, 0) @ w2 for name, (w1, w2) in weights.items()}
    outputs["targets"] = problem["y"]
    counts = {name: np.histogram(values, BINS)[0].tolist() for name, values in outputs.items()}
    size = {name: float(np.sqrt(np.square(values).mean())) for name, values in outputs.items()}
    return {"bins": BINS.tolist(), "times": size["normal"] / size["targets"], **counts}


def wall(images: Path) -> dict[str, Any]:
    """Return pictures of test images on light and dark pages, by start, and how many of how many are recognised."""
    pictures = read_npz(images / "data.npz", ["images"])["images"]
    table = read_table(images / "predictions.csv")
    walls: dict[str, Any] = {}
    for start in ("normal", "linear"):
        answers = select(table, start=start, scale=1.0).iloc[:SHOWN]
        right = (answers["label"] == answers["predicted"]).to_numpy()
        shares = pictures[answers["image"]] / pictures.max()
        sides = {name: picture(tiles(shares, right, *colours)) for name, colours in PAGES.items()}
        walls |= {"shown": len(right), start: {**sides, "right": int(right.sum())}}
    return walls


def tiles(shares: np.ndarray, right: np.ndarray, paper: float, ink: float) -> np.ndarray:
    """Return images, of which `shares` (image, row, column) is the ink, in rows; white on red if they are not right."""
    papers, inks = (np.where(right[:, None], one, other) for one, other in ((paper, RED), (ink, 1.0)))
    coloured = papers[:, None, None] + shares[..., None] * (inks - papers)[:, None, None]
    opaque = np.concatenate([coloured, np.ones_like(coloured[..., :1])], axis=-1)
    apart = np.pad(opaque, ((0, -len(right) % COLUMNS), (0, 1), (0, 1), (0, 0)))
    count, height, width, channels = apart.shape
    rows = apart.reshape(count // COLUMNS, COLUMNS, height, width, channels).swapaxes(1, 2)
    return rows.reshape(-1, COLUMNS * width, channels)[:-1, :-1]


def by_scale(images: Path) -> dict[str, Any]:
    """Return test accuracies by the scale of N(0, 1) in both layers, with intervals, and those of other starts."""
    table = read_table(images / "starts.csv")
    scaled = table[table["start"].isin(["scaled", "normal"])].sort_values("scale")
    columns = {"scale": "scale", "accuracy": "test_accuracy", "low": "test_accuracy_low", "high": "test_accuracy_high"}
    others = select(table[table["start"].isin(["linear", "centred"])], scale=1.0)
    return {
        **{name: scaled[column].tolist() for name, column in columns.items()},
        "others": dict(zip(others["start"], others["test_accuracy"], strict=True)),
    }


def ladder(study: Path) -> list[dict[str, Any]]:
    """Return the steps from the article's autograd run to what one would write today: final loss, epochs to 0.01."""
    article, cells = read_settings(study / "settings.json"), read_table(study / "cells.csv")
    tuned = read_table(study / "tuned.csv")
    main = {"precision": main_precision(cells["precision"]), **CONSTANT}
    rate = article.autograd_learning_rate
    steps = {
        "article": select(cells, start="normal", optimizer="gd", learning_rate=rate, **main),
        "halved": select(cells, start="normal", optimizer="gd", learning_rate=rate / 2, **main),
        "start": select(cells, start="linear", optimizer="gd", learning_rate=rate, **main),
        "rate": select(tuned, start="linear", optimizer="gd", **main),
        "momentum": select(tuned, start="linear", optimizer="nesterov", **main),
    }
    columns = ["learning_rate", "loss_last", "epochs_to_0.01"]
    return [{"step": name, **rows[columns].iloc[0]} for name, rows in steps.items() if len(rows)]


def band(study: Path) -> list[dict[str, Any]]:
    """Return, for each curve of 2018, its losses among those of the seeds."""
    return [
        {"run": name, "epochs": rows["epoch"].tolist(), **{column: rounded(rows[column]) for column in BAND}}
        for name, rows in read_table(study / "band.csv").groupby("run", sort=False)
    ]


def looks() -> dict[str, Any]:
    """Return colours of starts and runs, dashes of optimisers and runs, and starts whose marks are hollow."""
    colours = {name: variant.colour for name, variant in (VARIANTS | STARTS).items()} | COLOURS
    lines = {name: optimizer.line for name, optimizer in OPTIMIZERS.items()} | LINES
    hollow = [name for name, start in STARTS.items() if start.fill == "none"]
    return {"colours": colours, "dashes": {name: DASHES[line] for name, line in lines.items()}, "hollow": hollow}


def texts() -> dict[str, dict[str, str]]:
    """Return what the pages' scripts say, by language."""
    script = words("story")["script"]
    return {language: {key: both[language] for key, both in script.items()} for language in LANGUAGES}


def named(kinds: Iterable[dict[str, Any]]) -> dict[str, Bilingual]:
    """Return what starts and optimisers are called, by name."""
    names = {"centred", *(kind[key] for kind in kinds for key in ("start", "optimizer"))}
    return {name: label(name) for name in sorted(names)}


def study_data(study: Path) -> dict[str, Any]:
    """Return the data of the study's charts."""
    noise = by_rate(study)
    kinds = [{key: kind[key] for key in kind if key != "paths"} for kind in noise["kinds"]]
    kept = {"kinds": kinds, "seeds": noise["seeds"], "labels": named(kinds)}
    return {**kept, "band": band(study), "words": texts()}


def chart_data(results: Path) -> dict[str, Any]:
    """Return the data of the story's charts; a key a chart."""
    noise = by_rate(results / "study")
    return {
        **noise,
        "labels": named(noise["kinds"]),
        "figure": figure(results),
        "scale": by_scale(results / "images"),
    }
