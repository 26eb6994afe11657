"""The workflow as its users run it: what it leaves, and how near it comes to 2018."""

import json
import os
import platform
import re
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
import torch
from projects import FIRST_SEEDS, ROOT, losses, results, run

from kotohajime import compute

LEFT = ("losses.csv", "weights.npz", "run.json")
RUNS = {f"train_{name}/{file}" for name in ("manual", "autograd", "module") for file in LEFT}
FILES = RUNS | {
    "README.md", "reproduced.json", "reproduced.csv", "environment.json", "tensor_basics.json",
    "tensor_basics.html", "problem.npz", "checks.json", "trainings.csv", "loss_transition.png",
    "reproduction.png", "reproduction.svg", "reproduction.csv", "claims.json",
    "claims.html", "index.html", "article.ipynb", "report.html", "SHA256SUMS",
}  # fmt: skip
PICTURES = {f"{name}.{kind}" for name in ("loss_by_rate", "loss_by_scaled_rate", "band") for kind in ("png", "svg")}
TABLES = {
    f"{name}.csv"
    for name in ("runs", "curves", "paths", "starts", "cells", "swap", "tuned", "limits", "momentum", "band")
}
PAGES = {"settings.json", "verdicts.json", "study.html", "finding.md", "finding.ja.md"}
SHARDS = {f"shards/{seed}/{name}.csv" for seed in FIRST_SEEDS["shards"] for name in ("runs", "starts", "paths")}
BAND_SHARDS = {f"band_shards/{seed}/curves.csv" for seed in FIRST_SEEDS["band_shards"]}
STUDY = {f"study/{name}" for name in PICTURES | TABLES | PAGES | SHARDS | BAND_SHARDS}
LEARNED = {"shards": ("runs", "paths", "predictions", "teacher"), "speed_shards": ("speed", "kernels")}
IMAGES = {"images/data.npz", *(f"images/{name}.csv" for name in ("starts", "speeds", "map"))}
IMAGES |= {f"images/{name}.csv" for names in LEARNED.values() for name in names}
IMAGES |= {f"images/{folder}/{seed}/{name}.csv" for folder, names in LEARNED.items() for seed in FIRST_SEEDS[folder]
           for name in names}  # fmt: skip
IMAGES |= {f"images/{name}.{kind}" for name in ("generalisation", "start_scale", "balance", "trainability",
                                                "predictions", "teacher") for kind in ("png", "svg")}  # fmt: skip
HISTORY = {f"history/{name}" for name in ("answers.csv", "losses.csv", "curves.png", "differences.png")}
EVERYTHING = FILES | STUDY | IMAGES | HISTORY


def test_it_leaves_what_is_promised_and_nothing_else(finished):
    left = {name.removeprefix("results/") for name in results(finished)}
    records = {name for name in left if ".made/" in name}
    assert left - records == EVERYTHING
    assert {name.replace(".made/", "").removesuffix(".json") for name in records} == EVERYTHING - {"report.html"}


def test_the_results_are_plain_files_of_the_promised_form(finished):
    with np.load(finished / "results/problem.npz") as problem:
        shapes = {name: (array.shape, array.dtype.name, array.flags.c_contiguous) for name, array in problem.items()}
    assert shapes == {
        "x": ((100, 100), "float32", True),
        "y": ((100, 10), "float32", True),
        "w1": ((100, 1000), "float32", True),
        "w2": ((1000, 10), "float32", True),
    }
    for name in ("manual", "autograd", "module"):
        table = pd.read_csv(finished / f"results/train_{name}/losses.csv")
        assert list(table.columns) == ["epoch", "loss", "learning_rate"]
        assert table["epoch"].tolist() == list(range(1000))
        with np.load(finished / f"results/train_{name}/weights.npz") as weights:
            assert {key: array.shape for key, array in weights.items()} == {
                "w1_start": (100, 1000), "w2_start": (1000, 10), "w1": (100, 1000), "w2": (1000, 10),
            }  # fmt: skip
    problem, weights = (np.load(finished / f"results/{name}.npz") for name in ("problem", "train_manual/weights"))
    with problem, weights:
        assert np.array_equal(problem["w1"], weights["w1_start"])
    settings = json.loads((finished / "results/train_module/run.json").read_text())
    assert (settings["learning_rate"], settings["momentum"], settings["weight_decay"]) == (1e-5, 0.8, 1e-8)


