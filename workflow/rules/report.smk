"""What gathers the results: Snakemake's report of them, and the index that explains them."""

CAPTIONS = [
    "workflow",
    "tensor_basics",
    "trainings",
    "loss_transition",
    "reproduction",
    "claims",
    "study",
    "swap",
    "loss_by_rate",
    "loss_by_scaled_rate",
    "band",
]


rule findings:
    """All results but those that gather them."""
    input:
        rules.article.input,
        rules.study.input,
        rules.checks.output,
        rules.claims.output,


rule report:
    """Gather figures, tables, verdicts and the workflow in one page that needs no network."""
    input:
        rules.findings.input,
        rules=collect("workflow/rules/{chapter}.smk", chapter=["basics", "trainings", "article", "study", "summary"]),
        captions=collect("workflow/report/{name}.rst", name=CAPTIONS),
        code=[*CODE, "src/kotohajime/report.py"],
    output:
        html="results/report.html",
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    conda:
        ENVIRONMENT
    params:
        config=[f"--config={key}={on_command_line(value)}" for key, value in config.items()],
    shell:
        "python -m kotohajime.report"
        " --target findings"
        " {params.config:q}"
        " --output {output.html:q}"
        " > {log:q} 2>&1"


rule index:
    """Explain results/; print what was made and found."""
    input:
        rules.findings.input,
        rules.report.output,
        code=[*CODE, "src/kotohajime/index.py"],
    output:
        readme="results/README.md",
    log:
        "logs/index.log",
    benchmark:
        "benchmarks/index.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.readme, parent=True),
    shell:
        "python -m kotohajime.index" " --results {params.results:q}" " --output {output.readme:q}" " 2>&1 | tee {log:q}"
