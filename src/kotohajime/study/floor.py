"""Where float32's rounding ends the engine's losses, and where it ends those of the lessons' plain loops."""

from pathlib import Path

import pandas as pd
import torch

from kotohajime import compute
from kotohajime.article import train_autograd, train_module
from kotohajime.article.problem import draw
from kotohajime.cli import run
from kotohajime.io import read_table, write_table
from kotohajime.config import Compute, Sizes
from kotohajime.study.cells import Article
from kotohajime.engine.optimizers import OPTIMIZERS, Update
from kotohajime.study.shard import FLOOR
from kotohajime.engine.starts import STARTS

SEEDS = 4  # at most: a plain loop takes three times as long as the engine
KEY = ["start", "optimizer", "learning_rate"]


def low_networks(runs: pd.DataFrame, tuned: pd.DataFrame) -> pd.DataFrame:
    """Return the first seeds' networks of the float32 cells, each the best of its grid, that end below FLOOR."""
    low = tuned[(tuned["precision"] == "float32") & (tuned["loss_last"] < FLOOR)]
    networks = runs[(runs["precision"] == "float32") & (runs["schedule"] == "constant")]
    first = sorted(runs["seed"].unique())[:SEEDS]
    found = networks[networks["seed"].isin(first)].merge(low[KEY], on=KEY)
    return found[["seed", *KEY, "loss_last"]].rename(columns={"loss_last": "loss_engine"})


def train_plain(x, y, w1, w2, update: Update, rate: float, epochs: int) -> float:
    """Return the final loss of the lessons' loop: autograd's without momentum, the module's with it."""
    if not update.momentum:
        losses, _ = train_autograd.train(x, y, w1, w2, [rate] * epochs)
        return losses[-1]
    model = train_module.TwoLayerNet(*w1.shape, w2.shape[1]).to(x)
    with torch.no_grad():
        for weight, start in zip(model.parameters(), (w1, w2), strict=True):
            weight.copy_(start.t())
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, **update._asdict())
    return train_module.train(x, y, model, optimizer, epochs)[-1]


def main(
    *, settings: Path, runs: Path, tuned: Path, sizes: Sizes = Sizes(), place: Compute = Compute(), output: Path
) -> None:
    """Train with the lessons' plain loops what ends very low in the engine, for a few seeds.

    Args:
        settings: the study's settings.json.
        runs: the table of networks.
        tuned: the table of each start and optimiser at its best rate.
        output: the CSV file to write: seed, start, optimizer, learning_rate, loss_engine, loss_plain.
    """
    article, to = Article.read(settings), compute.use(**dict(place))
    cell = [*KEY, "precision", "loss_last"]
    networks = low_networks(read_table(runs, ["seed", "schedule", *cell]), read_table(tuned, cell))
    plain = []
    for network in networks.itertuples():
        problem = draw(network.seed, **sizes.model_dump())
        data = (torch.from_numpy(problem[name]) for name in ("x", "y"))
        tensors = [values.to(**to) for values in (*data, *STARTS[network.start].draw(network.seed, sizes))]
        update = OPTIMIZERS[network.optimizer].update(article.module_momentum)
        plain.append(train_plain(*tensors, update, network.learning_rate, article.epochs))
        print(f"seed {network.seed}, {network.start}, {network.optimizer}: {network.loss_engine:.3g} with the engine, "
              f"{plain[-1]:.3g} with a plain loop", flush=True)  # fmt: skip
    write_table(output, networks.assign(loss_plain=plain))


if __name__ == "__main__":
    run(main)
