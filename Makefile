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
#
# For another architecture, into .output/ARCH (tests/lab/sysroot makes a SYSROOT):
# make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- SYSROOT=DIR
# make ARCH=powerpc CROSS_COMPILE=powerpc64le-linux-gnu- SYSROOT=DIR

VERSION := 0.1.0
PREFIX ?= /usr/local

# Architectures as bpf_tracing.h calls them; as uname, the kernel and Debian do; and
# the names of their compilers and folders, which tell the byte order.
arch_of = $(patsubst x86_64,x86,$(patsubst amd64,x86,$(patsubst aarch64,arm64,$(patsubst \
	ppc64le,powerpc,$(patsubst powerpc64le,powerpc,$(patsubst ppc64el,powerpc,$(patsubst \
	s390x,s390,$(1))))))))
triplet_x86 := x86_64-linux-gnu
triplet_arm64 := aarch64-linux-gnu
triplet_powerpc := powerpc64le-linux-gnu
triplet_s390 := s390x-linux-gnu
endian_x86 := el
endian_arm64 := el
endian_powerpc := el
endian_s390 := eb

host_arch := $(call arch_of,$(shell uname -m))
# Whose kernel the probes are compiled for, and whose programs are built.
ARCH := $(host_arch)
override ARCH := $(call arch_of,$(ARCH))
triplet := $(triplet_$(ARCH))
foreign := $(filter-out $(host_arch),$(ARCH))

OUT := .output$(if $(foreign),/$(ARCH))
program := $(if $(foreign),$(OUT)/)vfioscope

HOSTCC ?= cc
ifneq ($(CROSS_COMPILE),)
CC := $(CROSS_COMPILE)gcc
endif
cc := $(CC)$(if $(SYSROOT), --sysroot=$(SYSROOT))
CLANG ?= clang
PKG_CONFIG ?= pkg-config
# Nothing of the building machine's is for another architecture.
ifneq ($(SYSROOT)$(foreign),)
space := $() $()
pc_dirs := $(patsubst %,$(SYSROOT)/usr/%/pkgconfig,lib/$(triplet) lib64 lib share)
pkg_config := PKG_CONFIG_PATH= PKG_CONFIG_SYSROOT_DIR='$(SYSROOT)' \
	PKG_CONFIG_LIBDIR='$(subst $(space),:,$(pc_dirs))' $(PKG_CONFIG)
else
pkg_config := $(PKG_CONFIG)
endif
# Debian keeps it in sbin, which is not in everybody's PATH.
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)

ifneq ($(V),1)
Q := @
say = @printf '  %-8s %s\n' '$(1)' '$(2)';
endif

HAVE_LIBPCI := $(shell $(pkg_config) --exists libpci 2>/dev/null && echo 1)

CFLAGS ?= -O2 -g
SANITIZE ?=
host_cflags := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -MMD -MP -I$(OUT) \
	  -DVS_VERSION='"$(VERSION)"'
cflags := $(host_cflags) $(if $(HAVE_LIBPCI),-DHAVE_LIBPCI) \
	  $(shell $(pkg_config) --cflags libbpf jansson 2>/dev/null)
# libbpf's headers for probes are those of the library that loads them.
bpf_cflags := -g -O2 -target bpf$(endian_$(ARCH)) -mcpu=v3 -D__TARGET_ARCH_$(ARCH) \
	-Wall -Wextra -Werror -Wno-unused-parameter $(if $(SYSROOT),-I$(SYSROOT)/usr/include)
libs := $(shell $(pkg_config) --libs libbpf jansson $(if $(HAVE_LIBPCI),libpci) 2>/dev/null) \
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

all: $(program) documents

# The site table names programs; a name that the BPF object lacks is an error here.
# CHECK_PROGRAMS=0 builds all the same: the tool then takes the site for missing.
CHECK_PROGRAMS ?= 1
programs_checked := $(if $(filter 0,$(CHECK_PROGRAMS)),,$(OUT)/programs-checked)

ifneq ($(foreign),)
.PHONY: vfioscope
vfioscope: $(program)
endif

$(program): $(objects) | $(programs_checked)
	$(call say,LINK,$@)
	$(Q)$(cc) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(libs)

$(OUT)/programs-checked: $(OUT)/check-programs $(OUT)/vs_bpf.skel.h
	$(Q)$< $(OUT)/vs_bpf.skel.h
	$(Q)touch $@

# For the machine that builds. Its sources include only data.
$(OUT)/check-programs: tools/check-programs.c user/core/plan/sites.c \
		$(wildcard bpf/*.h user/core/*/*.h) | build-deps
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o $@ $(filter %.c,$^)

$(OUT)/user/%.o: user/%.c Makefile | build-deps
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) $(cflags) $(CFLAGS) $(SANITIZE) -c -o $@ $<

# Documents written from the tables of commands, options and rules, for which the
# tool's own objects do unless they are made with another compiler or library than HOSTCC's.
documents := $(OUT)/vfioscope.8 $(OUT)/vfioscope.bash
cross := $(SYSROOT)$(filter-out $(CC),$(HOSTCC))
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
	$(Q)$(if $(cross),$(HOSTCC) $(host_cflags) -O1,$(cc) $(cflags) $(CFLAGS) $(SANITIZE)) -o $@ \
		$< $(gendoc_objects)

