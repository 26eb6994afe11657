"""What tests draw and train: small problems, the plain loop, a shard of the study."""

from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from projects import ROOT

from kotohajime.article import train_module
from kotohajime.article.problem import draw
from kotohajime.config import Article, Compute, Grid, Shard, Sizes
from kotohajime.engine import products
from kotohajime.study import band_shard
from kotohajime.study import shard as study_shard

PUBLISHED = {name: ROOT / f"data/published/{file}.csv" for name, file in (("curves", "curves"), ("notebook", "manual"))}


def tensors(seed=0, sizes=(100, 100, 1000, 10), dtype=torch.float32):
    """Return x, y, w1, w2 drawn from a seed; sizes are batch, inputs, hidden, outputs."""
    return [torch.from_numpy(array).to(dtype) for array in draw(seed, *sizes).values()]


def sizes_of(*numbers):
    """Return Sizes from batch, inputs, hidden, outputs."""
    return Sizes(**dict(zip(("batch_size", "input_dim", "hidden_dim", "output_dim"), numbers, strict=True)))


def train_as_module(x, y, w1, w2, rates, **options):
    """Train a TwoLayerNet from given weights at a constant rate, the first of `rates` unless the options have it."""
    model = train_module.TwoLayerNet(*w1.shape, w2.shape[1]).to(w1.dtype)
    with torch.no_grad():
        model.linear1.weight.copy_(w1.t())
        model.linear2.weight.copy_(w2.t())
    optimizer = torch.optim.SGD(model.parameters(), **({"lr": rates[0]} if rates else {}) | options)
    losses = train_module.train(x, y, model, optimizer, len(rates))
    return losses, model.weights()


@contextmanager
def multiplied_by(library):
    """Take a library's products, whatever this processor is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "library", lambda: library)
        yield


def constant(rates, epochs, dtype=torch.float32):
    """Return the rates of some epochs (epochs, members)."""
    return torch.tensor(rates, dtype=dtype).repeat(epochs, 1)


def shard(folder: Path, first: int, seeds: int) -> Path:
    """Train a small shard of the study: two rates, and the article's."""
    common = {
        "shard": Shard(first_seed=first, seeds=seeds),
        "sizes": Sizes(hidden_dim=100),
        "article": Article(epochs=30),
        "place": Compute(device="cpu"),
        "output": folder,
    }
    study_shard.main(**common, rates=Grid(study_learning_rates=(1e-6, 1e-3)))
    band_shard.main(**common)
    return folder
