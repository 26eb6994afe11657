"""What gathers the results: Snakemake's report of them, and the index that explains them."""


rule findings:
    """All results but those that gather them."""
    input:
        rules.article.input,
        rules.study.input,
        rules.images.input,
        rules.checks.output,
        rules.claims.output,


rule story:
    """Tell the story in one page."""
    input:
        verdicts="results/study/verdicts.json",
        settings="results/study/settings.json",
        study=collect("results/study/{name}.csv", name=["paths", "starts", *STUDY_TABLES]),
        images=collect("results/images/{name}.csv", name=["runs", "paths", "map"]),
        pictures=collect("results/images/{name}.png", name=["generalisation", *PICTURES]),
        reproduction="results/reproduction.png",
        trainings="results/trainings.csv",
        settings_of_runs=collect("results/train_{name}/run.json", name=["manual", "module"]),
        claims="results/claims.json",
        code=code("story.story"),
    output:
        html="results/index.html",
    log:
        "logs/story.log",
    benchmark:
        "benchmarks/story.tsv"
    conda:
        ENVIRONMENT
    params:
        flags=settings.flags(group.Images),
        results=subpath(output.html, parent=True),
    shell:
        "python -m kotohajime.site.story"
        " {params.flags}"
        " --results {params.results:q}"
        " --output {output.html:q}"
        " > {log:q} 2>&1"


rule notebook:
    """Run the article as a notebook."""
    input:
        environment="results/environment.json",
        code=code("story.notebook"),
    output:
        ipynb="results/article.ipynb",
    log:
        "logs/notebook.log",
    benchmark:
        "benchmarks/notebook.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=settings.flags(group.Seeded, group.Sizes, group.Lessons),
    shell:
        "python -m kotohajime.article.notebook" " {params.flags}" " --output {output.ipynb:q}" " > {log:q} 2>&1"


rule report:
    """Gather everything in one page that needs no network."""
    input:
        rules.findings.input,
        rules=sorted(map(str, (HOME / "workflow/rules").glob("[!.]*.smk"))),
        captions=sorted(map(str, (HOME / "workflow/report").glob("[!.]*.rst"))),
        code=code("pages.report"),
    output:
        html="results/report.html",
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    conda:
        ENVIRONMENT
    params:
        flags=["--target", "findings", "--config", *(f"{key}={plain(value)}" for key, value in settings.values.items())],
        snakefile=str(HOME / "Snakefile"),
    shell:
        "python -m kotohajime.pages.report"
        " --snakefile {params.snakefile:q}"
        " {params.flags:q}"
        " --output {output.html:q}"
        " > {log:q} 2>&1"


rule index:
    """Explain results/, and show what was made and found."""
    input:
        rules.findings.input,
        rules.story.output,
        rules.notebook.output,
        rules.report.output,
        code=code("pages.index"),
    output:
        readme="results/README.md",
        sums="results/SHA256SUMS",
    log:
        "logs/index.log",
    benchmark:
        "benchmarks/index.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.readme, parent=True),
    shell:
        "python -m kotohajime.site.index"
        " --results {params.results:q}"
        " --output {output.readme:q}"
        " --sums {output.sums:q}"
        " 2>&1 | tee {log:q}"
