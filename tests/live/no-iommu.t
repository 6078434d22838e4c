# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Hosts that cannot give a device away: booted with intel_iommu=off, or with intremap=off.
# Each has a guest of its own.

# booted WORD: or there is nothing to see here.
booted() {
	[ "$(uname -m)" = x86_64 ] || skip "the parameter is x86's"
	grep -qw "$1" /proc/cmdline || skip "the guest was not booted with $1"
}

# line TEXT: is in the report, however it is folded.
line() {
	tr -s ' \n' ' ' <"$T/out" | grep -qF "$1" && return 0
	show "$T/out"
	no "it does not say: $1"
}

test_no_iommu() {
	booted intel_iommu=off
	run 0 doctor --json && holds '.[0].passthrough | (.iommu | not) and .iommu_groups == 0 and
		.firmware_table == "DMAR" and (.todo | contains("intel_iommu=on"))' &&
		run 0 doctor && line 'iommu off: the firmware has one (DMAR) and the kernel does not use it:' &&
		line 'remove intel_iommu=off from the kernel command line and boot with intel_iommu=on' &&
		run 1 doctor --device "$LAB_DEV_A" && line "$LAB_DEV_A cannot be given to a VM: this host uses no IOMMU" &&
		line 'boot with intel_iommu=on' && run 1 doctor --device "$LAB_DEV_A" --json &&
		holds '.[0] | [.obstacles[].id] == ["no-iommu", "no-driver"] and .group == null and .group_viable == null'
}

test_no_remapping() {
	booted intremap=off
	run 0 doctor --json && holds '.[0].passthrough | .iommu and .interrupt_remapping == false' &&
		run 0 doctor && line 'irq remapping off' &&
		line 'allow_unsafe_interrupts=N: interrupts are not remapped here: VFIO_SET_IOMMU is refused (EPERM)' &&
		run 1 doctor --device "$LAB_DEV_A" && line 'this host does not remap interrupts' || return 1
	"$S" "container c" "group g $LAB_DEV_A" "set-container g c" "set-iommu c => EPERM" ||
		no "VFIO does not mind" || return 1
	sed -n 's/^ *\(\(echo\|modprobe\) .*\)/\1/p' "$T/out" >"$T/commands"
	sh -e "$T/commands" || no "the commands fail: $(cat "$T/commands")" || return 1
	run 0 doctor --device "$LAB_DEV_A" && line "$LAB_DEV_A is ready for a VM" &&
		"$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &&
		run 0 doctor && line 'a guest can raise any interrupt on the host'
	local got=$?
	echo N >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts
	return $got
}
