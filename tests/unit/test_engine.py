"""The engine trains as the plain loops do: each member, in any company."""

from contextlib import contextmanager
from itertools import product

import numpy as np
import planted
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import tensors, train_as_module

from kotohajime.article import train_manual
from kotohajime.article.schedule import halving
from kotohajime.engine import products
from kotohajime.engine import trainer as engine
from kotohajime.engine.networks import fused_sgd
from kotohajime.engine.optimizers import OPTIMIZERS, Update

SMALL = (12, 7, 20, 3)
GD, NESTEROV = (OPTIMIZERS[name].update(0.8) for name in ("gd", "nesterov"))
HEAVY = planted.HEAVY.update(0.8)  # in no table
UPDATES = [GD, NESTEROV, HEAVY, Update(0.5, nesterov=True)]
LIBRARIES = [name for name in products.PRODUCTS if name != "onednn" or products.linear()]


@contextmanager
def multiplied_by(library):
    """Take a library's products, whatever this processor is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "library", lambda: library)
        yield


def constant(rates, epochs, dtype=torch.float32):
    """Return the rates of some epochs (epochs, members)."""
    return torch.tensor(rates, dtype=dtype).repeat(epochs, 1)


# Sums in another order. Measured, the largest over 20 seeds (float64: 5): 1.5e-4 in float32, 4e-13 in float64.
@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-3)])
@pytest.mark.parametrize(("rate", "update"), [(5e-7, GD), (1e-6, GD), (1e-7, NESTEROV), (1e-7, HEAVY)])
def test_a_member_is_trained_as_by_the_plain_loop(rate, update, dtype, tolerance):
    """Rate 1e-6: the loss explodes first. By every library, in both forms, alone and in a block."""
    x, y, w1, w2 = tensors(3, dtype=dtype)
    expected, (w1_end, w2_end) = train_as_module(x, y, w1, w2, [rate] * 200, **update._asdict())
    follow = engine.Follow(x, [0])
    libraries = [name for name in LIBRARIES if dtype == torch.float32 or name != "onednn"]
    for library, members, form in product(libraries, (1, 2), (None, follow)):
        with multiplied_by(library):
            rates = constant([rate] * members, 200, dtype)
            (losses, *_), state = engine.train_block(x, y, [(w1, w2)] * members, rates, update, form)
        p = w1_end if form else x @ w1_end
        for member in range(members):
            np.testing.assert_allclose(losses[:, member], expected, rtol=tolerance)
        for ours, theirs in ((state.p, p), (state.w2, w2_end.T)):
            assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "update"), [(5e-7, GD), (1e-7, NESTEROV)])
def test_float32_ends_at_the_plain_loops_floor(rate, update):
    """Where rounding alone keeps the loss up, after 1000 epochs, the engine rounds no more than the plain loop."""
    x, y, w1, w2 = tensors(0)
    ours = []
    for library in LIBRARIES:
        with multiplied_by(library):
            ours.append(engine.train(x, y, [(w1, w2)], constant([rate], 1000), [update])[-1].item())
    plain = train_as_module(x, y, w1, w2, [rate] * 1000, **update._asdict())[0][-1]
    assert 1e-6 < plain < 1e-4
    assert all(1 / 3 < loss / plain < 3 for loss in ours)


def test_a_rate_of_its_own_in_every_epoch():
    x, y, w1, w2 = tensors(1, dtype=torch.float64)
    rates = halving(2e-6, 120, 50, at_start=True)
    ours = engine.train(x, y, [(w1, w2)], torch.tensor(rates, dtype=torch.float64)[:, None], [GD])
    np.testing.assert_allclose(ours[:, 0], train_manual.train(x, y, w1, w2, rates)[0], rtol=1e-7)


@given(
    seed=st.integers(0, 2**32),
    sizes=st.tuples(*[st.integers(1, 9)] * 4),
    members=st.lists(
        st.tuples(st.integers(0, 2), st.floats(1e-5, 1e-3), st.sampled_from(UPDATES)), min_size=1, max_size=6
    ),
    block=st.integers(1, 4),
    epochs=st.integers(1, 8),
    library=st.sampled_from(LIBRARIES),
)
@settings(max_examples=60)
def test_any_members_in_any_blocks(seed, sizes, members, block, epochs, library):
    """Each member as alone by the plain loop, whatever its place, its company, the block's size and the form."""
    x, y, *_ = tensors(seed, sizes, torch.float64)
    starts = [tensors(seed + 1 + start, sizes, torch.float64)[2:] for start, _, _ in members]
    rates = constant([rate for _, rate, _ in members], epochs, torch.float64)
    with multiplied_by(library):
        together = engine.train(x, y, starts, rates, [update for *_, update in members], block=block)
    for place, ((w1, w2), (_, rate, update)) in enumerate(zip(starts, members, strict=True)):
        alone, _ = train_as_module(x, y, w1, w2, [rate] * epochs, **update._asdict())
        np.testing.assert_allclose(together[:, place], alone, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("update", [GD, NESTEROV])
@pytest.mark.parametrize("block", [1, 2])
@pytest.mark.parametrize("follows", [False, True])
def test_how_weights_lie_in_memory_changes_no_bit(library, update, block, follows):
    """As drawn, or transposed, as nn.Linear keeps them: in both forms, alone and in a block."""
    x, y, w1, w2 = tensors(0, SMALL)
    follow = engine.Follow(x, [0]) if follows else None
    with multiplied_by(library):
        drawn, turned = (
            engine.train_and_follow(x, y, [weights] * 2, constant([1e-4] * 2, 30), [update] * 2, follow, block=block)
            for weights in ((w1, w2), (w1.t().contiguous().t(), w2.t().contiguous().t()))
        )
    plain, _ = train_as_module(x, y, w1, w2, [1e-4] * 30, **update._asdict())
    np.testing.assert_allclose(drawn.losses[:, 0], plain, rtol=1e-4)
    assert torch.equal(turned.losses, drawn.losses)
    assert not follows or torch.equal(turned.last, drawn.last)


def test_no_update_goes_astray_in_memory():
    one, turned = torch.zeros(2, 3), torch.zeros(3, 2).t()
    with pytest.raises(ValueError, match="not contiguous"):
        fused_sgd([turned], [one], [one], NESTEROV)


def test_the_order_of_members_changes_no_bit():
    x, y, w1, w2 = tensors(0, SMALL)
    rates, updates = constant([1e-4, 2e-4, 5e-5, 1e-3], 30), [NESTEROV, GD, HEAVY, GD]
    order = [2, 0, 3, 1]
    losses = engine.train(x, y, [(w1, w2)] * 4, rates, updates)
    other = engine.train(x, y, [(w1, w2)] * 4, rates[:, order], [updates[place] for place in order])
    assert torch.equal(other, losses[:, order])


@pytest.mark.parametrize("update", [GD, NESTEROV, HEAVY])
@given(
    seed=st.integers(0, 1000), power=st.integers(-6, 6), batch=st.sampled_from([12, 20]), block=st.integers(1, 2),
    library=st.sampled_from(LIBRARIES),
)  # fmt: skip
@settings(max_examples=20)
def test_power_of_two_scaling_is_exact(update, seed, power, batch, block, library):
    """training(a w1, a w2; a^2 y; rate / a^2) has a^4 times the losses: bit for bit for a power of two."""
    x, y, w1, w2 = tensors(seed, (batch, 10, 30, 4))
    a, rates = 2.0**power, constant([1e-4] * 2, 30)
    with multiplied_by(library):
        losses = engine.train(x, y, [(w1, w2)] * 2, rates, [update] * 2, block)
        scaled = engine.train(x, y * a**2, [(w1 * a, w2 * a)] * 2, rates / a**2, [update] * 2, block)
    assert torch.equal(scaled / a**4, losses)


def train_layers(x, y, w1, w2, rates, update, epochs):
    """Train by torch.optim.SGD with a learning rate for each layer; return the losses."""
    weights = [w1.clone().requires_grad_(), w2.clone().requires_grad_()]
    groups = [{"params": [weight], "lr": rate} for weight, rate in zip(weights, rates, strict=True)]
    optimizer, losses = torch.optim.SGD(groups, **update._asdict()), []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = (torch.relu(x @ weights[0]) @ weights[1] - y).square().sum()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses


@pytest.mark.parametrize("update", [GD, NESTEROV])
@given(seed=st.integers(0, 1000), ratio=st.floats(0.1, 10), shapes=st.sampled_from([(12, 10, 30, 4), (20, 10, 30, 4)]))
@settings(max_examples=10)
def test_a_rate_for_each_layer_is_a_start(update, seed, ratio, shapes):
    """A rate c^2 times as large for w1, c^2 times smaller for w2, is one rate from the start (w1 / c, c w2).

    The rate is a stable one for every ratio: where training diverges, it amplifies rounding without bound.
    """
    x, y, w1, w2 = tensors(seed, shapes, torch.float64)
    theirs = train_layers(x, y, w1, w2, (1e-5 * ratio, 1e-5 / ratio), update, 30)
    assert theirs[-1] < theirs[0]
    c = ratio**0.5
    ours = engine.train(x, y, [(w1 / c, c * w2)], constant([1e-5], 30, torch.float64), [update])
    np.testing.assert_allclose(ours[:, 0], theirs, rtol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("update", [GD, NESTEROV])
def test_predictions_are_those_of_the_plain_loop_on_its_way(update, block, library):
    """A network that diverged predicts nothing."""
    dtype, tolerance = (torch.float32, 1e-3) if library == "onednn" else (torch.float64, 1e-9)
    x, y, w1, w2 = tensors(0, SMALL, dtype)
    points = tensors(1, SMALL, dtype)[0]
    epochs = [0, 7, engine.LAP, engine.LAP + 20]
    rates = constant([1e-4, 1e4, 2e-4], engine.LAP + 30, dtype)
    follow = engine.Follow(points, epochs)
    starts, updates = [(w1, w2)] * 3, [update] * 3
    with multiplied_by(library):
        losses, predictions, last = engine.train_and_follow(x, y, starts, rates, updates, follow, block=block)

    def close(ours, weights):
        torch.testing.assert_close(ours, torch.relu(points @ weights[0]) @ weights[1], rtol=tolerance, atol=tolerance)

    for place, rate in ((0, 1e-4), (2, 2e-4)):
        options = {"lr": rate, **update._asdict()}
        for row, epoch in enumerate(epochs):
            plain, weights = train_as_module(x, y, w1, w2, [rate] * epoch, **options)
            np.testing.assert_allclose(losses[:epoch, place], plain, rtol=tolerance)
            close(predictions[row, place], weights)
        close(last[place], train_as_module(x, y, w1, w2, [rate] * len(rates), **options)[1])
    assert predictions[:, 1].isfinite().flatten(1).all(1).tolist() == [True, False, False, False]
    assert last[1].isnan().all()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("update", [GD, NESTEROV])
def test_a_network_is_trained_until_its_loss_is_low_enough(update, block, library, monkeypatch):
    """At the end of ten epochs; what it predicts then is kept, and nobody else is disturbed."""
    monkeypatch.setattr(products, "library", lambda: library)
    x, y, w1, w2 = tensors(0, SMALL, torch.float64)
    rates = constant([1e-3, 1e-3, 1e-5], 200, torch.float64)
    starts, updates = [(w1, w2)] * 3, [update] * 3
    whole = engine.train(x, y, starts, rates, updates, block=block)
    until = float(whole[73, 0])
    losses, _, last = engine.train_and_follow(x, y, starts, rates, updates, engine.Follow(x), until, block)
    assert losses.isfinite().sum(0).tolist() == [80, 80, 200]
    torch.testing.assert_close(losses[:80], whole[:80])
    torch.testing.assert_close((last - y).square().sum((1, 2))[:2], whole[80, :2])
    assert losses[-1, 2] > until


def test_the_form_and_the_block_follow_from_the_sizes():
    def begun(sizes, follow=None):
        x, y, *start = tensors(0, sizes)
        return engine.train_block(x, y, [start], constant([1e-6], 1), GD, follow)[1], engine.block_size(x, sizes[2])

    state, size = begun((100, 100, 1000, 10))
    assert (state.p.shape, size) == ((100, 1000), 1)  # z
    state, size = begun((500, 64, 1000, 10))
    assert (state.p.shape, size) == ((64, 1000), 1)  # w1
    assert begun((16, 16, 64, 2))[1] == 128
    x = tensors(0, SMALL)[0]
    assert begun(SMALL, engine.Follow(x, [0]))[0].p.shape == (7, 20)


def test_power_of_two_scaling_is_exact_at_the_articles_size():
    x, y, w1, w2 = tensors(0)
    a, rates = 2.0**-5, constant([1e-6], 100)  # through the catapult
    losses = engine.train(x, y, [(w1, w2)], rates, [GD])
    assert torch.equal(engine.train(x, y * a**2, [(w1 * a, w2 * a)], rates / a**2, [GD]) / a**4, losses)


@pytest.mark.parametrize("block", [1, 3])
@pytest.mark.parametrize("update", [GD, NESTEROV, HEAVY])
def test_divergence_comes_at_the_same_epoch_and_disturbs_nobody(update, block):
    x, y, w1, w2 = tensors(0)
    rates = constant([1e-7, 5e-6, 2e-7], 120)
    losses = engine.train(x, y, [(w1, w2)] * 3, rates, [update] * 3, block=block)
    plain = np.array(train_as_module(x, y, w1, w2, [5e-6] * 20, **update._asdict())[0])
    assert int((~losses[:, 1].isfinite()).int().argmax()) == int((~np.isfinite(plain)).argmax()) < 10
    assert not losses[engine.LAP :, 1].isfinite().any()
    calm = engine.train(x, y, [(w1, w2)] * 2, rates[:, [0, 2]], [update] * 2, block=block)
    torch.testing.assert_close(losses[:, [0, 2]], calm, rtol=1e-5 if block > 1 else 0, atol=0)


def test_all_may_diverge():
    x, y, w1, w2 = tensors(0)
    losses = engine.train(x, y, [(w1, w2)] * 2, constant([1.0, 1.0], 60), [GD, NESTEROV])
    assert not losses[-1].isfinite().any()
    assert losses[0].isfinite().all()


class Recording:
    """What a CUDA graph does, on a CPU: `run` is noted while it is recorded, and done when it is replayed."""

    def __init__(self):
        self.noted = []

    def replay(self):
        for arguments in self.noted:
            RUN(*arguments)


RUN = engine.run


@contextmanager
def recording(graph):
    engine.run = lambda *arguments: graph.noted.append(arguments)
    yield
    engine.run = RUN


@pytest.mark.parametrize("update", [GD, NESTEROV, HEAVY])
def test_laps_that_are_recorded_and_replayed_change_no_bit(update, monkeypatch):
    """The GPU's way through the laps: one eager, some recorded, anew after a divergence, a short one."""
    x, y, *start = tensors(0, SMALL)
    rates = constant([1e-4, 2e-4, 5e-5], 4 * engine.LAP + 7)
    if not update.momentum:
        rates[2 * engine.LAP + 3 :, 1] = 1e3
    plain = engine.train(x, y, [start] * 3, rates, [update] * 3, block=3)
    monkeypatch.setattr(engine, "RECORDED", ("cpu",))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", recording)
    replayed = engine.train(x, y, [start] * 3, rates, [update] * 3, block=3)
    assert torch.equal(replayed.nan_to_num(), plain.nan_to_num())
    assert plain[-1].isfinite().tolist() == [True, bool(update.momentum), True]


def test_the_starts_are_left_alone():
    x, y, w1, w2 = tensors(0, SMALL)
    before = w1.clone(), w2.clone()
    engine.train(x, y, [(w1, w2)], constant([1e-4], 5), [NESTEROV])
    assert torch.equal(w1, before[0])
    assert torch.equal(w2, before[1])


def test_memory_is_that_of_a_block():
    """What a block holds does not grow with the members that wait."""
    x, y, w1, w2 = tensors(0, SMALL)
    seen = []

    class Watched(engine.Block):
        def step(self, scale, loss):
            seen.append(len(self.p))
            super().step(scale, loss)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "Block", Watched)
        engine.train(x, y, [(w1, w2)] * 50, constant([1e-4] * 50, 2), [GD] * 50, block=4)
    assert max(seen) == 4
    assert len(seen) == 2 * 13
