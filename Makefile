# Builds build/asyncio/core.so from csrc/ and runs every check of the project.
# `make help` lists the targets. Variables to set on the command line:
#   CC CFLAGS WERROR=1      the compiler, its options, warnings as errors
#   LUA LUA_INCDIR LUA_LIBDIR LUA_LIBS   another Lua 5.4 than pkg-config's
#   UV_CFLAGS UV_LIBS       another libuv than pkg-config's
#   PREFIX DESTDIR INST_LUADIR INST_LIBDIR   where `make install` puts it
#   BUILD                   the folder of everything that is built
#   SPECS                   what `make test`, `make asan` run (spec)
#   STRESS_JOBS STRESS_SEED of `make stress`, `make tsan`

PKG_CONFIG ?= pkg-config
LUA_VERSION = 5.4
LUA_PC := $(firstword $(foreach name,lua5.4 lua-5.4 lua54 lua,\
  $(shell $(PKG_CONFIG) --exists '$(name) >= 5.4 $(name) < 5.5' 2>/dev/null \
          && echo $(name))))

LUA ?= $(firstword $(foreach name,lua5.4 lua54 lua-5.4 lua,\
  $(shell command -v $(name) 2>/dev/null)) lua5.4)
ifdef LUA_INCDIR
LUA_CFLAGS ?= -I$(LUA_INCDIR)
else
LUA_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags $(LUA_PC) 2>/dev/null)
endif
ifdef LUA_LIBDIR
LUA_LIBS ?= -L$(LUA_LIBDIR) -llua5.4
else
LUA_LIBS ?= $(shell $(PKG_CONFIG) --libs $(LUA_PC) 2>/dev/null || echo -llua5.4)
endif
UV_CFLAGS ?= $(shell $(PKG_CONFIG) --cflags libuv 2>/dev/null)
UV_LIBS ?= $(shell $(PKG_CONFIG) --libs libuv 2>/dev/null || echo -luv)
# Each was found by a shell command: run it once.
LUA := $(LUA)
LUA_CFLAGS := $(LUA_CFLAGS)
LUA_LIBS := $(LUA_LIBS)
UV_CFLAGS := $(UV_CFLAGS)
UV_LIBS := $(UV_LIBS)

CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wundef -Wpointer-arith \
  -Wformat=2 -Wvla $(if $(filter 1,$(WERROR)),-Werror)
# Calls of Lua's API go without the linker's stubs where the compiler can.
NO_PLT := $(shell echo 'int x;' | $(CC) -Werror -fno-plt -x c -c -o /dev/null - \
  2>/dev/null && echo -fno-plt)
MODULE_CFLAGS = -std=c11 -D_GNU_SOURCE -fvisibility=hidden -fPIC $(NO_PLT)
COMPILE = $(CC) $(MODULE_CFLAGS) $(WARNINGS) $(CPPFLAGS) $(LUA_CFLAGS) \
  $(UV_CFLAGS) -MMD -MP

ifeq ($(shell uname -s),Darwin)
SHARED = -bundle -undefined dynamic_lookup
EXPORT =
else
SHARED = -shared
EXPORT = -Wl,-E
endif

