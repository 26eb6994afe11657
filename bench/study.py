"""Time the study's engine side by side with other ways to train many networks, all with every core at work."""

import os
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from itertools import chain

import contenders
from tabulate import tabulate

from kotohajime import machine

CORES = os.cpu_count()
FAST = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}  # some slow NumPy down
ROUNDS, SECONDS = 3, 2  # turns of each contender; the time each turn takes at least
FLOP = 26e6  # of one network's epoch in the engine, at the article's sizes
EPOCHS = {"cpu": 250, "cuda": 1000}  # a call; on a CPU every epoch costs the same, on a GPU the first lap more
# By device, name: (function in contenders.py, a process for each core or one with a thread for each, networks a call)
CONTENDERS = {
    "cpu": {
        "the engine": ("engine", "processes", 4),
        "autograd loops": ("autograd", "processes", 1),
        "autograd loops as the article wrote them": ("clamp", "processes", 1),
        "torch.func, vmap of grad, 4 networks a process": ("func_vmap", "processes", 4),
        "JAX, jit of scan": ("jax_scan", "processes", 1),
        "JAX, jit of scan, all threads": ("jax_scan", "threads", 1),
        "JAX, jit of vmap of scan, 4 networks": ("jax_scan", "threads", 4),
        "JAX, jit of vmap of scan, 4 networks a process": ("jax_scan", "processes", 4),
        "JAX, given the engine's own form": ("jax_gram", "processes", 1),
    },
    "cuda": {
        "the engine": ("engine", "threads", 1024),
        "the engine without CUDA graphs": ("engine_without_graphs", "threads", 1024),
        "autograd loops": ("autograd", "threads", 1),
        "torch.func, vmap of grad, 64 networks": ("func_vmap", "threads", 64),
        "JAX, jit of scan": ("jax_scan", "threads", 1),
        "JAX, jit of vmap of scan, 64 networks": ("jax_scan", "threads", 64),
        "JAX, given the engine's own form, 64 networks": ("jax_gram", "threads", 64),
        "JAX, given the engine's own form, 512 networks": ("jax_gram", "threads", 512),
    },
}


def work(name: str, threads: int, call: "contenders.Call") -> None:
    """Warm a contender up; at each line on standard input run it for some seconds and print what it did a second."""
    if name.startswith("jax"):
        eigen = "true" if threads > 1 else "false"
        os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"
        os.environ["JAX_PLATFORMS"] = call.device
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # leave the others room on a GPU
        if threads == 1:  # the flags alone do not hold JAX to one core
            os.sched_setaffinity(0, {int(os.environ["CORE"])})
    train = getattr(contenders, name)(call)
    if not name.startswith("jax"):
        from kotohajime import compute

        compute.use(call.device, "float32", threads)  # once every BLAS is loaded
    train()
    print("ready", flush=True)
    for _ in sys.stdin:
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < SECONDS:
            done += train()
        print(done / spent, flush=True)


def start(function: str, kind: str, call: "contenders.Call") -> list[subprocess.Popen]:
    """Return a contender's processes, warm and waiting."""
    count, threads = (CORES, 1) if kind == "processes" else (1, CORES)
    command = [sys.executable, __file__, function, str(threads), *map(str, call)]
    workers = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**FAST, "CORE": str(core)}
        )
        for core in range(count)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n", f"{function} did not start"
    return workers


def turn(workers: list[subprocess.Popen]) -> float:
    """Return what a contender's processes do in a second together."""
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return sum(float(worker.stdout.readline()) for worker in workers)


def spread(values: list[float], form: str = ".2f") -> str:
    """Return the median and, in brackets, the range."""
    middle, low, high = (format(value, form) for value in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"


def compare(momentum: float, device: str) -> None:
    """Print each contender's trainings of 1000 epochs a second, turn by turn, and the share of the best product."""
    everyone = {"product": ("gemm", "threads" if device == "cuda" else "processes", 1), **CONTENDERS[device]}
    workers = {
        name: start(function, kind, contenders.Call(momentum, members, EPOCHS[device], device))
        for name, (function, kind, members) in everyone.items()
    }
    found = {name: [] for name in everyone}
    for _ in range(ROUNDS):
        for name, own in workers.items():
            found[name].append(turn(own))
    for worker in chain(*workers.values()):
        worker.communicate()
    peaks = found.pop("product")
    found = {name: [rate * EPOCHS[device] / 1000 for rate in rates] for name, rates in found.items()}
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
    product = {
        "cpu": "The best matrix product (1024 x 1024, of torch, oneDNN and NumPy) on all cores together",
        "cuda": "A matrix product (8192 x 8192)",
    }
    print(
        f"\n{product[device]} does {spread(peaks, '.0f')} GFLOP/s; "
        f"the engine {spread([100 * share for share in shares], '.0f')} % of it."
    )


def many() -> None:
    """Print the engine's cost a network, for few and for many networks, one thread."""
    import torch

    from kotohajime import compute
    from kotohajime.article.problem import draw
    from kotohajime.engine import trainer as engine
    from kotohajime.engine.optimizers import Update

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


def card() -> str | None:
    """Return the name of the GPU, None if torch finds none."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


if __name__ == "__main__":
    if len(sys.argv) > 1:
        function, threads, momentum, members, epochs, device = sys.argv[1:]
        work(function, int(threads), contenders.Call(float(momentum), int(members), int(epochs), device))
        sys.exit()
    print(f"\n{CORES} cores of {machine.cpu()} ({machine.model()}), torch {version('torch')}, JAX {version('jax')}.")
    print(f"float32; the engine multiplies by {engines_library()}.")
    for mu in (0.0, 0.8):
        compare(mu, "cpu")
    many()
    if card():
        print(f"\nOn {card()}:")
        for mu in (0.0, 0.8):
            compare(mu, "cuda")
    else:
        print("\nNo GPU that torch can use: nothing measured on one.")
