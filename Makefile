# SPDX-License-Identifier: Apache-2.0
# One door. Each target says what it does while it does it; nothing is done twice.
#
#   make            build/nidus
#   make demo       the explained plans of three worked patients
#   make test       every test
#   make lint       clang-tidy, formatter, storeys
#   make format     formats the C++ sources
#   make conformance [SUITE=FILE]   official CQL tests through our engine
#   make bench      measurements, as ratios
#   make sanitize   the tests under address and undefined-behaviour sanitizers
#   make clean

SHELL := /bin/bash
BUILD := build/release
DEMO  := dx-progressive-deficit-epidural-abscess abx-penicillin-anaphylaxis-sepsis dx-mechanical-back-pain
NODE  := node
COMPILER := guideline/compiler/run.mjs

.PHONY: all setup guideline demo test unit cases differential conformance lint layers format \
        format-check bench sanitize fuzz clean

all: build/nidus

setup:
	@tools/setup

guideline: setup
	@echo "guideline: checking and compiling"
	@$(NODE) $(COMPILER) build

$(BUILD)/build.ninja: | setup
	@echo "build: configuring"
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo > /dev/null

.PHONY: build/nidus
build/nidus: guideline $(BUILD)/build.ninja
	@echo "build: compiling"
	@ninja -C $(BUILD) nidus | tail -n 1
	@install -C $(BUILD)/nidus build/nidus

demo: build/nidus
	@for id in $(DEMO); do tools/demo $$id || exit 1; done

unit: build/nidus
	@echo "test: building the unit tests"
	@ninja -C $(BUILD) base_tests fhir_tests cql_tests pharmacology_tests nidus_conformance | tail -n 1
	@ctest --test-dir $(BUILD) --output-on-failure -R '^(base|fhir|cql|pharmacology)$$'

# The worked patients and the exit codes through the command.
command-test: build/nidus
	@ninja -C $(BUILD) cli_tests | tail -n 1
	@$(BUILD)/cli_tests

cases: build/nidus
	@echo "test: worked patients in the second engine"
	@$(NODE) $(COMPILER) test

differential: build/nidus
	@echo "test: every definition in both engines"
	@tools/differential

test: layers unit conformance
	@echo "all tests passed"

conformance: build/nidus
	@ninja -C $(BUILD) nidus_conformance | tail -n 1
	@BUILD=$(BUILD) tools/conformance $(SUITE)

layers:
	@tools/check_layers && echo "layers: every include points down"

format: setup
	@clang-format-14 -i $$(git ls-files 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'fuzz/*.cc')

format-check: setup
	@clang-format-14 --dry-run --Werror $$(git ls-files 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'fuzz/*.cc') \
	  && echo "format: as .clang-format says"

lint: build/nidus format-check layers
	@git ls-files 'src/*.cc' | xargs -P 2 -n 4 clang-tidy-14 -p $(BUILD) --quiet 2> /dev/null && echo "lint: clean"

sanitize: guideline
	@cmake -S . -B build/sanitize -G Ninja -DCMAKE_BUILD_TYPE=Debug -DNIDUS_SANITIZE=ON > /dev/null
	@ninja -C build/sanitize | tail -n 1
	@ctest --test-dir build/sanitize --output-on-failure

bench: build/nidus
	@for file in bench/*_bench.cc; do name=$$(basename $$file .cc); ninja -C $(BUILD) $$name | tail -n 1; $(BUILD)/$$name; done
	@tools/bench_start

clean:
	rm -rf build
