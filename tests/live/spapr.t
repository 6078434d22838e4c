# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# POWER: windows of DMA addresses, registered memory, and the one attribute of kvm-vfio
# that no other architecture has.

# What comes before a table can be given to the group: words for the workload.
begin=("vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "remove-window c 0" "window c 12 1G"
	"register c 1M" "map-registered c 0 64K")
use=("add k g" "device d g $LAB_DEV_A" "table t v 12 1G")

on_power() {
	[ -e /sys/module/vfio_iommu_spapr_tce ] || skip "this kernel has no SPAPR TCE"
}

test_tables_are_given_to_groups() {
	on_power
	audit 0 -- "$S" "${begin[@]}" "${use[@]}" "spapr-table k g t" "spapr-table k g t" &&
		opens ordered && findings &&
		holds '.[] | select(.type=="open") | .backend == "spapr" and .path == "group"'
}

test_every_call_is_shown() {
	on_power
	run 0 trace --json --dma -- "$S" "${begin[@]}" "${use[@]}" "spapr-table k g t" \
		"unmap c 0 64K" "unregister c 1M" "remove-window c 0" || return 1
	ops group_set_spapr_tce register_memory unregister_memory tce_create tce_remove set_iommu dma_totals &&
		holds '.[] | select(.op=="group_set_spapr_tce") | .result == 0 and .vm == "vm1" and .group != null' &&
		holds '.[] | select(.op=="tce_create") | .result == 0 and .start == "0x0" and .bytes == "0x40000000" and
		       .page_shift == 12 and .levels == 1' &&
		holds '.[] | select(.op=="register_memory") | .result == 0 and .start != "0x0" and .bytes == "0x100000"' &&
		holds '.[] | select(.op=="set_iommu") | .result == 0 and .iommu_type == 7' &&
		holds '.[] | select(.op=="dma_totals") | .maps == 1 and .unmaps == 1 and .map_failed == 0' &&
		tests/live/check-json-doc <"$T/out"
}

test_what_is_refused_is_explained() {
	on_power
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "vm v2" "table t v2 12 1G" \
		"spapr-table k g t => ENOENT" "add k g" "spapr-table k g t => EINVAL" "spapr k g => EBADF" &&
		findings add-failed add-failed add-failed && causes ENOENT EINVAL EBADF &&
		holds '[.[] | select(.type=="finding").evidence[-1].op] | unique == ["group_set_spapr_tce"]'
}

# A table that is not as the group's window.
test_a_table_without_its_window() {
	on_power
	audit 1 -- "$S" "${begin[@]}" "add k g" "device d g $LAB_DEV_A" "table t v 16 4G" \
		"spapr-table k g t => EINVAL" && opens ordered && findings add-failed &&
		holds '.[] | select(.type=="finding").cause | test("window")'
}

test_maps_that_fail() {
	on_power
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "window c 13 1G => EINVAL" "register c 100 => EINVAL" \
		"map-registered c 0 64K => EPERM" "register c 1M" "map-registered c 0x70000000000 64K => ENXIO" &&
		opens && findings attach-failed attach-failed attach-failed attach-failed &&
		causes EINVAL EINVAL EPERM ENXIO
}

test_locked_memory() {
	on_power
	audit 1 --dma -- sh -c "ulimit -l 64; exec setpriv --bounding-set -ipc_lock $S 'prepare c g $LAB_DEV_A' 'register c 1M => ENOMEM'" &&
		findings attach-failed && causes ENOMEM &&
		holds '.[] | select(.type=="finding") | .cause | test("MEMLOCK")'
}

# Containers of type 2 have the default window, which is enabled as a whole.
test_the_first_version() {
	on_power
	run 0 trace --json --dma -- "$S" "vm v" "kvm-vfio k v" "container c" "group g $LAB_DEV_A" "set-container g c" \
		"set-iommu-type c 2" "register c 1M => ENOTTY" "enable c" "enable c => EBUSY" "map c 0 64K" \
		"add k g" "device d g $LAB_DEV_A" "close d" "disable c" || return 1
	ops spapr_enable spapr_disable register_memory &&
		holds '.[] | select(.op=="set_iommu") | .iommu_type == 2' &&
		holds '[.[] | select(.op=="spapr_enable").result] == [0, -16]'
}

test_where_attach_time_goes() {
	on_power
	run 0 profile --json -- "$S" "${begin[@]}" "${use[@]}" "spapr-table k g t" || return 1
	holds '[.[] | select(.type=="attach")] | length == 1 and all(.complete and .state == "usable")' &&
		holds '.[] | select(.type=="attach") | [.phases[].phase] as $p |
		       ("set_iommu", "dma_window", "register_memory", "dma_map", "register", "device_open" | IN($p[]))' &&
		holds '.[] | select(.type=="attach").phases[] | select(.phase=="register_memory") | .bytes == 1048576' &&
		holds '.[] | select(.type=="detach").phases[] | select(.phase=="register") | .count == 1'
}

# QEMU gives the table to the group when its machine is reset.
test_qemu_gives_its_tables() {
	on_power
	run 0 trace --json -- sh -c "ulimit -l unlimited; { sleep 20; echo quit; } | $QEMU -monitor stdio -S -device vfio-pci,host=$LAB_DEV_A" || return 1
	ops group_set_spapr_tce &&
		holds '.[] | select(.op=="group_set_spapr_tce") | .result == 0 and .vm == "vm1"'
}
