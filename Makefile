# The first target is what a bare `make` runs.
.DEFAULT_GOAL := help
.PHONY: help setup build release test test-faults test-differential test-differential-files fuzz demo bench bench-backfill bench-bulk bench-migrate bench-latency model format lint clean

SOURCES := Package.swift Sources Tests backfills $(wildcard Benchmarks/Package.swift Benchmarks/Sources Fuzzing/Package.swift Fuzzing/Sources)

# Homebrew keeps libpq apart from the places that pkg-config searches.
ifeq ($(shell uname -s),Darwin)
export PKG_CONFIG_PATH := $(shell brew --prefix libpq 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
else
# With Swift's libraries inside, the program runs without Swift on the machine and starts in 10 ms in place of 17.
STATIC := --static-swift-stdlib
endif

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: libpq, PostgreSQL's server programs
	@scripts/setup.sh

build: setup ## Build everything for development
	swift build --build-tests

release: setup ## Build the tool: .build/release/caisson
	swift build -c release --product caisson $(STATIC)

test: setup ## Run all tests against a private PostgreSQL; FILTER=name runs some
	swift test $(if $(FILTER),--filter '$(FILTER)')
	$(if $(FILTER),,scripts/check-readme.sh)

test-faults: setup ## Play backfills under troubles; ROUNDS=n says how often, SEED=n repeats
	FAULT_ROUNDS=$(or $(ROUNDS),$(if $(SEED),1,200)) $(if $(SEED),FAULT_SEED=$(SEED)) swift test --filter FaultRounds

test-differential: setup ## Run random definitions as backfills and as one statement; ROUNDS=n, SEED=n is the first
	DIFFERENTIAL_ROUNDS=$(or $(ROUNDS),$(if $(SEED),1,2000)) $(if $(SEED),DIFFERENTIAL_SEED=$(SEED)) swift test --filter DifferentialTests.Differential/

test-differential-files: setup ## Read random files by an import, by the server and by Python; ROUNDS=n, SEED=n is the first
	FILES_ROUNDS=$(or $(ROUNDS),$(if $(SEED),1,5000)) $(if $(SEED),FILES_SEED=$(SEED)) swift test --filter 'FileDifferential|LineDifferential|CopyTextDifferential'

fuzz: setup ## Fuzz the lexer, layouts, connection strings and readers of files, 10 minutes each; SECONDS_EACH=n, TARGET=name
	scripts/fuzz.sh

demo: setup ## Migrate and backfill real data; SCALE=30 makes it a million rows
	swift build -c release --product caisson-example $(STATIC)
	scripts/demo.sh

# The peers live in a virtual environment of their own.
.venv-bench/ready: Benchmarks/requirements.txt
	python3 -m venv .venv-bench
	.venv-bench/bin/pip install --quiet -r $<
	touch $@

bench: bench-backfill bench-bulk bench-migrate ## Measure everything; nothing else should run beside it

bench-backfill: setup .venv-bench/ready ## Measure backfills against one single UPDATE, psycopg and SQLAlchemy
	swift build -c release --package-path Benchmarks --product BackfillBenchmark
	Benchmarks/.build/release/BackfillBenchmark

bench-bulk: setup .venv-bench/ready ## Measure bulk work against asyncpg, psycopg, SQLAlchemy, pgpq and ADBC
	swift build -c release --package-path Benchmarks --product BulkBenchmark
	.venv-bench/bin/python Benchmarks/bulk.py

bench-migrate: release .venv-bench/ready ## Measure migrations against dbmate, and the lexer
	swift build -c release --package-path Benchmarks --product MigrateBenchmark
	.venv-bench/bin/python Benchmarks/migrate.py

bench-latency: release ## Measure backfills, migrations and an import with the server 20 ms away
	swift build -c release --package-path Benchmarks --product BackfillBenchmark
	python3 Benchmarks/latency.py

model: ## Check the model of how workers share ranges; SEARCH=words runs some
	@SEARCH="$(SEARCH)" scripts/model.sh

format: ## Lay out all Swift files
	swift format -i -r $(SOURCES)

lint: ## Check the layout of all Swift files
	swift format lint -r --strict $(SOURCES)

clean: ## Remove what was built
	swift package clean
