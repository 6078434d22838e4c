# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2153
# What stands between a device and a VM, and what to do about it: the commands that
# doctor prints are run as they are, and VFIO itself says whether it was right.

PCI=/sys/bus/pci

# driver_of DEVICE: empty if none.
driver_of() {
	basename "$(readlink "$PCI/devices/$1/driver")" 2>/dev/null
}

# unbind DEVICE: from whatever has it.
unbind() {
	[ ! -e "$PCI/devices/$1/driver" ] || echo "$1" >"$PCI/devices/$1/driver/unbind"
}

# bind_to DRIVER DEVICE: to this one only; the case is skipped if there is no such driver.
bind_to() {
	modprobe "$1" 2>/dev/null
	[ -e "$PCI/drivers/$1" ] || skip "this kernel has no driver $1"
	unbind "$2"
	echo "$1" >"$PCI/devices/$2/driver_override"
	echo "$2" >"$PCI/drivers_probe"
	[ "$(driver_of "$2")" = "$1" ] || no "$2 is not bound to $1 but to '$(driver_of "$2")'"
}

# unbound DEVICE: to no driver, and on the way to none.
unbound() {
	unbind "$1"
	echo >"$PCI/devices/$1/driver_override"
}

# afterwards DEVICE…: they are at vfio-pci again, whatever becomes of the case.
afterwards() {
	# shellcheck disable=SC2064  # these devices
	trap "for d in $*; do bind_to vfio-pci \$d; done" EXIT
}

# pair: its bridge in $bridge; or the case is skipped.
pair() {
	paired
	bridge=$(basename "$(dirname "$(realpath "$PCI/devices/$LAB_PAIR1")")")
}

# says LINE: the first line of what it printed.
says() {
	[ "$(head -n 1 "$T/out")" = "$1" ] && return 0
	show "$T/out"
	no "the first line is not: $1"
}

# usable DEVICE: VFIO gives it to a process.
usable() {
	"$S" "prepare c g $1" "device d g $1" >"$T/vfio" 2>&1
}

# ready DEVICE: so it says, and so it is.
ready() {
	run 0 doctor --device "$1" && says "$1 is ready for a VM" &&
		run 0 doctor --device "$1" --json && holds '.[0] | .ready and .vfio and .obstacles == []' || return 1
	usable "$1" || no "VFIO refuses it: $(cat "$T/vfio")"
}

# stopped DEVICE ID… -- WORDS: by these obstacles and no others, the first line ends so.
stopped() {
	local device=$1 ids=
	shift
	while [ "$1" != -- ]; do
		ids+="${ids:+ }$1"
		shift
	done
	run 1 doctor --device "$device" --json &&
		holds '.[0] | (.ready | not) and ([.obstacles[].id] | join(" ")) == "'"$ids"'"' &&
		run 1 doctor --device "$device" && says "$device cannot be given to a VM: $2" || return 1
	! usable "$device" || no "VFIO gives it away all the same"
}

# put_right: run the commands that are printed, as they are.
put_right() {
	sed -n '/^problem/,$p' "$T/out" | sed -n 's/^\(  fix\)\? *\(\(echo\|modprobe\) .*\)/\2/p' >"$T/commands"
	[ -s "$T/commands" ] || no "there are no commands" || return 1
	sh -e "$T/commands" >"$T/sh" 2>&1 || no "the commands fail: $(cat "$T/commands" "$T/sh")"
}

test_device_at_vfio_pci() {
	local group
	group=$(basename "$(readlink "$PCI/devices/$LAB_DEV_A/iommu_group")")
	ready "$LAB_DEV_A" && holds '.[0] | .type == "readiness" and .driver == "vfio-pci" and .group == '"$group"' and
		.group_viable and .answers and .exists and .group_file.present and
		.group_file.path == "/dev/vfio/'"$group"'" and .group_file.mode == "0600" and .group_file.uid == 0' || return 1
	# Both files, where there are two.
	if shape cdev; then
		holds '.[0].cdev_file | .present and (.path | startswith("/dev/vfio/devices/vfio"))'
	else
		holds '.[0].cdev_file == null'
	fi
}

# Any form of the name, and all options that it has.
test_short_name() {
	[[ $LAB_DEV_A == 0000:* ]] || skip "the domain of its devices is not 0"
	run 0 doctor --device "${LAB_DEV_A#0000:}" -v --json && holds '.[0].device == "'"$LAB_DEV_A"'"'
}

