# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# DMA maps that fail: what the memory is, and the one reason.

type1

# A range that no IOMMU of the lab can map.
FAR=0xff00000000000000

# without_asking: failures are seen without --dma, or the case is skipped.
without_asking() {
	run 0 doctor --json || return 1
	jq -e '.sites[] | select(.site=="dma-failures") | .method=="fentry"' "$T/out" >/dev/null ||
		skip "failures of maps need --dma here"
}

# with_types: how VFIO keeps its maps is known, or the case is skipped.
with_types() {
	[ -e /sys/kernel/btf/vfio ] || built_in || skip "VFIO has no BTF in this kernel"
}

# told RULE SEVERITY WORDS: the one finding, and its cause.
told() {
	holds "[.[] | select(.type==\"finding\") | .rule + \" \" + .severity] == [\"$1 $2\"]" &&
		holds ".[] | select(.type==\"finding\") | .cause | test(\"$3\")"
}

# memory WORDS: what the record of the call says of it, a jq condition.
memory() {
	holds ".[] | select(.type==\"finding\") | .evidence[-1] | $1"
}

# small_tmpfs: 4 MiB of memory in $T/small, until the case ends.
small_tmpfs() {
	mkdir "$T/small"
	mount -t tmpfs -o size=4M none "$T/small" || no "no tmpfs"
	trap 'umount "$T/small"' EXIT
}

test_failed_map_is_seen_without_asking() {
	without_asking
	with_types
	audit 1 -- "$S" "vm v" "prepare c g $LAB_DEV_A" "map c 0 64K" "map c 4K 4K => EEXIST" "unmap c 0 64K" &&
		told attach-failed warning "iova 0x0..0xffff, 64 KiB" &&
		holds '.[] | select(.type=="finding") | .vm == "vm1"' &&
		run 0 trace --json -- "$S" "prepare c g $LAB_DEV_A" "map c 0 64K" "map c 4K 4K => EEXIST" &&
		holds '[.[] | select(.op=="dma_map") | .error] == ["EEXIST"]'
}

# With --dma there is one finding, too.
test_failed_map_is_told_once() {
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c 0 64K" "map c 4K 4K => EEXIST" &&
		findings attach-failed
}

# Programs map what they have, to be sure.
test_map_that_is_there() {
	with_types
	audit 0 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c 0 64K" "map-again c 0 => EEXIST" &&
		told attach-failed info "same memory is mapped there already"
}

test_map_before_the_iommu() {
	with_types
	audit 1 --dma -- "$S" "container c" "map c 0 4K => EINVAL" &&
		told attach-failed warning "no IOMMU yet"
}

test_misaligned_map() {
	with_types
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c 0x100 4K => EINVAL" &&
		told attach-failed warning "multiples of 4 KiB"
}

test_map_beyond_the_iommu() {
	with_types
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c $FAR 4K => EINVAL" &&
		told attach-failed warning "and the IOMMU can map up to 0x[0-9a-f]+ .[0-9]+ bits" &&
		memory '.memory == "anonymous" and .bytes == "0x1000"'
}

# On x86 interrupts are at these addresses.
test_map_of_a_reserved_range() {
	with_types
	[ "$(uname -m)" = x86_64 ] || skip "of x86 only"
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c 0xfedff000 8K => EINVAL" &&
		told attach-failed warning "touches 0xfee00000..0xfeefffff"
}

test_map_of_nothing() {
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map-nothing c 0 4K => EFAULT" &&
		told attach-failed warning "Nothing is mapped at address" && memory '.memory == "none"'
}

test_map_of_a_full_tmpfs() {
	small_tmpfs
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map-file c 0 16M $T/small/ram => EFAULT" &&
		told attach-failed warning "file ram .tmpfs. on a file system of 4 MiB" &&
		memory '.memory == "shmem" and .file == "ram" and .filesystem == "tmpfs" and .fs_bytes == 4194304'
}

test_map_that_fits_the_tmpfs() {
	small_tmpfs
	audit 0 --dma -- "$S" "prepare c g $LAB_DEV_A" "map-file c 0 1M $T/small/ram" && findings
}

# The share is the lab's one file system that keeps its files elsewhere. Kernels up to 6.4
# pin what is mapped of it.
test_map_of_a_file_on_a_file_system() {
	local file=/run/lab/dma.ram
	local map=("$S" "prepare c g $LAB_DEV_A" "map-file c 0 1M $file")
	if "${map[@]}" 2>/dev/null; then
		audit 0 --dma -- "${map[@]}" && findings
		return
	fi
	audit 1 --dma -- "${map[@]/%$file/$file => EFAULT}" &&
		told attach-failed warning "file dma.ram .9p.: from 6.5 on" &&
		memory '.file == "dma.ram" and .filesystem == "9p"'
}

test_map_beyond_the_limit() {
	audit 1 --dma -- sh -c "ulimit -l 64; exec setpriv --bounding-set -ipc_lock $S 'prepare c g $LAB_DEV_A' 'map c 0 32K' 'map c 1M 1M => ENOMEM'" &&
		told attach-failed warning "may lock 64 KiB of memory .RLIMIT_MEMLOCK., 32 KiB are locked" &&
		memory '.memlock_limit == 65536 and .locked_bytes == 32768'
}

