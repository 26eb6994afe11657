"""Tell what the study found: a page of its tables, and a few sentences in English and in Japanese."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from kotohajime.cli import run
from kotohajime.io import read_json, read_table, write
from kotohajime.render import as_base64, render
from kotohajime.statistics import corrected, too_few
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS
from kotohajime.study.tables import left_out
from kotohajime.text import JAPANESE, OPEN, between, in_japanese, percent, short

MEASURES = {
    "loss_ratio": ("ratio of final losses", "最終損失の比"),
    "share_diverged": ("share of seeds that diverge", "発散するシードの割合"),
    "share_spiked": ("share of seeds whose loss rises first", "損失がまず増えるシードの割合"),
    "limit_ratio": ("ratio of thresholds, in 1 / sharpness", "限界の比（単位は 1 / sharpness）"),
    "test_accuracy": ("test images recognised", "テスト画像の正解率"),
    "test_ratio": ("ratio of test errors", "テスト誤差の比"),
    "test_growth": ("exponent of the test error's growth", "テスト誤差が増える指数"),
    "epochs_ratio": ("ratio of epochs to loss 0.01", "損失 0.01 までの epoch 数の比"),
    "usable_ratio": ("ratio of decades of usable rates", "使える学習率の桁数の比"),
    "teacher_ratio": ("ratio of test errors, learned from a teacher", "教師から学習したときのテスト誤差の比"),
}
NAMES = {name: (one.label, one.japanese or one.label) for name, one in (*STARTS.items(), *OPTIMIZERS.items())}
TRIALS = 200  # seeds from 0 to 199 were in the trials from which the hypotheses came
TABLES = ("runs", "cells", "swap", "tuned", "limits", "momentum", "floor")


def estimate(row: pd.Series, name: str, form: Callable[[float], str] = short) -> str:
    """Return an estimate and its 95 % interval."""
    return between(row[name], row[f"{name}_low"], row[f"{name}_high"], form)


def cell_rows(cells: pd.DataFrame) -> list[tuple]:
    """Return a row of text for each cell: what it is, how it ended, how many diverged."""
    return [
        (cell["precision"], cell["start"], cell["optimizer"], short(cell["learning_rate"]), estimate(cell, "loss_last"),
         estimate(cell, "share_diverged", percent), short(cell["epochs_to_1"]).replace("infinite", "never"))
        for _, cell in cells.iterrows()
    ]  # fmt: skip


def floor_facts(floor: pd.DataFrame) -> dict | None:
    """Return how many times the engine's final losses the plain loops' are; None where nothing ends that low."""
    times = (floor["loss_plain"] / floor["loss_engine"]).dropna().groupby(floor["optimizer"])
    ranges = [(name, f"{short(own.min())} to {short(own.max())}") for name, own in times]
    rows = [(row.seed, row.start, row.optimizer, *map(short, (row.learning_rate, row.loss_engine, row.loss_plain)))
            for row in floor.itertuples()]  # fmt: skip
    return {"times": ranges, "seeds": floor["seed"].nunique(), "rows": rows} if ranges else None


def gather(tables: dict[str, pd.DataFrame], verdicts: dict, settings: dict) -> dict:
    """Return what the sentences and the page tell, as text; what is not known is None."""
    limits = tables["limits"].set_index(["start", "optimizer"])
    tuned = tables["tuned"].set_index(["precision", "start", "optimizer"])
    runs = tables["cells"].set_index(["start", "optimizer", "schedule", "learning_rate"])
    naive = runs.loc[[("normal", "gd", "constant", settings["autograd_learning_rate"])]].iloc[0]
    hypotheses = {hypothesis["id"]: hypothesis for hypothesis in verdicts["hypotheses"]}
    return {
        **{name: verdicts[name] for name in ("seeds", "claims", "band")},
        "settings": settings,
        "hypotheses": hypotheses,
        "no_intervals": too_few(verdicts["seeds"]),
        "too_few": too_few(verdicts["seeds"], corrected(len(hypotheses)))
        and all(found["corrected"] == OPEN for found in hypotheses.values()),  # a share may be decided by fewer
        "told": {name: None if found["value"] is None else found["told"] for name, found in hypotheses.items()},
        "limit": {start: estimate(limits.loc[start, "gd"], "limit") for start in ("normal", "linear")},
        "scaled": {
            **{start: estimate(limits.loc[start, "gd"], "limit_x_sharpness") for start in ("normal", "linear")},
            "naive": short(settings["autograd_learning_rate"] * limits.loc["normal", "gd"]["sharpness"]),
            "small": short(settings["autograd_learning_rate"] * limits.loc["linear", "gd"]["sharpness"]),
        },
        "times": short(limits.loc["linear", "gd"]["limit"] / limits.loc["normal", "gd"]["limit"]),
        "spike": {name: short(naive[f"spike_{name}"]) for name in ("height", "epoch") if naive["spike_epoch"] >= 0},
        "own_rate": short(tuned.xs(("normal", "gd"), level=("start", "optimizer"))["learning_rate"].iloc[0]),
        "floor": floor_facts(tables["floor"]),
        "left_out": left_out(tables["runs"]),
        "tried": bool((tables["runs"]["seed"] < TRIALS).any()),
        "short": short,
    }


def limit_rows(limits: pd.DataFrame) -> list[tuple]:
    """Return a row of text for each start and optimiser."""
    return [
        (row["start"], row["optimizer"], short(row["sharpness"]), estimate(row, "limit"),
         estimate(row, "limit_x_sharpness"), short(row["stable_x_sharpness"]),
         f"{row['seeds_with_limit']} / {row['seeds']}")
        for _, row in limits.iterrows()
    ]  # fmt: skip


def main(*, study: Path) -> None:
    """Write study.html, finding.md and finding.ja.md.

    Args:
        study: the folder with the study's tables and verdicts.
    """
    tables = {name: read_table(study / f"{name}.csv") for name in TABLES}
    facts = gather(tables, read_json(study / "verdicts.json"), read_json(study / "settings.json"))
    write(study / "finding.md", render("finding.md", **facts))
    write(study / "finding.ja.md", in_japanese(render("finding.ja.md", **facts, japanese=JAPANESE)))
    rows = {
        "swap": cell_rows(tables["swap"]),
        "tuned": cell_rows(tables["tuned"]),
        "limits": limit_rows(tables["limits"]),
        "momentum": [(row["start"], short(row["rate_nesterov"]), short(row["rate_gd"]), estimate(row, "decades"))
                     for _, row in tables["momentum"].iterrows()],
    }  # fmt: skip
    pictures = {name: as_base64(study / f"{name}.png") for name in ("loss_by_rate", "loss_by_scaled_rate", "band")}
    known = {"pictures": pictures, "measures": MEASURES, "names": NAMES, "japanese": JAPANESE}
    write(study / "study.html", render("study.html", **facts, **rows, **known))


if __name__ == "__main__":
    run(main)
