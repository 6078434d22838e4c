# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The few cases that decide, short enough to be run on every kernel.

test_doctor() {
	run 0 doctor --json && holds '.[0] | .can_observe and .obstacles == [] and .kernel == "'"$(uname -r)"'"' &&
		holds '.[0].sites | map(select(.site == "registration" or .site == "device-open"))
		       | length == 2 and all(.method != "none")' || return 1
	# What a kernel does not show is said, and of one that shows all, nothing.
	if shape notifier; then
		# Budgets: not every such kernel shows all waits for locks.
		holds '.[0] | (.sites | any(.site == "device-open" and .limits)) and
		       .silent_rules - ["over-budget"] == ["open-refused", "kvm-mismatch", "kvm-lost", "vm-gone-while-open", "driver-refused"]'
	else
		holds '.[0] | (.sites | all(.limits == null)) and .silent_rules == []'
	fi
}

test_right_order() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" && opens ordered && findings &&
		holds '.[] | select(.type=="open") | .vm == "vm1" and .device == "'"$LAB_DEV_A"'" and
		       .driver == "vfio-pci" and .group != null and .opened_ns < .closed_ns'
}

test_open_then_add() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" &&
		opens violation && findings open-before-add
}

test_never_added() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &&
		opens violation && findings open-without-add
}

test_no_vm() {
	audit 0 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" && opens no-vm && findings
}

test_ps_of_what_runs() {
	local got
	"$S" "comm boxed" "attach v k c g d $LAB_DEV_A" "touch $T/up" "pause" &
	wait_file "$T/up" || return 1
	# Where devices hold no pointer, their state proves nothing.
	local verdict=ordered code=0
	! shape notifier || verdict=unknown code=4
	run $code ps --json && findings &&
		holds '[.[] | select(.type=="vm") | .vm_comm] == ["boxed"]' &&
		holds '[.[] | select(.type=="device") | [.device, .verdict]] == [["'"$LAB_DEV_A"'", "'$verdict'"]]'
	got=$?
	kill %1
	wait
	return $got
}

# Every phase is seen, and what they took adds up.
test_profile() {
	local iommu='"domain_alloc", "iommu_attach"'
	# Its IOMMU driver has no domains, and pins memory when it is registered.
	[ "$(uname -m)" != ppc64le ] || iommu='"register_memory"'
	run 0 profile --json -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_NIC" "map c 0x200000 4M" "add k g" \
		"device d g $LAB_NIC" "irq d" &&
		holds '[.[] | select(.type=="attach")] | length == 1 and (.[0] | .complete and .state == "usable" and
		       .device == "'"$LAB_NIC"'" and .driver == "vfio-pci" and .vm == "vm1")' &&
		holds '.[] | select(.type=="attach") | ["group_open", "container_attach", "set_iommu", '"$iommu"',
		       "dma_map", "pin", "map", "register", "device_open", "driver_open", "enable",
		       "reset", "config"] - [.phases[].phase] == []' &&
		holds '.[] | select(.type=="detach") | ["irq_setup", "device_close", "unpin"] - [.phases[].phase] == []' &&
		holds '.[] | select(.type=="attach") | .total_ns == .vmm_ns + .unaccounted_ns +
		       ([.phases[] | select(.parent==null).total_ns] | add)'
}