def test_the_rates_are_the_notebooks(finished):
    rate = pd.read_csv(finished / "results/train_manual/losses.csv")["learning_rate"]
    assert [rate[epoch] for epoch in (0, 1, 200, 201, 999)] == [2e-6, 1e-6, 1e-6, 5e-7, 6.25e-8]


def read_published(name: str) -> dict[str, np.ndarray]:
    table = pd.read_csv(ROOT / f"data/published/{name}.csv")
    return {column: table[column].to_numpy() for column in table}


def apart(ours: np.ndarray, published: np.ndarray) -> float:
    """Return the factor by which the two differ where they differ most."""
    return np.exp(np.abs(np.log(ours / published)).max())


# The article set no seed: only the distribution can be reproduced. Of the seeds 0 to 99 each one kept all these bounds,
# but for the naive run's end, which lies between 0.01 and 70: there 94 did.
def test_the_published_curves_are_near(finished):
    published = read_published("curves")
    epochs = published["epoch"].astype(int)
    naive, module = losses(finished, "autograd"), losses(finished, "module")
    assert apart(module[epochs], published["sgd_nesterov_momentum"]) < 2.2
    assert apart(module[0], 1.0e3) < 1.2
    early = epochs <= 400
    assert apart(naive[epochs[early]], published["naive_update"][early]) < 10
    assert apart(naive[-1], published["naive_update"][-1]) < 30
    assert apart(naive[0], 5e7) < 2
    assert apart(naive.max(), 6.1e9) < 1.6
    assert 3 <= naive.argmax() <= 5


def test_the_manual_runs_spike_and_kinks_are_where_they_were(finished):
    published = read_published("manual")
    manual = losses(finished, "manual")
    assert apart(manual[published["epoch"].astype(int)], published["manual"]) < 8
    assert apart(manual.max(), 8e9) < 2
    assert 2 <= manual.argmax() <= 4
    slope = -np.diff(np.log(manual))
    for kink in (200, 400, 600, 800):
        assert slope[kink + 3] / slope[kink - 3] == pytest.approx(0.5, abs=0.02)  # half the rate, half the slope
    assert slope[303] / slope[297] > 0.98


VERDICTS = {name: verdict for verdict, names in {
    "holds": """
        tensor_class numpy_like slices matrix_product negative_step copy_needed network_formula grad_w2_formula
        heaviside random_start clamp_is_relu autograd_same backward_fills_grad no_grad_untracked data_untracked
        grad_accumulates inplace_suffix forward_call module_lists many_optimizers optimizer_arguments
        optimizer_methods module_better init_matters linear_init""",
    "consistent": """
        figure_reproduced""",
    "does not hold": """
        numpy_operations negative_strides_soon output_dim rmse gradient_formula lr_schedule requires_grad_name
        module_subclass class_argument module_to simple_sgd losses_in_nn size_average_false size_average init_is_why
        linear_init_wording""",
    "changed since 2018": """
        install negative_by_copy""",
}.items() for name in names.split()}  # fmt: skip


def test_claims_hold_a_verdict_and_evidence_for_every_statement(finished):
    claims = {claim["id"]: claim for claim in json.loads((finished / "results/claims.json").read_text())}
    assert {name: claim["verdict"] for name, claim in claims.items()} == VERDICTS
    page = (finished / "results/claims.html").read_text()
    assert all(f'id="{name}"' in page for name in claims)


def test_the_index_names_every_file_and_the_run_ends_with_its_table(finished):
    index = (finished / "results/README.md").read_text()
    assert [name for name in EVERYTHING if name not in index and "shards/" not in name and name != "README.md"] == []
    printed = (finished / "stdout.txt").read_text()
    held = list(VERDICTS.values()).count("holds")
    counted = printed.index(f"The article's {len(VERDICTS)} statements; holds: {held}")
    assert printed.index("made") < counted < printed.index("init_is_why")
    assert "x (100, 100) float32" in index


