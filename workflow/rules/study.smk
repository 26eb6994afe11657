"""The study: networks from every initialisation, with every optimiser, at every rate, for many seeds.

A shard is a few seeds with all their cells: one job on one core, or on one GPU. Its bytes depend on its seeds alone, so
that more seeds only add shards. The band's shards hold ten times as many seeds, since of each only the article's three
runs are trained. Long jobs, and those that others wait for, come first.
"""

SHARDS, BAND_SHARDS = (
    range(CONFIG.study_first_seed, CONFIG.study_first_seed + seeds, each)
    for seeds, each in (
        (CONFIG.study_seeds, CONFIG.study_seeds_per_shard),
        (CONFIG.study_band_seeds, 10 * CONFIG.study_seeds_per_shard),
    )
)
STUDY_TABLES = ["runs", "paths", "starts", "cells", "swap", "tuned", "limits", "momentum", "band"]
STUDY_PICTURES = ["loss_by_rate", "loss_by_scaled_rate", "band"]


rule study_shard:
    """Train every cell for a few seeds."""
    input:
        environment="results/environment.json",
    output:
        runs="results/study/shards/{first_seed}/runs.csv",
        starts="results/study/shards/{first_seed}/starts.csv",
        paths="results/study/shards/{first_seed}/paths.csv",
    log:
        "logs/study_shard_{first_seed}.log",
    benchmark:
        "benchmarks/study_shard_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="|".join(map(str, SHARDS)),
    priority: 2
    conda:
        ENVIRONMENT
    params:
        **rests_on("study.shard", parts.Sizes, parts.Grid, parts.Article, parts.Compute, shards=SHARDS),
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.study.shard {params.flags} --output {params.folder:q} > {log:q} 2>&1"


rule study_band_shard:
    """Train the article's three runs for more seeds."""
    input:
        environment="results/environment.json",
    output:
        curves="results/study/band_shards/{first_seed}/curves.csv",
    log:
        "logs/study_band_shard_{first_seed}.log",
    benchmark:
        "benchmarks/study_band_shard_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="|".join(map(str, BAND_SHARDS)),
    priority: 2
    conda:
        ENVIRONMENT
    params:
        **rests_on("study.band_shard", parts.Sizes, parts.Article, parts.Compute, shards=BAND_SHARDS),
        folder=subpath(output.curves, parent=True),
    shell:
        "python -m kotohajime.study.band_shard {params.flags} --output {params.folder:q} > {log:q} 2>&1"


rule study_tables:
    """Put the shards together and sum the networks up over the seeds."""
    input:
        **PUBLISHED,
        shards=collect(rules.study_shard.output, first_seed=SHARDS),
        band_shards=collect(rules.study_band_shard.output, first_seed=BAND_SHARDS),
    output:
        collect("results/study/{name}.csv", name=[name for name in STUDY_TABLES if name != "swap"]),
        settings="results/study/settings.json",
        curves="results/study/curves.csv",
        swap=shown("results/study/swap.csv", "Study"),
    log:
        "logs/study_tables.log",
    benchmark:
        "benchmarks/study_tables.tsv"
    priority: 1
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("study.tables", parts.Article, parts.Sizes, data=PUBLISHED.values()),
        shards=collect("results/study/shards/{first_seed}", first_seed=SHARDS),
        band_shards=collect("results/study/band_shards/{first_seed}", first_seed=BAND_SHARDS),
        folder=subpath(output.settings, parent=True),
    shell:
        "python -m kotohajime.study.tables --shards {params.shards:q} --band-shards {params.band_shards:q}"
        " --curves {input.curves:q} --notebook {input.notebook:q} {params.flags} --output {params.folder:q}"
        " > {log:q} 2>&1"


rule study_figures:
    """Draw final loss against learning rate, twice, and the band."""
    input:
        settings="results/study/settings.json",
        cells="results/study/cells.csv",
        limits="results/study/limits.csv",
        curves="results/study/curves.csv",
        band="results/study/band.csv",
    output:
        collect("results/study/{picture}.png", picture=STUDY_PICTURES),
        *[shown(f"results/study/{picture}.svg", "Study") for picture in STUDY_PICTURES],
    log:
        "logs/study_figures.log",
    benchmark:
        "benchmarks/study_figures.tsv"
    priority: 1
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("study.figures"),
        folder=subpath(input.settings, parent=True),
    shell:
        "python -m kotohajime.study.figures --settings {input.settings:q} --cells {input.cells:q}"
        " --limits {input.limits:q} --curves {input.curves:q} --band {input.band:q} --output {params.folder:q}"
        " > {log:q} 2>&1"