test_device_without_a_driver() {
	afterwards "$LAB_DEV_A"
	unbound "$LAB_DEV_A"
	stopped "$LAB_DEV_A" no-driver -- "no driver is bound to it" && put_right && ready "$LAB_DEV_A"
}

test_device_on_its_way() {
	afterwards "$LAB_DEV_A"
	unbind "$LAB_DEV_A"
	stopped "$LAB_DEV_A" no-driver -- "no driver is bound to it, although driver_override is vfio-pci" &&
		put_right && ready "$LAB_DEV_A"
}

test_device_of_the_host() {
	afterwards "$LAB_NIC"
	bind_to e1000e "$LAB_NIC" || return 1
	stopped "$LAB_NIC" other-driver -- "it is bound to e1000e, not to a VFIO driver" &&
		put_right && ready "$LAB_NIC"
}

# It may stay beside a device of VFIO's, and is not VFIO's.
test_device_at_pci_stub() {
	afterwards "$LAB_DEV_A"
	bind_to pci-stub "$LAB_DEV_A" || return 1
	stopped "$LAB_DEV_A" other-driver -- "it is bound to pci-stub, not to a VFIO driver" &&
		put_right && ready "$LAB_DEV_A"
}

# A driver that takes any device, and has no use for it.
STRANGER=iosf_mbi_pci

test_sibling_of_the_host() {
	local group
	pair
	afterwards "$LAB_PAIR2"
	group=$(basename "$(readlink "$PCI/devices/$LAB_PAIR1/iommu_group")")
	bind_to $STRANGER "$LAB_PAIR2" || return 1
	stopped "$LAB_PAIR1" not-viable -- "$LAB_PAIR2 of its group $group is bound to $STRANGER" &&
		run 1 doctor --device "$LAB_PAIR1" --json && holds '.[0] | .group_viable == false and
		([.group_devices[] | select(.blocks) | .device] == ["'"$LAB_PAIR2"'"])' &&
		run 1 doctor --device "$LAB_PAIR1" && put_right && ready "$LAB_PAIR1"
}

test_siblings_that_may_stay() {
	pair
	afterwards "$LAB_PAIR2"
	ready "$LAB_PAIR1" || return 1
	unbound "$LAB_PAIR2"
	ready "$LAB_PAIR1" && bind_to pci-stub "$LAB_PAIR2" && ready "$LAB_PAIR1"
}

# Not every kernel minds the driver of a bridge: what it says is what VFIO does.
test_bridge_with_a_driver() {
	local group
	pair
	[ -e "$PCI/drivers/shpchp" ] && echo "$bridge" >$PCI/drivers/shpchp/bind 2>/dev/null ||
		skip "no driver for the bridge"
	# shellcheck disable=SC2064  # this bridge
	trap "[ ! -e $PCI/drivers/shpchp/$bridge ] || echo $bridge >$PCI/drivers/shpchp/unbind" EXIT
	group=$(basename "$(readlink "$PCI/devices/$LAB_PAIR1/iommu_group")")
	if grep -q ' iommu_group_claim_dma_owner$' /proc/kallsyms; then
		stopped "$LAB_PAIR1" not-viable -- "$bridge of its group $group is bound to shpchp" && put_right
	fi
	ready "$LAB_PAIR1"
}

test_bridge_itself() {
	pair
	below_bridge
	run 1 doctor --device "$bridge" --json && holds '.[0] | [.obstacles[].id] == ["is-bridge"]'
}

# Behind a bridge that passes nothing on.
test_device_that_does_not_answer() {
	local got
	pair
	below_bridge
	setpci -s "$bridge" SECONDARY_BUS=0 || return 1
	run 1 doctor --device "$LAB_PAIR1" && says "$LAB_PAIR1 cannot be given to a VM: $(
		sed -n 's/^problem *//p' "$T/out" | head -n 1)" && grep -q '^problem *it does not answer' "$T/out"
	got=$?
	[ $got = 0 ] || show "$T/out"
	setpci -s "$bridge" SECONDARY_BUS="${LAB_PAIR1:5:2}"
	[ $got = 0 ] && ready "$LAB_PAIR1"
}

test_device_that_is_not_there() {
	run 1 doctor --device ffff:ee:1d.5 && says "ffff:ee:1d.5 cannot be given to a VM: there is no such PCI device" &&
		run 1 doctor --device "${LAB_DEV_A%.*}.7" --json &&
		holds '.[0] | (.exists | not) and [.obstacles[].id] == ["no-such-device"] and
		       (.obstacles[0].todo | contains("'"$LAB_DEV_A"' is there"))'
}

