# The table of contents. `snakemake --cores all` makes everything; `snakemake -n -p` shows the commands.
# The numbers stand in config/config.yaml: the one of the current folder, or else the project's own.
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.25")
if not (Path(workflow.snakefile).parent / "src").is_dir():
    raise WorkflowError("Snakemake fetches rules without the code behind them: clone kotohajime, name that Snakefile.")


configfile:
    next(
        str(path / "config/config.yaml")
        for path in (Path(), Path(workflow.snakefile).parent)
        if (path / "config/config.yaml").exists()
    )


include: "workflow/rules/common.smk"
include: "workflow/rules/article.smk"
include: "workflow/rules/history.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/hypotheses.smk"
include: "workflow/rules/claims.smk"


rule article:
    """All of the article that needs no study: seconds."""
    input:
        rules.environment.output,
        rules.problem.output,
        rules.train_manual.output,
        rules.train_autograd.output,
        rules.train_module.output,
        rules.loss_transition.output,
        rules.reproduction.output,
        rules.trainings.output,
        rules.tensor_basics.output,
        rules.notebook.output,
        rules.checks.output,
    localrule: True


rule study:
    """Why the module run won: the networks, their tables and pictures."""
    input:
        rules.study_tables.input.shards,
        rules.study_tables.input.band_shards,
        rules.study_tables.output,
        rules.study_figures.output,
    localrule: True


rule images:
    """What good initial weights buy: the networks, their tables and pictures."""
    input:
        rules.images_data.output,
        rules.images_tables.input.shards,
        rules.images_tables.input.speed_shards,
        rules.images_trainability.output,
        rules.images_tables.output,
        rules.images_figures.output,
    localrule: True


include: "workflow/rules/site.smk"


report: "workflow/report/workflow.rst"


rule all:
    """Everything."""
    default_target: True
    input:
        rules.findings.input,
        rules.story.output,
        rules.report.output,
        rules.index.output,
    localrule: True


# Before Snakemake plans, since it may find nothing to do; and when a run begins, however it was asked for.
if start.asks_for_a_run(sys.argv):
    look_before(rules.findings.input + rules.story.output + rules.index.output)


onstart:
    look_before(rules.findings.input + rules.story.output + rules.index.output)
