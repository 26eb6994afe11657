"""The machine and the tensor tour.

The account of the machine comes before every training and the tour, so that a run which cannot work stops there. The
problem and the checks need no device and do not wait for it.
"""


rule environment:
    """Look at this machine, and stop if it cannot do what the config asks."""
    input:
        lock=LOCK,
        code=code("article.environment"),
    output:
        json="results/environment.json",
    log:
        "logs/environment.log",
    benchmark:
        "benchmarks/environment.tsv"
    priority: 3
    conda:
        ENVIRONMENT
    threads: 1
    params:
        flags=settings.flags(group.Place),
        container=os.environ.get("KOTOHAJIME_IMAGE"),  # in another image all is trained again
    shell:
        "python -m kotohajime.article.environment"
        " --lock {input.lock:q}"
        " {params.flags}"
        " --output {output.json:q}"
        " > {log:q} 2>&1"


rule tensor_basics:
    """Run every line of the tensor tour beside what the article reported."""
    input:
        environment="results/environment.json",
        code=code("article.tensor_basics"),
    output:
        json="results/tensor_basics.json",
        html=shown("results/tensor_basics.html", "Tensor tour", "tensor_basics"),
    log:
        "logs/tensor_basics.log",
    benchmark:
        "benchmarks/tensor_basics.tsv"
    conda:
        ENVIRONMENT
    params:
        flags=settings.flags(group.Seeded, group.OnDevice),
    shell:
        "python -m kotohajime.article.tensor_basics"
        " {params.flags}"
        " --json {output.json:q}"
        " --html {output.html:q}"
        " > {log:q} 2>&1"
