"""One problem, three trainings, one table of them.

manual and autograd start from the problem's weights; module draws nn.Linear's own start from the same seed.
"""

TRAININGS = ["manual", "autograd", "module"]


rule problem:
    """Draw the data and the N(0, 1) start from the seed."""
    input:
        lock=LOCK,
        code=code("article.problem"),
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
        flags=settings.flags(group.Seeded, group.Sizes),
    shell:
        "python -m kotohajime.article.problem" " {params.flags}" " --output {output.npz:q}" " > {log:q} 2>&1"


rule train_manual:
    """Train with gradients derived by hand."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
        code=code("article.train_manual"),
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
        flags=settings.flags(group.Manual, group.Training),
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.article.train_manual"
        " --problem {input.problem:q}"
        " {params.flags}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule train_autograd:
    """Train with gradients from autograd: the figure's naive update."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
        code=code("article.train_autograd"),
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
        flags=settings.flags(group.Autograd, group.Training),
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.article.train_autograd"
        " --problem {input.problem:q}"
        " {params.flags}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule train_module:
    """Train an nn.Module with torch.optim, from nn.Linear's own start."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
        code=code("article.train_module"),
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
        flags=settings.flags(group.Module, group.Seeded, group.Training),
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.article.train_module"
        " --problem {input.problem:q}"
        " {params.flags}"
        " --output {params.folder:q}"
        " > {log:q} 2>&1"


rule trainings:
    """Put the three trainings into one table."""
    input:
        runs=collect("results/train_{name}/run.json", name=TRAININGS),
        losses=collect("results/train_{name}/losses.csv", name=TRAININGS),
        code=code("article.trainings"),
    output:
        csv=shown("results/trainings.csv", "Trainings", "trainings"),
    log:
        "logs/trainings.log",
    benchmark:
        "benchmarks/trainings.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.csv, parent=True),
    shell:
        "python -m kotohajime.article.trainings"
        " --results {params.results:q}"
        " --output {output.csv:q}"
        " > {log:q} 2>&1"
