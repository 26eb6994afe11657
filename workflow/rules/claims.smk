"""The article's statements: what today's torch does, which needs no study, and the verdict on each."""


rule checks:
    """Observe what today's torch does with the article's statements."""
    input:
        problem="results/problem.npz",
        autograd="results/train_autograd/losses.csv",
        module="results/train_module/losses.csv",
    output:
        json="results/checks.json",
    log:
        "logs/checks.log",
    benchmark:
        "benchmarks/checks.tsv"
    priority: 10
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("claims.checks", parts.Threads, data=[LOCK], texts=["words/statements.yaml"]),
        image=os.environ.get("KOTOHAJIME_IMAGE"),
    shell:
        "python -m kotohajime.claims.checks {params.flags} --problem {input.problem:q} --autograd {input.autograd:q}"
        " --module {input.module:q} --output {output.json:q} > {log:q} 2>&1"


rule claims:
    """Judge each statement of the article."""
    input:
        checks="results/checks.json",
        verdicts="results/study/verdicts.json",
        history="results/history/answers.csv",
    output:
        json="results/claims.json",
        html=shown("results/claims.html", "Claims"),
    log:
        "logs/claims.log",
    benchmark:
        "benchmarks/claims.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("claims.claims", texts=["words/statements.yaml", "templates/claims.html", *VERDICTS]),
    shell:
        "python -m kotohajime.claims.claims --checks {input.checks:q} --verdicts {input.verdicts:q}"
        " --history {input.history:q} --json {output.json:q} --html {output.html:q} > {log:q} 2>&1"
