# The table of contents. `snakemake --cores all` makes everything; `snakemake -n -p` shows the commands.
from snakemake.utils import min_version

min_version("9.25")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/article.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


onstart:
    if closed := [
        name
        for name in ("results", "logs", "benchmarks")
        if Path(name).exists() and not os.access(name, os.W_OK)
    ]:
        raise WorkflowError(
            f"No permission to write to {', '.join(closed)}. Give it, then run again; nothing was changed."
        )
    if not lock.take(Path(".snakemake/kotohajime.lock")):
        raise WorkflowError("Another run is going on in this folder. Wait until it ends, or stop it.")


rule all:
    default_target: True
    input:
        rules.article.input,
        rules.report.output,
        rules.index.output,
