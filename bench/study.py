"""Time the study's engine side by side with other ways to train many networks, all with every core at work."""

import json
import os
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tabulate import tabulate

from kotohajime import machine

CORES = os.cpu_count()
FAST = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}  # some slow NumPy down
ROUNDS, SECONDS = 3, 2  # turns of each contender; the time each turn takes at least
FLOP = 26e6  # of one network's epoch in the engine, at the article's sizes
CONTENDERS = {  # name: (function in contenders.py, a process for each core or one with a thread for each)
    "the engine": ("engine", "processes"),
    "autograd loops": ("autograd", "processes"),
    "autograd loops as the article wrote them": ("clamp", "processes"),
    "torch.func, vmap of grad, 4 networks a process": ("func_vmap", "processes"),
    "JAX, jit of scan": ("jax_scan", "processes"),
    "JAX, jit of scan, all threads": ("jax_scan", "threads"),
    "JAX, jit of vmap of scan, 4 networks": ("jax_vmap", "threads"),
    "JAX, jit of vmap of scan, 4 networks a process": ("jax_vmap", "processes"),
    "JAX, given the engine's own form": ("jax_gram", "processes"),
}


def work(name: str, momentum: float, threads: int) -> None:
    """Warm a contender up, wait for a word on standard input, run it for some seconds; print what it did a second."""
    sys.path.insert(0, str(Path(__file__).parent))
    if name.startswith("jax"):
        eigen = "true" if threads > 1 else "false"
        os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"
        os.environ["JAX_PLATFORMS"] = "cpu"
        if threads == 1:  # the flags alone do not hold JAX to one core
            os.sched_setaffinity(0, {int(os.environ["CORE"])})
    import contenders

    train = getattr(contenders, name)(momentum)
    if not name.startswith("jax"):
        from kotohajime import compute

        compute.use("cpu", "float32", threads)  # once every BLAS is loaded
    train()
    print("ready", flush=True)
    sys.stdin.readline()
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        done += train()
    print(json.dumps(done / spent))


def rate(name: str, momentum: float, kind: str) -> float:
    """Return what all processes of a contender do in a second together."""
    count, threads = (CORES, 1) if kind == "processes" else (1, CORES)
    command = [sys.executable, __file__, name, str(momentum), str(threads)]
    workers = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**FAST, "CORE": str(core)}
        )
        for core in range(count)
    ]
    for worker in workers:  # all start together, warm
        assert worker.stdout.readline() == "ready\n", f"{name} did not start"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return sum(float(worker.communicate()[0]) for worker in workers)


def spread(values: list[float], form: str) -> str:
    """Return the median and, in brackets, the range."""
    middle, low, high = (format(value, form) for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"


def compare(momentum: float, epochs_a_call: int) -> None:
    """Print each contender's trainings of 1000 epochs a second, turn by turn, and the share of the best product."""
    found = {name: [] for name in CONTENDERS}
    peaks = []
    for _ in range(ROUNDS):
        peaks.append(rate("gemm", momentum, "processes"))
        for name, (function, kind) in CONTENDERS.items():
            found[name].append(rate(function, momentum, kind) * epochs_a_call / 1000)
    ours = found["the engine"]
    rows = [
        (name, spread(values, ".2f"), spread([our / value for our, value in zip(ours, values, strict=True)], ".1f"))
        for name, values in found.items()
    ]
    shares = [our * 1000 * FLOP / 1e9 / peak for our, peak in zip(ours, peaks, strict=True)]
    what = f"Nesterov momentum {momentum}" if momentum else "gradient descent"
    print(f"\nTrainings of 1000 epochs a second, {what}, float32, median of {ROUNDS} turns (range):\n")
    print(
        tabulate(
            rows, tablefmt="pipe", headers=["contender", "trainings a second", "the engine does so many times more"]
        )
    )
    print(
        f"\nThe best matrix product (1024 x 1024, of torch, oneDNN and NumPy) does {spread(peaks, '.0f')} GFLOP/s "
        f"on all cores together; the engine {spread([100 * share for share in shares], '.0f')} % of it."
    )


def many() -> None:
    """Print the engine's cost a network, for few and for many networks, one thread."""
    import torch

    from kotohajime import compute
    from kotohajime.article.problem import draw
    from kotohajime.study import engine
    from kotohajime.study.optimizers import Update

    compute.use("cpu", "float32", 1)
    x, y, *start = (torch.from_numpy(array) for array in draw(0, 100, 100, 1000, 10).values())
    rows = []
    for count in (100, 1_000, 10_000, 100_000):
        begin = time.perf_counter()
        engine.train(x, y, [start] * count, torch.full((1, count), 5e-7).expand(2, count), [Update()] * count)
        rows.append((f"{count:,}", 1000 * (time.perf_counter() - begin) / count))
    print("\nCost a network of 2 epochs, one thread:\n")
    print(tabulate(rows, tablefmt="pipe", headers=["networks", "ms a network"], floatfmt=".2f"))


def engines_library() -> str:
    """Return whose products the engine takes in the contenders' environment."""
    command = [sys.executable, "-c", "from kotohajime import products; print(products.library())"]
    return subprocess.run(command, env=FAST, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    if len(sys.argv) == 4:
        work(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    else:
        from contenders import EPOCHS

        print(
            f"\n{CORES} cores of {machine.cpu()} ({machine.model()}), torch {version('torch')}, JAX {version('jax')}."
        )
        print(f"float32; the engine multiplies by {engines_library()}.")
        for mu in (0.0, 0.8):
            compare(mu, EPOCHS)
        many()
