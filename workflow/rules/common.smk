"""What all rules share: the checked config, a rule's settings and science, what is looked at before a run."""

import json
import os
import sys
from pathlib import Path

import yaml
from pydantic import ValidationError
from snakemake.exceptions import WorkflowError

PROJECT = Path(workflow.snakefile).parents[2]
HOME = Path(os.path.relpath(PROJECT))  # ".", or where the project lies from --directory
sys.path.insert(0, str(PROJECT / "src"))
from kotohajime import config as parts
from kotohajime import start
from kotohajime.hypotheses import schema
from kotohajime.science import fingerprint

ENVIRONMENT = "../../envs/kotohajime.yaml"
LOCK = str(HOME / "envs/lock.txt")
OWN = Path(workflow.basedir).is_relative_to(PROJECT) and Path("config/hypotheses.yaml").exists()  # else by `module:`
HYPOTHESES = str(Path("config/hypotheses.yaml") if OWN else HOME / "config/hypotheses.yaml")
FILES = yaml.safe_load((PROJECT / "src/kotohajime/words/files.yaml").read_text(encoding="utf-8"))
SETTINGS = {}  # today's flags by module; those of a shard by its first seed

try:
    start.check_flags(sys.argv, HOME)
    schema.load(Path(HYPOTHESES))
    CONFIG = parts.load(config)
except (OSError, ValueError) as error:
    raise WorkflowError(f"{error}\nNothing was run or changed.") from None

os.environ.setdefault("USER", str(os.getuid()))  # Snakemake prints it, and a container's user may have no name
shell.prefix(start.prefix(HOME))


def rests_on(module, *groups, data=(), texts=(), shards=None):
    """Return a rule's params: flags, of a shard by its first seed, and a checksum of code, data and texts behind it."""

    def flags(first_seed):
        shard = parts.Shard(first_seed=first_seed, seeds=min(shards.step, shards.stop - first_seed))
        return CONFIG.flags(shard, *groups)

    SETTINGS[module] = flags if shards else CONFIG.flags(*groups)
    rule_flags = (lambda wildcards: flags(int(wildcards.first_seed))) if shards else SETTINGS[module]
    return {"flags": rule_flags, "science": fingerprint(module, data, texts)}


def shown(path, category):
    """Return a result that the report shows, under what it is instead of its path."""
    what = FILES[path.removeprefix("results/").replace(".svg", ".png")]
    return report(path, category=category, labels={"what it is": what})


def look_before(results):
    """Raise WorkflowError with the sentence why no run may begin; `results` are all that the config asks for."""
    if why := start.why_not(results, SETTINGS, forced=not start.asks_for_a_run(sys.argv)):
        raise WorkflowError(why)
    shell.prefix(start.prefix(HOME, start.jobs_lock()))
