# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# kvm and vfio that come after the tool, and go and come while it runs. The
# guest starts without them; each case leaves them loaded or not as it likes.

WRONG=("vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g")

# What the tool says when it has attached to modules that came.
AGAIN="re-attached after a module load"

unload() {
	! built_in || skip "KVM and VFIO are built in"
	modprobe -r vfio_pci "$IOMMU_MODULE" vfio "$KVM_MODULE" 2>/dev/null
	! grep -Eq '^(vfio|kvm) ' /proc/modules || no "still loaded: $(grep -E '^(vfio|kvm) ' /proc/modules)"
}

# The kernel may be about to bind the device by itself.
load() {
	modprobe "$KVM_MODULE" && modprobe vfio-pci && modprobe "$IOMMU_MODULE" || no "modules do not load" || return 1
	echo vfio-pci >"/sys/bus/pci/devices/$LAB_DEV_A/driver_override"
	await "vfio-pci takes $LAB_DEV_A" bound
}

bound() {
	echo "$LAB_DEV_A" >/sys/bus/pci/drivers_probe
	[ -e "/sys/bus/pci/drivers/vfio-pci/$LAB_DEV_A" ]
}

test_service_that_waits_for_the_modules() {
	unload || return 1
	"$V" audit --json --wait >"$T/out" 2>"$T/err" &
	tool=$!
	wait_for "$T/err" "waiting for kvm and vfio to be loaded" || return 1
	load && wait_for "$T/err" armed || return 1
	"$S" "${WRONG[@]}"
	end_tool 1 && opens violation && findings open-before-add
}

test_waiting_ends_with_a_signal() {
	unload || return 1
	"$V" audit --wait >"$T/out" 2>"$T/err" &
	tool=$!
	wait_for "$T/err" waiting && end_tool 0 && [ ! -s "$T/out" ]
}

test_waiting_ends_with_the_duration() {
	unload || return 1
	run 0 audit --wait --duration 1s && [ ! -s "$T/out" ] && grep -q "nothing was observed" "$T/err" ||
		no "$(cat "$T/err")"
}

test_program_that_is_waited_for_in_vain() {
	unload || return 1
	run 3 audit -q --wait --duration 1s -- touch "$T/ran" && [ ! -s "$T/out" ] && [ ! -e "$T/ran" ] &&
		grep -q "'touch' was not started" "$T/err" || no "$(cat "$T/err")"
}

test_what_is_there_needs_no_waiting() {
	load || return 1
	run 1 audit --json --wait -- "$S" "${WRONG[@]}" && opens violation || return 1
	! grep -q waiting "$T/err" || no "it waited"
}

test_fentry_holds_the_modules() {
	with_fentry
	load || return 1
	! built_in || skip "KVM and VFIO are built in"
	[ -e /sys/kernel/btf/kvm ] || skip "modules have no BTF here: fentry does not reach them"
	start_tool audit --json --probe fentry || return 1
	! modprobe -r "$KVM_MODULE" kvm 2>/dev/null || grep -q '^kvm ' /proc/modules || no "kvm is gone"
	[ -e /sys/module/kvm ] || no "kvm is gone" || return 1
	end_tool 0
}

# probed: what is attached by kprobe, without the addresses.
probed() {
	cut -d ' ' -f 2- /sys/kernel/debug/kprobes/list | sort
}

attached_again() {
	gone "$tool" || { [ "$(grep -c "$AGAIN" "$T/err")" -gt "$1" ] && probed | cmp - "$T/probed"; }
}

# reload COMMAND…: modules go out and in by it, until all that was attached to is
# again: modules that come slowly are attached to in several rounds.
reload() {
	local status=0 before
	before=$(grep -c "$AGAIN" "$T/err")
	probed >"$T/probed"
	"$@" || return 1
	await "it attaches again" attached_again "$before"
	gone "$tool" || return 0
	reap "$tool" || status=$?
	show "$T/err"
	no "the tool has ended: exit $status"
}

all_modules() {
	unload && load
}

# By kprobe nothing is held: the modules go, come again, and are watched again.
test_modules_go_and_come_again() {
	! built_in || skip "KVM and VFIO are built in"
	load || return 1
	start_tool audit --json --probe kprobe || return 1
	"$S" "attach v k c g d $LAB_DEV_A"
	reload all_modules || return 1
	"$S" "${WRONG[@]}"
	end_tool 1 && opens ordered violation && findings open-before-add
}

test_modules_go_and_come_twice() {
	! built_in || skip "KVM and VFIO are built in"
	load || return 1
	start_tool audit --json --probe kprobe || return 1
	reload all_modules || return 1
	"$S" "attach v k c g d $LAB_DEV_A"
	reload all_modules || return 1
	"$S" "${WRONG[@]}"
	end_tool 1 && opens ordered violation
}

vfio_pci() {
	modprobe -r vfio_pci && load
}

# With the library of the machine it was built on, where a guest has a newer one.
test_modules_go_and_come_with_the_libbpf_of_the_build() {
	[ -e "$B/lib/libbpf.so.1" ] || skip "the tool holds its libbpf itself"
	load || return 1
	! built_in || skip "KVM and VFIO are built in"
	export LD_LIBRARY_PATH=$PWD/$B/lib
	start_tool trace --json --probe kprobe || return 1
	grep -q "$LD_LIBRARY_PATH/libbpf" "/proc/$tool/maps" || no "it runs with another libbpf" || return 1
	reload vfio_pci && reload vfio_pci || return 1
	"$S" "attach v k c g d $LAB_DEV_A"
	end_tool 0 && holds '[.[] | select(.op=="module_load" and .module == "vfio_pci")] | length == 2' &&
		holds 'any(.[]; .op=="device_open" and .kvm == "vm1")'
}

# All but vfio-pci is there.
load_core() {
	! built_in || skip "KVM and VFIO are built in"
	load && modprobe -r vfio_pci
}

# A part that comes later, and a VM that was there before it.
test_driver_loaded_while_watching() {
	local comes='any(.[]; .op=="driver_open" and .kvm == "vm1")'
	load_core || return 1
	# 5.10's driver has another function for it, which is not attached to.
	! shape notifier || comes='any(.[]; .op=="device_open")'
	start_tool trace --json || return 1
	grep -q "not observable here: vfio-pci's own open" "$T/err" || no "$(cat "$T/err")" || return 1
	"$S" "vm v" "touch $T/up" "wait $T/go" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "device d g $LAB_DEV_A" &
	wait_file "$T/up" || return 1
	load && wait_for "$T/err" "$AGAIN" || return 1
	touch "$T/go"
	wait %2
	end_tool 0 && holds "$comes" &&
		holds '[.[] | select(.op=="vm_destroy") | .vm] == ["vm1"]'
}

# The observed program loads them itself; its children are still its own.
test_program_that_loads_a_driver() {
	load_core || return 1
	audit 1 -- sh -c "modprobe vfio-pci; echo $LAB_DEV_A >/sys/bus/pci/drivers_probe
		until grep -q '$AGAIN' $T/err; do sleep 0.1; done; $(printf ' %q' "$S" "${WRONG[@]}")" &&
		opens violation && grep -q "$AGAIN" "$T/err"
}
