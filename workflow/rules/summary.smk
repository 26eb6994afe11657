"""What the study found: its tables, pictures and verdicts, over the seeds."""

STUDY_PICTURES = ["loss_by_rate", "loss_by_scaled_rate", "band"]
STUDY_TABLES = ["runs", "cells", "swap", "tuned", "limits", "momentum", "floor"]  # which the pages tell of


rule study_tables:
    """Summarise the networks over the seeds."""
    input:
        settings="results/study/settings.json",
        runs="results/study/runs.csv",
        starts="results/study/starts.csv",
        code=code("study.tables"),
    output:
        cells="results/study/cells.csv",
        swap=shown("results/study/swap.csv", "Study", "swap"),
        tuned="results/study/tuned.csv",
        limits="results/study/limits.csv",
        momentum="results/study/momentum.csv",
    log:
        "logs/study_tables.log",
    benchmark:
        "benchmarks/study_tables.tsv"
    priority: 1
    conda:
        ENVIRONMENT
    params:
        folder=subpath(output.cells, parent=True),
    shell:
        "python -m kotohajime.study.tables"
        " --settings {input.settings:q}"
        " --runs {input.runs:q}"
        " --starts {input.starts:q}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule study_band:
    """Lay the published curves among the seeds'."""
    input:
        **PUBLISHED,
        study_curves="results/study/curves.csv",
        code=code("study.band"),
    output:
        csv="results/study/band.csv",
    log:
        "logs/study_band.log",
    benchmark:
        "benchmarks/study_band.tsv"
    conda:
        ENVIRONMENT
    shell:
        "python -m kotohajime.study.band"
        " --study-curves {input.study_curves:q}"
        " --curves {input.curves:q}"
        " --notebook {input.notebook:q}"
        " --output {output.csv:q}"
        " > {log:q} 2>&1"


rule study_floor:
    """Train again with plain loops what ends at float32's rounding."""
    input:
        settings="results/study/settings.json",
        runs="results/study/runs.csv",
        tuned="results/study/tuned.csv",
        code=code("study.floor"),
    output:
        csv="results/study/floor.csv",
    log:
        "logs/study_floor.log",
    benchmark:
        "benchmarks/study_floor.tsv"
    priority: 1
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=settings.flags(group.Sizes, group.Place),
    shell:
        "python -m kotohajime.study.floor"
        " --settings {input.settings:q}"
        " --runs {input.runs:q}"
        " --tuned {input.tuned:q}"
        " {params.flags}"
        " --output {output.csv:q}"
        " > {log:q} 2>&1"


rule study_figures:
    """Draw final loss against learning rate, twice, and the band."""
    input:
        settings="results/study/settings.json",
        cells="results/study/cells.csv",
        limits="results/study/limits.csv",
        curves="results/study/curves.csv",
        band="results/study/band.csv",
        code=code("study.figures"),
    output:
        collect("results/study/{picture}.png", picture=STUDY_PICTURES),
        rate=shown("results/study/loss_by_rate.svg", "Study", "loss_by_rate"),
        scaled=shown("results/study/loss_by_scaled_rate.svg", "Study", "loss_by_scaled_rate"),
        band=shown("results/study/band.svg", "Study", "band"),
    log:
        "logs/study_figures.log",
    benchmark:
        "benchmarks/study_figures.tsv"
    conda:
        ENVIRONMENT
    params:
        folder=subpath(output.rate, parent=True),
    shell:
        "python -m kotohajime.study.figures"
        " --settings {input.settings:q}"
        " --cells {input.cells:q}"
        " --limits {input.limits:q}"
        " --curves {input.curves:q}"
        " --band {input.band:q}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule study_verdicts:
    """Decide the hypotheses by the rules that were written down before."""
    input:
        hypotheses=HYPOTHESES,
        settings="results/study/settings.json",
        runs="results/study/runs.csv",
        starts="results/study/starts.csv",
        band="results/study/band.csv",
        images="results/images/runs.csv",
        speed="results/images/speed.csv",
        teacher="results/images/teacher.csv",
        code=code("study.verdicts"),
    output:
        json="results/study/verdicts.json",
    log:
        "logs/study_verdicts.log",
    benchmark:
        "benchmarks/study_verdicts.tsv"
    conda:
        ENVIRONMENT
    shell:
        "python -m kotohajime.hypotheses.verdicts"
        " --hypotheses {input.hypotheses:q}"
        " --settings {input.settings:q}"
        " --runs {input.runs:q}"
        " --starts {input.starts:q}"
        " --band {input.band:q}"
        " --images {input.images:q}"
        " --speed {input.speed:q}"
        " --teacher {input.teacher:q}"
        " --output {output.json:q}"
        " > {log:q} 2>&1"


rule study_page:
    """Tell what the study found."""
    input:
        verdicts="results/study/verdicts.json",
        settings="results/study/settings.json",
        tables=collect("results/study/{name}.csv", name=STUDY_TABLES),
        pictures=collect("results/study/{name}.png", name=STUDY_PICTURES),
        code=code("study.page"),
    output:
        html=shown("results/study/study.html", "Study", "study"),
        english="results/study/finding.md",
        japanese="results/study/finding.ja.md",
    log:
        "logs/study_page.log",
    benchmark:
        "benchmarks/study_page.tsv"
    conda:
        ENVIRONMENT
    params:
        folder=subpath(output.html, parent=True),
    shell:
        "python -m kotohajime.site.study_page" " --study {params.folder:q}" " > {log:q} 2>&1"


rule study:
    """All of the study's results."""
    input:
        rules.study_runs.input.shards,
        rules.study_runs.input.band_shards,
        rules.study_runs.output,
        rules.study_tables.output,
        rules.study_band.output,
        rules.study_floor.output,
        rules.study_figures.output,
        rules.study_verdicts.output,
        rules.study_page.output,