def test_a_run_is_calm(small):
    lines = (small / "stdout.txt").read_text().splitlines()
    steps = [int(line.split("/")[0]) for line in lines if re.match(r" *\d+/\d+ ", line)]
    assert steps == list(range(1, len(steps) + 1))
    assert f"{len(steps)} steps to do" in "\n".join(lines)
    assert len([line for line in lines if not line.startswith("  ...")]) < 80


def test_results_hold_no_host_and_no_path(finished):
    for name, data in results(finished).items():
        if not name.endswith((".npz", ".png", "report.html")):  # the report is Snakemake's own
            text = re.sub(r'base64,[^"]+', "", data.decode())
            for word in (os.uname().nodename, str(ROOT), str(finished)):
                assert not re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text), name


def test_every_result_is_asked_for(finished):
    """Then one that was deleted is made again, whichever it is."""
    told = run(finished, "snakemake", "--dry-run", "--forceall", "--cores", "1").stdout
    (asked,) = re.findall(r"rule all:\n    input: (.*)\n", told)
    assert {name.removeprefix("results/") for name in asked.split(", ")} == EVERYTHING


def test_the_reproduction_table_lays_each_run_beside_its_published_curve(finished):
    figure, notebook = (pd.read_csv(ROOT / f"data/published/{name}.csv", index_col=0) for name in ("curves", "manual"))
    published = {
        "manual": notebook["manual"],
        "autograd": figure["naive_update"],
        "module": figure["sgd_nesterov_momentum"],
    }
    table = pd.read_csv(finished / "results/reproduction.csv")
    assert list(table.columns) == ["run", "epoch", "published", "ours", "ratio"]
    assert table["run"].unique().tolist() == list(published)
    for name, rows in table.groupby("run"):
        assert rows["epoch"].tolist() == published[name].index.tolist()
        assert rows["published"].tolist() == published[name].tolist()
        assert rows["ours"].tolist() == losses(finished, name)[rows["epoch"]].tolist()
        np.testing.assert_allclose(rows["ratio"], rows["ours"] / rows["published"], rtol=1e-15)


@pytest.mark.parametrize("name", ["manual", "autograd", "module"])
def test_the_first_losses_are_the_golden_ones(finished, name):
    """The tolerance is that of tests/unit/test_trainings.py, which says why."""
    golden = pd.read_csv(ROOT / "tests/golden/first_epochs.csv")[name]
    np.testing.assert_allclose(losses(finished, name)[:10], golden, rtol=1e-5)


@pytest.fixture(scope="module")
def account(finished) -> dict:
    return json.loads((finished / "results/environment.json").read_text())


def test_the_account_holds_the_versions_found_and_locked(account):
    lock = (ROOT / "envs/lock.txt").read_text().split()
    assert account["python"] == platform.python_version()
    assert {"torch", "torchvision", "numpy", "matplotlib", "snakemake"} <= account["packages"].keys()
    for name, seen in account["packages"].items():
        assert seen["found"] == version(name)
        assert f"{name}=={seen['locked']}" in lock
        assert seen["same"] is (seen["found"] == seen["locked"])


def test_the_account_tells_the_machine_and_how_it_computes(account):
    assert account["cpu"]["name"]
    assert account["cpu"]["cores"] == os.cpu_count()
    assert account["blas"]["torch"] == ("MKL" if torch.backends.mkl.is_available() else "other")
    assert account["blas"]["numpy"]
    assert account["cuda"]["build"] == torch.version.cuda
    why = compute.no_gpu()
    used = {"asked": "auto", "used": "cpu" if why else "cuda", "precision": "float32", "why_no_gpu": why}
    assert account["device"] == used
    product = account["matrix_product"]
    assert 0 < product["relative_error"] <= product["tolerance"] <= 1e-5
    assert account["determinism"]["deterministic_algorithms"] is True
    assert account["determinism"]["tf32"] is False
