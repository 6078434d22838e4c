# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The state of a moment, and watching that starts in the middle of it.

# Verdict of a device found open that is as it should be, and the exit code: where
# devices hold no pointer, their state proves nothing.
if shape notifier; then
	good=unknown fine=4
else
	good=ordered fine=0
fi
# With a device that no VM has, and whose state proves nothing.
unsure=4

# qemu NAME DEVICE: a real VMM that stays, with the device attached.
qemu() {
	# shellcheck disable=SC2086  # words on purpose
	$QEMU -name "guest=$1" -monitor none -device "vfio-pci,host=$2" </dev/null >"$T/qemu" 2>&1 &
	attached "$2"
}

# has_open DEVICE: does a process?
has_open() {
	"$V" ps --json >"$T/out" 2>"$T/err"
	jq -e -s "any(.[]; .type == \"device\" and .device == \"$1\")" "$T/out"
}

# attached DEVICE: until a process has it open.
attached() {
	await "$1 is open" has_open "$1"
}

# workload FILE STEPS…: runs them, waits until it touches FILE, and pauses.
workload() {
	local file=$1
	shift
	"$S" "$@" "touch $file" "pause" &
	wait_file "$file"
}

test_nothing() {
	run 0 ps && grep -q '^no VM, no VFIO group and no device cdev is open' "$T/out" || no "$(cat "$T/out")"
}

# More than are looked at in one stretch.
test_twenty_groups_of_one_vm() {
	local i steps=("vm v" "kvm-vfio k v")
	oracle || return 1
	for ((i = 0; i < 20; i++)); do
		steps+=("group g$i $(printf '00000000-0000-4000-8000-%012x' $i)" "add k g$i")
	done
	workload "$T/w" "${steps[@]}"
	run 0 ps --json && holds '[.[] | select(.type=="group") | .registered_with] | length == 20 and all(. == ["vm1"])'
	got=$?
	kill %1
	wait
	return $got
}

# Two real VMMs, a workload in the wrong order, a driver without a VM: every row.
test_three_vms_row_by_row() {
	qemu web-1 "$LAB_NIC" || return 1
	qemu db-2 "$LAB_DEV_A" || return 1
	workload "$T/w" "comm late" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_B" "device d g $LAB_DEV_B" "add k g"
	workload "$T/n" "prepare c g $LAB_DEV_C" "device d g $LAB_DEV_C"
	if shape notifier; then
		run 4 ps --json && holds '[.[] | select(.type=="device") | .verdict] | length == 4 and all(. == "unknown")' &&
			holds '[.[] | select(.type=="vm") | .vm_name] | sort == [null, "db-2", "web-1"]' &&
			holds '[.[] | select(.type=="group")] | (map(select(.kvm != null and .registered_with == [.kvm])) | length == 3)'
		got=$?
		# shellcheck disable=SC2046
		kill $(jobs -p)
		wait
		return $got
	fi
	run 1 ps --json || return 1
	holds '[.[] | select(.type=="vm") | .vm_name] | sort == [null, "db-2", "web-1"]' &&
		holds '[.[] | select(.type=="vm")] | length == 3 and
		       all(.kvm_vfio_devices == 1 and .coherent == true and .vm_pid != null)' &&
		holds '[.[] | select(.type=="group")] | length == 4 and
		       (map(select(.kvm != null and .registered_with == [.kvm] and .container != null and
				   (.holders | length == 1))) | length == 3) and
		       (map(select(.kvm == null and .registered_with == [])) | length == 1)' &&
		holds '[.[] | select(.type=="container")] | length == 4 and
		       all(.iommu_driver | . == "vfio-iommu-type1" or . == "iommu-vfio-powerpc")' &&
		holds 'def vm($n): .[] | select(.type=="vm" and .vm_name == $n);
		       def dev($d): .[] | select(.type=="device" and .device == $d);
		       (dev("'"$LAB_NIC"'") | .verdict == "ordered" and .driver == "vfio-pci" and .open_count == 1) and
		       (dev("'"$LAB_NIC"'").kvm == vm("web-1").vm) and
		       (dev("'"$LAB_NIC"'").holders[0].pid == vm("web-1").vm_pid) and
		       (dev("'"$LAB_NIC"'").holders[0].comm == "'"$QEMU_COMM"'") and
		       (dev("'"$LAB_DEV_A"'") | .verdict == "ordered") and
		       (dev("'"$LAB_DEV_A"'").kvm == vm("db-2").vm) and
		       (dev("'"$LAB_DEV_B"'") | .verdict == "violation" and .kvm == null and .group_kvm != null) and
		       (dev("'"$LAB_DEV_B"'").group_kvm == vm(null).vm) and (vm(null).vm_comm == "late") and
		       (dev("'"$LAB_DEV_C"'") | .verdict == "unknown" and .kvm == null and .group_kvm == null)' &&
		findings open-before-add &&
		holds '.[] | select(.type=="finding") | .device == "'"$LAB_DEV_B"'"' || return 1
	run 1 ps || return 1
	grep -q '^vm[0-9] "web-1" ('"$QEMU_COMM"', pid' "$T/out" &&
		grep -q "^    device $LAB_NIC .*: ordered, kvm pointer of vm" "$T/out" &&
		grep -q "^    device $LAB_DEV_B .*: violation, no kvm pointer, open in late" "$T/out" || {
		show "$T/out"
		no "the tree lacks a row"
	} || return 1
	run 0 ps --json --vm web-1 && holds '[.[] | select(.type=="vm")] | length == 1' &&
		holds '[.[] | select(.type=="device") | .device] == ["'"$LAB_NIC"'"]' &&
		run 0 ps --json --device "$LAB_DEV_B" && holds '[.[] | select(.type=="device") | .device] == ["'"$LAB_DEV_B"'"]'
	got=$?
	# shellcheck disable=SC2046
	kill $(jobs -p)
	wait
	return $got
}

