"""What good initial weights buy: test error on real images, speed and usable rates on noise, a map of both.

Its shards have the study's seeds. The map is one job, of the first seed.
"""

IMAGE_TABLES = ["runs", "paths", "predictions", "teacher", "speed", "kernels", "starts", "speeds"]
PICTURES = ["generalisation", "start_scale", "balance", "trainability", "predictions", "teacher"]


rule images_data:
    """Get the images."""
    input:
        environment="results/environment.json",
    output:
        npz="results/images/data.npz",
    log:
        "logs/images_data.log",
    benchmark:
        "benchmarks/images_data.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("images.data", parts.Dataset, data=[LOCK]),
    shell:
        "python -m kotohajime.images.data {params.flags} --folder results/images/downloads --output {output.npz:q}"
        " > {log:q} 2>&1"


rule images_shard:
    """Learn images from every initialisation, and a teacher, for a few seeds."""
    input:
        environment="results/environment.json",
        data="results/images/data.npz",
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
        first_seed="|".join(map(str, SHARDS)),
    conda:
        ENVIRONMENT
    params:
        **rests_on("images.shard", parts.Images, parts.Hidden, parts.Momentum, parts.Compute, shards=SHARDS),
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.images.shard {params.flags} --data {input.data:q} --output {params.folder:q}"
        " > {log:q} 2>&1"


rule images_speed:
    """Train on noise from some initialisations, at many rates, for a few seeds."""
    input:
        environment="results/environment.json",
    output:
        speed="results/images/speed_shards/{first_seed}/speed.csv",
        kernels="results/images/speed_shards/{first_seed}/kernels.csv",
    log:
        "logs/images_speed_{first_seed}.log",
    benchmark:
        "benchmarks/images_speed_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="|".join(map(str, SHARDS)),
    conda:
        ENVIRONMENT
    params:
        **rests_on("images.speed", parts.Sizes, parts.Compute, shards=SHARDS),
        folder=subpath(output.speed, parent=True),
    shell:
        "python -m kotohajime.images.speed {params.flags} --output {params.folder:q} > {log:q} 2>&1"


rule images_trainability:
    """Train the article's network at many initial scales and rates: the trainability map."""
    input:
        environment="results/environment.json",
    output:
        csv="results/images/map.csv",
    log:
        "logs/images_trainability.log",
    benchmark:
        "benchmarks/images_trainability.tsv"
    priority: 1
    conda:
        ENVIRONMENT
    params:
        **rests_on(
            "images.trainability", parts.FirstSeed(first_seed=SHARDS.start), parts.Sizes, parts.Map, parts.Compute
        ),
    shell:
        "python -m kotohajime.images.trainability {params.flags} --output {output.csv:q} > {log:q} 2>&1"


rule images_tables:
    """Put the images' shards together and compare the initialisations over the seeds."""
    input:
        shards=collect(rules.images_shard.output, first_seed=SHARDS),
        speed_shards=collect(rules.images_speed.output, first_seed=SHARDS),
    output:
        collect("results/images/{name}.csv", name=[name for name in IMAGE_TABLES if name != "starts"]),
        starts=shown("results/images/starts.csv", "Images"),
    log:
        "logs/images_tables.log",
    benchmark:
        "benchmarks/images_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("images.tables"),
        shards=collect("results/images/shards/{first_seed}", first_seed=SHARDS),
        speed_shards=collect("results/images/speed_shards/{first_seed}", first_seed=SHARDS),
        folder=subpath(output.starts, parent=True),
    shell:
        "python -m kotohajime.images.tables --shards {params.shards:q} --speed-shards {params.speed_shards:q}"
        " --output {params.folder:q} > {log:q} 2>&1"


rule images_figures:
    """Draw what initial weights buy: errors, scales, balance, the map, the images."""
    input:
        data="results/images/data.npz",
        map="results/images/map.csv",
        tables=collect("results/images/{name}.csv", name=IMAGE_TABLES),
    output:
        collect("results/images/{name}.png", name=PICTURES),
        *[shown(f"results/images/{name}.svg", "Images") for name in PICTURES],
    log:
        "logs/images_figures.log",
    benchmark:
        "benchmarks/images_figures.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("images.figures", parts.Article, parts.Sizes),
        folder=subpath(input.data, parent=True),
    shell:
        "python -m kotohajime.images.figures {params.flags} --images {params.folder:q} > {log:q} 2>&1"
