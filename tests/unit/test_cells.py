"""The study's cells, and the rows of its tables of starts and optimisers."""

import subprocess
import sys

import pytest
import torch
from planted import HALVED, HEAVY
from problems import sizes_of, tensors

from kotohajime.article import train_module as lesson
from kotohajime.config import Article, Sizes
from kotohajime.engine import sharpness
from kotohajime.engine.optimizers import OPTIMIZERS, as_momentum, rate_at
from kotohajime.engine.starts import STARTS
from kotohajime.io import UserError, write_json
from kotohajime.study.cells import Cell, article_cells, grid, learning_rates, main_precision, read_settings

pytestmark = pytest.mark.usefixtures("only_the_articles")


def test_the_cells_hold_the_grid_and_the_articles_runs():
    cells = grid(Article(), [1e-8, 1e-6])
    assert len(cells) == len(set(cells)) == 4 * 4 + 2  # 1e-8, 1e-6, and of the article 1e-5 and 5e-5
    assert set(article_cells(Article()).values()) <= set(cells)
    assert Cell("linear", "gd", "constant", 5e-5) in cells


def test_rates_are_plain_numbers():
    assert as_momentum(1e-5, 0.8) == 5e-5
    assert rate_at(1.0, 3e6) == 3.33333e-07
    assert rate_at(1.0, 0.0) == 1


def test_the_manual_runs_rates():
    article = Article(epochs=402)
    rates = {cell.schedule: learning_rates(article, cell) for cell in grid(article, [1e-6])[-2:]}
    assert [rates["notebook"][epoch] for epoch in (0, 1, 201, 401)] == [2e-6, 1e-6, 5e-7, 2.5e-7]
    assert [rates["intended"][epoch] for epoch in (0, 1, 201, 401)] == [2e-6, 2e-6, 1e-6, 5e-7]


def test_the_precision_that_every_cell_has():
    assert main_precision(["float64", "float32"]) == "float32"
    assert main_precision(["float64"]) == "float64"


def test_the_articles_settings_are_read_as_they_were_written(tmp_path):
    write_json(tmp_path / "settings.json", Article(epochs=40).model_dump())
    assert read_settings(tmp_path / "settings.json") == Article(epochs=40)


@pytest.mark.parametrize("settings", [{"epochs": 0}, {"momentum": 0.8}, []])
def test_other_settings_are_refused(tmp_path, settings):
    write_json(tmp_path / "settings.json", settings)
    with pytest.raises(UserError, match=r"cannot read .*settings\.json \(it holds other settings"):
        read_settings(tmp_path / "settings.json")


def test_starts_and_optimisers_are_known_without_numpy_and_torch():
    """Snakemake reads their names where nothing else is installed."""
    absent = "import sys; sys.modules.update(dict.fromkeys(('numpy', 'scipy', 'pandas', 'torch')));"
    command = (
        f"{absent} from kotohajime.engine import optimizers, starts; print(*starts.STARTS, *optimizers.OPTIMIZERS)"
    )
    assert subprocess.check_output([sys.executable, "-c", command], text=True) == "normal linear gd nesterov\n"


@pytest.mark.parametrize(("name", "torchs"), [("normal", False), ("linear", True)])
def test_the_starts_are_the_lessons_own(name, torchs):
    torch.manual_seed(5)
    expected = lesson.TwoLayerNet(100, 200, 10).weights() if torchs else tensors(5, (100, 100, 200, 10))[2:]
    for ours, theirs in zip(STARTS[name].draw(5, sizes_of(100, 100, 200, 10)), expected, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("start", [*STARTS.values(), HALVED])
def test_a_starts_variance_and_its_theory(start):
    """Over 10^5 entries the variance is within 2 %; the leading term is within 15 % of the sharpness."""
    sizes = Sizes()
    w1, w2 = start.draw(0, sizes)
    assert w1.dtype == w2.dtype == torch.float32
    assert w1.var().item() == pytest.approx(start.variance(sizes), rel=0.02)
    x, y, *_ = tensors(0)
    kernel = sharpness.of_tangent_kernel(x, w1, w2)
    assert kernel == pytest.approx(start.sharpness(sizes), rel=0.15)
    assert sharpness.of_hessian(x, y, w1, w2) == pytest.approx(kernel, rel=0.01)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("optimizer", [*OPTIMIZERS.values(), HEAVY])
def test_an_optimisers_limit_is_that_of_torch_on_a_quadratic(optimizer, momentum):
    update, ends = optimizer.update(momentum), []
    for factor in (0.99, 1.01):
        w = torch.ones(1, dtype=torch.float64, requires_grad=True)
        options = update._asdict() if update.momentum else {}
        sgd = torch.optim.SGD([w], lr=factor * optimizer.limit(momentum) / 7, **options)  # sharpness 7
        for _ in range(5000):
            w.grad = 7 * w.detach()  # of 3.5 w^2
            sgd.step()
        ends.append(abs(w.item()))
    assert ends[0] < 1e-3
    assert not ends[1] < 1e3
