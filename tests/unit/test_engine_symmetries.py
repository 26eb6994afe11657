"""What changes nothing in a training: layout, order, a power of two; and what a start can stand for."""

import numpy as np
import planted
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import constant, multiplied_by, tensors, train_as_module

from kotohajime.engine import products
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.trainer import EvalPoints, train, train_and_follow

GD, NESTEROV = (OPTIMIZERS[name].update(0.8) for name in ("gd", "nesterov"))
HEAVY = planted.HEAVY.update(0.8)  # in no table


@pytest.mark.parametrize("library", products.PRODUCTS)
@pytest.mark.parametrize("update", [GD, NESTEROV])
@pytest.mark.parametrize("block", [1, 2])
@pytest.mark.parametrize("predicts", [False, True])
def test_how_weights_lie_in_memory_changes_no_bit(library, update, block, predicts):
    """As drawn, or transposed, as nn.Linear keeps them: in both forms, alone and in a block."""
    x, y, w1, w2 = tensors(0, (12, 7, 20, 3))
    points = EvalPoints(x, [0]) if predicts else None
    with multiplied_by(library):
        drawn, turned = (
            train_and_follow(x, y, [weights] * 2, constant([1e-4] * 2, 30), [update] * 2, points, block=block)
            for weights in ((w1, w2), (w1.t().contiguous().t(), w2.t().contiguous().t()))
        )
    plain, _ = train_as_module(x, y, w1, w2, [1e-4] * 30, **update._asdict())
    np.testing.assert_allclose(drawn.losses[:, 0], plain, rtol=1e-4)
    assert torch.equal(turned.losses, drawn.losses)
    assert torch.equal(turned.last, drawn.last)


def test_the_order_of_members_changes_no_bit():
    x, y, w1, w2 = tensors(0, (12, 7, 20, 3))
    rates, updates = constant([1e-4, 2e-4, 5e-5, 1e-3], 30), [NESTEROV, GD, HEAVY, GD]
    order = [2, 0, 3, 1]
    losses = train(x, y, [(w1, w2)] * 4, rates, updates)
    other = train(x, y, [(w1, w2)] * 4, rates[:, order], [updates[place] for place in order])
    assert torch.equal(other, losses[:, order])


@pytest.mark.parametrize("update", [GD, NESTEROV, HEAVY])
@given(
    seed=st.integers(0, 1000),
    power=st.integers(-6, 6),
    problem=st.sampled_from([((12, 10, 30, 4), 1e-4), ((20, 10, 30, 4), 1e-4), ((100, 100, 100, 10), 1e-6)]),
    block=st.integers(1, 2),
    library=st.sampled_from([*products.PRODUCTS]),
)
@settings(max_examples=20)
def test_power_of_two_scaling_is_exact(update, seed, power, problem, block, library):
    """training(a w1, a w2; a^2 y; rate / a^2) has a^4 times the losses: bit for bit for a power of two."""
    sizes, rate = problem
    x, y, w1, w2 = tensors(seed, sizes)
    a, rates = 2.0**power, constant([rate] * 2, 30)
    with multiplied_by(library):
        losses = train(x, y, [(w1, w2)] * 2, rates, [update] * 2, block)
        scaled = train(x, y * a**2, [(w1 * a, w2 * a)] * 2, rates / a**2, [update] * 2, block)
    assert torch.equal(scaled / a**4, losses)


@pytest.mark.parametrize("update", [GD, NESTEROV])
@given(seed=st.integers(0, 1000), ratio=st.floats(0.1, 10), sizes=st.sampled_from([(12, 10, 30, 4), (20, 10, 30, 4)]))
@settings(max_examples=10)
def test_a_rate_for_each_layer_is_a_start(update, seed, ratio, sizes):
    """A rate c^2 times as large for w1, c^2 times smaller for w2, is one rate from the start (w1 / c, c w2).

    The rate is a stable one for every ratio: where training diverges, it amplifies rounding without bound.
    """
    x, y, w1, w2 = tensors(seed, sizes, torch.float64)
    c = ratio**0.5
    weights = [w1.clone().requires_grad_(), w2.clone().requires_grad_()]
    groups = [{"params": [weights[0]], "lr": 1e-5 * ratio}, {"params": [weights[1]], "lr": 1e-5 / ratio}]
    optimizer, theirs = torch.optim.SGD(groups, **update._asdict()), []
    for _ in range(30):
        optimizer.zero_grad()
        loss = (torch.relu(x @ weights[0]) @ weights[1] - y).square().sum()
        theirs.append(loss.item())
        loss.backward()
        optimizer.step()
    assert theirs[-1] < theirs[0]
    ours = train(x, y, [(w1 / c, c * w2)], constant([1e-5], 30, torch.float64), [update])
    np.testing.assert_allclose(ours[:, 0], theirs, rtol=1e-12)
