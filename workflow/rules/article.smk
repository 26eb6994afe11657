"""The article's figure, the published curves over ours, and a verdict on each statement.

A module's code is among a rule's inputs, so that an edit re-runs the rule and a fresh checkout does not. What does not
wait for the account of the machine reads the lock itself: a new lock makes everything again.
"""


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
        code=[
            *CODE,
            "src/kotohajime/figures.py",
            "src/kotohajime/published.py",
            "src/kotohajime/reproduction.py",
        ],
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


rule article:
    """All of the article's own results; the verdicts on its statements need the study too."""
    input:
        rules.environment.output,
        rules.tensor_basics.output,
        rules.problem.output,
        rules.train_manual.output,
        rules.train_autograd.output,
        rules.train_module.output,
        rules.trainings.output,
        rules.loss_transition.output,
        rules.reproduction.output,


rule checks:
    """Observe what today's torch does with the article's statements."""
    input:
        lock="envs/lock.txt",
        code=[
            *CODE,
            "src/kotohajime/compute.py",
            "src/kotohajime/problem.py",
            "src/kotohajime/runs.py",
            "src/kotohajime/schedule.py",
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
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        checks="results/checks.json",
        study="results/study/verdicts.json",
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
