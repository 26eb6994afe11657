"""The article's figure, the published curves over ours, and a verdict on each statement.

What does not wait for the account of the machine reads the lock itself: a new lock makes everything again.
"""

PUBLISHED = {"curves": str(HOME / "data/published/curves.csv"), "notebook": str(HOME / "data/published/manual.csv")}


rule loss_transition:
    """Draw the article's figure as published."""
    input:
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        code=code("article.loss_transition"),
    output:
        png=shown("results/loss_transition.png", "Figures", "loss_transition"),
    log:
        "logs/loss_transition.log",
    benchmark:
        "benchmarks/loss_transition.tsv"
    conda:
        ENVIRONMENT
    shell:
        "python -m kotohajime.article.loss_transition"
        " --autograd {input.autograd:q}"
        " --module {input.module:q}"
        " --output {output.png:q}"
        " > {log:q} 2>&1"


rule reproduction:
    """Lay the published curves over all three of ours."""
    input:
        **PUBLISHED,
        manual="results/train_manual/losses.csv",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        code=code("article.reproduction"),
    output:
        png="results/reproduction.png",
        svg=shown("results/reproduction.svg", "Figures", "reproduction"),
        csv="results/reproduction.csv",
    log:
        "logs/reproduction.log",
    benchmark:
        "benchmarks/reproduction.tsv"
    conda:
        ENVIRONMENT
    shell:
        "python -m kotohajime.article.reproduction"
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
        lock=LOCK,
        code=code("article.checks"),
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
    params:
        flags=settings.flags(group.OnThreads),
        container=os.environ.get("KOTOHAJIME_IMAGE"),  # in another image all is trained again
    shell:
        "python -m kotohajime.claims.checks" " {params.flags}" " --output {output.json:q}" " > {log:q} 2>&1"


rule claims:
    """Judge each statement of the article."""
    input:
        problem="results/problem.npz",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
        checks="results/checks.json",
        study="results/study/verdicts.json",
        code=code("article.claims"),
    output:
        json="results/claims.json",
        html=shown("results/claims.html", "Claims", "claims"),
    log:
        "logs/claims.log",
    benchmark:
        "benchmarks/claims.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.json, parent=True),
    shell:
        "python -m kotohajime.claims.claims"
        " --results {params.results:q}"
        " --json {output.json:q}"
        " --html {output.html:q}"
        " > {log:q} 2>&1"
