"""What the result files say: of the published curves, of numbers kept from before, of this machine."""

import json
import os
import platform
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
import torch
from projects import ROOT, losses


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
    used = "cuda" if torch.cuda.is_available() else "cpu"
    assert account["device"] == {"asked": "auto", "used": used, "precision": "float32"}
    product = account["matrix_product"]
    assert 0 < product["relative_error"] <= product["tolerance"] <= 1e-5
    assert account["determinism"]["deterministic_algorithms"] is True
    assert account["determinism"]["tf32"] is False
