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

# frozen PATH: $holder is in this cgroup, which is frozen, and has been killed: it goes when it thaws.
frozen() {
	local root=$T/freezer
	mkdir -p "$root" && mount -t cgroup -o freezer none "$root" 2>/dev/null ||
		skip "this kernel cannot freeze a process so that a kill waits"
	mkdir -p "$root/$1" && echo "$holder" >"$root/$1/cgroup.procs" && echo FROZEN >"$root/$1/freezer.state" &&
		await "$1 is frozen" grep -qx FROZEN "$root/$1/freezer.state" && kill -9 "$holder"
}

thawed() {
	echo THAWED >"$T/freezer/$1/freezer.state"
	reap "$holder"
	await "$1 is empty" rmdir "$T/freezer/$1"
	umount "$T/freezer"
}

# A VM's process that has been killed and takes its time to go, in a pod.
test_holder_that_is_going() {
	local pod=kubepods/burstable/pod01234567-89ab-cdef-0123-456789abcdef/c0 got=0
	holder "container c" "group g $LAB_DEV_A" || return 1
	frozen "$pod" || return 1
	audit 1 -- "$S" "group g $LAB_DEV_A => EBUSY"
	findings busy && held group && holds '.[] | select(.rule=="busy").holders[0] | .exiting and
		.pod == "01234567-89ab-cdef-0123-456789abcdef" and .started_ns > 0 and .opened_ns == null' || got=1
	run 0 ps --device "$LAB_DEV_A" && grep -q ', its group is open, process since .*, exiting, pod 01234567-89ab-cdef-0123-456789abcdef$' "$T/out" ||
		no "$(cat "$T/out")" || got=1
	thawed "$pod"
	return $got
}

# Since when a device is open: audit has seen it.
test_since_when_it_is_held() {
	start_tool audit --json || return 1
	holder "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" || return 1
	"$S" "group g $LAB_DEV_A => EBUSY" || no "the group is not busy"
	end_tool 1
	let_go
	findings busy && holds '(.[] | select(.rule=="busy").holders[] | select(.hold == "device")) as $h |
		([.[] | select(.type == "open") | .opened_ns] == [$h.opened_ns]) and $h.exiting == false and
		$h.started_ns > 0 and $h.started_ns < $h.opened_ns'
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
