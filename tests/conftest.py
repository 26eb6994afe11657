"""What all tests stand on: one thread, projects that are made once, a browser, programs at hand."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings
from projects import copied, made, small_project, with_results

from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS

# A busy machine is no mistake.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
os.environ["LANGUAGE"] = "en"  # what sha256sum says, in whatever language it says it to the user
for name in ("COLUMNS", "FORCE_COLOR", "PY_COLORS", "PYTEST_ADDOPTS", "PYTHONDONTWRITEBYTECODE", "SNAKEMAKE_PROFILE"):
    os.environ.pop(name, None)  # the user's own wishes


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Compute as the workflow does; several processes would wait for each other's threads."""
    import torch  # here, since pytest's own process needs none of it
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1, "blas")


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Return a function that makes a finished project of a name, once for all processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def make(name: str, copy: Callable[[Path], Path]) -> Path:
        with FileLock(shared / f"{name}.lock"):
            folder = shared / name
            if not (folder / "stdout.txt").exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a process that failed at it
                made(copy(folder))
            return folder

    return make


@pytest.fixture(scope="session")
def finished(once) -> Path:
    """Return a copy of the project after `snakemake --cores all`, for tests that only look."""
    return once("finished", with_results)


@pytest.fixture(scope="session")
def small(once) -> Path:
    """Return the same with a small config."""
    return once("small", small_project)


@pytest.fixture
def only_the_articles(monkeypatch):
    """Leave the article's starts and optimisers, so that a row more breaks no count."""
    for table, own in ((STARTS, {"normal", "linear"}), (OPTIMIZERS, {"gd", "nesterov"})):
        for name in table.keys() - own:
            monkeypatch.delitem(table, name)


@pytest.fixture
def own_small(small, tmp_path) -> Path:
    """Return a small one that a test may spoil."""
    return copied(small, tmp_path / "copy")


# Ubuntu's own Chromium is a snap, which sees no page in /tmp.
CHROMIUM = shutil.which("google-chrome") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser():
    """Return a real browser."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture
def page(browser):
    """Return an empty page of it, which knows of no other."""
    with browser.new_context(locale="en-US", viewport={"width": 1400, "height": 1000}, has_touch=True) as own:
        yield own.new_page()
