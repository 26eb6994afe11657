"""What today's torch does with the article's statements: measured then and there, on the CPU, at the article's sizes.

The verdicts are `claims`'s; here are only observations.
"""

import math
import warnings
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from kotohajime import compute, train_autograd, train_manual, train_module
from kotohajime.cli import Threads, run
from kotohajime.files import write_json
from kotohajime.problem import draw
from kotohajime.prompt import execute

SLICES = [
    "a[0]", "a[-1]", "a[1:3]", "a[::2]", "a[1:, ::3]", "a[:, 1]", "a[..., -1]", "a[None]", "a[:, None]",
    "a[[0, 2]]", "a[a > 0]", "a[[[0], [1]], [1, 2]]",
]  # fmt: skip
ARRAY = np.random.default_rng(0).standard_normal((4, 6))


def methods() -> list[str]:
    """Return a call of every public method that an array has and that needs no argument: nobody picked them."""
    calls = [f"a.{name}()" for name in dir(np.ndarray) if not name.startswith("_")]
    return [call for call in calls if execute(call, {"a": ARRAY.copy()})[0] == "value"]


def tensors(seed: int, dtype: torch.dtype, sizes: tuple[int, ...] = (100, 100, 1000, 10)) -> list[torch.Tensor]:
    """Return x, y, w1, w2 of a problem of the article's sizes."""
    return [torch.from_numpy(array).to(dtype) for array in draw(seed, *sizes).values()]


def alike(code: str) -> bool:
    """Tell whether an expression of `a` gives the same values, in the same shape, for a tensor and for an array."""
    try:
        ours, theirs = (np.asarray(eval(code, {"a": a})) for a in (torch.from_numpy(ARRAY.copy()), ARRAY.copy()))
        return ours.shape == theirs.shape and np.allclose(ours, theirs)
    except Exception:
        return False


def numpy_like() -> dict:
    """Apply the same slices and methods to a tensor and an array; list which do not give the same."""
    calls = methods()
    kind, today = execute("a[::-1]", {"a": torch.ones(3)})
    return {
        "slices": len(SLICES),
        "slices_different": [code for code in SLICES if not alike(code)],
        "methods": len(calls),
        "methods_different": [code for code in calls if not alike(code)],
        "negative_step": {"works": kind == "value", "today": today},
    }


def negative_strides() -> dict:
    """Hand torch an array with a negative stride."""
    kind, today = execute("torch.from_numpy(a[::-1])", {"torch": torch, "a": np.ones((2, 3))})
    return {"supported": kind == "value", "today": today}


