# Everything a person types here. `make` needs Python 3.11 or newer and a package index, nothing else.
PYTHON ?= python3
CORES ?= all
IMAGE ?= kotohajime
RESULTS ?= results
GPUS = $(shell nvidia-smi > /dev/null 2>&1 && echo --gpus all)
ENV := .venv
READY := $(ENV)/ready
export PATH := $(CURDIR)/$(ENV)/bin:$(PATH)

.PHONY: results article study site pictures test check lint format config statements lock bench clean help image \
	image-lock image-run

results: $(READY)  ## regenerate every result that is missing or out of date
	@snakemake --logger kotohajime --cores $(CORES)

article: $(READY)  ## the article's part alone: figure, tour, notebook; it takes seconds
	@snakemake --logger kotohajime --cores $(CORES) article

study: $(READY)  ## the study, its verdicts and its page
	@snakemake --logger kotohajime --cores $(CORES) study study_page

site: results  ## the pages, pictures and tables in site/, for any static host
	@rm -rf site && cp -r results site && find site -name .made -prune -exec rm -r {} +
	@rm -rf site/*/*shards site/images/downloads && grep -v shards/ results/SHA256SUMS > site/SHA256SUMS

# One process more than there are cores: some tests wait more than they work.
test: $(READY)  ## unit tests, then the workflow as its users run it
	@pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1))

check: lint  ## lint and the fast unit tests, in less than a minute
	@pytest --quiet -n auto -m "not slow" tests/unit

lint: $(READY)  ## formatting, lint and the workflow's own lint
	@ruff format --check .
	@ruff check .
	@snakefmt --check Snakefile workflow
	@mypy
	@snakemake --lint
	@hadolint docker/Dockerfile
	@zizmor --quiet --offline .github

format: $(READY)  ## format the code
	@ruff format .
	@ruff check --fix .
	@snakefmt Snakefile workflow

config: $(READY)  ## write config/config.yaml, its README and its schema anew from src/kotohajime/config.py
	@python -m kotohajime.config_files

statements: $(READY)  ## write docs/statements.md anew from src/kotohajime/words/statements.yaml
	@python -m kotohajime.claims.statements_page

pictures: results  ## copy pictures and notebook from results/ to docs/, and take one of the explorer
	@python docs/pictures.py

bench: $(ENV)/bench  ## time article and study side by side with bare loops and JAX, into benchmarks/bench.md
	@mkdir -p benchmarks
	@(python bench/article.py && python bench/study.py) | tee benchmarks/bench.md

image:  ## build the container image: by envs/conda-linux-64.lock where that is there, else by envs/kotohajime.yaml; ARGS go to Docker
	docker build $(ARGS) --file docker/Dockerfile --tag $(IMAGE) --build-arg REVISION="$$(git describe --always --dirty 2> /dev/null || echo unknown)" \
		--build-arg PACKAGES="$$(ls envs/conda-linux-64.lock 2> /dev/null || echo envs/kotohajime.yaml)" .

image-lock:  ## write the packages that the image holds, with their checksums, to envs/conda-linux-64.lock
	docker run --rm --entrypoint /bin/micromamba $(IMAGE) env export --name base --explicit > envs/lock.new
	mv envs/lock.new envs/conda-linux-64.lock

image-run:  ## regenerate every result in the container, into RESULTS; ARGS go to Snakemake
	@mkdir -p "$(RESULTS)"
	docker run --rm $(GPUS) --user "$$(id -u):$$(id -g)" --volume "$$(realpath "$(RESULTS)"):/kotohajime/results" $(IMAGE) $(ARGS)

clean:  ## remove everything a run made
	rm -rf results logs benchmarks .snakemake

# The environment is built from the lock alone, anew when the lock or the project's own description changes.
# uv shows on a terminal how far it is; into a pipe or a file it says less: what is large, what is done, what failed.
SMALL = ^ [-+~] |^(Downloading .*\(([12]?[0-9])?[0-9]\.[0-9]MiB\)|Uninstalled)|^ +(Downloaded|Building|Built)
$(READY): SHELL := bash
$(READY): envs/lock.txt envs/uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"kotohajime needs Python 3.11 or newer, and {sys.executable} is {sys.version.split()[0]}.\nName another one: make PYTHON=python3.12")'
	@echo "Making the environment in $(ENV) from envs/lock.txt, once: about 6 GB, half a minute or more."
	@$(PYTHON) -m venv $(ENV)
	@$(ENV)/bin/pip install --quiet --require-hashes --requirement envs/uv.txt
	@set -o pipefail; sync() { $(ENV)/bin/uv pip sync --compile-bytecode --require-hashes --python $(ENV)/bin/python envs/lock.txt; }; \
	if [ -t 1 ] && [ -t 2 ]; then sync; else sync 2>&1 | grep --line-buffered --invert-match --extended-regexp '$(SMALL)'; fi
	@$(ENV)/bin/uv pip install --quiet --no-deps --no-build-isolation --python $(ENV)/bin/python --editable .
	@touch $@

# JAX, for the bench alone.
$(ENV)/bench: $(READY) envs/bench.txt
	$(ENV)/bin/uv pip install --quiet --require-hashes --python $(ENV)/bin/python --requirement envs/bench.txt
	@touch $@

# --universal, --fork-strategy: one lock, one version of each package, for every Python from 3.11 on and every platform.
COMPILE = uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--fork-strategy fewest

lock: $(READY)  ## choose the versions anew from pyproject.toml
	$(COMPILE) --upgrade --group dev --output-file envs/lock.txt pyproject.toml
	$(COMPILE) --upgrade --group bootstrap --output-file envs/uv.txt
	$(COMPILE) --upgrade --group bench --constraint envs/lock.txt --output-file envs/bench.txt

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST)