$(OUT)/host/%.o: %.c Makefile | build-deps
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) $(host_cflags) -O1 -c -o $@ $<

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
	$(Q)$(CLANG) $(bpf_cflags) -MMD -MP -c -o $@ $<

# One clear sentence before the first compiler error; objects of two architectures
# never meet in one folder.
build-deps:
	$(Q)MAKE_ARCH='$(ARCH)' HOST_ARCH='$(host_arch)' TRIPLET='$(triplet)' OUT='$(OUT)' \
		SAME_ENDIAN='$(filter $(endian_$(host_arch)),$(endian_$(ARCH)))' CC='$(CC)' \
		SYSROOT='$(SYSROOT)' PKG_CONFIG="$(pkg_config)" CLANG='$(CLANG)' BPFTOOL='$(BPFTOOL)' \
		tools/build-deps

# Workloads: what the tests let the kernel do.
workloads: $(workloads) $(OUT)/lib

# The library the tool is built with, for guests that have a newer one.
$(OUT)/lib: $(program)
	$(call say,COPY,$@)
	$(Q)rm -rf $@ && mkdir -p $@
ifeq ($(SYSROOT),)
	$(Q)ldd $< | awk '$$1 ~ /^libbpf/ { print $$3 }' | xargs -r cp -L -t $@
else
	$(Q)LC_ALL=C readelf -d $< | sed -n 's/.*(NEEDED).*\[\(libbpf.*\)]/\1/p' | \
		xargs -rI@ find $(SYSROOT)/usr/lib -name @ -exec cp -L -t $@ {} +
endif

$(OUT)/tests/vfio-steps: $(wildcard tests/workload/vfio-steps*.[ch]) tests/oracle/oracle.h \
		vmlinux/ioctl.h | build-deps
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) -std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread -o $@ $(filter %.c,$^)

# Static: it forks a lot, and that is cheaper without libraries to map.
$(OUT)/tests/oracle: $(wildcard tests/oracle/*.c tests/oracle/*.h) vmlinux/ioctl.h | build-deps
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -static -pthread \
		-o $@ $(filter %.c,$^)

$(OUT)/vs_floor.skel.h: $(OUT)/bpf/floor.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name vs_floor > $@

$(OUT)/bpf/floor.bpf.o: tests/bench/floor.bpf.c Makefile | build-deps
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_cflags) -c -o $@ $<

$(OUT)/tests/floor: tests/bench/floor.c $(OUT)/vs_floor.skel.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) -std=gnu11 -O2 -Wall -Wextra -Werror -I$(OUT) -o $@ $< -lbpf -lelf -lz

$(OUT)/tests/first-syscall: tests/workload/first-syscall.c | build-deps
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) -O2 -Wall -Wextra -Werror -static -nostdlib -ffreestanding -fno-stack-protector \
		-o $@ $<

# Of user/capture, what can be tested without a kernel to watch.
capture_tests := $(patsubst tests/capture/%.c,$(OUT)/tests/%,$(wildcard tests/capture/test_*.c))
$(OUT)/tests/test_identity: $(OUT)/user/capture/identity.o $(core_objects)
$(OUT)/tests/test_targets: $(OUT)/user/capture/targets.o
$(OUT)/tests/test_look_again: $(OUT)/user/capture/waits.o
$(OUT)/tests/test_names: $(addprefix $(OUT)/user/capture/,names.o sysfs.o) $(core_objects)
$(capture_tests): $(OUT)/tests/%: tests/capture/%.c
	$(call say,UNIT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) $(cflags) -Itests/unit $(CFLAGS) $(SANITIZE) -o $@ $^ $(libs) -lcmocka

$(OUT)/tests/%: tests/unit/%.c $(core_objects)
	$(call say,UNIT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) $(cflags) -Itests/unit $(CFLAGS) $(SANITIZE) -o $@ $(filter %.c %.o,$^) \
		$(if $(filter $(view_objects),$^),$(libs)) -lcmocka

# What is shown, and not only what is said.
$(addprefix $(OUT)/tests/test_,kinds replay cdev_busy cdev_found profile_view program timeline use): $(view_objects)

# What tests/timeline/run opens in a viewer.
$(OUT)/tests/timeline-sample: tests/timeline/sample.c $(core_objects) $(view_objects)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) $(cflags) $(CFLAGS) $(SANITIZE) -o $@ $^ $(libs)

# What the documents are checked against.
$(OUT)/tests/lists: tests/lists.c $(core_objects)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) $(cflags) $(CFLAGS) $(SANITIZE) -o $@ $< $(core_objects)

# Bench programs: what the core costs; tests/bench/fleet.c says how to read it.
bench-programs: $(bench_programs)

$(OUT)/tests/fleet: tests/bench/fleet.c $(core_objects)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(cc) $(cflags) $(CFLAGS) $(SANITIZE) -o $@ $< $(core_objects)

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
	install -D -m 755 $(program) $(DESTDIR)$(PREFIX)/sbin/vfioscope
	install -D -m 644 $(OUT)/vfioscope.8 $(DESTDIR)$(PREFIX)/share/man/man8/vfioscope.8
	install -D -m 644 $(OUT)/vfioscope.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vfioscope

clean:
	$(Q)rm -rf $(OUT) $(program)

-include $(objects:.o=.d) $(OUT)/tests/timeline-sample.d $(gendoc_objects:.o=.d) $(OUT)/gendoc.d $(bpf_objects:.o=.d) $(unit_tests:=.d) $(bench_programs:=.d)