BUILD ?= build
SOURCES := $(sort $(wildcard csrc/*.c))
CORE = $(BUILD)/asyncio/core.so
OBJECTS = $(SOURCES:csrc/%.c=$(BUILD)/obj/%.o)

PREFIX ?= /usr/local
INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)

SPECS ?= spec
BUSTED ?= .ci/busted.lua
DEMO ?= examples/demo.lua
C_FILES = $(wildcard bench/lib/*.c csrc/*.c csrc/*.h spec/host/*.c spec/fault/*.c \
  spec/fuzz/*.c spec/fuzz/*.h)

# What a target needs that the machine may lack is installed first; what was
# found missing when this file was read is looked for again by a second make.
SETUP = LUA='$(LUA)' CC='$(CC)' CHECK_CFLAGS='$(LUA_CFLAGS) $(UV_CFLAGS)' \
  CHECK_LIBS='$(UV_LIBS)' sh .ci/setup
AGAIN = $(MAKE) --no-print-directory

all: $(CORE)

help:
	@echo 'make            build $(CORE)'
	@echo 'make demo       install what is missing, build, run $(DEMO)'
	@echo 'make test       install what is missing, build, run the specs'
	@echo 'make lint       luacheck, clang-format and the checks in .ci/'
	@echo 'make asan       the specs under ASan and UBSan'
	@echo 'make fault      every allocation failing in turn, under ASan'
	@echo 'make fuzz       what crosses between states, fuzzed for a while'
	@echo 'make fuzz-api   random calls of the whole API'
	@echo 'make tsan       the specs of threads, and stress, under TSan'
	@echo 'make programs   random programs of tasks, groups, locks and queues'
	@echo 'make stress     many jobs between threads and loops that close'
	@echo 'make endure     a million tasks, a day of a server, memory that stays'
	@echo 'make valgrind   a part of the specs under valgrind'
	@echo 'make apicheck   the specs in a Lua with API checks'
	@echo 'make examples   every example against its expected output'
	@echo 'make bench      the workloads, beside the peers installed'
	@echo 'make bench-growth  them at ten times their size'
	@echo 'make docs       write the pages that are generated'
	@echo 'make env        print what `lua5.4 script.lua` needs to find us'
	@echo 'make install    into PREFIX=$(PREFIX), below DESTDIR'
	@echo 'make format     clang-format the C files in place'
	@echo 'make clean'

# ---- the module -----------------------------------------------------------

$(CORE): $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SHARED) $(LDFLAGS) -o $@ $(OBJECTS) $(UV_LIBS)

$(BUILD)/obj/%.o: csrc/%.c $(BUILD)/obj/flags
	$(COMPILE) $(CFLAGS) -c -o $@ $<

# Changes when the compile command does, so that the objects follow it.
$(BUILD)/obj/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(CFLAGS)' | cmp -s - $@ || \
	  echo '$(COMPILE) $(CFLAGS)' >$@

install: $(CORE)
	install -d '$(DESTDIR)$(INST_LUADIR)/asyncio' '$(DESTDIR)$(INST_LIBDIR)/asyncio'
	install -m 644 lua/asyncio/*.lua '$(DESTDIR)$(INST_LUADIR)/asyncio'
	install -m 755 $(CORE) '$(DESTDIR)$(INST_LIBDIR)/asyncio'

uninstall:
	rm -rf '$(DESTDIR)$(INST_LUADIR)/asyncio' '$(DESTDIR)$(INST_LIBDIR)/asyncio'

# For `eval "$(make -s env)"`; what was set before stays behind ours.
env: $(CORE)
	@echo 'export LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$${LUA_PATH:-;}"'
	@echo 'export LUA_CPATH="$(abspath $(BUILD))/?.so;$${LUA_CPATH:-;}"'

IN_TREE = LUA_PATH='$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;' \
  LUA_CPATH='$(abspath $(BUILD))/?.so;;'

demo:
	@$(SETUP) build
	@$(AGAIN) run-demo
run-demo: $(CORE)
	@$(IN_TREE) $(LUA) $(DEMO)

# ---- the specs ------------------------------------------------------------

test:
	@$(SETUP) build test
	@$(AGAIN) run-test
run-test: $(CORE)
	BUILD=$(BUILD) $(LUA) $(BUSTED) $(SPECS)

# The module and a Lua program in one executable, both sanitized: a module
# that is unloaded leaves leak reports without names.
SANITIZE = -O1 -g -fno-omit-frame-pointer -DASYNCIO_TEST \
  -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN_OBJECTS = $(SOURCES:csrc/%.c=$(BUILD)/asan/%.o)
ASAN_ENV = ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:allocator_may_return_null=1 \
  UBSAN_OPTIONS=print_stacktrace=1

asan:
	@$(SETUP) build test
	@$(AGAIN) run-asan
run-asan: $(CORE) $(BUILD)/asan/host
	BUILD=$(BUILD) SPEC_SCALE=$(if $(ASYNCIO_GC),0.01,0.1) $(ASAN_ENV) \
	  $(BUILD)/asan/host $(BUSTED) $(SPECS)

fault:
	@$(SETUP) build
	@$(AGAIN) run-fault
run-fault: $(BUILD)/asan/fault
	$(ASAN_ENV) $(BUILD)/asan/fault spec/fault/scenario.lua $(SCENARIOS)

$(BUILD)/asan/host: $(BUILD)/asan/host.o $(ASAN_OBJECTS)
	$(CC) $(SANITIZE) $(EXPORT) -o $@ $^ $(LUA_LIBS) $(UV_LIBS) -lm -ldl

$(BUILD)/asan/fault: $(BUILD)/asan/fault.o $(ASAN_OBJECTS)
	$(CC) $(SANITIZE) -o $@ $^ $(LUA_LIBS) $(UV_LIBS) -lm -ldl

$(BUILD)/asan/%.o: csrc/%.c $(BUILD)/asan/flags
	$(COMPILE) $(SANITIZE) -c -o $@ $<
$(BUILD)/asan/%.o: spec/host/%.c $(BUILD)/asan/flags
	$(COMPILE) $(SANITIZE) -c -o $@ $<
$(BUILD)/asan/%.o: spec/fault/%.c $(BUILD)/asan/flags
	$(COMPILE) -Icsrc $(SANITIZE) -c -o $@ $<

$(BUILD)/asan/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(SANITIZE)' | cmp -s - $@ || \
	  echo '$(COMPILE) $(SANITIZE)' >$@

# The part that knows neither libuv nor the loop, in clang's fuzzer: new inputs
# stay in $(BUILD); those that failed too.
FUZZ_SECONDS ?= 20
FUZZ_CC ?= clang
FUZZ = $(BUILD)/fuzz
FUZZ_SOURCES = $(addprefix csrc/,chunk.c decode.c encode.c encoder.c \
  identity.c mem.c names.c parcel.c refuse.c requirable.c transfer.c)
FUZZ_FLAGS = -std=gnu11 -O1 -g -DASYNCIO_TEST -Icsrc $(WARNINGS) $(LUA_CFLAGS) \
  -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz:
	@mkdir -p $(FUZZ)
	@if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void)\
	  {return 0;}' | $(FUZZ_CC) -fsanitize=fuzzer -x c -o $(FUZZ)/probe - \
	  2>/dev/null; then $(AGAIN) run-fuzz; \
	  else echo 'fuzz: skipped, $(FUZZ_CC) has no libFuzzer'; fi
run-fuzz: $(FUZZ)/decode $(FUZZ)/values
	for target in decode values; do mkdir -p $(FUZZ)/corpus/$$target && \
	  $(FUZZ)/$$target -max_total_time=$(FUZZ_SECONDS) -max_len=2048 -timeout=10 \
	    -verbosity=0 -print_final_stats=1 -artifact_prefix=$(FUZZ)/ \
	    $(FUZZ)/corpus/$$target spec/fuzz/corpus/$$target || exit 1; done
$(FUZZ)/%: spec/fuzz/%.c spec/fuzz/fuzz.h $(FUZZ_SOURCES) $(wildcard csrc/*.h)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $< $(FUZZ_SOURCES) $(LUA_LIBS)

# Random calls of the whole API; FUZZ_SEED=n FUZZ_PROGRAMS=1 replays one program.
FUZZ_PROGRAMS ?= 2000
FUZZ_SEED ?= 1
FUZZ_API = FUZZ_PROGRAMS=$(FUZZ_PROGRAMS) FUZZ_SEED=$(FUZZ_SEED) $(IN_TREE) \
  $(PATIENTLY)
fuzz-api: $(CORE)
	$(FUZZ_API) $(LUA) spec/fuzz/api.lua
fuzz-api-asan: $(BUILD)/asan/host
	$(ASAN_ENV) $(FUZZ_API) $(BUILD)/asan/host spec/fuzz/api.lua

# A Lua that is compiled here looks for modules in other places than LUA does,
# and busted is one of them.
LUA_SRC ?= $(BUILD)/lua/src
FROM_SOURCE = -DLUA_USE_LINUX -DLUA_COMPAT_5_3 -I$(LUA_SRC)
LUA_SOURCES = $(filter-out %/lua.c %/luac.c %/onelua.c %/ltests.c,\
  $(wildcard $(LUA_SRC)/*.c))
STOCK_PATHS = LUA_PATH="$$($(LUA) -e 'io.write(package.path)')" \
  LUA_CPATH="$$($(LUA) -e 'io.write(package.cpath)')"

# The same of threads: over a Lua that is compiled here too if its sources are
# there, so that a state which two threads use is seen. Its child programs run
# in it as well. Where addresses are spread too widely for the sanitizer,
# setarch has them stay where they are.
SPECS_THREADS ?= $(wildcard spec/threads_spec.lua spec/executor_spec.lua \
  spec/documents_threads_spec.lua spec/conformance/test_executors_spec.lua \
  spec/conformance/test_threads_spec.lua \
  spec/conformance/test_run_coroutine_threadsafe_spec.lua)
TSAN = -std=gnu11 -w -O1 -g -fno-omit-frame-pointer -DASYNCIO_TEST \
  -fsanitize=thread
TSAN_ENV = TSAN_OPTIONS=suppressions=$(CURDIR)/spec/host/tsan.supp:allocator_may_return_null=1
tsan:
	@$(SETUP) build test
	@test -f $(LUA_SRC)/lua.h || sh .ci/fetch_lua $(LUA_SRC) || true
	@if echo 'int main(void) { return 0; }' | $(CC) -fsanitize=thread -x c \
	  -o $(BUILD)/tsan-probe - 2>/dev/null; then $(AGAIN) run-tsan; \
	  else echo 'tsan: skipped, $(CC) has no ThreadSanitizer'; fi
run-tsan: $(CORE) $(BUILD)/tsan/host
	@run=; if ! $(BUILD)/tsan/host -e '' 2>/dev/null; then \
	  run="setarch $$(uname -m) -R"; \
	  if ! $$run $(BUILD)/tsan/host -e ''; then \
	    echo 'tsan: skipped, it cannot map its memory here'; exit 0; fi; fi; \
	set -ex; export $(TSAN_ENV) BUILD=$(BUILD) $(STOCK_PATHS); \
	$$run $(BUILD)/tsan/host $(BUSTED) $(SPECS_THREADS); \
	$(PATIENTLY) $$run $(BUILD)/tsan/host $(STRESS); \
	for name in loops flat; do STRESS_RSS=0 STRESS_SCALE=0.02 $(PATIENTLY) $$run \
	  $(BUILD)/tsan/host spec/stress/$$name.lua; done
$(BUILD)/tsan/host: spec/host/host.c $(SOURCES) $(wildcard csrc/*.h)
	@mkdir -p $(@D)
	if test -f $(LUA_SRC)/lua.h; then \
	  $(CC) $(TSAN) $(FROM_SOURCE) $(UV_CFLAGS) $(EXPORT) -o $@ $< $(SOURCES) \
	    $(LUA_SOURCES) $(UV_LIBS) -lm -ldl; \
	else \
	  $(CC) $(TSAN) -D_GNU_SOURCE $(LUA_CFLAGS) $(UV_CFLAGS) $(EXPORT) -o $@ $< \
	    $(SOURCES) $(LUA_LIBS) $(UV_LIBS) -lm -ldl; fi

STRESS = spec/stress/threads.lua
# What waits for ever has failed.
PATIENTLY := $(and $(shell command -v timeout),timeout 600)
stress: $(CORE)
	$(IN_TREE) $(PATIENTLY) $(LUA) $(STRESS)

# A million tasks, a day of a server, loops in threads, memory over many rounds:
# STRESS_SCALE=1 for all of it. One arena: each thread's would keep what it had.
STRESS_SCALE ?= 0.1
ENDURE = million day loops flat
endure: $(CORE)
	@set -e; export STRESS_SCALE=$(STRESS_SCALE) MALLOC_ARENA_MAX=1; \
	for name in $(ENDURE); do \
	  $(IN_TREE) $(if $(PATIENTLY),timeout 1800) $(LUA) spec/stress/$$name.lua; done
endure-asan: $(BUILD)/asan/host
	@set -e; export STRESS_RSS=0 STRESS_SCALE=0.002; for name in $(ENDURE); do \
	  $(IN_TREE) $(ASAN_ENV) $(BUILD)/asan/host spec/stress/$$name.lua; done

# Random programs of tasks, groups, timeouts, locks and queues.
PROGRAMS ?= 10000
programs: $(CORE)
	PROGRAMS=$(PROGRAMS) $(IN_TREE) $(LUA) spec/stress/programs.lua

# Valgrind is slow: the specs with a million of something stay out, and those
# of modules in Lua alone, which their conformance specs go through as well.
VALGRIND_SPECS ?= spec/conformance $(filter-out \
  $(patsubst %,spec/%_spec.lua,hostile hostile_scopes locks programs queues \
  reference scopes),\
  $(wildcard spec/*_spec.lua))
valgrind:
	@$(SETUP) build test valgrind
	@$(AGAIN) run-valgrind
run-valgrind: $(CORE)
	BUILD=$(BUILD) valgrind -q --error-exitcode=99 --leak-check=full \
	  --errors-for-leak-kinds=definite,possible --num-callers=30 \
	  $(LUA) $(BUSTED) $(VALGRIND_SPECS)

# The host again, without sanitizers, over a Lua compiled here from LUA_SRC
# (the `src` folder of a Lua 5.4) with its API checks and assertions alive.
APICHECK = -O2 -g -DASYNCIO_TEST -DLUA_USE_APICHECK -DLUAI_ASSERT
apicheck:
	@$(SETUP) build test
	@test -f $(LUA_SRC)/lua.h || sh .ci/fetch_lua $(LUA_SRC)
	@$(AGAIN) run-apicheck
run-apicheck: $(CORE) $(BUILD)/apicheck/host
	BUILD=$(BUILD) $(STOCK_PATHS) $(BUILD)/apicheck/host $(BUSTED) $(SPECS)
$(BUILD)/apicheck/host: spec/host/host.c $(SOURCES) $(wildcard csrc/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -w $(APICHECK) $(FROM_SOURCE) $(UV_CFLAGS) $(EXPORT) -o $@ \
	  spec/host/host.c $(SOURCES) $(LUA_SOURCES) $(UV_LIBS) -lm -ldl

# ---- the other checks -----------------------------------------------------

lint:
	@$(SETUP) build lint
	@$(AGAIN) run-lint
run-lint: $(CORE)
	luacheck -q lua spec examples bench .ci rockspec/*.rockspec
	clang-format --dry-run -Werror $(C_FILES)
	! grep -nE '^.{81,}' $(C_FILES)
	$(LUA) .ci/check_floors.lua
	$(LUA) .ci/check_callbacks.lua
	$(LUA) .ci/check_symbols.lua $(CORE)
	$(IN_TREE) $(LUA) .ci/check_exports.lua
	$(LUA) .ci/check_errors.lua
	$(LUA) .ci/reference.lua --check
	$(LUA) .ci/check_rockspec.lua
	$(LUA) .ci/conformance.lua --check

format:
	clang-format -i $(C_FILES)

# W="W1 W3" for some of the workloads.
BENCH = $(IN_TREE) \
  LUA_CPATH='$(abspath $(BUILD))/?.so;$(abspath $(BUILD))/bench/?.so;;' \
  $(if $(W),ONLY='$(W)') $(LUA)
bench: $(CORE) $(BUILD)/bench/bare.so
	$(BENCH) bench/run.lua
bench-growth: $(CORE) $(BUILD)/bench/bare.so
	$(BENCH) bench/growth.lua
$(BUILD)/bench/bare.so: bench/lib/bare.c $(BUILD)/obj/flags
	@mkdir -p $(@D)
	$(COMPILE) -fvisibility=default $(CFLAGS) $(SHARED) $(LDFLAGS) -o $@ $<

docs:
	$(LUA) .ci/conformance.lua
	$(LUA) .ci/reference.lua

# Each example against the output written down for it.
examples: $(CORE)
	$(IN_TREE) $(LUA) .ci/run_examples.lua

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all help install uninstall env demo run-demo test run-test asan \
  run-asan fault run-fault tsan run-tsan stress endure endure-asan programs fuzz \
  run-fuzz fuzz-api fuzz-api-asan valgrind run-valgrind apicheck run-apicheck \
  lint run-lint format bench bench-growth docs examples clean FORCE
.DELETE_ON_ERROR:

-include $(OBJECTS:.o=.d) $(ASAN_OBJECTS:.o=.d)
