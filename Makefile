# SPDX-License-Identifier: GPL-2.0-only
#
# make          build ./vfioscope
# make demo     a correct and a wrong attach, live (installs what is missing)
# make test     everything, on real kernels in the lab (installs what is missing)
# make check    what needs no kernel: unit tests, command line, style
# make matrix   all live cases on every kernel line, by both methods: docs/kernels.md
# make bench    what observing costs, beside other tools: docs/performance.md
# make mutants  proves that the live cases can fail
# make install  DESTDIR= PREFIX=/usr/local
# V=1 shows the commands.

OUT := .output
VERSION := 0.1.0
PREFIX ?= /usr/local
# As bpf_tracing.h calls it: whose kernel the probes are compiled for. The byte order is
# that of the building machine, so a check that they compile for another architecture is
# make ARCH=arm64 OUT=.output/arm64 .output/arm64/vs_bpf.skel.h
ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/; s/ppc64le/powerpc/; s/s390x/s390/')

CC ?= gcc
HOSTCC ?= cc
CLANG ?= clang
PKG_CONFIG ?= pkg-config
# Debian keeps it in sbin, which is not in everybody's PATH.
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)

ifneq ($(V),1)
Q := @
say = @printf '  %-8s %s\n' '$(1)' '$(2)';
endif

HAVE_LIBPCI := $(shell $(PKG_CONFIG) --exists libpci 2>/dev/null && echo 1)

CFLAGS ?= -O2 -g
SANITIZE ?=
cflags := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -MMD -MP -I$(OUT) \
	  -DVS_VERSION='"$(VERSION)"' $(if $(HAVE_LIBPCI),-DHAVE_LIBPCI) \
	  $(shell $(PKG_CONFIG) --cflags libbpf jansson 2>/dev/null)
libs := $(shell $(PKG_CONFIG) --libs libbpf jansson $(if $(HAVE_LIBPCI),libpci) 2>/dev/null) \
	-lelf -lz

