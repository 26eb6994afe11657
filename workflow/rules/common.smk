"""What all chapters share: the checked config, the lock of a run, an eye on edited results."""

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir) / "src"))
from kotohajime import lock
from kotohajime.cli import UserError
from kotohajime.config import duplicates, from_command_line, mistaken_hypotheses, mistakes, on_command_line
from kotohajime.edited import edited
from kotohajime.queue import queued

ENVIRONMENT = "../../envs/kotohajime.yaml"
CODE = collect("src/kotohajime/{module}.py", module=["__init__", "cli", "edited", "files"])

# The environments of conda hold what the modules need, not the modules; those stand here.
shell.prefix("set -euo pipefail; export PYTHONPATH=src; ")

config.update(from_command_line(config))
known, stated = (
    yaml.safe_load((Path(workflow.basedir) / "workflow/schemas" / f"{name}.schema.yaml").read_text(encoding="utf-8"))
    for name in ("config", "hypotheses")
)
twice = [sentence for file in workflow.configfiles for sentence in duplicates(Path(file).read_text(encoding="utf-8"))]
hypotheses = yaml.safe_load(Path("config/hypotheses.yaml").read_text(encoding="utf-8"))
if wrong := [*twice, *mistakes(config, known), *mistaken_hypotheses(hypotheses, stated)]:
    raise WorkflowError("\n".join(["The config cannot be used; nothing was run or changed.", *wrong]))

if files := [name for name in ("results", "logs", "benchmarks") if Path(name).exists() and not Path(name).is_dir()]:
    raise WorkflowError(f"{', '.join(files)}: a file stands where a folder has to be. Move it away and run again.")

if changed := edited(Path("logs")):
    raise WorkflowError(
        "\n".join(
            [
                "These results are not what the workflow wrote:",
                *changed,
                "Delete them (or move them away) and run again: they are made anew. Nothing was run or changed.",
            ]
        )
    )


def seeds_of_shard(wildcards):
    """Return how many seeds a shard holds; the last may hold fewer."""
    return min(config["study_seeds_per_shard"], config["study_seeds"] - int(wildcards.first_seed))


onstart:
    roots = [Path(name) for name in ("results", "logs", "benchmarks")]
    folders = [folder for root in roots for folder in (root, *root.rglob("*/")) if folder.exists()]
    if closed := [str(folder) for folder in folders if not os.access(folder, os.W_OK)]:
        raise WorkflowError(
            f"No permission to write to {', '.join(closed)}. Give it and run again; nothing was changed."
        )
    try:
        alone = lock.take(Path(".snakemake/kotohajime.lock"))
    except OSError as error:
        raise WorkflowError(
            f"This file system has no locks ({error.strerror}). Put the project on one that has."
        ) from None
    if not alone:
        raise WorkflowError("Another run is going on in this folder. Wait until it ends, or stop it.")
    try:
        left = queued(Path())
    except UserError as error:
        raise WorkflowError(str(error)) from None
    if left:
        raise WorkflowError(
            f"Jobs of an earlier run in this folder are still in SLURM's queue: {', '.join(left)}. "
            f"Wait until they end, or end them (scancel {' '.join(left)}), and run again; nothing was changed."
        )
