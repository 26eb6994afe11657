"""One problem, three trainings, one table of them.

manual and autograd start from the problem's weights; module draws nn.Linear's own start from the same seed.
"""

TRAININGS = ["manual", "autograd", "module"]


rule problem:
    """Draw the data and the N(0, 1) start, once, from the seed."""
    input:
        lock="envs/lock.txt",
        code=[*CODE, "src/kotohajime/problem.py"],
    output:
        npz="results/problem.npz",
    log:
        "logs/problem.log",
    benchmark:
        "benchmarks/problem.tsv"
    priority: 3
    conda:
        ENVIRONMENT
    params:
        seed=config["seed"],
        batch_size=config["batch_size"],
        input_dim=config["input_dim"],
        hidden_dim=config["hidden_dim"],
        output_dim=config["output_dim"],
    shell:
        "python -m kotohajime.problem"
        " --seed {params.seed}"
        " --batch-size {params.batch_size}"
        " --input-dim {params.input_dim}"
        " --hidden-dim {params.hidden_dim}"
        " --output-dim {params.output_dim}"
        " --output {output.npz:q}"
        " > {log:q} 2>&1"


rule train_manual:
    """Train with gradients derived by hand."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
        code=[
            *CODE,
            "src/kotohajime/compute.py",
            "src/kotohajime/runs.py",
            "src/kotohajime/schedule.py",
            "src/kotohajime/train_manual.py",
        ],
    output:
        losses="results/train_manual/losses.csv",
        weights="results/train_manual/weights.npz",
        run="results/train_manual/run.json",
    log:
        "logs/train_manual.log",
    benchmark:
        "benchmarks/train_manual.tsv"
    priority: 2
    conda:
        ENVIRONMENT
    threads: 1
    params:
        epochs=config["epochs"],
        learning_rate=config["manual_learning_rate"],
        halve_every=config["manual_halve_every"],
        halve_at_start="" if config["manual_halve_at_start"] else "no-",
        device=config["device"],
        precision=config["precision"],
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.train_manual"
        " --problem {input.problem:q}"
        " --epochs {params.epochs}"
        " --learning-rate {params.learning_rate}"
        " --halve-every {params.halve_every}"
        " --{params.halve_at_start}halve-at-start"
        " --device {params.device}"
        " --precision {params.precision}"
        " --threads {threads}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule train_autograd:
    """Train with gradients from autograd: the figure's naive update."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
        code=[
            *CODE,
            "src/kotohajime/compute.py",
            "src/kotohajime/runs.py",
            "src/kotohajime/train_autograd.py",
        ],
    output:
        losses="results/train_autograd/losses.csv",
        weights="results/train_autograd/weights.npz",
        run="results/train_autograd/run.json",
    log:
        "logs/train_autograd.log",
    benchmark:
        "benchmarks/train_autograd.tsv"
    priority: 2
    conda:
        ENVIRONMENT
    threads: 1
    params:
        epochs=config["epochs"],
        learning_rate=config["autograd_learning_rate"],
        device=config["device"],
        precision=config["precision"],
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.train_autograd"
        " --problem {input.problem:q}"
        " --epochs {params.epochs}"
        " --learning-rate {params.learning_rate}"
        " --device {params.device}"
        " --precision {params.precision}"
        " --threads {threads}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule train_module:
    """Train an nn.Module with torch.optim, from nn.Linear's own start."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
        code=[*CODE, "src/kotohajime/compute.py", "src/kotohajime/runs.py", "src/kotohajime/train_module.py"],
    output:
        losses="results/train_module/losses.csv",
        weights="results/train_module/weights.npz",
        run="results/train_module/run.json",
    log:
        "logs/train_module.log",
    benchmark:
        "benchmarks/train_module.tsv"
    priority: 3
    conda:
        ENVIRONMENT
    threads: 1
    params:
        seed=config["seed"],
        epochs=config["epochs"],
        learning_rate=config["module_learning_rate"],
        momentum=config["module_momentum"],
        weight_decay=config["module_weight_decay"],
        nesterov="" if config["module_nesterov"] else "no-",
        device=config["device"],
        precision=config["precision"],
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.train_module"
        " --problem {input.problem:q}"
        " --seed {params.seed}"
        " --epochs {params.epochs}"
        " --learning-rate {params.learning_rate}"
        " --momentum {params.momentum}"
        " --weight-decay {params.weight_decay}"
        " --{params.nesterov}nesterov"
        " --device {params.device}"
        " --precision {params.precision}"
        " --threads {threads}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule trainings:
    """Put the three trainings into one table."""
    input:
        runs=collect("results/train_{name}/run.json", name=TRAININGS),
        losses=collect("results/train_{name}/losses.csv", name=TRAININGS),
        code=[*CODE, "src/kotohajime/trainings.py"],
    output:
        csv=report("results/trainings.csv", category="Trainings", caption="../report/trainings.rst"),
    log:
        "logs/trainings.log",
    benchmark:
        "benchmarks/trainings.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.csv, parent=True),
    shell:
        "python -m kotohajime.trainings" " --results {params.results:q}" " --output {output.csv:q}" " > {log:q} 2>&1"
