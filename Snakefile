# The table of contents. `snakemake --cores all` makes everything; `snakemake -n -p` shows the commands.
# The numbers stand in config/config.yaml: the one of the current folder, or else the project's own.
from snakemake.utils import min_version

min_version("9.25")


include: "workflow/rules/common.smk"
include: "workflow/rules/basics.smk"
include: "workflow/rules/trainings.smk"
include: "workflow/rules/article.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/summary.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


# On a cluster these run on the host where Snakemake runs: none takes more than a few seconds.
localrules:
    all,
    article,
    study,
    images,
    findings,
    problem,
    trainings,
    loss_transition,
    reproduction,
    checks,
    study_runs,
    study_tables,
    study_band,
    study_figures,
    study_verdicts,
    study_page,
    images_data,
    images_runs,
    images_tables,
    images_figures,
    claims,
    story,
    notebook,
    report,
    index,


rule all:
    """Everything."""
    default_target: True
    input:
        rules.findings.input,
        rules.story.output,
        rules.notebook.output,
        rules.report.output,
        rules.index.output,
