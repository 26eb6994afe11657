"""The article, end to end.

Reads config/config.yaml and data/published; makes everything in results/ up to the verdicts:
environment > tensor_basics; problem > three trainings > the figures; checks and trainings > claims.

A module's code is among its inputs, so that an edit re-runs the rule and a fresh checkout does not. The account of the
machine comes first, so that a run which cannot work stops there; what does not wait for it reads the lock itself, and a
new lock makes everything again.
"""

TRAININGS = ["manual", "autograd", "module"]


rule article:
    """All of the article's results."""
    input:
        "results/environment.json",
        "results/tensor_basics.html",
        "results/trainings.csv",
        "results/loss_transition.png",
        "results/reproduction.png",
        "results/claims.html",


rule environment:
    """Say what this machine has; fail if it cannot do what the config asks."""
    input:
        lock="envs/lock.txt",
        code=[*CODE, "src/kotohajime/compute.py", "src/kotohajime/environment.py"],
    output:
        json=update("results/environment.json"),  # a check that fails leaves the old account
    log:
        "logs/environment.log",
    benchmark:
        "benchmarks/environment.tsv"
    priority: 3
    conda:
        ENVIRONMENT
    threads: 1
    params:
        device=config["device"],
        precision=config["precision"],
    shell:
        "python -m kotohajime.environment"
        " --lock {input.lock:q}"
        " --device {params.device}"
        " --precision {params.precision}"
        " --threads {threads}"
        " --output {output.json:q}"
        " > {log:q} 2>&1"


rule tensor_basics:
    """Run every line of the tensor tour and show it beside the article's."""
    input:
        environment="results/environment.json",
        code=[
            *CODE,
            "src/kotohajime/compute.py",
            "src/kotohajime/tensor_basics.py",
            "src/kotohajime/pages.py",
            "src/kotohajime/prompt.py",
            "src/kotohajime/templates/page.html",
            "src/kotohajime/templates/tensor_basics.html",
        ],
    output:
        json="results/tensor_basics.json",
        html=report("results/tensor_basics.html", category="Tensor tour", caption="../report/tensor_basics.rst"),
    log:
        "logs/tensor_basics.log",
    benchmark:
        "benchmarks/tensor_basics.tsv"
    conda:
        ENVIRONMENT
    params:
        seed=config["seed"],
        device=config["device"],
    shell:
        "python -m kotohajime.tensor_basics"
        " --seed {params.seed}"
        " --device {params.device}"
        " --json {output.json:q}"
        " --html {output.html:q}"
        " > {log:q} 2>&1"


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
        code=[*CODE, "src/kotohajime/compute.py", "src/kotohajime/runs.py", "src/kotohajime/train_manual.py"],
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


rule loss_transition:
    """Draw the article's figure as published."""
    input:
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        code=[*CODE, "src/kotohajime/figures.py", "src/kotohajime/loss_transition.py"],
    output:
        png=report("results/loss_transition.png", category="Figures", caption="../report/loss_transition.rst"),
    log:
        "logs/loss_transition.log",
    benchmark:
        "benchmarks/loss_transition.tsv"
    conda:
        ENVIRONMENT
    shell:
        "python -m kotohajime.loss_transition"
        " --autograd {input.autograd:q}"
        " --module {input.module:q}"
        " --output {output.png:q}"
        " > {log:q} 2>&1"


rule reproduction:
    """Lay the published curves over all three of ours."""
    input:
        manual="results/train_manual/losses.csv",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        curves="data/published/curves.csv",
        notebook="data/published/manual.csv",
        code=[*CODE, "src/kotohajime/figures.py", "src/kotohajime/reproduction.py"],
    output:
        png="results/reproduction.png",
        svg=report("results/reproduction.svg", category="Figures", caption="../report/reproduction.rst"),
        csv="results/reproduction.csv",
    log:
        "logs/reproduction.log",
    benchmark:
        "benchmarks/reproduction.tsv"
    conda:
        ENVIRONMENT
    shell:
        "python -m kotohajime.reproduction"
        " --manual {input.manual:q}"
        " --autograd {input.autograd:q}"
        " --module {input.module:q}"
        " --curves {input.curves:q}"
        " --notebook {input.notebook:q}"
        " --png {output.png:q}"
        " --svg {output.svg:q}"
        " --csv {output.csv:q}"
        " > {log:q} 2>&1"


rule checks:
    """Observe what today's torch does with the article's statements."""
    input:
        lock="envs/lock.txt",
        code=[
            *CODE,
            "src/kotohajime/compute.py",
            "src/kotohajime/problem.py",
            "src/kotohajime/runs.py",
            "src/kotohajime/prompt.py",
            "src/kotohajime/train_manual.py",
            "src/kotohajime/train_autograd.py",
            "src/kotohajime/train_module.py",
            "src/kotohajime/checks.py",
        ],
    output:
        json="results/checks.json",
    log:
        "logs/checks.log",
    benchmark:
        "benchmarks/checks.tsv"
    priority: 1
    conda:
        ENVIRONMENT
    threads: 1
    shell:
        "python -m kotohajime.checks" " --threads {threads}" " --output {output.json:q}" " > {log:q} 2>&1"


rule claims:
    """Judge each statement of the article."""
    input:
        problem="results/problem.npz",
        manual="results/train_manual/losses.csv",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        checks="results/checks.json",
        code=[
            *CODE,
            "src/kotohajime/pages.py",
            "src/kotohajime/claims.py",
            "src/kotohajime/templates/page.html",
            "src/kotohajime/templates/claims.html",
        ],
    output:
        json="results/claims.json",
        html=report("results/claims.html", category="Claims", caption="../report/claims.rst"),
    log:
        "logs/claims.log",
    benchmark:
        "benchmarks/claims.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.json, parent=True),
    shell:
        "python -m kotohajime.claims"
        " --results {params.results:q}"
        " --json {output.json:q}"
        " --html {output.html:q}"
        " > {log:q} 2>&1"
