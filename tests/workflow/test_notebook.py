"""The notebook is valid, the lessons' own code, the same each time, and what a real kernel makes of it."""

import asyncio
import inspect
import json
import re

import nbformat
import pytest
from nbclient import NotebookClient
from projects import ROOT

from kotohajime.article import train_autograd, train_manual, train_module
from kotohajime.config import Lessons, Sizes
from kotohajime.article import notebook
from kotohajime.article.chapters import CHAPTERS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("notebook") / "article.ipynb"
    for _ in range(2):
        before = path.read_bytes() if path.exists() else None
        notebook.main(sizes=Sizes(hidden_dim=30), lessons=Lessons(epochs=5), output=path)
    assert path.read_bytes() == before
    return path


def code(book) -> list:
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def texts(cell) -> list[str]:
    """Return a cell's outputs: values without line breaks, what was printed, the name of an error."""
    said = (output.get("data", {}).get("text/plain") or output.get("text") or output["ename"]
            for output in cell["outputs"])  # fmt: skip
    return [re.sub(r"<class '(.+)'>", r"\1", " ".join(text.split())) for text in said]  # IPython says it shortly


def test_it_is_valid_and_holds_the_lessons(made):
    book = nbformat.read(made, 4)
    nbformat.validate(book)
    assert sum(cell.cell_type == "markdown" for cell in book.cells) == len(CHAPTERS)
    sources = [cell.source for cell in book.cells]
    for lesson in (train_manual, train_autograd, train_module):
        assert any(inspect.getsource(lesson.train).strip() in source for source in sources)
    assert [cell.execution_count for cell in code(book)] == list(range(1, len(code(book)) + 1))


def test_a_kernel_gives_the_same(made, monkeypatch, tmp_path):
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):  # not the user's own
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    ours, book = json.loads(made.read_text()), nbformat.read(made, 4)
    with asyncio.Runner() as runner:
        runner.run(NotebookClient(book, timeout=120, kernel_name="python3").async_execute())
    pairs = list(zip(code(ours), code(book), strict=True))
    assert [texts(own) for own, _ in pairs] == [texts(theirs) for _, theirs in pairs]
    assert "image/png" in pairs[-1][1].outputs[0].data
    failed = [own for own, _ in pairs if own["metadata"]]
    assert len(failed) >= 3
    assert all(own["outputs"][-1]["output_type"] == "error" for own in failed)
