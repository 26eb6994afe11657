"""The machine and the tensor tour.

The account of the machine comes before every training and the tour, so that a run which cannot work stops there. The
problem and the checks need no device and do not wait for it.
"""


rule environment:
    """Say what this machine has; fail if it cannot do what the config asks."""
    input:
        lock="envs/lock.txt",
        code=[*CODE, "src/kotohajime/compute.py", "src/kotohajime/environment.py"],
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
        device=config["device"],
        precision=config["precision"],
        container=os.environ.get("KOTOHAJIME_IMAGE"),  # in another image all is made again
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
