# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Programs nobody here wrote: a real VMM, and a real user-space driver.

QEMU+=" -monitor stdio"

# qemu ARGS…: starts, and quits at once.
qemu() {
	echo "echo quit | $QEMU $*"
}

test_qemu_is_ordered_and_named() {
	audit 0 -- sh -c "$(qemu -name guest=web-1,debug-threads=on -device "vfio-pci,host=$LAB_NIC")" &&
		opens ordered && findings &&
		holds '.[] | select(.type=="open") | .vm_name == "web-1" and .vm == "vm1" and
		       .kvm_at_open == "vm1" and .comm == "'"$QEMU_COMM"'" and
		       .device == "'"$LAB_NIC"'" and .driver == "vfio-pci" and
		       (.device_name | test("Intel.*82574L"))'
}

test_qemu_for_people() {
	run 0 audit -- sh -c "$(qemu -name db-2 -device "vfio-pci,host=$LAB_NIC")" &&
		grep -q "ordered .*$LAB_NIC .*82574L.*vm1 \"db-2\" ($QEMU_COMM, pid" "$T/out" || {
		show "$T/out"
		no "the line does not name device and VM"
	}
}

test_qemu_with_two_devices() {
	[ "$(uname -m)" != ppc64le ] || skip "QEMU has one window for the devices of a host bridge, and they are of two"
	audit 0 -- sh -c "$(qemu -name two -device "vfio-pci,host=$LAB_NIC" \
		-device "vfio-pci,host=$LAB_DEV_A")" &&
		opens ordered ordered && findings
}

test_qemu_without_a_vm_is_no_vm() {
	audit 0 -- sh -c "$(qemu -name tcg -accel tcg -cpu max -device "vfio-pci,host=$LAB_DEV_A" | sed 's/-accel kvm -cpu host//')" &&
		opens no-vm && findings
}

# Hot-plug: QEMU registers the group before it opens, also when it runs already.
test_qemu_hot_plug() {
	audit 0 -- sh -c "(sleep 3; echo device_add vfio-pci,host=$LAB_DEV_A,bus=$QEMU_BUS; sleep 3; echo quit) |
		$QEMU -name hot $QEMU_PORT" &&
		opens ordered && findings && return 0
	show "$T/err"
	return 1
}

test_vm_filter_by_name() {
	audit 0 --vm web-1 -- sh -c "$(qemu -name web-1 -device "vfio-pci,host=$LAB_NIC")" &&
		opens ordered &&
		audit 0 --vm other -- sh -c "$(qemu -name web-1 -device "vfio-pci,host=$LAB_NIC")" &&
		opens
}

# A poll-mode driver of DPDK: opens a device and has no VM at all.
test_dpdk_is_no_vm() {
	command -v dpdk-testpmd >/dev/null || skip "the lab has no DPDK for this architecture"
	audit 0 -- sh -c "echo quit | dpdk-testpmd --no-huge -m 64 --iova-mode=va --lcores '(0-1)@0' --no-telemetry \
		-a $LAB_NIC -- -i --total-num-mbufs=2048" &&
		opens no-vm && findings
}

# in_cgroup PATH PROGRAM…: audit of a program that has moved there.
in_cgroup() {
	local dir=/sys/fs/cgroup/$1
	shift
	mkdir -p "$dir" || return 1
	audit 0 -- sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$dir" "$@"
}

test_name_of_a_libvirt_machine() {
	in_cgroup 'machine.slice/machine-qemu\x2d3\x2dwin\x2d11.scope' \
		"$S" "attach v k c g d $LAB_DEV_A" &&
		opens ordered && holds '.[] | select(.type=="open") | .vm_name == "win-11"'
}

test_name_of_a_pod() {
	local uid=0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0
	in_cgroup "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$uid.slice/cri-1.scope" \
		"$S" "attach v k c g d $LAB_DEV_A" &&
		opens ordered &&
		holds '.[] | select(.type=="open") | .vm_name == "pod '"${uid//_/-}"'"'
}