# maps come first: bpftool 7.1 does not link a map whose use precedes its definition.
bpf_sources := maps $(filter-out maps lookup,$(patsubst bpf/%.bpf.c,%,$(wildcard bpf/*.bpf.c)))
bpf_objects := $(bpf_sources:%=$(OUT)/bpf/%.bpf.o)
core_sources := $(wildcard user/core/*.c user/core/*/*.c)
other_sources := $(wildcard user/capture/*.c user/view/*.c user/cli/*.c)
objects := $(patsubst %.c,$(OUT)/%.o,$(core_sources) $(other_sources))
core_objects := $(patsubst %.c,$(OUT)/%.o,$(core_sources))
view_objects := $(patsubst %.c,$(OUT)/%.o,$(wildcard user/view/*.c))
unit_tests := $(patsubst tests/unit/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c)) \
	$(patsubst tests/capture/%.c,$(OUT)/tests/%,$(wildcard tests/capture/test_*.c))
workloads := $(OUT)/tests/vfio-steps $(OUT)/tests/first-syscall $(OUT)/tests/oracle
bench_programs := $(OUT)/tests/fleet

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all documents demo test matrix bench mutants check unit format format-check tidy sanitize workloads install clean \
	build-deps check-deps bench-programs

all: vfioscope documents

# The site table names programs; a name that the BPF object lacks is an error here.
# CHECK_PROGRAMS=0 builds all the same: the tool then takes the site for missing.
CHECK_PROGRAMS ?= 1
programs_checked := $(if $(filter 0,$(CHECK_PROGRAMS)),,$(OUT)/programs-checked)

vfioscope: $(objects) | $(programs_checked)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(libs)

$(OUT)/programs-checked: $(OUT)/check-programs $(OUT)/vs_bpf.skel.h
	$(Q)$< $(OUT)/vs_bpf.skel.h
	$(Q)touch $@

# For the machine that builds. Its sources include only data.
$(OUT)/check-programs: tools/check-programs.c user/core/plan/sites.c \
		$(wildcard bpf/*.h user/core/*/*.h)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o $@ $(filter %.c,$^)

$(OUT)/user/%.o: user/%.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cflags) $(CFLAGS) $(SANITIZE) -c -o $@ $<

# Documents written from the tables of commands, options and rules, for which the
# tool's own objects do unless HOSTCC is another compiler than CC.
documents := $(OUT)/vfioscope.8 $(OUT)/vfioscope.bash
cross := $(filter-out $(CC),$(HOSTCC))
gendoc_objects := $(patsubst %.c,$(OUT)/$(if $(cross),host/)%.o, \
	user/cli/commands.c user/cli/options.c user/cli/values.c $(core_sources))

documents: $(documents)

$(OUT)/vfioscope.8: docs/vfioscope.8.in
$(OUT)/vfioscope.bash: tools/vfioscope.bash.in
$(documents): $(OUT)/gendoc
	$(call say,DOC,$@)
	$(Q)$(OUT)/gendoc $(filter %.in,$^) > $@

$(OUT)/gendoc: tools/gendoc.c $(gendoc_objects)
	$(call say,HOSTCC,$@)
	$(Q)$(if $(cross),$(HOSTCC) $(cflags) -O1,$(CC) $(cflags) $(CFLAGS) $(SANITIZE)) -o $@ \
		$< $(gendoc_objects)

$(OUT)/host/%.o: %.c Makefile
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(cflags) -O1 -c -o $@ $<

skeletons := $(OUT)/vs_bpf.skel.h $(OUT)/vs_lookup.skel.h
$(filter $(OUT)/user/capture/%,$(objects)): $(skeletons)

$(OUT)/vs_bpf.skel.h: $(bpf_objects)
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen object $(OUT)/bpf/vfioscope.o $^
	$(Q)$(BPFTOOL) gen skeleton $(OUT)/bpf/vfioscope.o name vs_bpf > $@

$(OUT)/vs_lookup.skel.h: $(OUT)/bpf/lookup.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name vs_lookup_bpf > $@

$(OUT)/bpf/%.bpf.o: bpf/%.bpf.c Makefile | build-deps
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
		-Wno-unused-parameter -MMD -MP -c -o $@ $<

# One clear sentence before the first compiler error.
build-deps:
	$(Q)command -v $(CLANG) >/dev/null && test -n "$(BPFTOOL)" && \
		$(PKG_CONFIG) --exists libbpf jansson || { \
		echo 'vfioscope: tools or libraries to build with are missing; run: tests/install-deps build' >&2; \
		exit 1; }

# Workloads: what the tests let the kernel do.
workloads: $(workloads) $(OUT)/lib

# The library the tool is built with, for guests that have a newer one.
$(OUT)/lib: vfioscope
	$(call say,COPY,$@)
	$(Q)rm -rf $@ && mkdir -p $@
	$(Q)ldd vfioscope | awk '$$1 ~ /^libbpf/ { print $$3 }' | xargs -r cp -L -t $@

$(OUT)/tests/vfio-steps: $(wildcard tests/workload/vfio-steps*.[ch]) tests/oracle/oracle.h \
		vmlinux/ioctl.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread -o $@ $(filter %.c,$^)

# Static: it forks a lot, and that is cheaper without libraries to map.
$(OUT)/tests/oracle: $(wildcard tests/oracle/*.c tests/oracle/*.h) vmlinux/ioctl.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -static -pthread \
		-o $@ $(filter %.c,$^)

$(OUT)/vs_floor.skel.h: $(OUT)/bpf/floor.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name vs_floor > $@

$(OUT)/bpf/floor.bpf.o: tests/bench/floor.bpf.c Makefile
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
		-Wno-unused-parameter -c -o $@ $<

$(OUT)/tests/floor: tests/bench/floor.c $(OUT)/vs_floor.skel.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -I$(OUT) -o $@ $< -lbpf -lelf -lz

$(OUT)/tests/first-syscall: tests/workload/first-syscall.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-stack-protector \
		-o $@ $<

# Of user/capture, what can be tested without a kernel to watch.
capture_tests := $(patsubst tests/capture/%.c,$(OUT)/tests/%,$(wildcard tests/capture/test_*.c))
$(OUT)/tests/test_identity: $(OUT)/user/capture/identity.o $(core_objects)
$(OUT)/tests/test_targets: $(OUT)/user/capture/targets.o
$(capture_tests): $(OUT)/tests/%: tests/capture/%.c
	$(call say,UNIT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cflags) -Itests/unit $(CFLAGS) $(SANITIZE) -o $@ $^ $(libs) -lcmocka

$(OUT)/tests/%: tests/unit/%.c $(core_objects)
	$(call say,UNIT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cflags) -Itests/unit $(CFLAGS) $(SANITIZE) -o $@ $(filter %.c %.o,$^) \
		$(if $(filter $(view_objects),$^),$(libs)) -lcmocka

# What is shown, and not only what is said.
$(addprefix $(OUT)/tests/test_,kinds replay cdev_busy cdev_found profile_view timeline): $(view_objects)

# What tests/timeline/run opens in a viewer.
$(OUT)/tests/timeline-sample: tests/timeline/sample.c $(core_objects) $(view_objects)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cflags) $(CFLAGS) $(SANITIZE) -o $@ $^ $(libs)

# What the documents are checked against.
$(OUT)/tests/lists: tests/lists.c $(core_objects)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cflags) $(CFLAGS) $(SANITIZE) -o $@ $< $(core_objects)

# Bench programs: what the core costs; tests/bench/fleet.c says how to read it.
bench-programs: $(bench_programs)

$(OUT)/tests/fleet: tests/bench/fleet.c $(core_objects)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(cflags) $(CFLAGS) $(SANITIZE) -o $@ $< $(core_objects)

demo:
	$(Q)tests/demo

test:
	$(Q)tests/run-all

# LINES='6.1 7.3' runs some of them.
matrix:
	$(Q)tests/matrix $(LINES)

bench:
	$(Q)tests/bench/run

mutants:
	$(Q)tests/mutants; status=$$?; KERNEL=6.12-cdev tests/mutants && exit $$status

check:
	$(Q)tests/run-checks

unit: $(unit_tests)
	$(Q)for t in $(unit_tests); do $$t || exit 1; done

sources := $(wildcard tests/*.c tools/*.[ch] tests/bench/*.[ch] bpf/*.[ch] vmlinux/*.h $(wildcard user/*/*.[ch] user/*/*/*.[ch]) tests/unit/*.[ch] tests/capture/*.[ch] \
	tests/workload/*.[ch] tests/oracle/*.[ch] tests/oracle/module/*.[ch] tests/timeline/*.[ch])

format:
	$(Q)clang-format -i $(sources)

format-check:
	$(Q)clang-format --dry-run -Werror $(sources)

tidy: $(skeletons)
	$(Q)clang-tidy --quiet $(core_sources) $(other_sources) $(wildcard tools/*.c) -- \
		$(filter-out -MMD -MP,$(cflags))

install: all
	install -D -m 755 vfioscope $(DESTDIR)$(PREFIX)/sbin/vfioscope
	install -D -m 644 $(OUT)/vfioscope.8 $(DESTDIR)$(PREFIX)/share/man/man8/vfioscope.8
	install -D -m 644 $(OUT)/vfioscope.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vfioscope

clean:
	$(Q)rm -rf $(OUT) vfioscope

-include $(objects:.o=.d) $(OUT)/tests/timeline-sample.d $(gendoc_objects:.o=.d) $(OUT)/gendoc.d $(bpf_objects:.o=.d) $(unit_tests:=.d) $(bench_programs:=.d)
