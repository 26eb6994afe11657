"""What the statements on gradients, losses and initial weights compute."""

import math
from collections.abc import Callable

import torch
from scipy import stats

from kotohajime.article import train_autograd, train_manual
from kotohajime.article.problem import draw


def small_network(batch: int, outputs: int) -> tuple[torch.Tensor, ...]:
    """Return x (batch, 4), y, w1 (4, 6), w2 (6, outputs), hidden units and predictions of a network, in float64.

    The last two are autograd's gradients for w1 and w2.
    """
    x, y, w1, w2 = (torch.from_numpy(array).double() for array in draw(0, batch, 4, 6, outputs).values())
    weights = w1.clone().requires_grad_(), w2.clone().requires_grad_()
    h = x.mm(weights[0]).clamp(min=0)
    pred = h.mm(weights[1])
    by_w1, by_w2 = torch.autograd.grad((pred - y).pow(2).sum(), weights)
    return x, y, w1, w2, h.detach(), pred.detach(), by_w1, by_w2


def compare_gradients(
    x: torch.Tensor, y: torch.Tensor, w1: torch.Tensor, w2: torch.Tensor, by_w1: torch.Tensor
) -> float:
    """Return how far the gradient for w1 that lesson 1 computes is from `by_w1`, relative to its largest element."""
    rate = 2.0**-10
    _, (after, _) = train_manual.train(x, y, w1, w2, [rate])
    return float(((w1 - after) / rate - by_w1).abs().max() / by_w1.abs().max())


def compare_losses(precision: str, epochs: int) -> float:
    """Train by hand and with autograd from the same weights; return the largest relative difference of the losses."""
    dtype = getattr(torch, precision)
    x, y, w1, w2 = (torch.from_numpy(array).to(dtype) for array in draw(0, 100, 100, 1000, 10).values())
    rates = [1.0e-6] * epochs
    by_hand, _ = train_manual.train(x, y, w1, w2, rates)
    by_autograd, _ = train_autograd.train(x, y, w1, w2, rates)
    return max(abs(loss - hand) / hand for loss, hand in zip(by_autograd, by_hand, strict=True))


def compare_with_uniform(count: Callable[[torch.nn.Linear], int]) -> list[dict[str, str | float]]:
    """Test whether the article's two layers start from U(-b, b), b = 1 / sqrt(n), where `count` gives a layer's n.

    Returns for each layer its name, its largest weight divided by b, and the p-value of a Kolmogorov-Smirnov test.
    """
    layers: list[dict[str, str | float]] = []
    for inputs, outputs in ((100, 1000), (1000, 10)):
        layer = torch.nn.Linear(inputs, outputs, bias=False)
        weights = layer.weight.detach().double().flatten().numpy()
        bound = 1 / math.sqrt(count(layer))
        test = stats.kstest(weights, stats.uniform(-bound, 2 * bound).cdf)
        largest = float(abs(weights).max()) / bound
        layers.append({"name": f"{inputs}x{outputs}", "largest": largest, "p": float(test.pvalue)})
    return layers
