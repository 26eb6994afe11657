"""A folder of small results with planted numbers: enough for the story, the study's page and the index."""

from itertools import product
from pathlib import Path

import pandas as pd
import yaml
from projects import ROOT

from kotohajime.images.starts import VARIANTS
from kotohajime.io import write, write_json, write_table
from kotohajime.text import HOLDS

NAN, INF = float("nan"), float("inf")
SEEDS = (200, 201)
CELLS = [
    {"start": start, "optimizer": optimizer, "schedule": "constant", "learning_rate": rate, "precision": "float32"}
    for start, optimizer, rate in product(("normal", "linear"), ("gd", "nesterov"), (1e-6, 1e-5))
]
ARTICLE = {"epochs": 40, "module_momentum": 0.75, "manual_learning_rate": 2e-6, "manual_halve_every": 100,
           "autograd_learning_rate": 1e-6, "module_learning_rate": 1e-5}  # fmt: skip
VALUES = {"share": (0.875, 0.5, 1), "other": (-1, -2, -0.5)}  # by the measure: value, low, high


def with_interval(name: str, value: float) -> dict[str, float]:
    return {name: value, f"{name}_low": value / 2, f"{name}_high": value * 2}


def planted(hypothesis: dict) -> dict:
    """Return a hypothesis that holds, with an estimate that names it: "own_rate 2 (1 to 3)"."""
    values = VALUES.get(hypothesis["measure"].partition("_")[0], VALUES["other"])
    numbers = dict(zip(("value", "low", "high"), values, strict=True))
    text = f"{hypothesis['id']} 2 (1 to 3)"
    return {**hypothesis, **numbers, "seeds": 8, "told": text, "verdict": HOLDS, "corrected": HOLDS}


def verdicts() -> dict:
    """Return the content of verdicts.json: all holds."""
    stated = yaml.safe_load((ROOT / "config/hypotheses.yaml").read_text())
    band = {"autograd": {"seeds": 40, "p": 0.5, "inside": 42, "epochs": 42, "verdict": "not rejected"}}
    claims = {name: {"verdict": HOLDS} for name in ("init_is_why", "init_matters", "module_better")}
    return {"seeds": 8, "hypotheses": list(map(planted, stated["hypotheses"])), "claims": claims, "band": band}


def write_study(study: Path) -> None:
    networks = pd.DataFrame([{"seed": seed, **cell} for seed in SEEDS for cell in CELLS])
    diverged = (networks["start"] == "normal") & (networks["learning_rate"] == 1e-5)
    networks["loss_last"] = networks["learning_rate"].mul(networks["seed"]).mask(diverged, INF)
    write_table(study / "runs.csv", networks.assign(diverged_at=pd.Series(NAN, networks.index).mask(diverged, 7)))
    write_table(study / "paths.csv", networks.drop(columns=["precision", "loss_last"]).assign(**{"0": 1e3, "39": 4.0}))
    last = {("normal", 1e-6): 0.7, ("linear", 1e-6): 641, ("normal", 1e-5): INF, ("linear", 1e-5): 0.004}
    rows = [
        {**cell, **with_interval("loss_last", last[cell["start"], cell["learning_rate"]]), "spike_height": 115,
         **with_interval("share_diverged", 0.5), "spike_epoch": 4, "epochs_to_1": INF} for cell in CELLS
    ]  # fmt: skip
    for name in ("cells", "swap"):
        write_table(study / f"{name}.csv", pd.DataFrame(rows))
    write_table(study / "tuned.csv", pd.DataFrame(row for row in rows if row["learning_rate"] == 1e-6))
    kinds = [{name: cell[name] for name in ("start", "optimizer")} for cell in CELLS[::2]]
    limits = [
        {**kind, "sharpness": 3.5e6 if kind["start"] == "normal" else 1e4, "stable_x_sharpness": 2.0, "seeds": 8,
         **with_interval("limit", 1e-6 if kind["start"] == "normal" else 3.24e-4), "seeds_with_limit": 8,
         **with_interval("limit_x_sharpness", 4.4)} for kind in kinds
    ]  # fmt: skip
    write_table(study / "limits.csv", pd.DataFrame(limits))
    write_table(study / "starts.csv", pd.DataFrame(
        [{"seed": seed, **kind, "sharpness_hessian": 1e4} for seed in SEEDS for kind in kinds]))  # fmt: skip
    pairs = {"start": "linear", "rate_nesterov": 1e-6, "rate_gd": 5e-6, **with_interval("decades", 0.01)}
    write_table(study / "momentum.csv", pd.DataFrame([pairs]))
    write_json(study / "settings.json", ARTICLE)
    write_json(study / "verdicts.json", verdicts())
    for name in ("loss_by_rate", "loss_by_scaled_rate", "band"):
        write(study / f"{name}.png", b"a picture")


def write_results(results: Path) -> Path:
    """Write what the pages are made from; return the folder."""
    write_study(results / "study")
    images = [
        {"seed": seed, "start": start, "scale": scale, "epochs": 90, "train_loss": 0.009, "test_loss": 0.2,
         "test_accuracy": 0.9} for seed in SEEDS for start, one in VARIANTS.items() for scale in one.scales
    ]  # fmt: skip
    write_table(results / "images/runs.csv", pd.DataFrame(images))
    write_table(results / "images/paths.csv", pd.DataFrame(images).assign(epoch=10, train_loss=0.5, test_loss=0.6))
    write_table(results / "images/map.csv", pd.DataFrame({"epochs": [200]}))
    for name in ("predictions", "start_scale", "generalisation", "trainability", "balance", "teacher"):
        write(results / f"images/{name}.png", b"a picture")
    write(results / "reproduction.png", b"a picture")
    rows = [["manual", "normal", 2e-6, 0.0, 470.0], ["autograd", "normal", 1e-6, 0.0, NAN],
            ["module", "nn.Linear", 1e-5, 0.75, 0.003951]]  # fmt: skip
    columns = ["training", "start", "learning_rate", "momentum", "loss_last"]
    table = pd.DataFrame(rows, columns=columns).assign(loss_first=1e3, loss_max=1e9, epoch_max=3, diverged_at=NAN)
    write_table(results / "trainings.csv", table)
    write_json(results / "train_manual/run.json", {"halve_every": 100, "halve_at_start": True})
    write_json(results / "train_module/run.json", {"nesterov": True, "weight_decay": 1e-8})
    texts = {"section": "Tensors", "title": "a title", "statement": "It is </script> so.", "evidence": "It was seen."}
    claims = [{"id": f"c{number}", "verdict": verdict, **texts, "japanese": texts, "lines": []}
              for number, verdict in enumerate((HOLDS, "does not hold", HOLDS))]  # fmt: skip
    write_json(results / "claims.json", claims)
    return results
