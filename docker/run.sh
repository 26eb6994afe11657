#!/usr/bin/env bash
# What the image runs: Snakemake, with the arguments that stand behind the image's name.
set -euo pipefail
cd /kotohajime

if ! mkdir -p results/.container/{snakemake,logs,benchmarks} 2> /dev/null; then
    echo "kotohajime: $(id -u):$(id -g) may not write to /kotohajime/results, which belongs to" \
        "$(stat -c %u:%g results). Mount a folder of yours and start the container as its owner:" \
        "docker run --user \"\$(id -u):\$(id -g)\" -v \"\$PWD/results:/kotohajime/results\" ..." >&2
    exit 1
fi
if ! mountpoint -q results; then
    echo "kotohajime: nothing is mounted on /kotohajime/results; the results will go with the container." >&2
fi
exec snakemake --cores all "$@"
