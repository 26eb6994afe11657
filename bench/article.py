"""Time the article, side by side in one run: the workflow against one bare process, our loops against bare ones."""

import csv
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bare
import torch
from study import spread
from tabulate import tabulate

from kotohajime import compute, machine
from kotohajime.article import problem, schedule, train_autograd, train_manual, train_module

ROOT = Path(__file__).resolve().parents[1]
PARTS = ["Snakefile", "workflow", "config", "data", "envs", "profiles", "src"]
# The article less its notebook, which trains once more.
ARTICLE = ["snakemake", "--cores", "2", "loss_transition", "reproduction", "trainings", "tensor_basics", "checks"]
RUNS, TURNS, EPOCHS = 3, 20, 100


def seconds(command: list[str], folder: Path) -> float:
    """Run a command and return its wall time in seconds."""
    start = time.perf_counter()
    own_code = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run(command, cwd=folder, env=own_code, check=True, capture_output=True)
    return time.perf_counter() - start


def whole(folder: Path) -> None:
    """Print the wall time of the article's part of the workflow, of the bare process, and where the time went."""
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)
    bare_times, workflow_times = [], []
    for _ in range(RUNS):
        bare_times.append(seconds([sys.executable, str(ROOT / "bench/bare.py"), "bare.png"], folder))
        for name in ("results", ".snakemake", "logs", "benchmarks"):
            shutil.rmtree(folder / name, ignore_errors=True)
        workflow_times.append(seconds(ARTICLE, folder))
    nothing = [seconds(ARTICLE, folder) for _ in range(RUNS)]
    imports = [seconds([sys.executable, "-c", "import torch"], folder) for _ in range(RUNS)]
    vision = [seconds([sys.executable, "-c", "import torch, torchvision"], folder) for _ in range(RUNS)]
    ratio = statistics.median(workflow_times) / statistics.median(bare_times)
    print(f"The whole article, wall seconds, median of {RUNS} (range):\n")
    rows = [
        ("one bare process", spread(bare_times)),
        ("the workflow from nothing, less the notebook", spread(workflow_times)),
        ("ratio of the medians", f"{ratio:.2f}"),
        ("the same with nothing to do", spread(nothing)),
        ("python -c 'import torch'", spread(imports)),
        ("python -c 'import torch, torchvision'", spread(vision)),
    ]
    print(tabulate(rows, tablefmt="pipe", headers=["", "s"]), "\n\nWhere the last run's time went, by rule:\n")
    jobs = [
        (path.stem, next(csv.DictReader(path.open(), delimiter="\t"))) for path in (folder / "benchmarks").glob("*.tsv")
    ]
    table = sorted(((name, float(job["s"]), job["cpu_time"]) for name, job in jobs), key=lambda row: -row[1])
    print(tabulate(table, tablefmt="pipe", headers=["rule", "wall s", "CPU s"]))


def loops() -> None:
    """Print the time of an epoch in our loops and in the bare ones, turn by turn in this process, on one thread."""
    compute.use("cpu", "float32", 1)
    x, y, w1, w2 = (torch.from_numpy(array) for array in problem.draw(0, 100, 100, 1000, 10).values())
    sgd = {"lr": 1e-5, "momentum": 0.8, "weight_decay": 1e-8, "nesterov": True}

    def our_module():
        model = train_module.TwoLayerNet(100, 1000, 10)
        train_module.train(x, y, model, torch.optim.SGD(model.parameters(), **sgd), EPOCHS)

    pairs = {
        "manual": (
            lambda: bare.manual(x, y, w1.clone(), w2.clone(), EPOCHS),
            lambda: train_manual.train(x, y, w1, w2, schedule.halving(2e-6, EPOCHS, 200, True)),
        ),
        "autograd": (
            lambda: bare.autograd(x, y, w1.clone(), w2.clone(), EPOCHS),
            lambda: train_autograd.train(x, y, w1, w2, [1e-6] * EPOCHS),
        ),
        "module": (lambda: bare.module(x, y, 1000, EPOCHS), our_module),
    }
    rows = []
    for name, pair in pairs.items():
        times = ([], [])
        for turn in range(TURNS + 1):
            for kept, train in zip(times, pair, strict=True):
                start = time.perf_counter()
                train()
                if turn:  # the first turn warms up
                    kept.append(time.perf_counter() - start)
        ratios = [ours / theirs for theirs, ours in zip(*times, strict=True)]
        rows.append((name, *(spread([1000 / EPOCHS * value for value in kept]) for kept in times), spread(ratios)))
    print(f"\nMilliseconds an epoch on one thread, median of {TURNS} turns of {EPOCHS} epochs (range):\n")
    print(tabulate(rows, tablefmt="pipe", headers=["loop", "bare", "ours", "ours / bare"]))


if __name__ == "__main__":
    versions = f"Python {platform.python_version()}, torch {torch.__version__}"
    print(f"{machine.cpu()}, {os.cpu_count()} cores, {versions}\n")
    with tempfile.TemporaryDirectory() as scratch:
        whole(Path(scratch))
    loops()
