"""The engine trains as the plain loops do, in any company; the sharpness and the tangent kernel are those of theory."""

from contextlib import contextmanager

import numpy as np
import planted
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import constant, multiplied_by, sizes_of, tensors, train_as_module

from kotohajime.article import train_manual
from kotohajime.article.schedule import halving
from kotohajime.engine import products, sharpness, tangent_kernel, trainer
from kotohajime.engine.optimizers import OPTIMIZERS, Update
from kotohajime.engine.trainer import CHECK_EVERY, EvalPoints, train, train_and_follow
from kotohajime.images.starts import VARIANTS

SMALL = (12, 7, 20, 3)
GD, NESTEROV = (OPTIMIZERS[name].update(0.8) for name in ("gd", "nesterov"))
HEAVY = planted.HEAVY.update(0.8)  # in no table
MEMBERS = st.tuples(
    st.integers(0, 2), st.floats(1e-5, 1e-3), st.sampled_from([GD, NESTEROV, HEAVY, Update(0.5, nesterov=True)])
)

each_library = pytest.mark.parametrize("library", products.PRODUCTS)
each_update = pytest.mark.parametrize("update", [GD, NESTEROV, HEAVY])
alone_and_in_a_block = pytest.mark.parametrize("block", [1, 3])


@given(
    seed=st.integers(0, 2**32),
    sizes=st.tuples(*[st.integers(1, 9)] * 4),
    members=st.lists(MEMBERS, min_size=1, max_size=6),
    block=st.integers(1, 4),
    epochs=st.integers(1, 8),
    library=st.sampled_from([*products.PRODUCTS]),
)
@settings(max_examples=30)
def test_any_members_in_any_blocks(seed, sizes, members, block, epochs, library):
    """Each member as alone by the plain loop, whatever its place, its company, the block's size and the form."""
    x, y, *_ = tensors(seed, sizes, torch.float64)
    starts = [tensors(seed + 1 + start, sizes, torch.float64)[2:] for start, _, _ in members]
    before = [w.clone() for start in starts for w in start]
    rates = constant([rate for _, rate, _ in members], epochs, torch.float64)
    with multiplied_by(library):
        together = train(x, y, starts, rates, [update for *_, update in members], block=block)
    for place, ((w1, w2), (_, rate, update)) in enumerate(zip(starts, members, strict=True)):
        alone, _ = train_as_module(x, y, w1, w2, [rate] * epochs, **update._asdict())
        np.testing.assert_allclose(together[:, place], alone, rtol=1e-9, atol=1e-12)
    assert all(map(torch.equal, before, [w for start in starts for w in start]))  # they are left as they were


# Sums in another order. Measured, the largest over 20 seeds: 1.5e-4 in 200 epochs.
@pytest.mark.slow
@pytest.mark.parametrize(("rate", "update"), [(5e-7, GD), (1e-7, NESTEROV)])
def test_float32_at_the_articles_sizes(rate, update):
    """Where rounding alone keeps the loss up, after 1000 epochs, the engine rounds no more than the plain loop."""
    x, y, w1, w2 = tensors(0)
    plain, _ = train_as_module(x, y, w1, w2, [rate] * 1000, **update._asdict())
    assert 1e-6 < plain[-1] < 1e-4
    for library in products.PRODUCTS:
        with multiplied_by(library):
            ours = train(x, y, [(w1, w2)], constant([rate], 1000), [update])[:, 0]
        np.testing.assert_allclose(ours[:200], plain[:200], rtol=1e-3)
        assert 1 / 3 < ours[-1] / plain[-1] < 3


def test_a_rate_of_its_own_in_every_epoch():
    x, y, w1, w2 = tensors(1, (100, 100, 200, 10), dtype=torch.float64)
    rates = halving(2e-6, 60, 25, at_start=True)
    ours = train(x, y, [(w1, w2)], torch.tensor(rates, dtype=torch.float64)[:, None], [GD])
    np.testing.assert_allclose(ours[:, 0], train_manual.train(x, y, w1, w2, rates)[0], rtol=1e-7)


@each_library
@alone_and_in_a_block
@pytest.mark.parametrize("update", [GD, NESTEROV])
def test_predictions_are_those_of_the_plain_loop_on_its_way(update, block, library):
    """A network that diverged predicts nothing."""
    x, y, w1, w2 = tensors(0, SMALL, torch.float64)
    points, epochs = tensors(1, SMALL, torch.float64)[0], [0, 7, CHECK_EVERY, CHECK_EVERY + 20]
    rates = constant([1e-4, 1e4, 2e-4], CHECK_EVERY + 30, torch.float64)
    starts, log = [(w1, w2)] * 3, EvalPoints(points, epochs)
    with multiplied_by(library):
        losses, predictions, last = train_and_follow(x, y, starts, rates, [update] * 3, log, block=block)
    for place, rate in ((0, 1e-4), (2, 2e-4)):
        for epoch, ours in zip([*epochs, len(rates)], [*predictions[:, place], last[place]], strict=True):
            plain, (u1, u2) = train_as_module(x, y, w1, w2, [rate] * epoch, **{"lr": rate, **update._asdict()})
            np.testing.assert_allclose(losses[:epoch, place], plain, rtol=1e-9)
            torch.testing.assert_close(ours, torch.relu(points @ u1) @ u2, rtol=1e-9, atol=1e-9)
    assert predictions[:, 1].isfinite().flatten(1).all(1).tolist() == [True, False, False, False]
    assert last[1].isnan().all()


