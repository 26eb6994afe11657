# Everything a person types here. `make` needs Python or uv, and a package index, nothing else.
PYTHON ?=
CORES ?= all
IMAGE ?= kotohajime
RESULTS ?= results
GPUS = $(shell nvidia-smi > /dev/null 2>&1 && echo --gpus all)
OUTSIDE := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.uv/bin:$(PATH)

.PHONY: env crate history reference results verify article study site pictures test check lint format config statements lock bench clean help image \
	image-lock image-run

results: env  ## regenerate every result that is missing or out of date
	@rm -f results/ro-crate-metadata.json results/Snakefile
	@snakemake --logger kotohajime --cores $(CORES)

article: env  ## the article's part alone: figure, tour, notebook; it takes seconds
	@snakemake --logger kotohajime --cores $(CORES) article

verify: results  ## fail, and say where, if what this machine gives differs from the reference, or nothing can be compared
	@grep -q ',reproduced$$' results/reproduced.csv && ! grep ',differs$$' results/reproduced.csv

study: env  ## the study, its verdicts and its page
	@snakemake --logger kotohajime --cores $(CORES) study study_page

site: results  ## the pages, pictures and tables in site/, for any static host
	@rm -rf site.new && cp -rL results site.new && find site.new -name .made -prune -exec rm -r {} +
	@rm -rf site.new/*/*shards site.new/images/downloads && grep -v shards/ results/SHA256SUMS > site.new/SHA256SUMS
	@rm -rf site && mv site.new site

# One process more than there are cores: some tests wait more than they work.
test: env  ## unit tests, then the workflow as its users run it
	@pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1))

check: lint  ## lint and the fast unit tests, in less than a minute
	@pytest --quiet -n auto -m "not slow" tests/unit

lint: env  ## formatting, lint and the workflow's own lint
	@ruff format --check .
	@ruff check .
	@snakefmt --check Snakefile workflow
	@mypy
	@snakemake --lint
	@hadolint docker/Dockerfile
	@zizmor --quiet --offline .github

format: env  ## format the code
	@ruff format .
	@ruff check --fix .
	@snakefmt Snakefile workflow

config: env  ## write config/config.yaml, its README and its schema anew from src/kotohajime/config.py
	@python -m kotohajime.config_files

statements: env  ## write docs/statements.md anew from src/kotohajime/words/statements.yaml
	@python -m kotohajime.claims.statements_page

pictures: results  ## copy the page and the notebook from results/ to docs/, and take pictures of the page's first screen
	@python docs/pictures.py

bench: .venv/bench  ## time article and study side by side with bare loops and JAX, into benchmarks/bench.md
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

env:  ## the environment in .venv, from envs/lock.txt alone; the other commands see to it themselves
	@PATH="$(OUTSIDE)"; if command -v python3 > /dev/null; then python3 envs/install.py $(PYTHON); \
	elif command -v uv > /dev/null; then uv run --no-project envs/install.py $(PYTHON); \
	else echo "kotohajime needs Python 3.11, 3.12 or 3.13, or uv, which fetches one: install either."; exit 1; fi

# JAX, for the bench alone.
.venv/bench: envs/bench.txt | env
	uv pip install --quiet --require-hashes --python .venv/bin/python --requirement envs/bench.txt
	@touch $@

# --universal, --fork-strategy: one lock, one version of each package, for every Python from 3.11 on and every platform.
COMPILE = uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--fork-strategy fewest

crate: results  ## describe results/ as a Workflow Run RO-Crate, in results/ro-crate-metadata.json
	@python -m kotohajime.site.crate --results results --snakefile Snakefile --citation CITATION.cff

reference: results  ## make this run's results the reference of `make verify`; of a hypothesis, the most seeds stay
	@python -m kotohajime.site.reference results data/history/observed.jsonl data/reference/reference.json

history: env  ## run the article on each release of torch that data/history lacks; needs a network
	@python -m kotohajime.history.collect config/history.yaml data/history/observed.jsonl

lock: env  ## choose the versions anew from pyproject.toml
	@mkdir -p .uv && sed '/^\[tool.uv\]/,$$d' pyproject.toml > .uv/pyproject.toml # uv compiles no project that it does not manage
	$(COMPILE) --upgrade --group .uv/pyproject.toml:dev --output-file envs/lock.txt .uv/pyproject.toml
	$(COMPILE) --upgrade --group .uv/pyproject.toml:bootstrap --output-file envs/uv.txt
	$(COMPILE) --upgrade --group .uv/pyproject.toml:bench --constraint envs/lock.txt --output-file envs/bench.txt

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST)
