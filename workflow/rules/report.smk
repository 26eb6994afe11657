"""What gathers the results: the index that explains them, with their checksums."""


rule index:
    """Explain results/, record its checksums, print what was made and found."""
    input:
        rules.article.input,
        code=[*CODE, "src/kotohajime/checksums.py", "src/kotohajime/index.py"],
    output:
        readme="results/README.md",
        sums="results/SHA256SUMS",
    log:
        "logs/index.log",
    benchmark:
        "benchmarks/index.tsv"
    conda:
        ENVIRONMENT
    params:
        results=subpath(output.readme, parent=True),
    shell:
        "python -m kotohajime.index"
        " --results {params.results:q}"
        " --readme {output.readme:q}"
        " --sums {output.sums:q}"
        " 2>&1 | tee {log:q}"
