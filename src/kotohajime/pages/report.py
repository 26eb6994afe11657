"""Snakemake's own report of the results, without the clock: the same results give the same bytes."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kotohajime.cli import UserError, run
from kotohajime.files import read_bytes, write

# The report draws two charts of when and how long the jobs ran. Those times stand in benchmarks/.
TIMES = re.compile(r'(var (?:runtimes|timeline)_spec = [^\n]*?"data": {"values": )\[[^\n]*?\]')


def without_times(page: str) -> str:
    """Empty the charts of job times; UserError when the page has not exactly these two."""
    page, charts = TIMES.subn(r"\1[]", page)
    if charts != 2:
        raise UserError(
            f"Snakemake's report has {charts} charts of job times, not 2: this Snakemake is not the locked one."
        )
    return page


def main(
    *, snakefile: Path, target: str, config: Annotated[list[str], Parameter(consume_multiple=True)], output: Path
) -> None:
    """Write the report of a target's results.

    Args:
        snakefile: the workflow.
        target: the rule whose results it shows.
        config: the config of this run, each as key=value.
        output: the HTML file to write.
    """
    workflow = snakefile.parent / "workflow"
    for source in sorted([*workflow.glob("rules/[!.]*.smk"), *workflow.glob("report/[!.]*.rst")]):
        read_bytes(source)  # Snakemake reads them; they are to stand in the record
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), target, "--report", str(page)]
        same_order = {**os.environ, "PYTHONHASHSEED": "0"}  # Snakemake goes through sets
        if subprocess.run([*command, "--config", *config], env=same_order, check=False).returncode:
            raise UserError("Snakemake could not make its report; its own words are above.")
        write(output, without_times(page.read_text(encoding="utf-8")))


if __name__ == "__main__":
    run(main)
