# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Groups that VFIO does not get, as the host uses a device of them.

PCI=/sys/bus/pci
# A driver that takes any device, and has no use for it.
STRANGER=iosf_mbi_pci

# give DEVICE DRIVER
give() {
	[ ! -e "$PCI/devices/$1/driver" ] || echo "$1" >"$PCI/devices/$1/driver/unbind"
	echo "$2" >"$PCI/devices/$1/driver_override"
	echo "$1" >"$PCI/drivers_probe"
	[ "$(basename "$(readlink "$PCI/devices/$1/driver")")" = "$2" ] || no "$1 is not bound to $2"
}

# host_has DRIVER: the pair's second device, for as long as the case lasts.
host_has() {
	paired
	modprobe "$1" 2>/dev/null
	[ -e "$PCI/drivers/$1" ] || skip "this kernel has no driver $1"
	trap 'give "$LAB_PAIR2" vfio-pci' EXIT
	give "$LAB_PAIR2" "$1"
}

# What is refused while the group is not viable, and how.
if shape notifier; then
	refused=("container c" "group g $LAB_PAIR1" "set-container g c" "set-iommu c" "device d g $LAB_PAIR1 => EINVAL")
else
	refused=("container c" "group g $LAB_PAIR1" "set-container g c => EPERM")
fi

# blocked SEVERITY…: the findings, each with the one device that is in the way.
blocked() {
	holds "[.[] | select(.type==\"finding\") | .rule + \" \" + .severity] == [\"$*\" | splits(\", \")]" &&
		holds '.[] | select(.rule=="not-viable") | .blockers | length == 1 and
			(.[0] | .device == "'"$LAB_PAIR2"'" and .bus == "pci" and .driver == "'"$STRANGER"'")'
}

test_sibling_of_the_host_is_named() {
	host_has $STRANGER || return 1
	audit 1 -- "$S" "${refused[@]}" && opens && blocked not-viable warning
}

# Its commands free the group.
test_commands_put_it_right() {
	host_has $STRANGER || return 1
	audit 1 -- "$S" "${refused[@]}" || return 1
	jq -r 'select(.rule=="not-viable").blockers[].commands[]' "$T/out" >"$T/commands"
	[ -s "$T/commands" ] && sh -e "$T/commands" || no "they fail: $(cat "$T/commands")" || return 1
	audit 0 -- "$S" "prepare c g $LAB_PAIR1" "device d g $LAB_PAIR1" && opens no-vm && findings
}

# Whoever has a VM gives up there, although the call succeeds.
test_status_that_a_vmm_reads() {
	host_has $STRANGER || return 1
	audit 1 -- "$S" "vm v" "group g $LAB_PAIR1" "status g" && blocked not-viable warning &&
		holds '.[] | select(.rule=="not-viable").evidence[0] | .op == "group_get_status" and .status == 0 and .result == 0'
}

# Others only ask.
test_status_that_is_asked_for() {
	host_has $STRANGER || return 1
	audit 0 -- "$S" "group g $LAB_PAIR1" "status g" && blocked not-viable info
}

# What was told as a warning is not told again for the call that fails.
test_status_and_then_the_call() {
	host_has $STRANGER || return 1
	audit 1 -- "$S" "vm v" "group g $LAB_PAIR1" "status g" "container c" "${refused[@]:2}" &&
		blocked not-viable warning
}

test_group_that_is_viable() {
	paired
	audit 1 -- "$S" "vm v" "group g $LAB_PAIR1" "status g" "container c" "set-container g c" "status g" "set-iommu c" \
		"device d g $LAB_PAIR1" && findings open-without-add
}

# A driver that leaves DMA alone, or none.
test_siblings_that_may_stay() {
	host_has pci-stub || return 1
	audit 0 --fail-on error -- "$S" "prepare c g $LAB_PAIR1" "device d g $LAB_PAIR1" && opens no-vm && findings
}

test_trace_shows_the_status() {
	host_has $STRANGER || return 1
	run 0 trace -- "$S" "group g $LAB_PAIR1" "status g"
	grep -q 'GROUP_GET_STATUS.*not viable' "$T/out" || no "$(cat "$T/out")"
	give "$LAB_PAIR2" vfio-pci
	run 0 trace -- "$S" "prepare c g $LAB_PAIR1" "status g"
	grep -q 'GROUP_GET_STATUS.*, viable, has a container' "$T/out" || no "$(cat "$T/out")"
}

test_for_people() {
	host_has $STRANGER || return 1
	run 1 audit -- "$S" "${refused[@]}"
	grep -Eq "^  blocked +$LAB_PAIR2, bound to $STRANGER" "$T/out" &&
		grep -Eq "^ +echo $LAB_PAIR2 > $PCI/devices/$LAB_PAIR2/driver/unbind" "$T/out" || no "$(cat "$T/out")"
}
