"""The tensor tour: every line of the article's first section, run today, beside what it reported in 2018."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article.prompt import execute
from kotohajime.cli import run
from kotohajime.files import write, write_json
from kotohajime.pages.render import render
from kotohajime.settings import OnDevice, Seeded


@dataclass
class Step:
    """A line of the tour: what it shows, the code, and what the article saw ("" where it printed nothing)."""

    topic: str
    code: str
    reported: str = ""


PARAMETERS = """Parameter containing:
tensor(1.00000e-02 *
       [[ 7.6395, -6.7308,  9.9475,  ...,  1.5201, -3.2150, -0.1836],
        [-8.0257,  9.9207,  2.4222,  ...,  4.2445,  8.2807,  7.5381],
        [ 3.3367,  0.5269, -0.0468,  ...,  2.7539,  9.4210,  7.7625],
        ...,
        [ 6.5938, -3.1973, -0.3842,  ..., -3.0842,  6.5831,  4.6253],
        [ 0.4635, -2.5175, -9.1168,  ...,  5.4131, -5.4361, -6.6949],
        [ 2.5444,  9.0936, -3.0305,  ...,  6.1671,  4.1751, -3.2943]])
Parameter containing:
tensor(1.00000e-02 *
       [[-3.0642,  3.1571,  1.1157,  ...,  2.1682,  2.4327, -1.7542],
        [ 0.6330, -3.1313, -1.7368,  ...,  2.4449, -2.3944,  2.3621],
        [-0.6492,  1.6452,  0.9604,  ..., -2.4719, -0.7905,  2.3031],
        ...,
        [ 0.0137, -2.7335,  2.7928,  ..., -1.3900,  0.6610,  2.2154],
        [-3.1476, -2.1980, -1.7415,  ..., -2.2474, -2.0570, -2.9524]])"""

TOUR = [
    Step("draw a tensor from N(0, 1)", "x = torch.randn(2, 3)"),
    Step("its class", "x.__class__", "<class 'torch.Tensor'>"),
    Step("its shape", "x.shape", "torch.Size([2, 3])"),
    Step("all values in one row", "x.reshape(-1)", "tensor([ 1.5101, -0.4492, -0.1451,  0.8803,  0.0047, -0.0675])"),
    Step(
        "a new axis, as in NumPy",
        "x[None, :]",
        "tensor([[[ 1.5101, -0.4492, -0.1451],\n         [ 0.8803,  0.0047, -0.0675]]])",
    ),
    Step("another tensor", "y = torch.randn(2, 3)"),
    Step("a matrix product needs shapes that fit", "y.mm(x)", "RuntimeError: size mismatch, m1: [2 x 3], m2: [2 x 3]"),
    Step("with the transpose they fit", "y.mm(x.t())", "tensor([[ 0.0598,  0.1263],\n        [ 0.6540, -0.0636]])"),
    Step("no negative steps in a slice", "x[::-1, :]", "ValueError: negative step not yet supported"),
    Step(
        "by way of NumPy and a copy it works",
        "torch.from_numpy(x.numpy()[::-1, :].copy())",
        "tensor([[ 0.8803,  0.0047, -0.0675],\n        [ 1.5101, -0.4492, -0.1451]])",
    ),
    Step(
        "without the copy it does not",
        "torch.from_numpy(x.numpy()[::-1, :])",
        "ValueError: some of the strides of a given numpy array are negative. "
        "This is currently not supported, but will be added in future releases.",
    ),
    Step("abs() returns a new tensor", "x.abs()"),
    Step("and leaves x alone", "x", "tensor([[ 1.6180,  0.6957,  0.8190],\n        [-0.1657, -0.0048, -1.1411]])"),
    Step("abs_() changes x in place", "x.abs_()"),
    Step("so x has lost its signs", "x", "tensor([[ 1.6180,  0.6957,  0.8190],\n        [ 0.1657,  0.0048,  1.1411]])"),
    Step(
        "a module of two layers",
        "model = torch.nn.Sequential(torch.nn.Linear(100, 1000, bias=False), torch.nn.Linear(1000, 10, bias=False))",
    ),
    Step(
        "lists its layers",
        "for layer in model.children():\n    print(layer)",
        "Linear(in_features=100, out_features=1000, bias=False)\nLinear(in_features=1000, out_features=10, bias=False)",
    ),
    Step("and its parameters", "for parameter in model.parameters():\n    print(parameter)", PARAMETERS),
    Step("to() moves all of a module's values to a device", "model = model.to(device)"),
    Step("where they are now", "{p.device.type for p in model.parameters()}"),
]


def same_outcome(kind: str, today: str, reported: str) -> bool | None:
    """Tell whether today's outcome is the reported one: the same type of error, or the same text but for the decimals.

    None where the article reported nothing. Values drawn at random differ, and so may an error's wording.
    """
    if not reported:
        return None
    name = reported.split(":")[0]
    if name.endswith("Error"):
        return kind == "error" and today.startswith(f"{name}:")
    return kind == "value" and without_decimals(today) == without_decimals(reported)


def without_decimals(text: str) -> str:
    """Return a printed value with its decimal numbers masked, so that only its form counts."""
    return re.sub(r"\s+", " ", re.sub(r"\s*-?\d+\.\d+(e[+-]\d+)?", "#", text))


def take_tour(steps: list[Step], names: Mapping) -> list[dict]:
    """Run the steps one after another in one namespace; return each with what it did today."""
    namespace = dict(names)
    story = []
    for step in steps:
        kind, today = execute(step.code, namespace)
        same = same_outcome(kind, today, step.reported)
        story.append({**asdict(step), "outcome": kind, "today": today, "as_reported": same})
    return story


def main(*, seeded: Seeded = Seeded(), on: OnDevice = OnDevice(), json: Path, html: Path) -> None:
    """Run the tensor tour and write what each line printed or raised.

    Args:
        seeded: the seed of torch's generator.
        on: where the tour's module is moved to.
        json: the JSON file to write.
        html: the page to write.
    """
    place = compute.use(on.device, "float32", threads=1)
    torch.manual_seed(seeded.seed)
    story = take_tour(TOUR, {"torch": torch, "np": np, "device": place["device"]})
    write_json(json, story)
    write(html, render("tensor_basics.html", steps=story, version=torch.__version__.split("+")[0]))
    changed = sum(step["as_reported"] is False for step in story)
    print(f"{len(story)} steps, {changed} with another outcome than in 2018")


if __name__ == "__main__":
    run(main)