test_name_that_is_none() {
	local name
	for name in '' . .. / 00:10 00:10.8 ../../devices 00000:00:10.0/ x; do
		run 2 doctor --device "$name" && [ ! -s "$T/out" ] && [ "$(wc -l <"$T/err")" = 1 ] ||
			no "'$name' is taken for a device" || return 1
	done
}

test_file_that_is_missing() {
	local group got
	group=$(basename "$(readlink "$PCI/devices/$LAB_DEV_A/iommu_group")")
	! shape cdev || skip "the device can be used by its own file"
	mv "/dev/vfio/$group" /dev/vfio/away || return 1
	stopped "$LAB_DEV_A" no-file -- "/dev/vfio/$group is missing"
	got=$?
	mv /dev/vfio/away "/dev/vfio/$group"
	return $got
}

test_without_privilege() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
		"$V" doctor --device "$LAB_DEV_A" >"$T/out" 2>"$T/err" || no "exit $?: $(cat "$T/out" "$T/err")" || return 1
	says "$LAB_DEV_A is ready for a VM" && [ ! -s "$T/err" ] || no "$(cat "$T/err")"
}

# It traces nothing: what cannot be traced does not matter.
test_on_a_host_that_cannot_be_observed() {
	local was got
	pair
	was=$(cat /proc/sys/kernel/kptr_restrict)
	echo 2 >/proc/sys/kernel/kptr_restrict
	run 3 doctor && run 0 doctor --device "$LAB_DEV_A" && run 0 doctor --device "$LAB_PAIR1"
	got=$?
	echo "$was" >/proc/sys/kernel/kptr_restrict
	return $got
}

test_mediated_device() {
	mediated || return 1
	run 0 doctor --device "$MTTY" && says "$MTTY is ready for a VM" && run 0 doctor --device "$MTTY" --json &&
		holds '.[0] | .ready and .vfio and .mdev_parent == "mtty" and .power_state == null' || return 1
	echo "$MTTY" >"/sys/bus/mdev/devices/$MTTY/driver/unbind" || return 1
	run 1 doctor --device "$MTTY" && says "$MTTY cannot be given to a VM: no driver is bound to it" && put_right &&
		run 0 doctor --device "$MTTY"
}

test_mediated_device_that_is_not_there() {
	local uuid=11111111-2222-4333-8444-666666666666
	mediated || return 1
	run 1 doctor --device "$uuid" && says "$uuid cannot be given to a VM: there is no such mediated device" &&
		put_right && run 0 doctor --device "$uuid"
	local got=$?
	[ ! -e "/sys/bus/mdev/devices/$uuid" ] || echo 1 >"/sys/bus/mdev/devices/$uuid/remove"
	return $got
}

test_host_with_an_iommu() {
	run 0 doctor --json && holds '.[0].passthrough | .iommu and .todo == null and
		.iommu_groups == '"$(find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l)" || return 1
	[ "$(uname -m)" = x86_64 ] || return 0
	holds '.[0].passthrough | .interrupt_remapping and .firmware_table == "DMAR"' &&
		holds '.[0].passthrough.parameters | all(.means == null) and
		       any(.module == "vfio_pci" and .name == "disable_idle_d3" and .value == "N")'
}

test_parameters_that_matter() {
	local file=/sys/module/vfio_iommu_type1/parameters/dma_entry_limit was got
	[ -w $file ] || skip "this kernel has no $file"
	was=$(cat $file)
	echo 3 >$file
	run 0 doctor && grep -q '^ *vfio_iommu_type1.dma_entry_limit=3: .*65535' "$T/out" &&
		run 0 doctor --json && holds '[.[0].passthrough.parameters[] | select(.means)] | length == 1 and
		.[0].name == "dma_entry_limit" and .[0].value == "3"'
	got=$?
	echo "$was" >$file
	[ $got = 0 ] || no "$(cat "$T/out")"
}

test_json_as_documented() {
	afterwards "$LAB_DEV_A"
	run 0 doctor --json && tests/live/check-json-doc <"$T/out" || no "doctor differs from docs/json.md" || return 1
	run 0 doctor --device "$LAB_DEV_A" --json && tests/live/check-json-doc <"$T/out" ||
		no "a ready device differs from docs/json.md" || return 1
	unbound "$LAB_DEV_A"
	run 1 doctor --device "$LAB_DEV_A" --json && tests/live/check-json-doc <"$T/out" ||
		no "an unbound device differs from docs/json.md" || return 1
	run 1 doctor --device ffff:ee:1d.5 --json && tests/live/check-json-doc <"$T/out" ||
		no "an absent device differs from docs/json.md"
}
