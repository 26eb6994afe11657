"""The study: networks from every start, with every optimiser, at every rate, for many seeds.

A shard is a few seeds with all their cells: one job on one core, or on one GPU. Its bytes depend on its seeds alone, so
that more seeds only add shards. The band's shards hold ten times as many seeds, since of each only the article's three
runs are trained. By their priorities the study's jobs come before those on images, so that what follows from it is done
beside them, and the long ones before the short.
"""

STUDY = settings.of(group.Study)
SHARDS, BAND_SHARDS = (
    range(STUDY.first_seed, STUDY.first_seed + seeds, each)
    for seeds, each in ((STUDY.seeds, STUDY.seeds_per_shard), (STUDY.band_seeds, 10 * STUDY.seeds_per_shard))
)
ARTICLE = settings.of(Article)


rule study_shard:
    """Train every cell for a few seeds."""
    input:
        environment="results/environment.json",
        code=code("study.shard"),
    output:
        runs="results/study/shards/{first_seed}/runs.csv",
        starts="results/study/shards/{first_seed}/starts.csv",
        paths="results/study/shards/{first_seed}/paths.csv",
    log:
        "logs/study_shard_{first_seed}.log",
    benchmark:
        "benchmarks/study_shard_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="[0-9]+",
    priority: 2
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=shard_flags(SHARDS, settings.of(group.Sizes), settings.of(group.Grid), ARTICLE, settings.of(group.Place)),
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.study.shard" " {params.flags}" " --output {params.folder:q}" " > {log:q} 2>&1"


rule study_band_shard:
    """Train the article's three runs for more seeds."""
    input:
        environment="results/environment.json",
        code=code("study.band_shard"),
    output:
        curves="results/study/band_shards/{first_seed}/curves.csv",
    log:
        "logs/study_band_shard_{first_seed}.log",
    benchmark:
        "benchmarks/study_band_shard_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="[0-9]+",
    priority: 2
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=shard_flags(BAND_SHARDS, settings.of(group.Sizes), ARTICLE, settings.of(group.Place)),
        folder=subpath(output.curves, parent=True),
    shell:
        "python -m kotohajime.study.band_shard" " {params.flags}" " --output {params.folder:q}" " > {log:q} 2>&1"


rule study_runs:
    """Put the shards together."""
    input:
        shards=collect(rules.study_shard.output, first_seed=SHARDS),
        band_shards=collect(rules.study_band_shard.output, first_seed=BAND_SHARDS),
        code=code("study.runs"),
    output:
        settings="results/study/settings.json",
        runs="results/study/runs.csv",
        curves="results/study/curves.csv",
        starts="results/study/starts.csv",
        paths="results/study/paths.csv",
    log:
        "logs/study_runs.log",
    benchmark:
        "benchmarks/study_runs.tsv"
    priority: 1
    conda:
        ENVIRONMENT
    params:
        shards=collect("results/study/shards/{first_seed}", first_seed=SHARDS),
        band_shards=collect("results/study/band_shards/{first_seed}", first_seed=BAND_SHARDS),
        flags=as_flags(ARTICLE),
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.study.runs"
        " --shards {params.shards:q}"
        " --band-shards {params.band_shards:q}"
        " {params.flags}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"
