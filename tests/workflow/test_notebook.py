"""The notebook is valid, holds the lessons' own code and their results, and heeds nothing that the user set up."""

import asyncio
import inspect
import json
import re

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import v4

from kotohajime.article import notebook, train_autograd, train_manual, train_module
from kotohajime.article.problem import draw
from kotohajime.config import Lessons, Sizes
from kotohajime.text import words

LEARNER = """import matplotlib.pyplot as plt

from kotohajime import compute, plotting
from kotohajime.article.problem import draw

plt.plot([1, 2])
plt.show()"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("notebook") / "article.ipynb"
    notebook.main(sizes=Sizes(hidden_dim=30), lessons=Lessons(epochs=5), output=path)
    return path


def run_cells(cell):
    asyncio.run(notebook.run_cells(v4.new_notebook(cells=[cell])))
    return cell


def code(book) -> list:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def test_it_is_valid_and_holds_the_lessons_and_what_they_give(written):
    book = nbformat.read(written, 4)
    nbformat.validate(book)
    assert sum(cell.cell_type == "markdown" for cell in book.cells) == len(words("notebook"))
    sources = [cell.source for cell in book.cells]
    assert all(inspect.getsource(lesson.train).strip() in sources for lesson in (train_manual, train_autograd))
    assert inspect.getsource(train_module.train).strip() in sources
    assert [cell.execution_count for cell in code(book)] == list(range(1, len(code(book)) + 1))
    x, y, w1, w2 = map(train_manual.torch.from_numpy, draw(20180429, 100, 100, 30, 10).values())
    (last,) = (cell.outputs[0].data["text/plain"] for cell in code(book) if 'losses["autograd"][-1]' in cell.source)
    assert float(last) == pytest.approx(train_autograd.train(x, y, w1, w2, [1e-6] * 5)[0][-1], rel=1e-5)
    assert "image/png" in code(book)[-1].outputs[0].data


def test_it_needs_no_package_of_this_project(written):
    lines = "\n".join(cell.source for cell in code(nbformat.read(written, 4)))
    assert set(re.findall(r"^(?:from|import) (\w+)", lines, re.MULTILINE)) == {"numpy", "torch", "matplotlib"}


def test_errors_are_told_in_a_line_that_names_no_path(written):
    book = nbformat.read(written, 4)
    errors = [output for cell in code(book) for output in cell.outputs if output.output_type == "error"]
    assert [error.traceback for error in errors] == [[f"{error.ename}: {error.evalue}"] for error in errors]
    assert [error.ename for error in errors] == ["RuntimeError", "ValueError", "ValueError"]
    tagged = [cell for cell in book.cells if cell.metadata]
    assert [cell.outputs[-1].output_type for cell in tagged] == ["error"] * 3
    assert "\\u001b" not in written.read_text()


def test_it_is_the_same_bytes_whatever_the_user_set_up(written, tmp_path, monkeypatch):
    kernel = tmp_path / "kernels/python3/kernel.json"
    startup = tmp_path / "profile_default/startup/own.py"
    for path in (kernel, startup):
        path.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["false"], "display_name": "own", "language": "python"}))
    startup.write_text("print('hello')\nimport torch\ntorch.set_default_dtype(torch.float64)\n")
    (tmp_path / "matplotlibrc").write_text("figure.dpi: 30\n")
    for name, value in (
        ("JUPYTER_PATH", tmp_path),
        ("IPYTHONDIR", tmp_path),
        ("PYTHONSTARTUP", startup),
        ("MPLBACKEND", "agg"),
        ("MATPLOTLIBRC", tmp_path),
    ):
        monkeypatch.setenv(name, str(value))
    notebook.main(sizes=Sizes(hidden_dim=30), lessons=Lessons(epochs=5), output=tmp_path / "article.ipynb")
    assert (tmp_path / "article.ipynb").read_bytes() == written.read_bytes()


def test_a_learner_who_imports_the_package_sees_pictures():
    assert "image/png" in run_cells(v4.new_code_cell(LEARNER)).outputs[0].data


def test_a_lesson_that_fails_stops_the_run():
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run_cells(v4.new_code_cell("1 / 0"))
