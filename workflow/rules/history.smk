"""The article on every torch from 1.0 on: what `make history` found, beside what today's torch gives."""


rule history_compare:
    """Put what each release gave beside what today's torch gives."""
    input:
        observed=OBSERVED,
    output:
        answers="results/history/answers.csv",
        losses="results/history/losses.csv",
        curves=shown("results/history/curves.png", "History"),
        differences=shown("results/history/differences.png", "History"),
    log:
        "logs/history_compare.log",
    benchmark:
        "benchmarks/history_compare.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("history.compare", data=[OBSERVED, LOCK]),
    shell:
        "python -m kotohajime.history.compare --observed {input.observed:q} --answers-csv {output.answers:q}"
        " --losses-csv {output.losses:q} --curves {output.curves:q} --differences {output.differences:q} > {log:q} 2>&1"
