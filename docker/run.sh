#!/usr/bin/env bash
# What the image runs: Snakemake, with the arguments that follow the image's name.
set -euo pipefail
cd /kotohajime

stop() {
    echo "kotohajime: $*" >&2
    exit 1
}

state=results/.container # outlives the container: logs, benchmarks, and what Snakemake remembers of earlier runs
mkdir -p "$state"/{snakemake,logs,benchmarks,cache} 2> /dev/null || true
closed=$(find results -type d ! -writable -print -quit)
if [[ $closed || ! -d $state ]]; then
    closed=${closed:-results}
    stop "$(id -u):$(id -g) may not write to /kotohajime/$closed, which belongs to $(stat -c %u:%g "$closed")." \
        "Start the container as its owner, docker run --user $(stat -c %u:%g "$closed") ..., or mount a folder of yours."
fi
[[ -w /tmp ]] || stop "/tmp cannot be written. Add --tmpfs /tmp to --read-only."
mountpoint -q results || echo "kotohajime: no folder is mounted on /kotohajime/results; the results will go with the container." >&2
export XDG_CACHE_HOME=/kotohajime/$state/cache MPLCONFIGDIR=/kotohajime/$state/cache/matplotlib

read -r checksum from < /opt/conda/installed-from
KOTOHAJIME_IMAGE+=", packages of $from (sha256 ${checksum:0:12})" # environment.json tells it
profile=default
if nvidia-smi > /dev/null 2>&1; then profile=gpu; fi

# Docker signals this shell alone. The jobs have to hear it too, or Snakemake would wait until they are done.
trap 'trap "" TERM; kill -TERM 0' INT TERM
snakemake --logger kotohajime --workflow-profile "profiles/$profile" --cores all "$@" &
wait $! || wait $!
