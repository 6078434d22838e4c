# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What audit says of opens: one right verdict each, with its proof.

test_right_order_is_ordered() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" &&
		opens ordered && findings &&
		holds '.[] | select(.type=="open") | .kvm_at_open == "vm1" and .vm == "vm1" and
		       .device == "'"$LAB_DEV_A"'" and .driver == "vfio-pci" and .path == "group" and
		       .group != null and .pid != null and .opened_ns < .closed_ns'
}

test_open_then_add_is_open_before_add() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" \
		"device d g $LAB_DEV_A" "add k g" &&
		opens violation && findings open-before-add &&
		holds '.[] | select(.type=="finding") | .severity == "warning" and .vm == "vm1" and
		       .device == "'"$LAB_DEV_A"'" and .pid != null and
		       ([.evidence[].op] == ["device_open", "get_device_fd", "group_add"]) and
		       (.evidence | all(.ts_ns > 0 and .duration_ns > 0)) and
		       .evidence[0].kvm == null and .evidence[1].result > 2 and
		       .evidence[2].result == 0 and .evidence[2].vm == "vm1" and
		       (.harm | length) > 40 and (.fix | length) > 40'
}

test_vm_created_after_the_open() {
	audit 1 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "vm v" "kvm-vfio k v" "add k g" &&
		opens violation && findings open-before-add
}

test_vm_and_never_added_is_open_without_add() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &&
		opens violation && findings open-without-add &&
		holds '.[] | select(.type=="finding") | .pending == false and
		       ([.evidence[].op] == ["vm_create", "device_open", "get_device_fd", "device_close"])'
}

test_vm_created_late_and_never_added() {
	audit 1 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "vm v" &&
		opens violation && findings open-without-add
}

test_failed_add_is_no_registration() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" \
		"add k fd:-1 => EBADF" &&
		opens violation && findings add-failed open-without-add
}

test_grace_period_reports_while_still_open() {
	start_tool audit --json --grace 500ms || return 1
	"$S" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "print up" "wait $T/go" >"$T/steps" &
	wait_for "$T/out" open-without-add || return 1
	touch "$T/go"
	wait $! || no "workload failed"
	end_tool 1 && opens violation && findings open-without-add &&
		holds '.[] | select(.type=="finding") | .pending == true'
}

test_late_add_after_the_grace_period() {
	start_tool audit --json --grace 500ms || return 1
	"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "wait $T/go" "add k g" &
	wait_for "$T/out" open-without-add || return 1
	touch "$T/go"
	wait $! || no "workload failed"
	end_tool 1 && opens violation && findings open-without-add open-before-add
}

test_no_vm_is_no_vm() {
	audit 0 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" && opens no-vm && findings
}

test_another_process_with_a_vm_does_not_matter() {
	audit 0 -- "$S" "fork other" "vm v" "touch $T/vm" "wait $T/go" "end" "wait $T/vm" \
		"prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "close d" "touch $T/go" "join other" &&
		opens no-vm && findings
}

test_vm_from_before_is_known() {
	"$S" "vm v" "touch $T/vm" "wait $T/go" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &
	start_tool audit --json || return 1
	touch "$T/go"
	wait %1 || no "workload failed"
	end_tool 1 && opens violation && findings open-without-add
}

# KVM keeps its VMs in a list, the oldest last; it is followed as far as need be.
test_vm_behind_three_hundred_others() {
	local i vms=()
	for ((i = 0; i < 300; i++)); do
		vms+=("vm v$i")
	done
	audit 1 -- "$S" "vm own" "fork others" "${vms[@]}" "touch $T/up" "wait $T/go" "end" "wait $T/up" \
		"prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "close d" \
		"fork driver" "close own" "device d2 g $LAB_DEV_A" "close d2" "end" "join driver" \
		"touch $T/go" "join others" &&
		opens violation no-vm && findings open-without-add
}

test_registered_before_us_is_ordered() {
	"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "touch $T/ready" "wait $T/go" \
		"device d g $LAB_DEV_A" &
	start_tool audit --json || return 1
	touch "$T/go"
	wait %1 || no "workload failed"
	end_tool 0 && opens ordered && findings
}

test_opened_before_us_is_judged_by_state_or_not_at_all() {
	local a b c
	"$S" "attach v k c g d $LAB_DEV_A" "touch $T/a" "wait $T/go" &
	a=$!
	"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_B" "device d g $LAB_DEV_B" "add k g" \
		"touch $T/b" "wait $T/go" "close d" &
	b=$!
	"$S" "prepare c g $LAB_DEV_C" "device d g $LAB_DEV_C" "touch $T/c" "wait $T/go" &
	c=$!
	wait_file "$T/a" "$T/b" "$T/c" || return 1
	start_tool audit --json || return 1
	touch "$T/go"
	wait $a $b $c || no "workload failed"
	# Where devices hold no pointer, their state proves nothing.
	if shape notifier; then
		end_tool 4 && opens unknown unknown unknown && findings
		return
	fi
	end_tool 1 && opens ordered violation unknown && findings open-before-add &&
		holds '[.[] | select(.type=="open" and .opened_ns == null)] | length == 3' &&
		holds '.[] | select(.verdict=="unknown") | .reason | test("before")'
}

