"""What all chapters share: the checked config, the lock of a run, an eye on edited results."""

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir) / "src"))
from kotohajime import lock
from kotohajime.config import from_command_line, mistakes, on_command_line
from kotohajime.edited import edited

ENVIRONMENT = "../../envs/kotohajime.yaml"
CODE = collect("src/kotohajime/{module}.py", module=["__init__", "cli", "edited", "files"])

config.update(from_command_line(config))
with open(Path(workflow.basedir) / "workflow/schemas/config.schema.yaml", encoding="utf-8") as schema:
    if wrong := mistakes(config, yaml.safe_load(schema)):
        raise WorkflowError("\n".join(["The config cannot be used; nothing was run or changed.", *wrong]))

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


onstart:
    folders = [name for name in ("results", "logs", "benchmarks") if Path(name).exists()]
    if closed := [name for name in folders if not os.access(name, os.W_OK)]:
        raise WorkflowError(
            f"No permission to write to {', '.join(closed)}. Give it and run again; nothing was changed."
        )
    if not lock.take(Path(".snakemake/kotohajime.lock")):
        raise WorkflowError("Another run is going on in this folder. Wait until it ends, or stop it.")
