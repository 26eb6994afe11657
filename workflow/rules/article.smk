"""The article: the machine, one problem, three trainings, the figure, the tensor tour, the notebook.

By their priorities these come before all others: the figure is there in seconds, and the study follows.
"""

PAGE = ["templates/page.html", "templates/colours.css", "templates/language.js"]
VERDICTS = ["words/terms.yaml", *PAGE]
PUBLISHED = {"curves": str(HOME / "data/published/curves.csv"), "notebook": str(HOME / "data/published/manual.csv")}
OBSERVED = str(HOME / "data/history/observed.jsonl")
TRAININGS = ["manual", "autograd", "module"]
LESSONS = ["article/train_manual.py", "article/train_autograd.py", "article/train_module.py"]


rule environment:
    """Look at this machine, and stop if it cannot do what the config asks."""
    input:
        lock=LOCK,
    output:
        json="results/environment.json",
    log:
        "logs/environment.log",
    benchmark:
        "benchmarks/environment.tsv"
    priority: 12
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.environment", parts.Compute, data=[LOCK]),
        image=os.environ.get("KOTOHAJIME_IMAGE"),
    shell:
        "python -m kotohajime.article.environment --lock {input.lock:q} {params.flags} --output {output.json:q}"
        " 2> {log:q} | tee -a {log:q}"


rule problem:
    """Draw the data and the N(0, 1) weights from the seed."""
    output:
        npz="results/problem.npz",
    log:
        "logs/problem.log",
    benchmark:
        "benchmarks/problem.tsv"
    priority: 12
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.problem", parts.Seed, parts.Sizes, data=[LOCK]),
    shell:
        "python -m kotohajime.article.problem {params.flags} --output {output.npz:q} > {log:q} 2>&1"


rule train_manual:
    """Train with gradients derived by hand."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
    output:
        losses="results/train_manual/losses.csv",
        weights="results/train_manual/weights.npz",
        run="results/train_manual/run.json",
    log:
        "logs/train_manual.log",
    benchmark:
        "benchmarks/train_manual.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.train_manual", parts.Manual, parts.Training),
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.article.train_manual --problem {input.problem:q} {params.flags}"
        " --output {params.folder:q} > {log:q} 2>&1"


rule train_autograd:
    """Train with gradients from autograd: the figure's naive update."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
    output:
        losses="results/train_autograd/losses.csv",
        weights="results/train_autograd/weights.npz",
        run="results/train_autograd/run.json",
    log:
        "logs/train_autograd.log",
    benchmark:
        "benchmarks/train_autograd.tsv"
    priority: 11
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.train_autograd", parts.Autograd, parts.Training),
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.article.train_autograd --problem {input.problem:q} {params.flags}"
        " --output {params.folder:q} > {log:q} 2>&1"


rule train_module:
    """Train an nn.Module with torch.optim, from nn.Linear's own weights."""
    input:
        problem="results/problem.npz",
        environment="results/environment.json",
    output:
        losses="results/train_module/losses.csv",
        weights="results/train_module/weights.npz",
        run="results/train_module/run.json",
    log:
        "logs/train_module.log",
    benchmark:
        "benchmarks/train_module.tsv"
    priority: 11
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.train_module", parts.Module, parts.Seed, parts.Training),
        folder=subpath(output.run, parent=True),
    shell:
        "python -m kotohajime.article.train_module --problem {input.problem:q} {params.flags}"
        " --output {params.folder:q} > {log:q} 2>&1"


rule loss_transition:
    """Draw the article's figure as published."""
    input:
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
    output:
        png=shown("results/loss_transition.png", "Figures"),
    log:
        "logs/loss_transition.log",
    benchmark:
        "benchmarks/loss_transition.tsv"
    priority: 12
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.loss_transition"),
    shell:
        "python -m kotohajime.article.loss_transition --autograd {input.autograd:q} --module {input.module:q}"
        " --output {output.png:q} > {log:q} 2>&1"


rule reproduction:
    """Lay the published curves over all three of ours."""
    input:
        **PUBLISHED,
        manual="results/train_manual/losses.csv",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
    output:
        png="results/reproduction.png",
        svg=shown("results/reproduction.svg", "Figures"),
        csv="results/reproduction.csv",
    log:
        "logs/reproduction.log",
    benchmark:
        "benchmarks/reproduction.tsv"
    priority: 10
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.reproduction", parts.Sizes, data=PUBLISHED.values()),
    shell:
        "python -m kotohajime.article.reproduction --manual {input.manual:q} --autograd {input.autograd:q}"
        " --module {input.module:q} --curves {input.curves:q} --notebook {input.notebook:q} {params.flags}"
        " --png {output.png:q} --svg {output.svg:q} --csv {output.csv:q} > {log:q} 2>&1"


rule trainings:
    """Put the three trainings into one table."""
    input:
        runs=collect("results/train_{name}/run.json", name=TRAININGS),
        losses=collect("results/train_{name}/losses.csv", name=TRAININGS),
    output:
        csv=shown("results/trainings.csv", "Trainings"),
    log:
        "logs/trainings.log",
    benchmark:
        "benchmarks/trainings.tsv"
    priority: 10
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("article.trainings"),
    shell:
        "python -m kotohajime.article.trainings --runs {input.runs:q} --output {output.csv:q} > {log:q} 2>&1"


rule tensor_basics:
    """Run every line of the tensor tour beside what the article reported."""
    input:
        environment="results/environment.json",
        observed=OBSERVED,
    output:
        json="results/tensor_basics.json",
        html=shown("results/tensor_basics.html", "Tensor tour"),
    log:
        "logs/tensor_basics.log",
    benchmark:
        "benchmarks/tensor_basics.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    params:
        **rests_on(
            "article.tensor_basics",
            parts.Seed,
            parts.Device,
            data=[OBSERVED],
            texts=["words/tour.yaml", "templates/tensor_basics.html", *PAGE],
        ),
    shell:
        "python -m kotohajime.article.tensor_basics {params.flags} --observed {input.observed:q} --json {output.json:q}"
        " --html {output.html:q} > {log:q} 2>&1"


rule notebook:
    """Run the article as a notebook."""
    input:
        environment="results/environment.json",
    output:
        ipynb="results/article.ipynb",
    log:
        "logs/notebook.log",
    benchmark:
        "benchmarks/notebook.tsv"
    priority: 10
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on(
            "article.notebook",
            parts.Seed,
            parts.Sizes,
            parts.Lessons,
            texts=["words/notebook.yaml", "words/tour.yaml", "article/problem.py", "article/schedule.py", *LESSONS],
        ),
    shell:
        "python -m kotohajime.article.notebook {params.flags} --output {output.ipynb:q} > {log:q} 2>&1"
