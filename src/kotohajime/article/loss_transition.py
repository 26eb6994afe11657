"""The article's figure, as it was published: the autograd run and the module run."""

from pathlib import Path

from kotohajime import plotting
from kotohajime.cli import run


def main(*, autograd: Path, module: Path, output: Path) -> None:
    """Draw loss_transition.png as published.

    Args:
        autograd: the losses.csv of the run that the article calls "naive update".
        module: the losses.csv of the run with nn.Module and torch.optim.
        output: the PNG file to write.
    """
    with plotting.style():
        figure, axes = plotting.new_figure()
        plotting.plot_run(axes, autograd, "naive update")
        plotting.plot_run(axes, module, "SGD with Nesterov and momentum")
        axes.legend(loc="upper right")
        plotting.save(figure, output)


if __name__ == "__main__":
    run(main)
