"""What all chapters share: the checked settings, the code behind a rule, an eye on what made a result, the run's lock."""

import gc
import os
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

PROJECT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
HOME = Path(os.path.relpath(PROJECT))  # ".", or where the project lies from --directory

sys.path.insert(0, str(PROJECT / "src"))
from kotohajime import run_lock
from kotohajime import config as group
from kotohajime.io import UserError
from kotohajime.site import index
from kotohajime.config import as_flags
from kotohajime.hypotheses import schema as hypotheses
from kotohajime.study.cells import Article
from kotohajime.workflow import folders, provenance, terminal
from kotohajime.workflow.closure import code_of
from kotohajime.workflow.config import plain, settings_of
from kotohajime.workflow.slurm_jobs import queued

gc.freeze()  # what is imported stays; to look through all of it again and again takes as long as the rules do
terminal.calm(workflow)

ENVIRONMENT = "../../envs/kotohajime.yaml"
LOCK = str(HOME / "envs/lock.txt")
COMMAND_LINE_FILES = list(map(Path, workflow.overwrite_configfiles))
MAIN = workflow.modifier.is_main_snakefile()  # else another workflow has taken our rules by `module:`


def of_the_folder(name):
    """Return a file of the current folder, or else, and always under `module:`, the project's own."""
    return Path(name) if MAIN and Path(name).exists() else HOME / name


HYPOTHESES = str(of_the_folder("config/hypotheses.yaml"))
try:
    folders.check(PROJECT)
except UserError as error:
    raise WorkflowError(str(error)) from None
try:
    settings = settings_of(
        [of_the_folder("config/config.yaml"), *(COMMAND_LINE_FILES if MAIN else [])],
        workflow.config_settings.config if MAIN else config,
    )
    hypotheses.read(Path(HYPOTHESES))
except UserError as error:
    raise WorkflowError(f"The config cannot be used; nothing was run or changed.\n{error}") from None
config.update(settings.values)

# The environments of conda hold what the modules need, not the modules; those stand here.
PREFIX = f"set -euo pipefail; export PYTHONPATH={shlex.quote(str(HOME / 'src'))}; "
shell.prefix(PREFIX)

rule_name = workflow.modifier.modify_rulename
foreign = {}  # results that nothing vouches for: why


def code(module):
    """Return an input function: the code behind a module's rule; on its way it looks at what made the job's results."""
    files = [os.path.relpath(file) for file in code_of(module)]
    room, _, name = module.partition(".")
    name = rule_name(f"{room}_{name}" if room in ("study", "images") else name)

    def examined(wildcards):
        if workflow.is_main_process:
            examine(workflow.get_rule(name), f"kotohajime.{module}", wildcards)
        return files

    return examined


def examine(rule, module, wildcards):
    """See to it that a job runs whose results are not what it would make today; note those that nothing vouches for."""
    outputs = [str(output.apply_wildcards(wildcards)) for output in rule.output]
    if workflow.dag.forcefiles.intersection(outputs) or {rule} & workflow.dag.forcerules:
        return  # it is made anew in any case
    flags = rule.params.get("flags", "")
    flags = flags(wildcards) if callable(flags) else flags
    flags = flags if isinstance(flags, str) else " ".join(flags)
    inputs = [str(file.apply_wildcards(wildcards)) for file in rule.input if hasattr(file, "apply_wildcards")]
    for path in filter(os.path.isfile, outputs):
        if why := provenance.foreign(Path(path), module):
            foreign[path] = why
            if not MAIN and not workflow.output_settings.dryrun:  # there is no onstart of ours
                raise WorkflowError(str(provenance.refusal(foreign)))
        if told := f"{why}. A run would stop." if why else provenance.stale(Path(path), flags, inputs):
            workflow.dag.forcefiles.update(outputs)
            if workflow.output_settings.dryrun:
                logger.info(f"{path}: {told}")


def shown(path, category, caption):
    """Return a result that the report shows, under what it is instead of its path."""
    what = index.WHAT[path.removeprefix("results/").replace(".svg", ".png")]
    return report(path, category=category, caption=f"../report/{caption}.rst", labels={"what it is": what})


def shard_flags(shards, *groups):
    """Return a function of a shard's flags: its seeds, of which the last shard may hold fewer, and what all share."""

    def flags(wildcards):
        first = int(wildcards.first_seed)
        return as_flags(group.Shard(first_seed=first, seeds=min(shards.step, shards.stop - first)), *groups)

    return flags


onstart:
    # For its own limit, 100 jobs a second, Snakemake 9.27 looks for jobs to start every second, and once more a second for
    # each job that has ended: in a long run it fills a core with that.
    limiter = getattr(workflow.scheduler, "job_rate_limiter", None)
    if limiter and (limiter.max_jobs, limiter.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
    try:
        if workflow.global_resources["_cores"].value == 0:
            raise UserError("--cores 0 leaves nothing to run on. Give at least 1.")
        if foreign and not workflow.touch:
            raise provenance.refusal(foreign)
        folders.check_writable()
        try:
            jobs_lock = run_lock.take(Path(".snakemake/kotohajime"))
        except OSError as error:
            raise UserError(
                f"This folder cannot be locked: {error}. Put that right, or run on a file system that has locks."
            ) from None
        if jobs_lock is None:
            raise UserError("Another run is going on in this folder. Wait until it ends, or stop it.")
        if left := queued(Path()):
            raise UserError(
                f"Jobs of an earlier run in this folder are still in SLURM's queue: {', '.join(left)}. "
                f"Wait until they end, or end them (scancel {' '.join(left)}), and run again; nothing was changed."
            )
    except UserError as error:
        raise WorkflowError(str(error)) from None
    shell.prefix(f"{PREFIX}export {run_lock.VARIABLE}={shlex.quote(str(jobs_lock))}; ")
