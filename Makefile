# nutgraf: `make help` lists the words.

BUILD   ?= build
PREFIX  ?= /usr/local
PYTHON  ?= /usr/bin/python3
# Articles and labels to measure on: no clone has them. Those of a folder beside it are found.
DATA    ?= $(wildcard ../shared/data)
ifeq ($(origin CC),default)
CC      := gcc
endif

# --- what it is built from -------------------------------------------------------------

# Names of pkg-config; their Debian packages stand in docker/packages/.
PACKAGES := zlib libzmq jansson libcurl lmdb icu-uc icu-i18n libsodium libxxhash libxml-2.0 libmicrohttpd
# Asked once, and not before something is compiled: `make deps` may have to install them.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $$(PACKAGES)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $$(shell pkg-config --libs $$(PACKAGES)))$(PKG_LIBS)

# What the image is labelled with is what the programs say.
VERSION := $(shell sed -n 's/^ARG VERSION=//p' docker/Dockerfile 2>/dev/null)

SAN     ?=
CFLAGS  ?= -O2 -g
ALL_CFLAGS = $(CFLAGS) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Werror -pthread \
	-I. -Iservices -DNUTGRAF_VERSION='"$(VERSION)"' $(SAN) $(PKG_CFLAGS)
LDFLAGS += -Wl,--as-needed -Wl,-z,relro,-z,now -pthread $(SAN)
# These come without a pkg-config file.
LDLIBS   = $(PKG_LIBS) -lcld2 -ldnnl -lgomp -lm

