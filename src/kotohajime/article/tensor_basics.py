"""The tensor tour: the article's lines about tensors and parameters, run today, beside what it reported in 2018."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from kotohajime import compute
from kotohajime.article.prompt import execute
from kotohajime.cli import run
from kotohajime.io import write, write_json
from kotohajime.render import render
from kotohajime.config import Device, Seed
from kotohajime.text import Both


@dataclass
class Step:
    """A line of the tour: what it shows, the code, and what the article saw ("" where it printed nothing).

    `why` explains the difference where today it is another.
    """

    topic: Both
    code: str
    reported: str = ""
    why: Both | None = None


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
        [-1.0288, -3.1262, -1.0839,  ..., -0.7796, -2.2369,  2.7909],
        [ 0.0137, -2.7335,  2.7928,  ..., -1.3900,  0.6610,  2.2154],
        [-3.1476, -2.1980, -1.7415,  ..., -2.2474, -2.0570, -2.9524]])"""
PRINTED = (
    "The values are of the same kind. What has changed is how they are printed: torch no longer takes a common factor "
    "out of the matrix, and it says that gradients are asked for (requires_grad).",
    "値の種類は同じで、変わったのは表示です。今の torch は共通の係数を行列の外に出さず、"
    "勾配を求めること（requires_grad）も表示します。",
)

TOUR = [
    Step(("draw a tensor from N(0, 1)", "N(0, 1) の乱数でテンソルを作る"), "x = torch.randn(2, 3)"),
    Step(("its class", "そのクラス"), "x.__class__", "<class 'torch.Tensor'>"),
    Step(("its shape", "その形"), "x.shape", "torch.Size([2, 3])"),
    Step(
        ("all values in one row", "すべての値を 1 次元に並べる"),
        "x.reshape(-1)",
        "tensor([ 1.5101, -0.4492, -0.1451,  0.8803,  0.0047, -0.0675])",
    ),
    Step(
        ("a new axis, as in NumPy", "NumPy と同じように軸を増やす"),
        "x[None, :]",
        "tensor([[[ 1.5101, -0.4492, -0.1451],\n         [ 0.8803,  0.0047, -0.0675]]])",
    ),
    Step(("another tensor", "もう一つのテンソル"), "y = torch.randn(2, 3)"),
    Step(
        ("a matrix product needs shapes that fit", "行列の積は、形が合わないとエラーになる"),
        "y.mm(x)",
        "RuntimeError: size mismatch, m1: [2 x 3], m2: [2 x 3]",
    ),
    Step(
        ("with the transpose they fit", "転置すれば形が合う"),
        "y.mm(x.t())",
        "tensor([[ 0.0598,  0.1263],\n        [ 0.6540, -0.0636]])",
    ),
    Step(
        ("no negative steps in a slice", "スライスに負のステップは使えない"),
        "x[::-1, :]",
        "ValueError: negative step not yet supported",
    ),
    Step(
        ("by way of NumPy and a copy it works", "NumPy に変換してコピーすれば使える"),
        "torch.from_numpy(x.numpy()[::-1, :].copy())",
        "tensor([[ 0.8803,  0.0047, -0.0675],\n        [ 1.5101, -0.4492, -0.1451]])",
    ),
    Step(
        ("without the copy it does not", "コピーしないと使えない"),
        "torch.from_numpy(x.numpy()[::-1, :])",
        "ValueError: some of the strides of a given numpy array are negative. "
        "This is currently not supported, but will be added in future releases.",
    ),
    Step(("abs() returns a new tensor", "abs() は新しいテンソルを返す"), "x.abs()"),
    Step(
        ("and leaves x alone", "abs() の後も x は変わらない"),
        "x",
        "tensor([[ 1.6180,  0.6957,  0.8190],\n        [-0.1657, -0.0048, -1.1411]])",
    ),
    Step(("abs_() changes x in place", "abs_() は x をその場で変更する"), "x.abs_()"),
    Step(
        ("so x has lost its signs", "abs_() の後は x の値がすべて 0 以上になる"),
        "x",
        "tensor([[ 1.6180,  0.6957,  0.8190],\n        [ 0.1657,  0.0048,  1.1411]])",
    ),
    Step(
        ("a module of two layers", "2 層の Module を作る"),
        "model = torch.nn.Sequential(torch.nn.Linear(100, 1000, bias=False), torch.nn.Linear(1000, 10, bias=False))",
    ),
    Step(
        ("lists its layers", "層の一覧を得る"),
        "for layer in model.children():\n    print(layer)",
        "Linear(in_features=100, out_features=1000, bias=False)\nLinear(in_features=1000, out_features=10, bias=False)",
    ),
    Step(
        ("and its parameters", "パラメータの一覧を得る"),
        "for parameter in model.parameters():\n    print(parameter)",
        PARAMETERS,
        PRINTED,
    ),
    Step(
        (
            "to() moves parameters and buffers to a device",
            "to() はパラメータとバッファをデバイスに移す",
        ),
        "model = model.to(device)",
    ),
    Step(("where they are now", "移した後のデバイス"), "{p.device.type for p in model.parameters()}"),
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


def main(*, seed: Seed = Seed(), on: Device = Device(), json: Path, html: Path) -> None:
    """Run the tensor tour and write what each line printed or raised.

    Args:
        seed: the seed of torch's generator.
        on: where the tour's module is moved to.
        json: the JSON file to write.
        html: the page to write.
    """
    place = compute.use(on.device, "float32", threads=1)
    torch.manual_seed(seed.seed)
    story = take_tour(TOUR, {"torch": torch, "np": np, "device": place["device"]})
    write_json(json, story)
    write(html, render("tensor_basics.html", steps=story, version=torch.__version__.split("+")[0]))
    changed = sum(step["as_reported"] is False for step in story)
    print(f"{len(story)} steps, {changed} with another outcome than in 2018")


if __name__ == "__main__":
    run(main)
