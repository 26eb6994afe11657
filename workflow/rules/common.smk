"""What all chapters share: the checked config, the lock of a run, results that were changed by hand."""

import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

sys.path.insert(0, str(Path(workflow.basedir) / "src"))
from kotohajime import checksums, lock
from kotohajime.config import mistakes

ENVIRONMENT = "../../envs/kotohajime.yaml"
CODE = collect("src/kotohajime/{module}.py", module=["__init__", "cli", "files"])

with open(Path(workflow.basedir) / "workflow/schemas/config.schema.yaml") as schema:
    if wrong := mistakes(config, yaml.safe_load(schema)):
        raise WorkflowError("\n".join(["The config cannot be used; nothing was run or changed.", *wrong]))

# A result that was edited or cut short since the last whole run is made again.
if edited := checksums.changed(Path("results/SHA256SUMS")):
    names = sorted(map(str, edited))
    print("Changed since they were made, so made again:", *names, sep="\n  ", file=sys.stderr)
    workflow.dag_settings.forcerun = frozenset(workflow.dag_settings.forcerun) | frozenset(names)