# A folder of services/ with a stage.c is a stage: build/bin/nutgraf-<folder>.
# The runtime's stage.c is what they all stand on.
STAGES   := $(filter-out runtime,$(sort $(patsubst services/%/stage.c,%,$(wildcard services/*/stage.c))))
SHARED   := $(wildcard proto/*.c services/text/*.c services/encoder/*.c) \
	$(filter-out services/runtime/stage_main.c,$(wildcard services/runtime/*.c))
LIB      := $(BUILD)/libnutgraf.a
BINS     := $(STAGES:%=$(BUILD)/bin/nutgraf-%) \
	$(if $(wildcard services/broker/main.c),$(BUILD)/bin/nutgraf-broker) \
	$(if $(wildcard services/gateway/main.c),$(BUILD)/bin/nutgraf-gateway) \
	$(if $(wildcard services/client/main.c),$(BUILD)/bin/nutgraf)
UNITS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/*_test.c))
# What tests start or preload beside the programs, and what trainers measure with.
TOOLS    := $(BUILD)/tests/chaos/store_reader $(BUILD)/tests/chaos/disk.so $(BUILD)/tests/chaos/clock.so \
	$(BUILD)/train/clean_dump $(BUILD)/train/summarise_dump
FUZZERS  := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
C_FILES   = $(wildcard proto/*.[ch] services/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
# The modules of a service: what can be linked into a test.
modules_of = $(filter-out %/stage.c %/main.c %/stage_main.c,$(wildcard services/$(1)/*.c))
# What the tests of a folder share.
helpers_of = $(filter-out %_test.c %_fuzz.c,$(wildcard tests/$(1)/*.c))
link = $(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# V=1 shows whole commands, else each is one short line.
hide = $(if $(V),,@)
show = @mkdir -p $(@D)$(if $(V),,; echo "  $(1)  $(if $(filter cc tidy,$(1)),$<,$@)")
submake = $(MAKE) --no-print-directory

# --- words -----------------------------------------------------------------------------

.PHONY: folds all units run page deps deps-test test test-compose check format format-check lint asan \
	fuzz-build fuzz-programs fuzz score chaos model bench image install install-systemd \
	clean help examples pictures
.SECONDARY:

all: $(BINS)  ## compiles the programs into build/bin
units: $(UNITS) $(TOOLS)

run: export IN := $(IN)
run: deps  ## installs what is missing, builds, enriches the sample pages; IN=path: those
	+@$(submake) -j$(shell nproc) -s all >&2
	@$(BUILD)/bin/nutgraf run $(if $(IN),"$$IN")

page: deps  ## the same with a page at http://127.0.0.1:8080/ to try articles and watch
	+@$(submake) -j$(shell nproc) -s all >&2
	@$(BUILD)/bin/nutgraf run --serve

deps:  ## installs the Debian packages that building needs and are missing
	@docker/install.sh build

deps-test:
	@docker/install.sh build test

test: deps-test  ## installs what is missing and runs every test; the last line counts
	@$(PYTHON) tests/run.py all

test-compose: deps-test all  ## the containers alone: scaled, killed, cut off, filled, restarted
	@$(PYTHON) -m pytest -q -rs -p no:cacheprovider tests/deploy

check: deps-test  ## the unit tests alone, in seconds
	@$(PYTHON) tests/run.py units --build $(BUILD)

format:  ## lays out the C files by .clang-format
	clang-format -i $(C_FILES)

format-check:
	@clang-format --dry-run -Werror $(C_FILES)

# Not the tests: the analyzer does not know that cmocka's asserts do not return.
lint: $(patsubst %.c,$(BUILD)/lint/%.ok,$(filter proto/%.c services/%.c,$(C_FILES)))  ## clang-tidy, by .clang-tidy

# By clang, whose warnings are errors here too, and whose two sanitizers share one report.
asan:  ## programs and units with address and undefined-behaviour checks: build/asan
	+@$(submake) BUILD=build/asan CC=clang CFLAGS="-O1 -g -fno-omit-frame-pointer" \
		SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" $(or $(ASAN_WORDS),all units)

FUZZ_SECONDS ?= 60
fuzz: deps-test fuzz-programs  ## runs each fuzz target for FUZZ_SECONDS (60); FUZZ="a b": only these
	@$(PYTHON) tests/run.py fuzz --seconds $(FUZZ_SECONDS) $(FUZZ)

fuzz-programs:
	+@$(submake) BUILD=build/fuzz CC=clang CFLAGS="-O1 -g" \
		SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-build

score: all  ## scores every stage on data sets: DATA=FOLDER
	$(need_data)
	@$(PYTHON) tests/run.py score --build $(BUILD) --data $(DATA)

KILLS ?= 10000
STATES ?= 20000
FLIPS ?= 100
chaos: all units deps-test  ## KILLS (10000) kills, STATES (20000) disks after a power failure, FLIPS bits, and more
	@rm -f $(BUILD)/chaos.txt
	@NUTGRAF_BUILD=$(BUILD) KILLS=$(KILLS) STATES=$(STATES) FLIPS=$(FLIPS) STOPS=5 CUTS=20 \
		LEDGER=$(abspath $(BUILD))/chaos.txt $(PYTHON) -m pytest -q -s -p no:cacheprovider tests/chaos
	@cat $(BUILD)/chaos.txt

need_data = @[ -n "$(DATA)" ] || { echo "make $@: needs data sets to measure on: make $@ DATA=FOLDER" >&2; exit 2; }; \
	echo "make $@: data sets of $(DATA)" >&2
ON_DATA = $(addprefix bench-,charset clean summarise tag)
BENCHES = $(filter-out score_% peers_% clean_folds,$(basename $(notdir $(wildcard tests/bench/*.py tests/bench/*.sh))))
bench: $(BENCHES:%=bench-%)  ## runs every benchmark

model: deps-test  ## checks the protocol's model in full (Spin) and finds the bugs planted in it
	@$(PYTHON) tests/model/check.py $(if $(LONG),--long)

bench-%: all  ## runs the benchmark tests/bench/%.py or .sh; those of clean, summarise and tag need DATA=FOLDER
	$(if $(filter $@,$(ON_DATA)),$(need_data))
	@NUTGRAF_BUILD=$(BUILD) DATA=$(DATA) $(firstword $(wildcard tests/bench/$*.py tests/bench/$*.sh))

examples: all  ## writes build/examples.html: 30 articles beside their summaries
	@NUTGRAF_BUILD=$(BUILD) $(PYTHON) tests/summarise/examples.py

pictures: all deps-test  ## takes the pictures of the page anew: services/gateway/docs
	@NUTGRAF_BUILD=$(BUILD) $(PYTHON) tests/e2e/pictures.py

image:  ## builds the Docker image nutgraf:latest
	docker/build.sh

SHARE = $(DESTDIR)$(PREFIX)/share/nutgraf
MODELS = $(filter-out %.h,$(wildcard services/*/model/*))
MAN = $(DESTDIR)$(PREFIX)/share/man/man1
UNIT_DIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
# Where there are units, whoever calls `nutgraf` finds their broker.
CONFIG = $(patsubst config/%,$(if $(or $(filter install-systemd,$(MAKECMDGOALS)),$(wildcard \
	$(UNIT_DIR)/nutgraf.target)),$(BUILD)/systemd,config)/%,$(wildcard config/*.json))
BASH_WORDS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSH_WORDS = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
install: all $(CONFIG)  ## copies programs, config, models, man page and shell completions to PREFIX (/usr/local)
	install -D -t $(DESTDIR)$(PREFIX)/bin $(BINS)
	install -d $(MAN) $(BASH_WORDS) $(ZSH_WORDS)
	$(BUILD)/bin/nutgraf help --man > $(MAN)/nutgraf.1
	$(BUILD)/bin/nutgraf completion bash > $(BASH_WORDS)/nutgraf
	$(BUILD)/bin/nutgraf completion zsh > $(ZSH_WORDS)/_nutgraf
	docker/install_config.sh $(SHARE)/config $(CONFIG)
	$(foreach m,$(MODELS),install -D -m 644 $m $(SHARE)/models/$(subst /model/,/,$(m:services/%=%)) &&) true

# A unit for each stage, from one template: systemctl enable nutgraf-tag@1 nutgraf-tag@2
PROGRAMS = $(STAGES) $(if $(wildcard services/gateway/main.c),gateway)
fill = sed 's|@PREFIX@|$(PREFIX)|g; s|@PROGRAM@|$(1)|g'
install-systemd: install  ## the same, and units for systemd: docker/systemd/
	install -d $(UNIT_DIR) $(DESTDIR)$(PREFIX)/lib/sysusers.d
	install -m 644 docker/systemd/nutgraf.target $(UNIT_DIR)
	install -m 644 docker/systemd/nutgraf.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/nutgraf.conf
	$(call fill) docker/systemd/systemd.env > $(SHARE)/systemd.env
	$(call fill) docker/systemd/nutgraf-broker.service > $(UNIT_DIR)/nutgraf-broker.service
	$(foreach p,$(PROGRAMS),$(call fill,$p) docker/systemd/nutgraf-worker@.service > $(UNIT_DIR)/nutgraf-$p@.service &&) true

$(BUILD)/systemd/%.json: config/%.json docker/systemd/places.sed
	@mkdir -p $(@D)
	@sed -f docker/systemd/places.sed $< > $@

clean:  ## removes build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z%-]*\):[^#]*## */\1\t/p' Makefile | expand -t 12

# --- how -------------------------------------------------------------------------------

$(BUILD)/obj/%.o: %.c
	$(call show,cc)
	$(hide)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# One source, compiled for each vector width; the encoder chooses at start.
KERNELS = $(BUILD)/obj/services/encoder/kernels_
$(KERNELS)plain.o $(KERNELS)avx2.o $(KERNELS)avx512.o: ALL_CFLAGS += -O3 -ffast-math
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
$(KERNELS)avx2.o: ALL_CFLAGS += -mavx2 -mfma
$(KERNELS)avx512.o: ALL_CFLAGS += -mavx512f -mavx512bw -mavx512vl -mavx512dq -mprefer-vector-width=512
endif

# ar q, not r: two folders may each have a rules.c.
$(BUILD)/lib%.a:
	$(call show,ar)
	@rm -f $@
	$(hide)ar qcs $@ $^

$(LIB): $(call objects,$(SHARED))

.SECONDEXPANSION:
$(BUILD)/bin/nutgraf-broker: $$(call objects,$$(wildcard services/broker/*.c)) $(LIB)
	$(call show,link)
	$(hide)$(link)

$(BUILD)/bin/nutgraf-gateway: $$(call objects,$$(wildcard services/gateway/*.c)) $(LIB)
	$(call show,link)
	$(hide)$(link)

# The files that it holds.
$(BUILD)/obj/services/gateway/assets.o: $(wildcard services/gateway/page/* tests/samples/*) \
	services/gateway/openapi.json

$(BUILD)/bin/nutgraf: $$(call objects,$$(wildcard services/client/*.c)) $(LIB)
	$(call show,link)
	$(hide)$(link)

$(BUILD)/obj/services/client/command.o: $(wildcard docker/Dockerfile 2>/dev/null)

$(BUILD)/bin/nutgraf-%: $$(call objects,$$(wildcard services/$$*/*.c) services/runtime/stage_main.c) $(LIB)
	$(call show,link)
	$(hide)$(link)

# A unit test sees the modules of the folder it mirrors and the helpers beside it; the linker
# takes only what the test asks for, so that a helper may stand in for a module.
# tests/sim plays the broker over a store in memory.
USES_sim := broker
USES_chaos := broker
folder = $(firstword $(subst /, ,$*))
own_of = $(filter-out $(SHARED),$(call modules_of,$(1)))
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $$(call objects,$$(call helpers_of,$$(folder))) \
		$(BUILD)/modules/$$(or $$(USES_$$(folder)),$$(folder)).a $(LIB)
	$(call show,link)
	$(hide)$(link) -lcmocka

$(BUILD)/modules/%.a: $$(call objects,$$(call own_of,$$*))
	$(call show,ar)
	$(hide)rm -f $@
	$(hide)ar qcs $@ $^

# Never with sanitizers: they are preloaded into programs that bring their own.
$(BUILD)/tests/chaos/%.so: tests/chaos/shim/%.c
	$(call show,link)
	$(hide)$(CC) $(filter-out $(SAN),$(ALL_CFLAGS)) -shared -fPIC $< -o $@

# What trainers measure with: the modules that serve.
$(BUILD)/train/%_dump: $(BUILD)/obj/services/%/train/dump.o $(BUILD)/modules/%.a $(LIB)
	$(call show,link)
	$(hide)$(link)

# The stage with models that saw no page of a fold of the data: tests/bench/clean_folds.py has
# them grown into $(BUILD)/folds/FOLD/clean/model.
unfolded = $(filter-out %/extract.c %/lines.c,$(wildcard services/clean/*.c))
folds: $(patsubst %,$(BUILD)/folds/%/nutgraf-clean,0 1 2 3 4)  # made by bench-clean
$(BUILD)/folds/%/nutgraf-clean: $$(addprefix $(BUILD)/folds/$$*/,extract.o lines.o) \
		$$(call objects,$$(unfolded) services/runtime/stage_main.c) $(LIB)
	$(call show,link)
	$(hide)$(link)

$(BUILD)/folds/%.o: services/clean/$$(notdir $$*).c $$(wildcard services/clean/*.h) \
		$$(wildcard $(BUILD)/folds/$$(dir $$*)clean/model/*.h)
	$(call show,cc)
	$(hide)$(CC) -I$(@D) $(ALL_CFLAGS) -c $< -o $@

# A fuzz target sees the modules of the services whose headers it includes.
fuzz-build: $(FUZZERS:%=$(BUILD)/bin/%)
named_in = $(shell sed -n 's|^.include "\([a-z]*\)/.*|\1|p' tests/fuzz/$(1)_fuzz.c)
fuzz_modules = $(patsubst %,$(BUILD)/modules/%.a,$(filter-out proto runtime text encoder,$(sort $(call named_in,$(1)))))
$(FUZZERS:%=$(BUILD)/bin/%): $(BUILD)/bin/%: $(BUILD)/obj/tests/fuzz/%_fuzz.o \
		$$(call fuzz_modules,$$*) $(LIB)
	$(call show,link)
	$(hide)$(link) -fsanitize=fuzzer

$(BUILD)/lint/%.ok: %.c $(filter %.h,$(C_FILES)) .clang-tidy
	$(call show,tidy)
	$(hide)clang-tidy --quiet $< -- $(filter-out -Werror,$(ALL_CFLAGS)) 2>/dev/null
	@touch $@

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