@each_library
@alone_and_in_a_block
@pytest.mark.parametrize("update", [GD, NESTEROV])
def test_a_network_is_trained_until_its_loss_is_low_enough(update, block, library):
    """At the end of ten epochs; what it predicts then is kept, and nobody else is disturbed."""
    x, y, w1, w2 = tensors(0, SMALL, torch.float64)
    rates = constant([1e-3, 1e-3, 1e-5], 200, torch.float64)
    starts, updates = [(w1, w2)] * 3, [update] * 3
    with multiplied_by(library):
        whole = train(x, y, starts, rates, updates, block=block)
        until = float(whole[73, 0])
        losses, _, last = train_and_follow(x, y, starts, rates, updates, EvalPoints(x), until, block)
    assert losses.isfinite().sum(0).tolist() == [80, 80, 200]
    torch.testing.assert_close(losses[:80], whole[:80])
    torch.testing.assert_close((last - y).square().sum((1, 2))[:2], whole[80, :2])
    assert losses[-1, 2] > until


@alone_and_in_a_block
@each_update
def test_divergence_comes_at_the_same_epoch_and_disturbs_nobody(update, block):
    x, y, w1, w2 = tensors(0, (100, 100, 200, 10))
    rates = constant([1e-7, 3e-5, 2e-7], 120)
    losses = train(x, y, [(w1, w2)] * 3, rates, [update] * 3, block=block)
    plain = np.array(train_as_module(x, y, w1, w2, [3e-5] * 20, **update._asdict())[0])
    assert int((~losses[:, 1].isfinite()).int().argmax()) == int((~np.isfinite(plain)).argmax()) < 10
    assert not losses[CHECK_EVERY:, 1].isfinite().any()
    undisturbed = train(x, y, [(w1, w2)] * 2, rates[:, [0, 2]], [update] * 2, block=block)
    torch.testing.assert_close(losses[:, [0, 2]], undisturbed, rtol=1e-5 if block > 1 else 0, atol=0)


@each_update
def test_epochs_that_are_recorded_and_replayed_change_no_bit(update, monkeypatch):
    """The GPU's way through the epochs: some eager, some recorded, anew after a divergence, a few that are left."""
    run_epochs = trainer.run_epochs

    class Recording:
        """What a CUDA graph does, on a CPU: `run_epochs` is noted while it is recorded, and done when replayed."""

        def replay(self):
            run_epochs(*self.noted)

    @contextmanager
    def recording(graph):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trainer, "run_epochs", lambda *arguments: setattr(graph, "noted", arguments))
            yield

    x, y, *start = tensors(0, SMALL)
    rates = constant([1e-4, 2e-4, 5e-5], 4 * CHECK_EVERY + 7)
    if not update.momentum:
        rates[2 * CHECK_EVERY + 3 :, 1] = 1e3
    plain = train(x, y, [start] * 3, rates, [update] * 3, block=3)
    monkeypatch.setattr(trainer, "GRAPH_DEVICES", ("cpu",))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", recording)
    replayed = train(x, y, [start] * 3, rates, [update] * 3, block=3)
    assert torch.equal(replayed.nan_to_num(), plain.nan_to_num())
    assert plain[-1].isfinite().tolist() == [True, bool(update.momentum), True]


def outputs(x, w1, w2):
    return (x @ w1).relu() @ w2


@given(seed=st.integers(0, 2**32))
@settings(max_examples=10)
def test_the_hessians_largest_eigenvalue(seed):
    x, y, w1, w2 = tensors(seed, (6, 4, 9, 2), torch.float64)

    def loss(weights):
        first, second = weights.split([w1.numel(), w2.numel()])
        return (outputs(x, first.view_as(w1), second.view_as(w2)) - y).square().sum()

    whole = torch.autograd.functional.hessian(loss, torch.cat([w1.flatten(), w2.flatten()]))
    expected = torch.linalg.eigvalsh(whole)[-1].item()
    assert sharpness.of_hessian(x, y, w1, w2) == pytest.approx(expected, rel=1e-5)
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_hessian(x, y, w1, w2)  # bit for bit


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (2, 60, 3, 60)])  # written out, and by Lanczos
def test_it_is_zero_where_no_unit_is_active(sizes):
    x, y, w1, w2 = tensors(0, sizes)
    x, w1 = x.abs(), -w1.abs()
    assert sharpness.of_hessian(x, y, w1, w2) == sharpness.of_tangent_kernel(x, w1, w2) == 0


def test_the_kernel_is_that_of_the_derivatives():
    x, _, w1, w2 = tensors(0, (6, 5, 30, 3), torch.float64)
    parts = torch.autograd.functional.jacobian(lambda *weights: outputs(x, *weights), (w1, w2))
    j = torch.cat([part.reshape(18, -1) for part in parts], 1)
    measured = tangent_kernel.measured(x, w1, w2)
    np.testing.assert_allclose(measured, j @ j.T, rtol=1e-9, atol=1e-9)
    largest, _ = tangent_kernel.sharpness_and_condition(measured)
    assert largest == pytest.approx(sharpness.of_tangent_kernel(x, w1, w2), rel=1e-6)


def test_a_wide_network_has_the_predicted_kernel():
    sizes, balanced = sizes_of(10, 10, 10_000, 1), VARIANTS["balanced"]
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((10, 10)))
    measured = tangent_kernel.measured(x, *balanced.draw(3.16, 0, sizes))
    predicted = tangent_kernel.predicted(x, *balanced.deviations(3.16, sizes), 10_000)
    assert np.abs(measured - predicted).max() < 0.05 * predicted.max()
