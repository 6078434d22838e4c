# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What few hosts have, in a guest with such devices (tests/lab/run --rare).

rare() {
	[ -n "${LAB_DIRECT:-}" ] || skip "this machine has no such devices"
}

# Memory that the firmware demands a 1:1 mapping of

# Up to 6.5 Intel's driver refuses as the IOMMU is set up.
test_device_that_the_firmware_keeps() {
	rare
	audit 1 -- "$S" "vm v" "prepare c g $LAB_DIRECT => *" &&
		findings attach-failed && holds '.[] | select(.type=="finding") | .vm == "vm1" and .group != null and
			(.evidence[0].error | . == "EINVAL" or . == "EPERM") and
			(.cause | test("^The firmware demands .*\"direct\" in /sys/kernel/iommu_groups/[0-9]+/reserved_regions"))' || return 1
	audit 1 --dma -- "$S" "prepare c g $LAB_DIRECT => *" && findings attach-failed &&
		holds '.[] | select(.type=="finding") | .cause | test("^The firmware demands ")'
}

test_doctor_of_a_device_that_the_firmware_keeps() {
	rare
	run 1 doctor --device "$LAB_DIRECT"
	grep -q 'firmware demands a 1:1 mapping of 0xfeffc000-0xfeffffff' "$T/out" || no "$(cat "$T/out")"
}

# Another failure of such a group has its own cause.
test_second_container_of_another_group() {
	rare
	audit 1 -- "$S" "prepare c g $LAB_DEV_A" "set-container g c => EINVAL" && findings attach-failed &&
		holds '.[] | select(.type=="finding") | .cause | test("has a container already")'
}

# The framebuffer that the kernel has booted with; from 6.0 on vfio-pci removes it.

test_bar_of_the_boot_framebuffer() {
	rare
	if ! grep -q vesafb /proc/iomem; then
		audit 0 -- "$S" "prepare c g $LAB_VGA" "device d g $LAB_VGA" "mmap d 0" && opens no-vm && findings
		return
	fi
	audit 1 -- "$S" "prepare c g $LAB_VGA" "device d g $LAB_VGA" "mmap d 0 => EBUSY" "mmap d 2" &&
		opens no-vm && findings bar-busy &&
		holds '.[] | select(.type=="finding") | .device == "'"$LAB_VGA"'" and .evidence[0].owner == "vesafb" and
			(.cause | test("^BAR 0 of '"$LAB_VGA"' belongs to vesafb .*initcall_blacklist=sysfb_init"))'
}

# Virtual functions

# functions: one of LAB_PF, in $VF, bound to vfio-pci, until the case ends.
functions() {
	rare
	local device=/sys/bus/pci/devices/$LAB_PF
	[ -e "$device/sriov_numvfs" ] || skip "the drive has no virtual functions"
	[ -e /sys/module/vfio_pci/parameters/enable_sriov ] || skip "vfio-pci of this kernel gives none"
	echo 1 >/sys/module/vfio_pci/parameters/enable_sriov
	echo 1 >"$device/sriov_numvfs" || no "no virtual function can be had"
	trap 'echo 0 >/sys/bus/pci/devices/$LAB_PF/sriov_numvfs' EXIT
	VF=$(readlink "$device/virtfn0")
	VF=${VF##*/}
	[ "$(driver_of "$VF")" = vfio-pci ] || {
		echo vfio-pci >"/sys/bus/pci/devices/$VF/driver_override"
		echo "$VF" >/sys/bus/pci/drivers_probe
	}
}

driver_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}

test_vf_without_a_token() {
	functions
	audit 1 -- "$S" "prepare c g $LAB_PF" "device d g $LAB_PF" "prepare c2 g2 $VF" "device d2 g2 $VF => EACCES" &&
		opens no-vm && findings attach-failed && causes EACCES &&
		holds '.[] | select(.type=="finding") | .device == "'"$VF"'" and .evidence[-1].physical_function == "'"$LAB_PF"'" and
			([.evidence[].op] == ["device_open", "get_device_fd"]) and (.cause | test("physical function, '"$LAB_PF"'"))'
}

# A token is a secret.
test_token_is_shown_nowhere() {
	functions
	audit 1 -- "$S" "prepare c g $LAB_PF" "device d g $LAB_PF" "prepare c2 g2 $VF" \
		"device-token d2 g2 $VF 11111111-2222-4333-8444-555555555555 => EACCES" || return 1
	findings attach-failed && holds '.[] | select(.type=="finding").device == "'"$VF"'"' || return 1
	! grep -Eq 'vf_token|1111-2222' <(jq -c 'select(.type!="start")' "$T/out") || no "$(cat "$T/out")"
}

# A function shares the bus with its drive, and is a group of its own.
test_hot_reset_without_another_group() {
	functions
	audit 1 -- "$S" "prepare c g $LAB_PF" "device d g $LAB_PF" "hot-reset d g => EINVAL" &&
		findings reset-failed && causes EINVAL &&
		holds '.[] | select(.rule=="reset-failed") | .device == "'"$LAB_PF"'" and (.group as $g |
			.missing[0].group != $g and .missing == [{device: "'"$VF"'", group: .missing[0].group,
				driver: "vfio-pci", vfio: true, physical_function: "'"$LAB_PF"'"}]) and
			(.cause | test("echo 0 > /sys/bus/pci/devices/'"$LAB_PF"'/sriov_numvfs, which removes them all"))'
}

# Kernels with sets of devices do not have both in one.
test_hot_reset_with_both_groups() {
	functions
	local both=("prepare c g $LAB_PF" "prepare c2 g2 $VF" "device d g $LAB_PF" "hot-reset-both d g g2")
	if "$S" "${both[@]}" 2>/dev/null; then
		audit 0 -- "$S" "${both[@]}" && findings
		return
	fi
	run 1 audit -- "$S" "${both[@]/%g2/g2 => EINVAL}"
	grep -Eq "^ +missing +$VF, group [0-9]+, driver vfio-pci, a virtual function of $LAB_PF\$" "$T/out" || no "$(cat "$T/out")"
	echo 0 >"/sys/bus/pci/devices/$LAB_PF/sriov_numvfs"
	audit 0 -- "$S" "prepare c g $LAB_PF" "device d g $LAB_PF" "hot-reset d g" && findings
}