test_map_beyond_the_limit_of_several_containers() {
	audit 1 --dma -- sh -c "ulimit -l 64; exec setpriv --bounding-set -ipc_lock $S 'prepare c g $LAB_DEV_A' \
		'prepare c2 g2 $LAB_DEV_B' 'map c 0 32K' 'map c2 0 1M => ENOMEM'" &&
		told attach-failed warning "wants 1 MiB more. It has 2 containers" && memory '.containers == 2'
}

test_more_maps_than_the_limit() {
	local file=/sys/module/vfio_iommu_type1/parameters/dma_entry_limit was
	with_types
	was=$(cat "$file")
	trap 'echo '"$was >$file" EXIT
	echo 3 >"$file"
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c 0 4K" "map c 0x1000 4K" "map c 0x2000 4K" "map c 0x3000 4K => ENOSPC" &&
		told attach-failed warning "may have no more maps: .*The map beside the range is of 4 KiB" &&
		memory '.beside_bytes == 4096'
}

test_as_many_maps_as_the_limit() {
	local file=/sys/module/vfio_iommu_type1/parameters/dma_entry_limit was
	was=$(cat "$file")
	trap 'echo '"$was >$file" EXIT
	echo 3 >"$file"
	audit 0 --dma -- "$S" "prepare c g $LAB_DEV_A" "map c 0 4K" "map c 0x1000 4K" "map c 0x2000 4K" && findings
}

# A BAR that cannot be mapped is no fault of the VM.
test_device_memory_is_no_warning() {
	audit 0 --dma -- "$S" "attach v k c g d $LAB_DEV_A" "map-bar c $FAR d 0 => EINVAL" && opens ordered &&
		told no-peer-to-peer info "BAR 0 of $LAB_DEV_A" &&
		memory '.memory == "device" and .memory_device == "'"$LAB_DEV_A"'" and .region == 0' &&
		holds '.[] | select(.type=="finding") | .vm == "vm1"'
}

test_device_memory_that_is_mapped() {
	audit 0 --dma -- "$S" "attach v k c g d $LAB_DEV_A" "map-bar c 0 d 0" && opens ordered && findings
}

test_device_opened_without_maps() {
	with_types
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map-nothing c 0 4K => EFAULT" "device d g $LAB_DEV_A" &&
		findings attach-failed no-dma-maps &&
		holds '[.[] | select(.rule=="no-dma-maps").evidence[].op] == ["dma_map", "device_open"]'
}

test_device_opened_with_other_maps() {
	audit 1 --dma -- "$S" "prepare c g $LAB_DEV_A" "map-nothing c 0 4K => EFAULT" "map c 0 4K" "device d g $LAB_DEV_A" &&
		findings attach-failed
}

# again FILE STEPS…: a container is left by its last group and gets it again; then STEPS.
again() {
	"$S" "prepare c g $LAB_DEV_A" "map c 0 64K" "device d g $LAB_DEV_A" "close d" "unset-container g" \
		"set-container g c" "set-iommu c" "${@:2}" "touch $1" pause &
}

found_unmapped() {
	jq -s -e 'any(.[]; .rule=="no-dma-maps")' "$T/out" >/dev/null 2>&1
}

test_maps_that_went_with_the_last_group() {
	local vmm
	with_types
	start_tool audit --json --grace 1s || return 1
	again "$T/held" "device d g $LAB_DEV_A"
	vmm=$!
	wait_file "$T/held" && await "no map is found" found_unmapped || return 1
	kill "$vmm"
	reap "$vmm"
	end_tool 1 && findings no-dma-maps &&
		holds '.[] | select(.rule=="no-dma-maps") | .severity == "warning" and .device == "'"$LAB_DEV_A"'" and
			([.evidence[].op] == ["device_open"]) and (.cause | test("last group that leaves a container"))'
}

# As before, and mapped once more: before the open, or after it.
test_maps_that_are_made_again() {
	local vmm
	with_types
	start_tool audit --json --grace 1s || return 1
	again "$T/held" "map c 0 64K" "device d g $LAB_DEV_A" "close d" "unset-container g" "set-container g c" "set-iommu c" \
		"device d g $LAB_DEV_A" "map c 0 64K" "sleep 3000"
	vmm=$!
	wait_file "$T/held" || return 1
	kill "$vmm"
	reap "$vmm"
	end_tool 0 && findings
}

# A VMM that opens first and maps later.
test_device_opened_before_the_maps() {
	audit 0 --dma -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "map c 0 4K" && findings
}

# iommufd

iommufd() {
	try shape cdev || skip "this kernel has no iommufd"
}

test_failed_map_of_an_iommufd() {
	iommufd
	without_asking
	audit 1 -- "$S" "iommufd i" "ioas p i" "ioas-map i p 0 64K" "ioas-map i p 0 4K => EEXIST" &&
		findings attach-failed && memory '.op == "ioas_map" and .memory == "anonymous"'
}

test_limit_of_an_iommufd() {
	iommufd
	audit 1 --dma -- sh -c "ulimit -l 64; exec setpriv --bounding-set -ipc_lock $S 'attach-cdev v k i p d $LAB_DEV_A' 'ioas-map i p 0 1M => ENOMEM'" &&
		told attach-failed warning "may lock 64 KiB of memory"
}

# iommufd does not pin what a BAR is mapped to.
test_device_memory_of_an_iommufd() {
	iommufd
	audit 0 --dma -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "ioas-map-bar i p 0 d 0 => EFAULT" && opens ordered &&
		told no-peer-to-peer info "BAR 0 of $LAB_DEV_A. The kernel cannot pin it"
}
