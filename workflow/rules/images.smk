"""What a good start buys: test error on real images, speed and usable rates on noise, a map of what can be trained.

Its shards have the study's seeds. The map is one job, of the first seed.
"""


rule images_data:
    """Get the images."""
    input:
        lock=LOCK,
        code=code("images.data"),
    output:
        npz="results/images/data.npz",
    log:
        "logs/images_data.log",
    benchmark:
        "benchmarks/images_data.tsv"
    conda:
        ENVIRONMENT
    params:
        flags=settings.flags(group.Dataset),
        folder="results/images/downloads",
    shell:
        "python -m kotohajime.images.data"
        " {params.flags}"
        " --folder {params.folder:q}"
        " --output {output.npz:q}"
        " > {log:q} 2>&1"


rule images_shard:
    """Learn images from every start, and a teacher, for a few seeds."""
    input:
        environment="results/environment.json",
        data="results/images/data.npz",
        code=code("images.shard"),
    output:
        runs="results/images/shards/{first_seed}/runs.csv",
        paths="results/images/shards/{first_seed}/paths.csv",
        predictions="results/images/shards/{first_seed}/predictions.csv",
        teacher="results/images/shards/{first_seed}/teacher.csv",
    log:
        "logs/images_shard_{first_seed}.log",
    benchmark:
        "benchmarks/images_shard_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="[0-9]+",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=shard_flags(SHARDS, *map(settings.of, (group.Images, group.Hidden, group.Momentum, group.Place))),
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.images.shard"
        " {params.flags}"
        " --data {input.data:q}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule images_speed:
    """Train on noise from some starts, at many rates, for a few seeds."""
    input:
        environment="results/environment.json",
        code=code("images.speed"),
    output:
        speed="results/images/speed_shards/{first_seed}/speed.csv",
        kernels="results/images/speed_shards/{first_seed}/kernels.csv",
    log:
        "logs/images_speed_{first_seed}.log",
    benchmark:
        "benchmarks/images_speed_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="[0-9]+",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=shard_flags(SHARDS, *map(settings.of, (group.Sizes, group.Place))),
        folder=subpath(output.speed, parent=True),
    shell:
        "python -m kotohajime.images.speed" " {params.flags}" " --output {params.folder:q}" " > {log:q} 2>&1"


rule images_trainability:
    """Train the article's network at many start scales and rates: the trainability map."""
    input:
        environment="results/environment.json",
        code=code("images.trainability"),
    output:
        csv="results/images/map.csv",
    log:
        "logs/images_trainability.log",
    benchmark:
        "benchmarks/images_trainability.tsv"
    priority: 1
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=as_flags(
            group.FirstSeed(first_seed=SHARDS.start), *map(settings.of, (group.Sizes, group.Map, group.Place))
        ),
    shell:
        "python -m kotohajime.images.trainability" " {params.flags}" " --output {output.csv:q}" " > {log:q} 2>&1"


rule images_runs:
    """Put the images' shards together."""
    input:
        shards=collect(rules.images_shard.output, first_seed=SHARDS),
        speed_shards=collect(rules.images_speed.output, first_seed=SHARDS),
        code=code("images.runs"),
    output:
        collect("results/images/{name}.csv", name=["paths", "predictions", "teacher", "speed", "kernels"]),
        runs="results/images/runs.csv",
    log:
        "logs/images_runs.log",
    benchmark:
        "benchmarks/images_runs.tsv"
    conda:
        ENVIRONMENT
    params:
        shards=collect("results/images/shards/{first_seed}", first_seed=SHARDS),
        speed_shards=collect("results/images/speed_shards/{first_seed}", first_seed=SHARDS),
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.images.runs"
        " --shards {params.shards:q}"
        " --speed-shards {params.speed_shards:q}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule images_tables:
    """Compare the starts over the seeds."""
    input:
        runs="results/images/runs.csv",
        speed="results/images/speed.csv",
        kernels="results/images/kernels.csv",
        code=code("images.tables"),
    output:
        starts=shown("results/images/starts.csv", "Images", "images_starts"),
        speeds="results/images/speeds.csv",
    log:
        "logs/images_tables.log",
    benchmark:
        "benchmarks/images_tables.tsv"
    conda:
        ENVIRONMENT
    params:
        folder=subpath(output.starts, parent=True),
    shell:
        "python -m kotohajime.images.tables"
        " --runs {input.runs:q}"
        " --speed {input.speed:q}"
        " --kernels {input.kernels:q}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


PICTURES = ["start_scale", "balance", "trainability", "predictions", "teacher"]


rule images_figures:
    """Draw what a start buys: errors, scales, balance, the map, the images."""
    input:
        data="results/images/data.npz",
        runs="results/images/runs.csv",
        paths="results/images/paths.csv",
        predictions="results/images/predictions.csv",
        teacher="results/images/teacher.csv",
        starts="results/images/starts.csv",
        speeds="results/images/speeds.csv",
        map="results/images/map.csv",
        code=code("images.figures"),
    output:
        collect("results/images/{name}.png", name=["generalisation", *PICTURES]),
        *(shown(f"results/images/{name}.svg", "Images", "images_figures") for name in PICTURES),
        generalisation=shown("results/images/generalisation.svg", "Images", "images_figures"),
    log:
        "logs/images_figures.log",
    benchmark:
        "benchmarks/images_figures.tsv"
    conda:
        ENVIRONMENT
    params:
        flags=settings.flags(group.Marked, group.Sizes),
        folder=subpath(output.generalisation, parent=True),
    shell:
        "python -m kotohajime.images.figures" " {params.flags}" " --images {params.folder:q}" " > {log:q} 2>&1"


rule images:
    """All that is found on images and on what a start buys."""
    input:
        rules.images_data.output,
        rules.images_runs.input.shards,
        rules.images_runs.input.speed_shards,
        rules.images_trainability.output,
        rules.images_runs.output,
        rules.images_tables.output,
        rules.images_figures.output,
