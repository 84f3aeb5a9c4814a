# nutgraf: `make help` lists the words.

BUILD   ?= build
CC      ?= gcc
PYTHON  ?= /usr/bin/python3
SAN     ?=

PACKAGES := libzmq jansson libcurl lmdb icu-uc icu-i18n libsodium
CFLAGS  ?= -O2 -g
ALL_CFLAGS = $(CFLAGS) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings -Werror -pthread \
	-I. -Iservices $(SAN) $(PKG_CFLAGS) -MMD -MP
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
LDFLAGS += -Wl,--as-needed -Wl,-z,relro,-z,now -pthread $(SAN)
LDLIBS   = $(PKG_LIBS) -lm

# A folder of services/ with a stage.c is a stage: build/bin/nutgraf-<folder>.
STAGES   := $(sort $(patsubst services/%/stage.c,%,$(wildcard services/*/stage.c)))
SHARED   := $(wildcard proto/*.c services/text/*.c services/encoder/*.c) \
	$(filter-out services/runtime/stage_main.c,$(wildcard services/runtime/*.c))
LIB      := $(BUILD)/libnutgraf.a
BINS     := $(STAGES:%=$(BUILD)/bin/nutgraf-%) \
	$(if $(wildcard services/broker/main.c),$(BUILD)/bin/nutgraf-broker) \
	$(if $(wildcard services/client/main.c),$(BUILD)/bin/nutgraf)
UNITS    := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/*/*_test.c))

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
sources_of = $(filter-out %/stage.c %/main.c,$(wildcard services/$(1)/*.c))

.PHONY: all units clean help
.SECONDARY:
all: $(BINS)
units: $(UNITS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(LIB): $(call objects,$(SHARED))
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

.SECONDEXPANSION:
$(BUILD)/bin/nutgraf-broker: $$(call objects,$$(wildcard services/broker/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/bin/nutgraf: $$(call objects,$$(wildcard services/client/*.c)) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/bin/nutgraf-%: $$(call objects,$$(wildcard services/$$*/*.c) services/runtime/stage_main.c) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# A unit test sees the modules of the folder it mirrors, without stage.c and main.c.
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $$(call objects,$$(call sources_of,$$(firstword $$(subst /, ,$$*)))) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

clean:
	rm -rf build

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
