"""The pages, Snakemake's own report, and the index that explains every file."""

REFERENCE = str(HOME / "data/reference/reference.json")
CHARTS = ["words/story.yaml", "words/study.yaml", "templates/charts.css", "templates/charts.js"]
FINDING = ["templates/finding.md", "templates/finding.ja.md"]
STUDY_PAGE = ["templates/study.html", "templates/study.js", *FINDING, *CHARTS, *VERDICTS]
SCRIPTS = ["templates/trainer.js", "templates/page.js", "templates/play.js", "templates/digits.js"]
STORY = ["templates/index.html", "templates/story.css", *SCRIPTS, *CHARTS, *LESSONS, *VERDICTS]


rule study_page:
    """Tell what the study found."""
    input:
        verdicts="results/study/verdicts.json",
        settings="results/study/settings.json",
        tables=collect("results/study/{name}.csv", name=STUDY_TABLES),
    output:
        html=shown("results/study/study.html", "Study"),
        english="results/study/finding.md",
        japanese="results/study/finding.ja.md",
    log:
        "logs/study_page.log",
    benchmark:
        "benchmarks/study_page.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("site.study_page", texts=STUDY_PAGE),
        folder=subpath(output.html, parent=True),
    shell:
        "python -m kotohajime.site.study_page --study {params.folder:q} > {log:q} 2>&1"


rule reproduced:
    """Compare the run with what the maintainers' runs gave."""
    input:
        manual="results/train_manual/losses.csv",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        verdicts="results/study/verdicts.json",
        claims="results/claims.json",
        reference=REFERENCE,
    output:
        json="results/reproduced.json",
        csv="results/reproduced.csv",
    log:
        "logs/reproduced.log",
    benchmark:
        "benchmarks/reproduced.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("site.reproduced", parts.Config, data=[REFERENCE], texts=["words/reproduced.yaml"]),
    shell:
        "python -m kotohajime.site.reproduced {params.flags} --manual {input.manual:q} --autograd {input.autograd:q}"
        " --module {input.module:q} --verdicts {input.verdicts:q} --claims {input.claims:q}"
        " --reference {input.reference:q} --json {output.json:q} --csv {output.csv:q} > {log:q} 2>&1"


rule findings:
    """All results but those that gather them."""
    input:
        rules.article.input,
        rules.history_compare.output,
        rules.study.input,
        rules.images.input,
        rules.verdicts.output,
        rules.claims.output,
        rules.study_page.output,
        rules.reproduced.output,
    localrule: True


rule story:
    """Tell the story in one page."""
    input:
        verdicts="results/study/verdicts.json",
        settings="results/study/settings.json",
        study=collect("results/study/{name}.csv", name=STUDY_TABLES),
        images=collect("results/images/{name}.csv", name=["runs", "starts", "predictions"]),
        data="results/images/data.npz",
        problem="results/problem.npz",
        reproduction="results/reproduction.csv",
        trainings="results/trainings.csv",
        runs=collect(
            "results/train_{name}/{file}", name=["manual", "autograd", "module"], file=["run.json", "losses.csv"]
        ),
        weights="results/train_module/weights.npz",
        claims="results/claims.json",
        history=rules.history_compare.output,
        reproduced="results/reproduced.json",
    output:
        html="results/index.html",
    log:
        "logs/story.log",
    benchmark:
        "benchmarks/story.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("site.story", parts.Images, texts=STORY),
        results=subpath(output.html, parent=True),
    shell:
        "python -m kotohajime.site.story {params.flags} --results {params.results:q} --output {output.html:q}"
        " > {log:q} 2>&1"


rule report:
    """Gather everything in Snakemake's own report, one page that needs no network."""
    input:
        rules.findings.input,
    output:
        html="results/report.html",
    log:
        "logs/report.log",
    benchmark:
        "benchmarks/report.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        snakefile=str(HOME / "Snakefile"),
        config=[f"{key}={json.dumps(value)}" for key, value in CONFIG.model_dump().items()],
    shell:
        "snakemake --snakefile {params.snakefile:q} findings --report {output.html:q}"
        " --config {params.config:q} > {log:q} 2>&1"


rule index:
    """Explain results/ and show what was made and found."""
    input:
        rules.findings.input,
        rules.story.output,
        rules.report.output,
    output:
        readme="results/README.md",
        sums="results/SHA256SUMS",
    log:
        "logs/index.log",
    benchmark:
        "benchmarks/index.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("site.index", texts=["words/files.yaml"]),
        results=subpath(output.readme, parent=True),
    shell:
        "python -m kotohajime.site.index --results {params.results:q} --output {output.readme:q}"
        " --sums {output.sums:q} 2>&1 | tee {log:q}"
