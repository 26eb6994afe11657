"""The study: networks from every start, with every optimiser, at every rate, for many seeds.

A shard is a few seeds with all their cells: one job on one core, or on one GPU. Its bytes depend on its seeds alone, so
that more seeds only add shards.
"""

SHARDS = range(0, config["study_seeds"], config["study_seeds_per_shard"])


rule study_shard:
    """Train every cell for a few seeds."""
    input:
        environment="results/environment.json",
        code=[
            *CODE,
            "src/kotohajime/compute.py",
            "src/kotohajime/problem.py",
            "src/kotohajime/runs.py",
            "src/kotohajime/schedule.py",
            "src/kotohajime/cells.py",
            "src/kotohajime/engine.py",
            "src/kotohajime/sharpness.py",
            "src/kotohajime/train_module.py",
            "src/kotohajime/study_shard.py",
        ],
    output:
        runs="results/study/shards/{first_seed}/runs.csv",
        curves="results/study/shards/{first_seed}/curves.csv",
        starts="results/study/shards/{first_seed}/starts.csv",
    log:
        "logs/study_shard_{first_seed}.log",
    benchmark:
        "benchmarks/study_shard_{first_seed}.tsv"
    wildcard_constraints:
        first_seed="[0-9]+",
    conda:
        ENVIRONMENT
    threads: 1
    params:
        seeds=seeds_of_shard,
        batch_size=config["batch_size"],
        input_dim=config["input_dim"],
        hidden_dim=config["hidden_dim"],
        output_dim=config["output_dim"],
        epochs=config["epochs"],
        learning_rates=config["study_learning_rates"],
        momentum=config["module_momentum"],
        manual_learning_rate=config["manual_learning_rate"],
        manual_halve_every=config["manual_halve_every"],
        autograd_learning_rate=config["autograd_learning_rate"],
        module_learning_rate=config["module_learning_rate"],
        device=config["device"],
        precision=config["precision"],
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.study_shard"
        " --first-seed {wildcards.first_seed}"
        " --seeds {params.seeds}"
        " --batch-size {params.batch_size}"
        " --input-dim {params.input_dim}"
        " --hidden-dim {params.hidden_dim}"
        " --output-dim {params.output_dim}"
        " --epochs {params.epochs}"
        " --learning-rates {params.learning_rates}"
        " --momentum {params.momentum}"
        " --manual-learning-rate {params.manual_learning_rate}"
        " --manual-halve-every {params.manual_halve_every}"
        " --autograd-learning-rate {params.autograd_learning_rate}"
        " --module-learning-rate {params.module_learning_rate}"
        " --device {params.device}"
        " --precision {params.precision}"
        " --threads {threads}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule study_runs:
    """Put the shards together, and beside them the settings that they took over from the article."""
    input:
        shards=collect(
            "results/study/shards/{first_seed}/{table}.csv", first_seed=SHARDS, table=["runs", "curves", "starts"]
        ),
        code=[*CODE, "src/kotohajime/schedule.py", "src/kotohajime/cells.py", "src/kotohajime/study_runs.py"],
    output:
        settings="results/study/settings.json",
        runs="results/study/runs.csv",
        curves="results/study/curves.csv",
        starts="results/study/starts.csv",
    log:
        "logs/study_runs.log",
    benchmark:
        "benchmarks/study_runs.tsv"
    conda:
        ENVIRONMENT
    params:
        shards=collect("results/study/shards/{first_seed}", first_seed=SHARDS),
        epochs=config["epochs"],
        momentum=config["module_momentum"],
        manual_learning_rate=config["manual_learning_rate"],
        manual_halve_every=config["manual_halve_every"],
        autograd_learning_rate=config["autograd_learning_rate"],
        module_learning_rate=config["module_learning_rate"],
        folder=subpath(output.runs, parent=True),
    shell:
        "python -m kotohajime.study_runs"
        " --shards {params.shards:q}"
        " --epochs {params.epochs}"
        " --momentum {params.momentum}"
        " --manual-learning-rate {params.manual_learning_rate}"
        " --manual-halve-every {params.manual_halve_every}"
        " --autograd-learning-rate {params.autograd_learning_rate}"
        " --module-learning-rate {params.module_learning_rate}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"
