# SPDX-License-Identifier: Apache-2.0
# One door. Each target says what it does while it does it; nothing is done twice.
#
#   make            build/nidus
#   make demo       the explained plans of three worked patients
#   make test       every test; make -j2 -Otarget test is quicker
#   make reference  the worked patients evaluated by the second engine, for the two that follow; `make test` draws a third of them, for every guideline
#                   others: before a change of the guideline lands, `make reference cases differential` meets all (ONE_IN=N: one in N)
#   make cases      the worked patients' expectations, by the second engine
#   make differential      every definition in both engines; differential-all: with 200 synthetic people
#   make trace      docs/safety/trace.md: every evidence id, where it is held, which patient tests it; trace-check compares
#   make book       build/book/nidus-guideline.html: the guideline as a printable book
#   make lint       formatter, storeys, clang-tidy (two minutes; quick the second time)
#   make format     formats the C++ sources
#   make golden     writes the golden files of tests/cli anew (read the difference)
#   make picture    docs/plan.png from a worked patient (needs chromium)
#   make conformance [SUITE=FILE]   official CQL tests through our engine
#   make bench      measurements, as ratios
#   make fuzz       every fuzzer for 20 seconds (SECONDS_EACH=N)
#   make sanitize [WHOLE=1]   the tests of the rooms (and of the command) under address and undefined-behaviour sanitizers
#   make memcheck   the command that g++ made, under valgrind
#   make instructions   a loss of speed, counted and not timed (half a minute)
#   make clean

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
BUILD := build/release
SECONDS_EACH ?= 20
ONE_IN ?= 1
ROOMS := base fhir cql pharmacology microbiology pathway
SPACE := $(subst ,, )
DEMO  := dx-progressive-deficit-epidural-abscess abx-penicillin-anaphylaxis-sepsis dx-mechanical-back-pain
# The translator makes many short-lived objects: room for them halves its time.
NODE  := node --max-semi-space-size=128
COMPILER := guideline/compiler/run.mjs

.PHONY: all setup compiler rooms test-programs reference guideline small-guideline demo test unit output-test command-test compiler-test golden picture cases differential differential-all \
        trace trace-check book constants conformance lint layers format \
        format-check bench careful sanitize fuzz clean

all: build/nidus

setup:
	@tools/setup

# Compiled once, before what runs beside each other uses it.
compiler: setup
	@$(NODE) $(COMPILER) help > /dev/null

guideline: compiler
	@echo "guideline: checking and compiling"
	@$(NODE) $(COMPILER) build

$(BUILD)/build.ninja: | setup
	@echo "build: configuring"
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo > /dev/null

# What needs no guideline; with `make -j2` it is compiled beside the guideline.
rooms: $(BUILD)/build.ninja
	@echo "build: compiling the rooms"
	@ninja -C $(BUILD) $(addprefix nidus_,$(ROOMS))

.PHONY: build/nidus
build/nidus: guideline rooms
	@echo "build: compiling"
	@ninja -C $(BUILD) nidus
	@install -C $(BUILD)/nidus build/nidus

demo: build/nidus
	@for id in $(DEMO); do tools/demo $$id || exit 1; done

# A guideline of a few lines on which the pathway room and the command are tested.
small-guideline: compiler
	@$(NODE) $(COMPILER) build --guideline tests/pathway/guideline --build build/small-guideline > /dev/null

