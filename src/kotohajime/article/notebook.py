"""The article as an executed notebook: the tour's lines and the lessons' own source, with what they give today."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from string import Template

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode, v4

from kotohajime.cli import run
from kotohajime.config import Lessons, Seed, Sizes
from kotohajime.io import write
from kotohajime.text import source, words

SOURCES = {  # file and name by the name that words/notebook.yaml has
    "draw": ("article/problem", "draw"),
    "halving": ("article/schedule", "halving"),
    "train_manual": ("article/train_manual", "train"),
    "train_autograd": ("article/train_autograd", "train"),
    "TwoLayerNet": ("article/train_module", "TwoLayerNet"),
    "train_module": ("article/train_module", "train"),
}


def compose(numbers: dict[str, object]) -> NotebookNode:
    """Return the notebook, not yet executed.

    Args:
        numbers: the config's, by the names that words/notebook.yaml has for them.
    """
    values = numbers | {name: source(*place) for name, place in SOURCES.items()}
    lines = [f"# {' / '.join(step['topic'].values())}\n{step['code']}" for step in words("tour")]
    may_fail = {"tags": ["raises-exception"]}
    cells = []
    for name, chapter in words("notebook").items():
        cells.append(v4.new_markdown_cell(f"{chapter['en']}\n\n{chapter['ja']}"))
        cells += [v4.new_code_cell(line, metadata=may_fail) for line in lines if name == "tour"]
        cells += [v4.new_code_cell(Template(code).substitute(values)) for code in chapter["cells"]]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # nbformat's own are drawn at random
    return v4.new_notebook(cells=cells)


async def run_cells(book: NotebookNode) -> None:
    """Run the cells in a kernel of this Python, apart from what the user set up for Jupyter, IPython and matplotlib."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "matplotlibrc").touch()  # matplotlib's defaults: the file in the working directory comes first
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "PYTHONSTARTUP")},
            "IPYTHONDIR": folder,
            "PYTHONPATH": os.pathsep.join(sys.path),  # the kernel finds the package as this process did
            "PYTHONWARNINGS": "ignore",  # a warning names a path of this machine
        }
        kernel = AsyncKernelManager(
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),  # no other kernel that is called python3
            connection_file=f"{folder}/kernel.json",
            transport="ipc",
        )
        client = NotebookClient(book, km=kernel, coalesce_streams=True, record_timing=False, startup_timeout=600)
        await client.async_execute(env=environment, cwd=folder, cleanup_kc=True)


def tidy(book: NotebookNode) -> None:
    """Remove what differs from machine to machine: the kernel's description of itself, the paths in tracebacks."""
    book.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    for cell in book.cells:
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        for error in errors:
            error.traceback = [f"{error.ename}: {error.evalue}"]
        if not errors:
            cell.metadata = {}


def main(*, seed: Seed = Seed(), sizes: Sizes = Sizes(), lessons: Lessons = Lessons(), output: Path) -> None:
    """Write the notebook, run from top to bottom on the CPU.

    Args:
        seed: the seed of NumPy's and of torch's generator.
        sizes: of the problem and of the network.
        lessons: the rates and the length of the trainings.
        output: the notebook to write.
    """
    book = compose({**seed.model_dump(), **sizes.model_dump(), **lessons.model_dump()})
    asyncio.run(run_cells(book))
    tidy(book)
    write(output, nbformat.writes(book) + "\n")


if __name__ == "__main__":
    run(main)
