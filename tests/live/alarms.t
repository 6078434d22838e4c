# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# No false alarm: unusual, and all right.

test_child_inherits_and_exits_first() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "fork child" "sleep 20" "end" "join child" &&
		opens ordered && findings
}

test_child_inherits_and_exits_last() {
	# The pipe is open until the child has ended, too.
	audit 0 -- sh -c "$S 'attach v k c g d $LAB_DEV_A' 'fork child' 'sleep 500' 'end' 'kill9' | cat" &&
		opens ordered && findings
}

# The helper opens group and device, but the VM is the VMM's.
test_device_opened_by_a_helper() {
	audit 0 -- "$S" "socketpair s" "fork helper" "prepare c g $LAB_DEV_A" "sendfd g s.a" "wait $T/added" \
		"device d g $LAB_DEV_A" "sendfd d s.a" "touch $T/sent" "end" "recvfd g s.b" "vm v" "kvm-vfio k v" \
		"add k g" "touch $T/added" "recvfd d s.b" "join helper" "info d" &&
		opens ordered && findings &&
		holds '.[] | select(.type=="open") | .pid != .vm_pid'
}

test_helper_opens_and_nobody_adds() {
	audit 0 -- "$S" "fork helper" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "end" "vm v" "join helper" &&
		opens no-vm && findings
}

# What is left is closed from the highest descriptor down.
test_every_order_of_dying() {
	local order
	for order in "close d;close g;close c;close k;close v" "close v;close d;close k" \
		"close g;close c;close v;close d" "close c;close g;close d" "dup k k2;close k" ""; do
		local steps=()
		IFS=';' read -ra steps <<<"$order"
		audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "${steps[@]}" "exit 0" &&
			opens ordered && findings || return 1
		audit 6 -- "$S" "attach v k c g d $LAB_DEV_A" "${steps[@]}" "kill9" &&
			opens ordered && findings || return 1
	done
}

test_unplug_and_plug_again() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "repeat 5" "close d" "del k g" "close g" "group g $LAB_DEV_A" \
		"set-container g c" "set-iommu c" "add k g" "device d g $LAB_DEV_A" "end" &&
		opens ordered ordered ordered ordered ordered ordered && findings
}

test_vm_ends_while_the_device_stays() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "close v" "sleep 50" "close d" && opens ordered && findings
}

test_threads_add_and_open_at_once() {
	local i words=()
	for ((i = 0; i < 20; i++)); do
		words+=("thread a" "add k g => *" "end" "thread b" "device d g $LAB_DEV_A" "end" "join a" "join b"
			"close d" "del k g")
	done
	run 0 audit --json --fail-on never -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "${words[@]}" ||
		return 1
	# Whoever was first, each open is judged once, by the pointer it got.
	holds '[.[] | select(.type=="open")] | length == 20 and
	       all(if .kvm_at_open then .verdict == "ordered" else .verdict == "violation" end)'
}

# A new program in the old process: KVM's descriptors go with the exec, the
# group stays. The kernel closes the files, in an order of its own.
test_vmm_replaces_itself() {
	oracle || return 1
	"$B/tests/oracle" replay --file tests/live/reexec.seq --rules all \
		--tool "$V audit --json --raw-pointers" >"$T/out" 2>"$T/err" || {
		show "$T/out" "$T/err"
		no "the judge disagrees"
	}
}