# All at once: two runs of ninja in one folder would be in each other's way. The benchmarks are built with them, lest they rot.
BENCHES := $(patsubst bench/%.cc,%,$(wildcard bench/*_bench.cc))
test-programs: build/nidus
	@echo "test: building the tests"
	@ninja -C $(BUILD) $(addsuffix _tests,$(ROOMS) cli) microbiology_grid nidus_conformance nidus_outputs $(BENCHES)

unit: test-programs small-guideline
	@ctest --test-dir $(BUILD) --output-on-failure -j2 -R '^($(subst $(SPACE),|,$(ROOMS))|microbiology_grid)$$'

# JSON against docs/schemas/, FHIR against R4, for every worked patient.
output-test: test-programs small-guideline
	@ctest --test-dir $(BUILD) --output-on-failure -j2 -R '^output_'

golden: test-programs small-guideline
	@mkdir -p tests/cli/golden
	@NIDUS_RENEW_GOLDEN=1 $(BUILD)/cli_tests --gtest_filter='*GoldenFile*' > /dev/null
	@git --no-pager diff --stat -- tests/cli/golden

picture: build/nidus
	@tools/picture dx-progressive-deficit-epidural-abscess docs/plan.png

# The worked patients and the exit codes through the command.
command-test: test-programs small-guideline
	@tools/in_shards $(BUILD)/cli_tests

compiler-test: compiler
	@echo "test: the guideline compiler"
	@mkdir -p build
	@cd guideline/compiler && npm test --silent > ../../build/compiler-test.log 2>&1 \
	  && grep -E '^# pass' ../../build/compiler-test.log || { cat ../../build/compiler-test.log; exit 1; }

# Every worked patient evaluated by cql-execution, for both that follow: what was evaluated before is kept in
# build/guideline/reference until the guideline or the patient changes.
reference: guideline
	@echo "test: worked patients evaluated by the second engine"
	@mkdir -p build/differential
	@$(NODE) $(COMPILER) evaluate --one-in $(ONE_IN) --out build/differential/worked.ndjson

cases: reference
	@echo "test: worked patients in the second engine"
	@$(NODE) $(COMPILER) test --one-in $(ONE_IN) --known tests/differential-known.json

differential: test-programs reference
	@echo "test: every definition in both engines"
	@tools/differential

differential-all: test-programs reference
	@echo "test: every definition in both engines, all synthetic people"
	@tools/differential 200

# The examples of docs/input.md and the wordings of guideline/cases/phrases give the values named beside them.
.PHONY: input-test
input-test: build/nidus
	@tools/input_test

# The second engine takes a third of a second a patient, and half an hour is what a change should wait for.
test: ONE_IN := 3
# What is quick comes first. `make -j2 -Otarget test` runs steps beside each other and prints each whole.
test: layers constants format-check compiler-test unit trace-check conformance input-test reference command-test output-test differential cases
	@echo "all tests passed"

conformance: test-programs
	@BUILD=$(BUILD) tools/conformance $(SUITE)

# Every id of the evidence base is held by something that reaches the plan, or has a written reason.
trace: setup
	@echo "trace: from the evidence base to the plan"
	@$(NODE) $(COMPILER) trace

trace-check: guideline
	@echo "test: every evidence id is accounted for"
	@$(NODE) $(COMPILER) trace check

book: setup
	@echo "book: the guideline as a printable page"
	@$(NODE) $(COMPILER) book

constants: setup
	@tools/check_constants

layers: setup
	@tools/check_layers && echo "layers: every include points down"

format: setup
	@clang-format-14 -i $$(git ls-files 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'fuzz/*.cc' 'tools/*.cc')

format-check: setup
	@clang-format-14 --dry-run --Werror $$(git ls-files 'src/*.cc' 'src/*.h' 'tests/*.cc' 'tests/*.h' 'bench/*.cc' 'fuzz/*.cc' 'tools/*.cc') \
	  && echo "format: as .clang-format says"

lint: build/nidus format-check layers
	@tools/lint $(BUILD)

# One build by clang, with address and undefined-behaviour sanitizers, for the fuzzers and for the tests of the rooms that read
# what comes from outside. WHOLE=1: of all rooms, and what must not crash in the command; all worked patients would take an hour.
CAREFUL := build/careful
CAREFUL_ROOMS := $(if $(WHOLE),$(ROOMS),base fhir cql)
careful: guideline small-guideline
	@echo "careful: compiling with sanitizers"
	@cmake -S . -B $(CAREFUL) -G Ninja -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_C_COMPILER=clang-19 -DNIDUS_CAREFUL=ON > /dev/null
	@ninja -C $(CAREFUL) fuzzers $(addsuffix _tests,$(CAREFUL_ROOMS) $(if $(WHOLE),cli))

sanitize: careful
	@ctest --test-dir $(CAREFUL) --output-on-failure -j2 -R '^($(subst $(SPACE),|,$(CAREFUL_ROOMS)))$$'
	@$(if $(WHOLE),$(CAREFUL)/cli_tests --gtest_brief=1 --gtest_filter='-*WorkedPatient*',true)

memcheck: build/nidus
	@echo "test: the command under valgrind"
	@tools/memcheck

.PHONY: instructions
instructions: build/nidus
	@echo "test: instructions against bench/instructions.txt"
	@tools/instructions

build/conformance/tests.ndjson: tests/cql/cql-tests/tests.ndjson tools/conformance.mjs
	@echo "fuzz: translating the tests of the language"
	@$(NODE) tools/conformance.mjs $< $@

fuzz: careful build/conformance/tests.ndjson
	@tools/fuzz $(CAREFUL) $(SECONDS_EACH)

bench: build/nidus
	@for name in $(BENCHES); do ninja -C $(BUILD) $$name && $(BUILD)/$$name || exit 1; done
	@tools/bench_start
	@BUILD=$(BUILD) tools/bench_cohort

clean:
	rm -rf build
