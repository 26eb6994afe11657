"""The article's figure, as it was published: the autograd run and the module run."""

from pathlib import Path

from kotohajime.cli import run
from kotohajime.plotting import new_figure, plot_run, save


def main(*, autograd: Path, module: Path, output: Path) -> None:
    """Draw loss_transition.png as published.

    Args:
        autograd: the losses.csv of the run that the article calls "naive update".
        module: the losses.csv of the run with nn.Module and torch.optim.
        output: the PNG file to write.
    """
    figure, axes = new_figure()
    plot_run(axes, autograd, "naive update")
    plot_run(axes, module, "SGD with Nesterov and momentum")
    axes.legend(loc="upper right")
    save(figure, output)


if __name__ == "__main__":
    run(main)
