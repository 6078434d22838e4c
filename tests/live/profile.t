# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Where attach time goes: phases, locks, what hangs, what is too slow.

QEMU+=" -monitor stdio"

# profile EXIT [OPTIONS…] -- PROGRAM…: as run, with --json.
profile() {
	local want=$1
	shift
	run "$want" profile --json "$@"
}

# adds_up: all there is of time is told, once, in every attach.
adds_up() {
	holds '[.[] | select(.type=="attach")] | length > 0' &&
		holds '.[] | select(.type=="attach") | .total_ns == .vmm_ns + .unaccounted_ns +
			([.phases[] | select(.parent==null).total_ns] | add // 0)' &&
		holds '.[] | select(.type=="attach" or .type=="detach") | .phases as $p | true, ($p[] | . as $e |
			.total_ns == .self_ns + .lock_wait_ns +
			([$p[] | select(.parent==$e.phase and .root==$e.root).total_ns] | add // 0))'
}

# complete N: so many attaches, all usable, nothing lost.
complete() {
	holds "[.[] | select(.type==\"attach\")] | length == $1 and all(.complete and .state==\"usable\")" &&
		holds '[.[] | select(.type=="detach")] | length == '"$1" && adds_up
}

# phases PATH…: the first attach went through these, "device_open/reset" is a part.
phases() {
	local path
	for path; do
		holds "[.[] | select(.type==\"attach\")][0].phases | any(.[];
			.root==\"${path%/*}\" and .phase==\"${path#*/}\" and .count > 0 and .total_ns > 0)" || return 1
	done
}

# later PATH…: the same, after the device could be used.
later() {
	local path
	for path; do
		holds "[.[] | select(.type==\"detach\")][0].phases | any(.[];
			.root==\"${path%/*}\" and .phase==\"${path#*/}\" and .count > 0 and .total_ns > 0)" || return 1
	done
}

# ns DEVICE PHASE: what that phase took in the attach of the device, over all its places.
ns() {
	jq -s "[.[] | select(.type==\"attach\" and .device==\"$1\").phases[] | select(.phase==\"$2\").total_ns] | add // 0" "$T/out"
}

# near WHAT GOT WANT: within 2 % or 1 ms.
near() {
	awk -v got="$2" -v want="$3" 'BEGIN {
		off = got > want ? got - want : want - got
		exit !(want > 0 && (off <= 1000000 || off <= want / 50))
	}' || no "$1 took $2 ns; the profile says $3"
}

# module PARAMETER [VALUE]: of the test module.
module() {
	local file=/sys/module/vs_oracle/parameters/$1
	if [ $# -gt 1 ]; then echo "$2" >"$file"; else cat "$file"; fi
}

# own_module ARGS…: the test module, loaded for this case alone.
own_module() {
	local ko
	[ -z "${NO_MODULE:-}" ] || skip "$NO_MODULE"
	! shape notifier || skip "the test module needs the driver API of 6.1"
	[ ! -e /sys/bus/vs_oracle ] || rmmod vs_oracle || no "the test module cannot be unloaded" || return 1
	for ko in .output/oracle/*/vs_oracle.ko; do
		modinfo -F vermagic "$ko" 2>/dev/null | grep -q "^$(uname -r) " || continue
		insmod "$ko" "$@" || no "the test module does not load"
		return
	done
	no "no test module for $(uname -r): tests/oracle/build makes it"
}

# mdev N: the Nth device of the test module.
mdev() {
	printf '00000000-0000-4000-8000-%012x' "$1"
}

test_pci_device_by_its_group() {
	type1
	profile 0 -- "$S" "attach v k c g d $LAB_NIC" "map c 0x200000 4M" "irq d" "reset d" && complete 1 &&
		phases group_open/group_open container_attach/container_attach set_iommu/set_iommu \
			set_iommu/domain_alloc set_iommu/iommu_attach register/register device_open/device_open \
			device_open/driver_open device_open/enable device_open/reset device_open/config &&
		later irq_setup/irq_setup reset/reset device_close/device_close dma_map/dma_map dma_map/pin dma_map/map &&
		holds '.[] | select(.type=="attach") | .device == "'"$LAB_NIC"'" and .driver == "vfio-pci" and
		       .vm == "vm1" and .comm == "vfio-steps" and .path == "group" and .group >= 0'
}

test_memory_mapped_before_the_open_is_part_of_it() {
	type1
	profile 0 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_NIC" "map c 0x200000 4M" "repeat 20" \
		"map c 0x100000 4096" "unmap c 0x100000 4096" "end" "add k g" "device d g $LAB_NIC" && complete 1 &&
		phases dma_map/dma_map dma_map/pin dma_map/map dma_unmap/dma_unmap &&
		holds '.[] | select(.type=="attach") | .phases[] | select(.phase=="dma_map") |
		       .count == 21 and .bytes == 4276224 and .max_bytes == 4194304 and .failed == 0' &&
		holds '.[] | select(.type=="attach") | .phases[] | select(.phase=="pin") | .pages == 1044' &&
		later unpin/unpin &&
		holds '[.[] | select(.type=="detach").phases[].phase] | index("dma_map") == null and index("dma_unmap") == null'
}

test_the_second_device_of_a_container() {
	profile 0 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "device d g $LAB_DEV_A" \
		"group h $LAB_DEV_B" "set-container h c" "add k h" "device e h $LAB_DEV_B" && complete 2 &&
		holds '[.[] | select(.type=="attach")][1] | .device == "'"$LAB_DEV_B"'" and
		       ([.phases[].phase] | index("set_iommu")) == null and
		       ([.phases[].phase] | index("container_attach")) != null'
}

# The driver's open by the module's own clock.
test_a_slow_driver() {
	local ms
	own_module strict=0 silent=2 || return 1
	for ms in 50 200; do
		module open_ms $ms
		profile 0 -- "$S" "attach v k c g d $(mdev 0)" && complete 1 &&
			near "the driver's open" "$(module open_ns)" "$(ns "$(mdev 0)" driver_open)" || return 1
	done
}

# By the program's own clock, which a call more or less does not matter to.
test_a_gigabyte_is_mapped() {
	type1
	local from to
	profile 0 -- "$S" "prepare c g $LAB_DEV_A" "map c 0x40000000 64M" "stamp $T/stamps" "map c 0x80000000 512M" \
		"stamp $T/stamps" "device d g $LAB_DEV_A" && complete 1 || return 1
	{ read -r from && read -r to; } <"$T/stamps"
	near "the map" $((to - from)) "$(jq -s '.[] | select(.type=="attach").phases[] | select(.phase=="dma_map").max_ns' "$T/out")" &&
		holds '.[] | select(.type=="attach") | .phases[] | select(.phase=="dma_map") | .max_bytes == 536870912'
}

# Two devices of one set, the first of which takes its time.
test_two_opens_collide() {
	own_module strict=0 silent=3 one_set=1 open_ms=300 || return 1
	profile 0 -- "$S" "fork a" "attach v k c g d $(mdev 0)" "sleep 200" "end" "fork b" "sleep 60" \
		"attach v k c g d $(mdev 1)" "end" "join a" "join b" && complete 2 &&
		holds '.[] | select(.type=="attach" and .device=="'"$(mdev 1)"'") | .lock_waits | length == 1 and
		       (.[0] | .lock == "dev_set->lock" and .phase == "device_open" and .wait_ns > 100000000 and
		        .holder_device == "'"$(mdev 0)"'" and .holder_phase == "driver_open" and
		        .holder_comm == "vfio-steps" and .holder_vm == "vm1")' &&
		holds '.[] | select(.type=="attach" and .device=="'"$(mdev 1)"'") | .phases[] |
		       select(.phase=="device_open") | .lock_wait_ns > 100000000' &&
		holds '.[] | select(.type=="attach" and .device=="'"$(mdev 0)"'") | .lock_waits == []'
}

# Sixteen opens of one set: each waits for all before it. Kretprobes follow ten at most.
test_a_convoy() {
	local i n=16 steps=()
	run 0 doctor --json || return 1
	! try holds '.[0].sites[] | select(.site=="group-phases") | .method == "kprobe"' || n=8
	own_module strict=0 silent=16 one_set=1 open_ms=30 || return 1
	for ((i = 0; i < n; i++)); do
		steps+=("thread w$i" "container c$i" "group g$i $(mdev "$i")" "set-container g$i c$i" "set-iommu c$i"
			"wait $T/go" "device d$i g$i $(mdev "$i")" "end")
	done
	for ((i = 0; i < n; i++)); do steps+=("join w$i"); done
	printf '%s\n' "thread go" "sleep 2000" "touch $T/go" "end" "${steps[@]}" >"$T/steps"
	profile 0 -- "$S" -f "$T/steps" && complete $n &&
		holds '[.[] | select(.type=="attach").lock_waits[] | select(.lock=="dev_set->lock")] |
		       length >= '$((n - 2))' and ([.[].wait_ns] | max) > '$((n * 20000000))' and
		       any(.[]; .holders > 4) and all(.[]; .holder_phase == "driver_open")' &&
		holds '[.[] | select(.type=="phase" and .phase=="lock_wait" and .parent=="device_open")][0] |
		       .count >= '$((n - 2))' and .p50_ns > 60000000'
}

test_an_open_that_hangs() {
	own_module strict=0 silent=2 open_ms=8000 || return 1
	start_tool profile --json || return 1
	"$S" "attach v k c g d $(mdev 0)" &
	await "it is told while it hangs" grep -q '"type":"stuck"' "$T/out" || return 1
	holds '[.[] | select(.type=="stuck")][0] | .device == "'"$(mdev 0)"'" and .comm == "vfio-steps" and
	       .now.phase == "device_open" and .now.part == "driver_open" and
	       .now.call_ns >= 1000000000 and .now.part_ns <= .now.call_ns' || return 1
	end_tool 0
	module open_ms 0
	holds '.[] | select(.type=="attach") | .state == "going_on" and .now.part == "driver_open"' &&
		holds '.[-1] | .type == "summary" and .attaches == 0 and .attaches_going_on == 1' && adds_up
	wait
}

test_what_hangs_for_people() {
	own_module strict=0 silent=2 open_ms=8000 || return 1
	start_tool profile || return 1
	"$S" "attach v k c g d $(mdev 0)" &
	await "it is told while it hangs" grep -q "in driver_open for" "$T/out" || show "$T/out" || return 1
	tr -s '\n ' ' ' <"$T/out" | grep -q "$(mdev 0) (vfio-steps, pid [0-9]*) has been in device_open for .* in driver_open for" ||
		no "not told in one sentence" || show "$T/out"
	end_tool 0
	module open_ms 0
	wait
}

# The reset by the kernel's function graph tracer. An interrupt may come between its clock and
# the profile's: of five resets, the one with the middling difference is compared. By kprobes:
# function_graph and fentry at one time hide functions from each other on some kernels.
test_a_reset_takes_what_it_takes() {
	local t=/sys/kernel/tracing pair i
	# As many returns of a function are seen at a time as there can be processors.
	[ "$(cat /sys/devices/system/cpu/possible)" != 0 ] || skip "there can be one processor only"
	[ -e $t/set_graph_function ] || mount -t tracefs tracefs $t 2>/dev/null || skip "no tracefs"
	echo pci_try_reset_function >$t/set_graph_function || skip "no function graph tracer"
	echo 1 >$t/max_graph_depth
	start_tool profile --json --probe kprobe || return 1
	# The first one warms up: what the probes themselves take is inside of what is measured.
	attach_and_close
	echo function_graph >$t/current_tracer
	for i in 1 2 3 4 5; do
		attach_and_close
	done
	cp $t/trace "$T/graph"
	echo nop >$t/current_tracer
	echo >$t/set_graph_function
	end_tool 0 && complete 6 || return 1
	awk '/pci_try_reset_function/ && / us / { for (i = 1; i < NF; i++) if ($(i + 1) == "us") printf "%d\n", $i * 1000 }' \
		"$T/graph" >"$T/theirs"
	jq -s '[.[] | select(.type=="attach").phases[] | select(.phase=="reset").total_ns][1:][]' "$T/out" >"$T/ours"
	pair=$(paste "$T/theirs" "$T/ours" | awk 'NF == 2 { off = $1 - $2; print off < 0 ? -off : off, $1, $2 }' |
		sort -n | sed -n 3p)
	# shellcheck disable=SC2086  # three words
	set -- ${pair:-0 0 0}
	near "the reset" "$2" "$3" || show "$T/graph" "$T/ours"
}

# One attach of the network card, and its end.
attach_and_close() {
	"$S" "attach v k c g d $LAB_NIC" "close d" "close g" "close c" "close k" "close v"
}

test_an_attach_that_fails() {
	own_module strict=2 silent=0 || return 1
	profile 0 -- "$S" "prepare c g $(mdev 0)" "device d g $(mdev 0) => EINVAL" &&
		holds '[.[] | select(.type=="attach")] | length == 1 and (.[0] | .state == "failed" and
		       .error == "EINVAL" and any(.phases[]; .phase=="device_open" and .failed == 1))' &&
		holds '.[-1] | .attaches == 0 and .attaches_failed == 1' && adds_up
}

test_over_budget() {
	own_module strict=0 silent=2 open_ms=120 || return 1
	profile 1 --budget driver_open=50ms --budget total=1h -- "$S" "attach v k c g d $(mdev 0)" &&
		findings over-budget && holds '.[] | select(.type=="finding") | .device == "'"$(mdev 0)"'" and
		(.cause | test("driver_open took .* budget is 50 ms"))' &&
		profile 0 --budget driver_open=1m -- "$S" "attach v k c g d $(mdev 0)" && findings &&
		run 1 audit --json --budget driver_open=50ms -- "$S" "attach v k c g d $(mdev 0)" &&
		findings "$(noncoherent)" over-budget && opens ordered &&
		run 0 audit --json --fail-on error --budget driver_open=50ms -- "$S" "attach v k c g d $(mdev 0)"
}

test_timeline() {
	own_module strict=0 silent=3 one_set=1 open_ms=300 || return 1
	profile 0 --timeline "$T/timeline" -- "$S" "fork a" "attach v k c g d $(mdev 0)" "end" "fork b" "sleep 60" \
		"attach v k c g d $(mdev 1)" "end" "join a" "join b" && complete 2 || return 1
	jq -e '.traceEvents | (map(select(.ph=="B")) | length > 10 and all(.ts >= 0 and .pid > 0 and .tid > 0)) and
		(map(select(.ph=="B").name) | sort) == (map(select(.ph=="E").name) | sort) and
		(map(select(.ph=="s").id) == map(select(.ph=="f").id)) and any(.[]; .ph=="s") and
		any(.[]; .ph=="B" and .name=="wait: dev_set->lock") and
		any(.[]; .ph=="B" and .name=="device_open") and any(.[]; .ph=="M" and .name=="thread_name")' \
		"$T/timeline" >/dev/null || no "not what a viewer expects" || show "$T/timeline" || return 1
	[ ! -d /run/lab ] || cp "$T/timeline" /run/lab/timeline.json
}

test_timeline_that_exists() {
	echo mine >"$T/timeline"
	run 5 profile --timeline "$T/timeline" -- true && grep -q "'$T/timeline': File exists" "$T/err" &&
		grep -qx mine "$T/timeline" && run 5 profile --timeline /nowhere/t -- true &&
		grep -q "/nowhere/t': No such file" "$T/err" && run 2 profile --timeline "$T/new" -- /nowhere/p &&
		[ ! -e "$T/new" ] || no "a timeline stays that nothing was written to"
}

# Records are lost in the first attaches, and none in the last.
test_records_lost_in_an_attach() {
	own_module strict=0 silent=16 || return 1
	local i steps=()
	for i in {0..15}; do steps+=("fork w$i" "repeat 20" "attach v k c g d $(mdev "$i")" "close d" "close g" "close c" "close k" "close v" "end" "end"); done
	start_tool profile --json --buffer 16K || return 1
	"$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "sleep 300"
	kill -STOP "$tool"
	"$S" "${steps[@]}" || return 1
	kill -CONT "$tool"
	sleep 1
	"$S" "prepare c g $LAB_NIC" "device d g $LAB_NIC"
	end_tool 4 && adds_up && holds '.[-1] | .lost.ring_buffer_full > 0' &&
		holds '[.[] | select(.type=="attach" and .device=="'"$LAB_DEV_A"'")] | map(.complete) == [true]' &&
		holds '[.[] | select(.type=="attach" and .device=="'"$LAB_NIC"'")] | map(.complete) == [true]' &&
		holds '[.[] | select(.type=="phase" and .phase=="total").count] | add ==
		       '"$(jq -s '[.[] | select(.type=="attach" and .complete and .state=="usable")] | length' "$T/out")"
}

test_ten_thousand_attaches() {
	local before after
	own_module strict=0 silent=4 || return 1
	start_tool profile --buffer 16M || return 1
	"$S" "vm v" "kvm-vfio k v" "prepare c g $(mdev 0)" "add k g" "repeat 1000" "device d g $(mdev 0)" "close d" "end"
	sleep 1
	before=$(awk '/^VmRSS/ { print $2 }' "/proc/$tool/status")
	"$S" "vm v" "kvm-vfio k v" "prepare c g $(mdev 1)" "add k g" "repeat 9000" "device d g $(mdev 1)" "close d" "end"
	sleep 1
	after=$(awk '/^VmRSS/ { print $2 }' "/proc/$tool/status")
	end_tool 0 && grep -q "10000 attache" "$T/out" || show "$T/out" || return 1
	[ $((after - before)) -lt 1024 ] || no "memory grew from $before to $after kB"
}

test_interrupted_in_the_middle() {
	own_module strict=0 silent=2 open_ms=3000 || return 1
	start_tool profile --json --timeline "$T/timeline" || return 1
	"$S" "attach v k c g d $(mdev 0)" &
	sleep 1
	end_tool 0
	module open_ms 0
	jq -e .traceEvents "$T/timeline" >/dev/null && holds '.[-1] | .type == "summary"' && adds_up
	wait
}

# What a kernel cannot show is said, and counts as the phase's own.
test_without_locks() {
	own_module strict=0 silent=3 one_set=1 open_ms=200 || return 1
	profile 0 --without lock-wait -- "$S" "fork a" "attach v k c g d $(mdev 0)" "end" "fork b" "sleep 60" \
		"attach v k c g d $(mdev 1)" "end" "join a" "join b" && complete 2 &&
		holds '.[] | select(.type=="attach") | .lock_waits == [] and all(.phases[]; .lock_wait_ns == 0)' &&
		grep -q "not observable here: waits for locks" "$T/err"
}

test_json_is_what_its_document_says() {
	own_module strict=0 silent=3 one_set=1 open_ms=2500 || return 1
	profile 1 --budget driver_open=1s -- "$S" "fork a" "attach v k c g d $(mdev 0)" "end" "fork b" "sleep 60" \
		"attach v k c g d $(mdev 1)" "end" "join a" "join b" && complete 2 &&
		holds '[.[].type] | unique == ["attach", "detach", "finding", "phase", "start", "stuck", "summary"]' &&
		tests/live/check-json-doc <"$T/out" || no "profile differs from docs/json.md"
}

# qemu MB ARGS…: starts with so much memory, and quits at once.
qemu() {
	local mb=$1
	shift
	profile 0 -- sh -c "echo quit | $QEMU -m $mb $*" && adds_up
}

# What depends on memory grows with it, and the rest does not.
test_qemu_with_more_memory() {
	type1
	local mb map=0 last=0 rest
	for mb in 64 256 1024; do
		qemu $mb -name "guest=m$mb" -device "vfio-pci,host=$LAB_NIC" &&
			holds '[.[] | select(.type=="attach")][0] | .vm_name == "m'$mb'" and .state == "usable"' || return 1
		map=$(ns "$LAB_NIC" dma_map)
		rest=$(ns "$LAB_NIC" device_open)
		echo "# $mb MiB: dma_map $((map / 1000)) us, device_open $((rest / 1000)) us"
		[ "$map" -gt $((last * 2)) ] || no "dma_map took $map ns with $mb MiB, $last with a quarter" || return 1
		last=$map
	done
}

# The memory is there before it is pinned, so that no page is made and cleared meanwhile.
test_qemu_with_huge_pages() {
	local pages small huge backend="-object memory-backend-memfd,id=m,size=256M,prealloc=on,share=on,hugetlb"
	echo 140 >/proc/sys/vm/nr_hugepages
	for pages in off on; do
		qemu 256 "$backend=$pages -machine memory-backend=m -device vfio-pci,host=$LAB_NIC" || return 1
		small=${huge:-}
		huge=$(ns "$LAB_NIC" pin)
	done
	echo 0 >/proc/sys/vm/nr_hugepages
	echo "# pin: small pages $((small / 1000)) us, huge pages $((huge / 1000)) us"
	[ "$huge" -gt 0 ] && [ "$huge" -lt "$small" ] || no "huge pages are no cheaper to pin"
}

test_cdev() {
	shape cdev || skip "this kernel has no device cdevs"
	profile 0 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "ioas p i" "ioas-map i p 0x200000 4M" "cdev d $LAB_NIC" \
		"add k d" "bind d i" "attach-pt d p" "ioas-map i p 0x800000 8M" "irq d" && complete 1 &&
		phases cdev_open/cdev_open register/register device_open/device_open device_open/driver_open \
			device_open/reset iommufd_attach/iommufd_attach iommufd_attach/pin iommufd_map/iommufd_map &&
		later iommufd_map/iommufd_map iommufd_map/pin iommufd_map/map irq_setup/irq_setup device_close/device_close &&
		holds '.[] | select(.type=="attach") | .path == "cdev" and .backend == "iommufd" and .vm == "vm1" and
		       .device == "'"$LAB_NIC"'"'
}
