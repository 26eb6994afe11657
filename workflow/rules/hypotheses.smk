"""The hypotheses, decided by the rules that were written down before."""


rule verdicts:
    """Decide the hypotheses."""
    input:
        hypotheses=HYPOTHESES,
        settings="results/study/settings.json",
        runs="results/study/runs.csv",
        curves="results/study/curves.csv",
        starts="results/study/starts.csv",
        band="results/study/band.csv",
        images="results/images/runs.csv",
        speed="results/images/speed.csv",
        teacher="results/images/teacher.csv",
    output:
        json="results/study/verdicts.json",
    log:
        "logs/verdicts.log",
    benchmark:
        "benchmarks/verdicts.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        **rests_on("hypotheses.verdicts", data=[HYPOTHESES]),
    shell:
        "python -m kotohajime.hypotheses.verdicts --hypotheses {input.hypotheses:q} --settings {input.settings:q}"
        " --runs {input.runs:q} --curves {input.curves:q} --starts {input.starts:q} --band {input.band:q}"
        " --images {input.images:q} --speed {input.speed:q} --teacher {input.teacher:q} --output {output.json:q}"
        " > {log:q} 2>&1"