# Two devices share a group: one is open, one is the host's; and one that nobody uses.
test_devices_that_are_not_in_use() {
	local got=0
	paired
	workload "$T/w" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A"
	echo "$LAB_PAIR2" >"/sys/bus/pci/devices/$LAB_PAIR2/driver/unbind"
	run $unsure ps --all && grep -qx 'not in use' "$T/out" && grep -qx "    $LAB_PAIR1, driver vfio-pci" "$T/out" &&
		grep -qx "    $LAB_PAIR2, no driver" "$T/out" && grep -qx "    $LAB_DEV_B, driver vfio-pci" "$T/out" &&
		! grep -q "^    $LAB_DEV_A, driver" "$T/out" || got=1
	run $unsure ps --json --all && holds '[.[] | select(.type=="member") | select(.open) | .device] == ["'"$LAB_DEV_A"'"]' &&
		holds '[.[] | select(.type=="member") | select(.device == "'"$LAB_PAIR1"'" or .device == "'"$LAB_PAIR2"'")] |
			length == 2 and .[0].group == .[1].group and map(.vfio) == [true, false] and
			map(.driver) == ["vfio-pci", null] and all(.bus == "pci")' || got=1
	[ $got = 0 ] || show "$T/out"
	echo "$LAB_PAIR2" >/sys/bus/pci/drivers_probe
	run $unsure ps --json && holds 'all(.[]; .type != "member")' || got=1
	kill %1
	wait
	return $got
}

