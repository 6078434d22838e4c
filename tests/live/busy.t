# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What somebody wants and others hold: who is named.

# holder STEP…: a process in the background, $holder, that does this and stays.
holder() {
	"$S" "$@" "touch $T/held" pause &
	holder=$!
	wait_file "$T/held"
}

let_go() {
	kill "$holder"
	reap "$holder"
}

# held HOLD…: so the one finding says it is held, by $holder, with descriptors.
held() {
	holds "[.[] | select(.rule==\"busy\").holders | map(.hold)] == [\"$*\" | split(\" \")]" &&
		holds ".[] | select(.rule==\"busy\").holders[] | .pid == $holder and .comm == \"vfio-steps\" and .fd >= 3"
}

test_group_held_by_another_process() {
	holder "container c" "group g $LAB_DEV_A" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	opens && findings busy && held group &&
		holds '.[] | select(.rule=="busy") | .severity == "warning" and .group == .evidence[0].group and
			.cause == null and .device == null and .pid != .holders[0].pid'
}

# Of the group and its device: two descriptors.
test_device_held_by_another_process() {
	holder "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	findings busy && held group device &&
		holds '.[] | select(.rule=="busy").holders[1].device == "'"$LAB_DEV_A"'"'
}

# The group's own descriptor is closed: its device keeps it in use.
test_group_closed_device_open() {
	holder "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "close g" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	findings busy && held device
}

# Neither the device nor the group has a descriptor: a region of the device is mapped.
test_device_held_by_a_mapping() {
	holder "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "mmap d 0" "close d" "close g" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	findings busy || return 1
	if ! shape mapped; then
		holds '.[] | select(.rule=="busy") | .holders == [] and .mappings_seen == false'
		return
	fi
	holds '.[] | select(.rule=="busy").mappings_seen' && holds '[.[] | select(.rule=="busy").holders[] | [.hold, .pid, .fd, .device]] == [["mapping", '"$holder"', null, "'"$LAB_DEV_A"'"]]'
}

test_mapping_that_is_not_looked_for() {
	holder "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "mmap d 0" "close d" "close g" || return 1
	run 1 audit --without mapped -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	grep -q '^  held by *nobody who has it open; this kernel does not show who maps it$' "$T/out" || no "$(cat "$T/out")"
}

# Beside a descriptor a mapping is nothing more; in a child without one it is.
test_mapping_beside_a_descriptor() {
	holder "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "mmap d 0" "fork child" "comm child" "close d" "close g" \
		"touch $T/child" pause end "wait $T/child" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	pkill -x child
	let_go
	findings busy || return 1
	if ! shape mapped; then
		held group device
		return
	fi
	holds '[.[] | select(.rule=="busy").holders[] | [.hold, .comm, .fd != null]] ==
		[["group", "vfio-steps", true], ["device", "vfio-steps", true], ["mapping", "child", false]]'
}

test_vm_of_the_holder_is_named() {
	holder "attach v k c g d $LAB_DEV_A" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	findings busy && holds '.[] | select(.rule=="busy").holders | map(.hold + " " + .vm) |
		. == ["group vm1", "registration vm1", "device vm1"]'
}

test_opened_twice_by_one_process() {
	audit 1 -- "$S" "group g $LAB_DEV_A" "group h $LAB_DEV_A => EBUSY" "sleep 1500" &&
		findings busy && holds '.[] | select(.rule=="busy") | .pid as $me | [.holders[] | [.hold, .pid == $me]] == [["group", true]]'
}

# It is given up in time: no alarm.
test_free_within_the_grace_period() {
	audit 0 -- "$S" "fork holder" "group g $LAB_DEV_A" "touch $T/held" "wait $T/wanted" end \
		"wait $T/held" "group g $LAB_DEV_A => EBUSY" "touch $T/wanted" "join holder" "group g $LAB_DEV_A" &&
		opens && findings busy && holds '.[] | select(.rule=="busy") | .severity == "info" and
			([.evidence[].error] == ["EBUSY", null])'
}

# Who opens it for the first time is not heard of, nor who opens another group.
test_groups_that_are_free() {
	holder "group g $LAB_DEV_A" || return 1
	audit 0 -- "$S" "group g $LAB_DEV_B"
	let_go
	opens && findings
}

test_while_nothing_can_be_looked_at() {
	! shape notifier || skip "a look is where this kernel shows a device's VM"
	holder "group g $LAB_DEV_A" || return 1
	audit 1 --without snapshot -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	findings busy && causes EBUSY && holds '.[] | select(.rule=="busy").holders == null'
}

test_for_people() {
	holder "attach v k c g d $LAB_DEV_A" || return 1
	run 1 audit -- "$S" "group g $LAB_DEV_A => EBUSY"
	let_go
	grep -Eq "^  held by +vfio-steps \(pid $holder, fd [0-9]+\): the group is open, vm1" "$T/out" &&
		grep -Eq "^ +vfio-steps \(pid $holder\): the group is registered with vm1" "$T/out" &&
		grep -Eq "^ +vfio-steps \(pid $holder, fd [0-9]+\): device $LAB_DEV_A is open, vm1" "$T/out" ||
		no "$(cat "$T/out")"
}
