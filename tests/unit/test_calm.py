"""Whose words a run is told in: ours on a terminal, Snakemake's wherever someone asked for those."""

import io
import logging
from types import SimpleNamespace

import pytest
from snakemake.logging import logger

from kotohajime.workflow.terminal import Terminal, calm


@pytest.fixture
def handlers():
    """Give Snakemake's logger a terminal's and a file's handler."""
    before, ours = logger.handlers[:], [logging.StreamHandler(io.StringIO()), logging.StreamHandler(io.StringIO())]
    ours[0].name, ours[1].name = "DefaultStreamHandler", "DefaultLogFileHandler"
    logger.handlers[:] = ours
    yield ours
    logger.handlers[:] = before


def workflow(main=True, process=True, **asked):
    settings = dict.fromkeys(["dryrun", "verbose", "debug_dag", "printshellcmds"], False) | {"quiet": None}
    return SimpleNamespace(
        output_settings=SimpleNamespace(**settings | {"log_handler_settings": {}} | asked), is_main_process=process,
        modifier=SimpleNamespace(is_main_snakefile=lambda: main), rules=[], get_rule=None,
    )  # fmt: skip


def test_a_real_run_is_told_in_our_words_and_the_file_in_snakemakes(handlers):
    calm(workflow())
    assert handlers[0] not in logger.handlers
    assert handlers[1] in logger.handlers
    (ours,) = [handler for handler in logger.handlers if isinstance(handler, Terminal)]
    assert ours.stream is handlers[0].stream


@pytest.mark.parametrize(
    "asked",
    [{"dryrun": True}, {"verbose": True}, {"debug_dag": True}, {"printshellcmds": True}, {"quiet": {"rules"}},
     {"log_handler_settings": {"rich": None}}, {"main": False}, {"process": False}, {}],
)  # fmt: skip
def test_who_asked_for_other_words_gets_them(handlers, asked):
    """Or has a handler that is not Snakemake's own."""
    handlers[0].name = handlers[0].name if asked else "SomethingElse"
    calm(workflow(**asked))
    assert logger.handlers == handlers