# who EXIT LINE…: ps --device DEV_A answers so, each line a pattern, and with nothing else.
who() {
	local exit=$1 line n=0
	shift
	run "$exit" ps --device "$LAB_DEV_A" || return 1
	for line; do
		n=$((n + 1))
		sed -n "${n}p" "$T/out" | grep -Eqx -- "$LAB_DEV_A  $line(, process since [-0-9]+ [:0-9]+)?(, cgroup .*)?" || no "line $n is not '$line': $(cat "$T/out")"
	done
	[ "$(wc -l <"$T/out")" = $# ] || no "$# lines expected: $(cat "$T/out")"
}

# answers ANSWER HOLD…: the same for programs.
answers() {
	local answer=$1
	shift
	holds "[.[] | select(.type==\"use\")] | length == 1 and .[0].device == \"$LAB_DEV_A\" and .[0].driver == \"vfio-pci\" and
		.[0].vfio and .[0].answer == \"$answer\" and (.[0].holders | map(.hold)) == [\"$*\" | split(\" \") | .[] | select(. != \"\")]"
}

test_device_that_nobody_holds() {
	workload "$T/w" "group g $LAB_DEV_B"
	if shape mapped; then
		who 1 'bound to vfio-pci, nobody holds it' && run 1 ps --json --device "$LAB_DEV_A" && answers free
	else
		run 4 ps --json --device "$LAB_DEV_A" && answers not-seen
	fi
	got=$?
	kill %1
	wait
	return $got
}

test_device_that_is_not_there() {
	run 2 ps --device 0000:ff:1f.7 && [ ! -s "$T/out" ] && grep -q 'there is no device 0000:ff:1f.7' "$T/err" &&
		run 2 ps --json --device 0000:ff:1f.7 &&
		holds '.[] | select(.type=="use") | .answer == "absent" and .driver == null and .vfio == null'
}

test_device_of_a_vmm() {
	qemu web-1 "$LAB_DEV_A" || return 1
	local pid
	pid=$(pgrep -x "$QEMU_COMM")
	who 0 "vm1 \"web-1\" \($QEMU_COMM, pid $pid, fd [0-9]+\), open" &&
		run 0 ps --json --device "$LAB_DEV_A" && answers held group registration device &&
		holds '.[] | select(.type=="use").holders[] | .pid == '"$pid"' and .vm_name == "web-1"' &&
		run 1 ps --device "$LAB_DEV_A" --pid 1 &&
		grep -qx "$LAB_DEV_A  bound to vfio-pci, held by others than those asked for" "$T/out"
	got=$?
	kill %1
	wait
	return $got
}

# Who has the group keeps others from the device.
test_device_whose_group_is_open() {
	workload "$T/w" "container c" "group g $LAB_DEV_A"
	who 0 "no VM \(vfio-steps, pid $!, fd [0-9]+\), its group is open" &&
		run 0 ps --json --device "$LAB_DEV_A" && answers held group
	got=$?
	kill %1
	wait
	return $got
}

# The group's own descriptor, and the device's, in two processes.
test_device_held_by_two() {
	workload "$T/w" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "fork child" "comm child" "close d" "touch $T/c" "pause" "end"
	wait_file "$T/c" || return 1
	run 0 ps --device "$LAB_DEV_A" && sort "$T/out" >"$T/sorted" && sed -n 1p "$T/sorted" | grep -q 'no VM (child.*, its group is open, process' &&
		sed -n 2p "$T/sorted" | grep -q 'no VM (vfio-steps.*, open, process' && [ "$(wc -l <"$T/out")" = 2 ] || no "$(cat "$T/out")"
	got=$?
	pkill -x child
	kill %1
	wait
	return $got
}

# Two regions of it are one.
test_device_held_by_a_mapping() {
	local got=0 free=1
	workload "$T/w" "attach v k c g d $LAB_DEV_A" "mmap d 0" "mmap d 0" "del k g" "close d" "close g" "close k"
	if ! shape mapped; then
		free=4
		who 4 'bound to vfio-pci, nobody has it open; this kernel does not show who maps it' || got=1
	else
		who 0 "(vm1|no VM) \\(vfio-steps, pid $!\\), mapped, without a descriptor" &&
			run 0 ps --json --device "$LAB_DEV_A" && answers held mapping &&
			holds '.[] | select(.type=="device") | .open_count == 1 and [.holders[] | [.pid, .fd]] == [['"$!"', null]]' || got=1
		run 0 ps && grep -Eq "^ +device $LAB_DEV_A.*, open in vfio-steps \\(pid $!, mapped\\)\$" "$T/out" || no "$(cat "$T/out")" || got=1
	fi
	kill %1
	wait
	who $free 'bound to vfio-pci, (nobody holds it|nobody has it open; .*)' || got=1
	return $got
}

# Its own file: open and not bound, bound, and bound, closed and mapped.
test_device_held_by_its_own_file() {
	local got=0
	shape cdev || {
		skip "this kernel has no device cdevs"
		return
	}
	workload "$T/w" "cdev d $LAB_DEV_A"
	who 0 "no VM \\(vfio-steps, pid $!, fd [0-9]+\\), its file is open, not bound" &&
		run 0 ps --json --device "$LAB_DEV_A" && answers held cdev || got=1
	kill %1
	wait
	workload "$T/w2" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "touch $T/bound" "wait $T/go" "mmap d 0" "close d" &
	wait_file "$T/bound"
	run 0 ps --json --device "$LAB_DEV_A" && answers held device || got=1
	touch "$T/go"
	wait_file "$T/w2"
	who 0 "no VM \\(vfio-steps, pid [0-9]+\\), mapped, without a descriptor" || got=1
	pkill -x vfio-steps
	wait
	return $got
}

# A finding is no answer: exit 0 says that it is held.
test_device_of_a_vm_that_never_adds() {
	workload "$T/w" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A"
	who 0 '(vm1|no VM) \(vfio-steps, pid [0-9]+, fd [0-9]+\), open'
	got=$?
	kill %1
	wait
	return $got
}

test_vm_in_another_pid_namespace() {
	unshare -p -f --mount-proc "$S" "comm boxed" "attach v k c g d $LAB_DEV_A" "touch $T/up" "pause" &
	wait_file "$T/up" || return 1
	run $fine ps --json && holds '.[] | select(.type=="vm") | .vm_comm == "boxed" and .vm_pid > 50' &&
		holds '.[] | select(.type=="device") | .verdict == "'$good'" and .holders[0].comm == "boxed"'
	local got=$?
	pkill -x boxed
	wait
	return $got
}

test_states_that_prove_a_finding() {
	shape refcounted borrowed || {
		skip "devices of this kernel hold no pointer: their state proves nothing"
		return
	}
	workload "$T/w" "attach v k c g d $LAB_DEV_A" "vm v2" "kvm-vfio k2 v2" "add k2 g" "vm v3" \
		"prepare c3 g3 $LAB_DEV_B" "device d3 g3 $LAB_DEV_B"
	run 1 ps --json && holds '[.[] | select(.type=="finding").rule] | sort == ["kvm-mismatch", "open-without-add", "two-vms"]' &&
		holds '.[] | select(.rule=="open-without-add") | .pending' &&
		holds '[.[] | select(.type=="group") | .registered_with | length] | sort == [0, 2]'
	local got=$?
	kill %1
	wait
	return $got
}

test_fd_held_by_several() {
	workload "$T/w" "attach v k c g d $LAB_DEV_A" "dup d d2" "fork child" "pause" "end"
	run $fine ps --json && holds '[.[] | select(.type=="device")] | length == 1' &&
		holds '.[] | select(.type=="device") | .open_count == 1 and (.holders | length == 4)'
	local got=$?
	pkill -x vfio-steps
	wait
	return $got
}

# some_opens: the tool speaks of more than a few.
some_opens() {
	[ "$(grep -c '"type":"open"' "$T/out")" -gt 5 ]
}

# The look is done while things happen: every open is told once, with one verdict.
# in_the_middle OPTIONS…: audit comes while a device is opened and closed all the time.
in_the_middle() {
	local got=0 before=false
	"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "touch $T/up" \
		"repeat 1000000" "device d g $LAB_DEV_A" "close d" "end" &
	wait_file "$T/up" && start_tool audit --json "$@" && await "several opens" some_opens || return 1
	pkill -x vfio-steps
	wait %1
	kill -INT "$tool"
	reap "$tool" || got=$?
	# Of 5.10's devices that were open before nobody knows what they got.
	[ $got = 0 ] || { shape notifier && [ $got = 4 ] && before='.opened_ns == null'; } ||
		no "exit $got: $(cat "$T/err")" || return 1
	findings && holds '[.[] | select(.type=="open")] | length > 3 and all(.verdict == "ordered" or '"$before"')' &&
		holds '[.[] | select(.type=="open" and .opened_ns == null)] | length <= 1' &&
		holds '[.[] | select(.type=="open" and .opened_ns != null) | .opened_ns] | . == (unique | sort)'
}

# It is the child's device as much as its parent's, who is met first.
test_process_that_shares_a_device() {
	local got=0
	shape refcounted borrowed || {
		skip "devices of this kernel hold no pointer: what was open before is unknown"
		return
	}
	workload "$T/w" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" \
		"fork child" "comm child" "touch $T/up" "pause" "end"
	wait_file "$T/up" || return 1
	for who in vfio-steps child; do
		run 1 ps --json --pid "$(pgrep -x $who)" && findings open-before-add &&
			holds '.[] | select(.type=="device") | .verdict == "violation"' &&
			holds '.[-1] | .opens.violation == 1 and .findings.warning == 1' || got=1
	done
	run 0 ps --json --pid 1 && findings && holds '.[-1].opens.violation == 0' || got=1
	pkill -x child
	kill %1
	wait
	return $got
}

test_audit_in_the_middle_of_it() {
	in_the_middle
}

# A kretprobe does not know the call it belongs to, had that begun before.
test_audit_by_kprobe_in_the_middle_of_it() {
	in_the_middle --probe kprobe
}

test_audit_of_a_vmm_that_never_adds() {
	shape refcounted borrowed || {
		skip "devices of this kernel hold no pointer: what was open before is unknown"
		return
	}
	workload "$T/w" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A"
	start_tool audit --json --grace 500ms || return 1
	wait_for "$T/out" open-without-add
	kill %1
	wait %1
	end_tool 1 && opens violation && findings open-without-add &&
		holds '.[] | select(.type=="finding") | .pending and .pid != null and .evidence[0].op == "found_device"'
}

test_trace_shows_what_it_found() {
	workload "$T/w" "attach v k c g d $LAB_DEV_A"
	start_tool trace --json || return 1
	kill %1
	wait %1
	end_tool 0 &&
		holds '[.[] | select(.type=="event") | .op] | index("found_vm") and index("found_kvm_vfio") and
		       index("found_registration") and index("found_group") and index("found_container") and
		       index("found_device") and index("device_close")'
}