test_only_unknown_is_inconclusive() {
	"$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "touch $T/a" "wait $T/go" &
	wait_file "$T/a" || return 1
	start_tool audit --json || return 1
	touch "$T/go"
	wait %1
	end_tool 4 && opens unknown && findings
}

test_two_devices_in_two_groups() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "group g2 $LAB_DEV_B" "set-container g2 c" \
		"add k g2" "device d2 g2 $LAB_DEV_B" &&
		opens ordered ordered && findings &&
		holds '[.[] | select(.type=="open")] | (.[0].group != .[1].group) and (.[0].vm == .[1].vm)'
}

test_one_of_two_groups_added_late() {
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "group g2 $LAB_DEV_B" "set-container g2 c" \
		"device d2 g2 $LAB_DEV_B" "add k g2" &&
		opens ordered violation && findings open-before-add &&
		holds '.[] | select(.type=="finding") | .device == "'"$LAB_DEV_B"'"'
}

test_two_devices_in_one_group() {
	paired
	audit 0 -- "$S" "attach v k c g d $LAB_PAIR1" "device d2 g $LAB_PAIR2" &&
		opens ordered ordered && findings &&
		holds '[.[] | select(.type=="open")] | .[0].group == .[1].group'
}

test_two_devices_in_one_group_added_between() {
	paired
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_PAIR1" "device d g $LAB_PAIR1" "add k g" \
		"device d2 g $LAB_PAIR2" &&
		opens ordered violation && findings open-before-add &&
		holds '.[] | select(.type=="finding") | .device == "'"$LAB_PAIR1"'"'
}

test_same_device_opened_twice_is_one_open() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "device d2 g $LAB_DEV_A" "close d" &&
		opens ordered && holds '.[] | select(.type=="open") | .opens == 2'
}

test_second_open_does_not_repair_the_first() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" \
		"device d2 g $LAB_DEV_A" &&
		opens violation && findings open-before-add
}

test_reopen_after_the_last_close_repairs() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" \
		"close d" "device d g $LAB_DEV_A" &&
		opens violation ordered && findings open-before-add
}

test_killed_process_is_no_alarm() {
	audit 6 -- "$S" "attach v k c g d $LAB_DEV_A" "kill9" && opens ordered && findings
}

# few_returns: on this kernel a kretprobe sees one call of a function at a time: it
# has as many instances as processors where tasks are not preempted, else ten.
few_returns() {
	[ "$(nproc)" = 1 ] && [[ $(uname -v) != *PREEMPT* ]] && try holds '.[0].sites | any(.method == "kprobe")'
}

test_threads_attach_at_the_same_time() {
	local got=0
	timeout -k 5 "$HANG" "$V" audit --json -- "$S" "thread one" "attach v k c g d $LAB_DEV_A" "end" \
		"thread two" "attach v2 k2 c2 g2 d2 $LAB_DEV_B" "end" "join one" "join two" >"$T/out" 2>"$T/err" || got=$?
	if [ $got = 4 ] && few_returns; then
		# What was not seen is counted, as what it is, and nothing wrong is said.
		holds '.[] | select(.type=="summary").lost | .return_not_seen > 0 and
		       (del(.return_not_seen) | all(. == 0))' &&
			holds '[.[] | select(.type=="open").verdict] | length > 0 and all(. == "ordered" or . == "unknown")' &&
			findings
		return
	fi
	if [ $got != 0 ]; then
		show "$T/out" "$T/err"
		no "exit $got instead of 0"
		return
	fi
	opens ordered ordered && findings
}

test_everything_by_kprobe_says_the_same() {
	audit 0 --probe kprobe -- "$S" "attach v k c g d $LAB_DEV_A" &&
		opens ordered &&
		holds '.[0].sites | all(.method == "kprobe" or .method == "tracepoint" or .site == "snapshot")' &&
		audit 1 --probe kprobe -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" \
			"device d g $LAB_DEV_A" "add k g" &&
		opens violation && findings open-before-add &&
		audit 1 --probe kprobe -- "$S" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &&
		opens violation && findings open-without-add &&
		audit 0 --probe kprobe -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" && opens no-vm
}

# Process ids differ inside: the program is followed all the same, and no name
# is taken from a process that happens to have the number.
test_inside_a_pid_namespace() {
	local got=0
	# What is open has to be looked at there, and is not shown.
	if shape notifier; then
		unshare -p -f --mount-proc "$V" audit --json >"$T/out" 2>"$T/err" || got=$?
		[ $got = 3 ] && grep -q -e '--pid=host' "$T/err" || no "exit $got: $(cat "$T/err")"
		return
	fi
	unshare -p -f --mount-proc "$V" audit --json -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" \
		"device d g $LAB_DEV_A" "add k g" >"$T/out" 2>"$T/err" || got=$?
	[ $got = 1 ] || no "exit $got: $(cat "$T/err")" || return 1
	opens violation && findings open-before-add &&
		holds '.[] | select(.type=="finding") | .vm == "vm1" and .vm_name == null and .comm == "vfio-steps"'
}