def gradient_formula() -> dict:
    """Compare dloss/dw1 as the article prints it, as its code computes it, and as autograd does, in float64."""
    x, y, w1, w2 = tensors(0, torch.float64, (5, 4, 6, 3))
    w1.requires_grad_()

    def loss(w1, w2):
        return (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()

    (autograd,) = torch.autograd.grad(loss(w1, w2), w1)
    rate = 2.0**-10
    _, (after, _) = train_manual.train(x, y, w1.detach(), w2, [rate])
    code = (w1.detach() - after) / rate
    z = x.mm(w1.detach())
    mask, error = torch.diag((z[0] > 0).double()), y - z.clamp(min=0).mm(w2)
    names = {"torch": torch, "x": x, "w1": w1.detach(), "mask": mask, "error": error, "autograd": autograd}
    kind, printed = execute("torch.allclose(-2 * x.t() @ error @ w1 @ mask, autograd)", names)
    return {
        "printed_is_right": (kind, printed) == ("value", "True"),
        "printed": printed if kind == "error" else "it can be computed",
        "code_against_autograd": float((code - autograd).abs().max() / autograd.abs().max()),
        "gradcheck": torch.autograd.gradcheck(loss, (w1, w2.requires_grad_())),
    }


def output_dim() -> dict:
    """Predict for one sample with W2 of the shape that the text gives, and with that of the code."""
    names = {"h": torch.ones(1000, 1), "text": torch.ones(10, 100), "code": torch.ones(1000, 10)}
    text, code = (execute(f"len({w2}.t().mm(h))", names) for w2 in ("text", "code"))
    return {"text_works": text[0] == "value", "text": text[1], "code": code[1]}


def halvings() -> list[int]:
    """Run the notebook's own condition for its 1000 epochs; return after which the rate was halved."""
    return [epoch for epoch in range(1000) if epoch % 200 == 0]


def class_argument() -> dict:
    """Build a layer in a class that takes `output_dim` but reads a misspelt global, as the article's does."""
    code = """
class Net:
    def __init__(self, output_dim):
        self.layer = torch.nn.Linear(1000, outpu_dim)
Net(output_dim=3)
"""
    names = {"torch": torch, "outpu_dim": 10}
    execute(code, names)
    return {
        "asked": 3,
        "made": names["Net"](output_dim=3).layer.out_features,
        "without_the_global": execute(code, {"torch": torch})[1],
        "ours": train_module.TwoLayerNet(100, 1000, 3).linear2.out_features,
    }


def size_average() -> dict:
    """Call MSELoss by default, with `size_average`, and with its successor `reduction`."""
    pred, y = torch.arange(6.0).reshape(3, 2), torch.zeros(3, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = torch.nn.MSELoss(size_average=True)(pred, y)
    others = torch.nn.MSELoss()(pred, y), torch.nn.MSELoss(reduction="mean")(pred, y)
    return {
        "values": value.numel(),
        "samples": len(y),
        "value": value.item(),
        "default_and_reduction_mean_are_the_same": all(torch.equal(value, other) for other in others),
        "mean_of_all_elements": pred.pow(2).mean().item(),
        "warning": str(caught[0].message).strip() if caught else None,
    }


def linear_init() -> dict:
    """Test the default weights of the article's two layers for U(-b, b), b = 1/sqrt(fan_in) (Kolmogorov-Smirnov)."""
    torch.manual_seed(0)
    layers = {}
    for fan_in, fan_out in ((100, 1000), (1000, 10)):
        weights = torch.nn.Linear(fan_in, fan_out, bias=False).weight.detach().double().flatten().numpy()
        bound = 1 / math.sqrt(fan_in)
        test = stats.kstest(weights, stats.uniform(-bound, 2 * bound).cdf)
        largest = float(abs(weights).max())
        layers[f"{fan_in}x{fan_out}"] = {"bound": bound, "largest": largest, "p_value": float(test.pvalue)}
    return layers


def same_training(precision: str, epochs: int = 100) -> dict:
    """Train by hand and with autograd from one start at one rate; return how far apart the losses are at most."""
    x, y, w1, w2 = tensors(0, getattr(torch, precision))
    rates = [1.0e-6] * epochs
    by_hand, _ = train_manual.train(x, y, w1, w2, rates)
    by_autograd, _ = train_autograd.train(x, y, w1, w2, rates)
    difference = max(abs(loss - hand) / hand for loss, hand in zip(by_autograd, by_hand, strict=True))
    return {"epochs": epochs, "largest_relative_difference": difference}


def main(*, threads: Threads = 1, output: Path) -> None:
    """Run every check.

    Args:
        threads: CPU threads.
        output: the JSON file to write.
    """
    compute.use("cpu", "float64", threads)
    write_json(
        output,
        {
            "torch": torch.__version__.split("+")[0],
            "cuda_build": torch.version.cuda,
            "numpy_like": numpy_like(),
            "negative_strides": negative_strides(),
            "output_dim": output_dim(),
            "gradient_formula": gradient_formula(),
            "halvings": halvings(),
            "class_argument": class_argument(),
            "size_average": size_average(),
            "linear_init": linear_init(),
            "same_training": {precision: same_training(precision) for precision in ("float32", "float64")},
        },
    )


if __name__ == "__main__":
    run(main)
