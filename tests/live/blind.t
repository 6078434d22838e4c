# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Losses and missing sites: nothing said is wrong, and what is not known is
# called unknown.

# overflow STEPS…: audit with little room, stopped while the steps run.
overflow() {
	start_tool audit --json --buffer 4K || return 1
	kill -STOP "$tool"
	"$S" "$@" || no "workload failed"
	kill -CONT "$tool"
}

# of DEVICE: how often the tool speaks of opens of it.
of() {
	grep '"type":"open"' "$T/out" | grep -c "\"device\":\"$1\""
}

# caught_up: does the tool speak of an open that is made now?
caught_up() {
	local before i
	before=$(of "$LAB_DEV_C")
	"$S" "prepare c g $LAB_DEV_C" "device d g $LAB_DEV_C" "close d" || return 1
	for ((i = 0; i < 20; i++)); do
		[ "$(of "$LAB_DEV_C")" = "$before" ] || return 0
		sleep 0.1
	done
	return 1
}

# catch_up: until the tool has read whatever has been recorded.
catch_up() {
	await "the tool reads what was recorded" caught_up
}

test_ring_buffer_full() {
	overflow "repeat 30" "attach v k c g d $LAB_DEV_A" "close d" "close k" "close v" "close g" "close c" "end" || return 1
	end_tool 4 && findings &&
		holds '.[-1].lost.ring_buffer_full > 100' &&
		holds '[.[] | select(.type=="open") | .verdict] | all(. == "ordered" or . == "unknown")'
}

test_ring_buffer_full_is_told_to_people() {
	start_tool audit --buffer 4K || return 1
	kill -STOP "$tool"
	"$S" "repeat 30" "attach v k c g d $LAB_DEV_A" "close d" "close k" "close v" "close g" "close c" "end"
	kill -CONT "$tool"
	end_tool 4 && grep -q '^lost [0-9]* records\?: ring buffer full' "$T/out" || {
		show "$T/out"
		no "the losses are not told"
	}
}

test_no_vm_is_not_claimed_after_losses() {
	start_tool audit --json --buffer 4K || return 1
	"$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "touch $T/open" "wait $T/go" "close d" &
	wait_file "$T/open" || return 1
	catch_up || return 1
	kill -STOP "$tool"
	"$S" "repeat 30" "attach v k c g d $LAB_DEV_B" "close d" "close k" "close v" "close g" "close c" "end"
	kill -CONT "$tool"
	catch_up || return 1
	touch "$T/go"
	wait %2
	end_tool 4 && findings &&
		holds '[.[] | select(.type=="open" and .device=="'"$LAB_DEV_A"'") | .verdict] == ["unknown"]'
}

# A violation that the state proves is found with all but a few records lost.
test_violation_is_found_after_losses() {
	start_tool audit --json --buffer 4K || return 1
	"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "touch $T/open" "wait $T/go" \
		"add k g" "repeat 200" "add k fd:-1 => EBADF" "end" "touch $T/added" "wait $T/close" "close d" &
	wait_file "$T/open" || return 1
	catch_up || return 1
	kill -STOP "$tool"
	touch "$T/go"
	wait_file "$T/added" || return 1
	kill -CONT "$tool"
	catch_up || return 1
	touch "$T/close"
	wait %2
	end_tool 1 && holds '[.[] | select(.type=="open" and .device=="'"$LAB_DEV_A"'") | .verdict] == ["violation"]' &&
		holds '[.[] | select(.rule=="open-before-add")] | length == 1'
}

# without SITE EXIT VERDICT…: of four opens: right order, wrong order, VM that
# never adds, no VM.
without() {
	local site=$1 want=$2
	shift 2
	run "$want" audit --json --without "$site" -- "$S" \
		"fork a" "attach v k c g d $LAB_DEV_A" "end" "join a" \
		"fork b" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_B" "device d g $LAB_DEV_B" "add k g" "close d" "end" "join b" \
		"fork c" "vm v" "prepare c g $LAB_DEV_C" "device d g $LAB_DEV_C" "close d" "end" "join c" \
		"fork d" "prepare c g ${LAB_PAIR1:-$LAB_NIC}" "device d g ${LAB_PAIR1:-$LAB_NIC}" "close d" "end" "join d" || return 1
	holds '[.[] | select(.type=="open") | .verdict] | join(" ") == "'"$*"'"' &&
		holds '.[0].sites | map(select(.site == "'"$site"'")) == [{site: "'"$site"'", method: "none", function: null}]'
}

test_without_vm_create() { without vm-create 1 ordered violation violation unknown; }
test_without_vm_destroy() { without vm-destroy 1 ordered violation violation no-vm; }
test_without_registration() { without registration 1 ordered violation unknown unknown; }
test_without_set_kvm() {
	if shape notifier; then
		run 3 audit --without set-kvm && grep -q 'devices opened' "$T/err" || no "$(cat "$T/err")"
		return
	fi
	without set-kvm 1 ordered violation unknown unknown
}
test_without_kvm_vfio_release() { without kvm-vfio-release 1 ordered violation violation no-vm; }
test_without_group_ioctl() {
	if shape borrowed; then
		run 3 audit --without group-ioctl && grep -q 'devices opened' "$T/err" || no "$(cat "$T/err")"
		return
	fi
	without group-ioctl 1 ordered violation violation no-vm
}
test_without_snapshot() {
	if shape notifier; then
		run 3 audit --without snapshot && grep -q 'devices opened' "$T/err" || no "$(cat "$T/err")"
		return
	fi
	without snapshot 1 ordered violation violation no-vm
}

# Its open was not seen: the close alone tells which device it is.
test_without_snapshot_a_close_names_its_device() {
	if shape notifier; then
		skip "this kernel is not watched without looking first"
		return
	fi
	"$S" "attach v k c g d $LAB_DEV_A" "touch $T/up" "wait $T/go" &
	wait_file "$T/up" || return 1
	start_tool audit --json --without snapshot || return 1
	touch "$T/go"
	wait %1
	end_tool 0 && opens ordered &&
		holds '.[] | select(.type=="open") | .device == "'"$LAB_DEV_A"'" and .driver == "vfio-pci" and
		       .group != null and .vm == "vm1" and .vm_pid != null and .opened_ns == null and .closed_ns != null'
}

# Closes are not seen: an open ends when the next one begins, or with the run.
test_without_device_close() {
	without device-close 4 ordered unknown unknown unknown &&
		holds '[.[] | select(.type=="open") | .closed_ns] | all(. == null)'
}

test_without_device_open_nothing_can_be_said() {
	run 3 audit --without device-open && grep -q 'cannot observe this host: .*devices opened' "$T/err" || no "$(cat "$T/err")"
}

test_without_is_told() {
	run 0 audit --without kvm-vfio-create --duration 100ms && grep -q 'not observable here: .*left out' "$T/err" || no "$(cat "$T/err")"
	run 0 doctor --without kvm-vfio-create && grep -q '^kvm-vfio-create  *missing .*left out' "$T/out" || no "$(cat "$T/out")"
}
