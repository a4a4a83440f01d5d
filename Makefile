# Two commands matter: `make report` builds the report, `make test` runs the tests.
# Both set everything up first, in .venv, and need only Python 3.11 to 3.13, make and PyPI.

BIN := .venv/bin
READY := .venv/.ready

.PHONY: report reports test test-slow core versions history shelf-life certify golden mutants check pictures serve lab clean setup lock

report: $(READY)
	$(BIN)/remitrisk build
	@$(BIN)/python tools/exhibit_map.py

reports: $(READY)
	$(BIN)/remitrisk build --edition brief-2023
	$(BIN)/remitrisk build --edition current
	@$(BIN)/python tools/exhibit_map.py

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

# Many builds, builds that are killed, a cluster: the rest of the suite.
test-slow: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

# What every Python must pass: the numbers of today's report, the rules, the toy brief.
core: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m core

# Core tests of the last commit on each other Python that is found here.
versions: $(READY)
	@sh tools/versions.sh

# Build each edition twice from nothing, compare, and write certificate.md for an outsider to sign.
certify: $(READY)
	$(BIN)/python tools/certify.py

# Renew the verdicts of past days, where data or what claims read has changed.
history: $(READY)
	$(BIN)/remitrisk history

# How often statements turn when their figures are printed again: a study that no build runs.
shelf-life: $(READY)
	$(BIN)/python -m remitrisk.shelf_life
	$(BIN)/remitrisk vintages rehash

# Accept what the goldens say has moved; the commit says why.
golden: $(READY)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.golden

# Plant faults in what makes numbers and verdicts, and write benchmarks/MUTANTS.md. About half an hour.
mutants: $(READY)
	$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .build/mutants
	$(BIN)/uv pip sync --quiet --python .build/mutants/bin/python --require-hashes benchmarks/mutants.lock
	.build/mutants/bin/python benchmarks/mutants.py

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/remitrisk check
	$(BIN)/python -m tools.judging

# The picture of README.md, taken with Chromium from today's report.
pictures: report
	$(BIN)/python tools/pictures.py

# Filled copies of the last report's notebooks in JupyterLab, which is installed beside, not into, .venv.
lab: $(READY)
	@sh tools/lab.sh

# The report at http://127.0.0.1:8000/html/.
serve: $(READY)
	@test -f dist/current/html/index.html || { echo "error: there is no report; run 'make report' first"; exit 2; }
	$(BIN)/python -m tools.serve dist/current

setup: $(READY)

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh

# Renew the lock after changing the ranges in pyproject.toml. Extras stay: pip, by which conda users
# install, takes a package with extras for another one, and would miss its hash.
lock: $(READY)
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
		--extra dev --extra cluster --python-version 3.11 --quiet pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --quiet benchmarks/mutants.in -o benchmarks/mutants.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --quiet tools/lab.in -o tools/lab.lock
	$(BIN)/python tools/licences.py

clean:
	rm -rf .build dist _build .pytest_cache .mypy_cache .ruff_cache
