# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What a device, or its driver, does that is nobody's mistake: who refuses, and who does not answer.

# As in rules.t.
noncoherent=$(noncoherent)

# The driver that refuses

# module NAME VALUE: a parameter of the test module, until the case ends.
module() {
	local file=/sys/module/vs_oracle/parameters/$1
	[ -e "$T/put-back" ] || trap put_back EXIT
	echo "$(cat "$file") $file" >>"$T/put-back"
	echo "$2" >"$file"
}

put_back() {
	local value file
	tac "$T/put-back" | while read -r value file; do echo "$value" >"$file"; done
}

test_driver_refuses_at_once() {
	oracle || return 1
	module open_errno 5
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $SILENT" "add k g" "device d g $SILENT => EIO" &&
		opens && findings "$noncoherent" driver-refused &&
		holds '.[] | select(.rule=="driver-refused") | .severity == "error" and .vm == "vm1" and
			.device == "'"$SILENT"'" and .open == null and ([.evidence[].op] == ["device_open"]) and
			.evidence[0].error == "EIO" and .evidence[0].kvm == "vm1" and
			(.cause | test("The driver vs_silent was asked .* returned EIO (at once|after [0-9.]+ ms)\\. VFIO and"))'
}

# By its timer, which ends a little early by the clock of an emulated machine.
test_driver_refuses_after_two_seconds() {
	oracle || return 1
	module open_errno 5
	module open_ms 2000
	audit 1 -- "$S" "prepare c g $SILENT" "device d g $SILENT => EIO" &&
		opens && findings driver-refused &&
		holds '.[] | select(.rule=="driver-refused") | .vm == null and .evidence[0].duration_ns >= 1990000000 and
			(.cause | test("returned EIO after (1\\.99|[2-9]\\.[0-9]+) s\\."))'
}

# A later open of the same device is another one.
test_driver_that_refuses_once() {
	oracle || return 1
	module open_errno 16
	audit 1 -- "$S" "prepare c g $SILENT" "device d g $SILENT => EBUSY" "touch $T/refused" "wait $T/again" \
		"device d g $SILENT" &
	wait_file "$T/refused" && echo 0 >/sys/module/vs_oracle/parameters/open_errno && touch "$T/again"
	reap $! && opens no-vm && findings driver-refused && causes EBUSY
}

# Whoever asked was killed: that is no answer of the driver's.
test_open_that_a_kill_interrupts() {
	oracle || return 1
	module open_interruptible 1
	module open_ms 3600000
	audit 0 -- sh -c "$S 'prepare c g $SILENT' 'touch $T/ready' 'device d g $SILENT => *' & echo \$! >$T/pid
		until [ -e $T/ready ]; do sleep 0.1; done
		until [ \"\$(cat /proc/\$!/wchan)\" = msleep_interruptible ]; do sleep 0.1; done
		kill -9 \$!; wait \$!; true" &&
		opens && findings
}

test_refusal_for_people() {
	oracle || return 1
	module open_errno 5
	run 1 audit -- "$S" "prepare c g $SILENT" "device d g $SILENT => EIO"
	grep -Eq '^[0-9:.]+ +error +driver-refused' "$T/out" && grep -q 'look for vs_silent and for' <(tr -s ' \n' ' ' <"$T/out") ||
		no "$(cat "$T/out")"
}

# Resets that fail

test_reset_that_fails() {
	oracle || return 1
	module reset_errno 5
	audit 1 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "reset d => EIO" "reset d => EIO" &&
		opens no-vm && findings reset-failed && causes EIO &&
		holds '.[] | select(.rule=="reset-failed") | .severity == "warning" and .device == "'"$SILENT"'" and
			([.evidence[].op] == ["device_reset"]) and .missing == []'
}

# Programs try, to see whether a driver has it.
test_driver_without_resets() {
	oracle || return 1
	module reset_errno 25
	audit 0 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "reset d => ENOTTY" && opens no-vm && findings
}

test_reset_that_succeeds_in_time() {
	oracle || return 1
	module reset_errno 11
	audit 0 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "reset d => EAGAIN" "touch $T/failed" "wait $T/again" \
		"reset d" &
	wait_file "$T/failed" && echo 0 >/sys/module/vs_oracle/parameters/reset_errno && touch "$T/again"
	reap $! && findings reset-failed &&
		holds '.[] | select(.rule=="reset-failed") | .severity == "info" and ([.evidence[].error] == ["EAGAIN", null])'
}

test_device_that_cannot_be_reset() {
	local methods=/sys/bus/pci/devices/$LAB_DEV_B/reset_method
	if [ -e "$methods" ]; then
		echo >"$methods"
		trap 'echo default >'"$methods" EXIT
	elif [ -e "${methods%_method}" ]; then
		skip "what this kernel can do cannot be taken from it"
	fi
	audit 0 -- "$S" "prepare c g $LAB_DEV_B" "device d g $LAB_DEV_B" "reset d => EINVAL" && opens no-vm && findings
}

test_hot_reset_without_the_other_device() {
	paired
	below_bridge
	echo "$LAB_PAIR2" >/sys/bus/pci/drivers/vfio-pci/unbind
	trap 'echo $LAB_PAIR2 >/sys/bus/pci/drivers_probe' EXIT
	audit 1 -- "$S" "prepare c g $LAB_PAIR1" "device d g $LAB_PAIR1" "hot-reset d g => EINVAL" &&
		findings reset-failed && causes EINVAL &&
		holds '.[] | select(.rule=="reset-failed") | ([.evidence[].op] == ["pci_hot_reset"]) and
			(.group as $g | .missing == [{device: "'"$LAB_PAIR2"'", group: $g, driver: null, vfio: false, physical_function: null}])' || return 1
	run 1 audit -- "$S" "prepare c g $LAB_PAIR1" "device d g $LAB_PAIR1" "hot-reset d g => EINVAL"
	grep -Eq "^ +missing +$LAB_PAIR2, group [0-9]+, no driver" "$T/out" || no "$(cat "$T/out")"
}

test_hot_reset_of_a_group() {
	paired
	below_bridge
	audit 0 -- "$S" "prepare c g $LAB_PAIR1" "device d g $LAB_PAIR1" "hot-reset d g" && findings
}

test_hot_reset_behind_no_bridge() {
	[ "$(uname -m)" = x86_64 ] || skip "devices of this machine are behind bridges"
	audit 1 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "hot-reset d g => ENODEV" &&
		findings reset-failed && causes ENODEV
}

# Interrupts

test_fewer_interrupts_than_asked_for() {
	oracle || return 1
	module msis 8
	module msis_left 1
	audit 0 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "irqs d 1 8" "irqs d 1 1" "irqs d 1 8" \
		"close d" "device d g $SILENT" "irqs d 1 1" &&
		opens no-vm no-vm && findings irq-short &&
		holds '.[] | select(.rule=="irq-short") | .severity == "info" and .device == "'"$SILENT"'" and
			.evidence[0].op == "set_irqs" and .evidence[0].result == 1 and .evidence[0].irq_count == 8 and
			(.cause | test("can have 1 of 8 interrupts by MSI:"))' || return 1
	run 0 audit -- "$S" "prepare c g $SILENT" "device d g $SILENT" "irqs d 1 8"
	grep -A 1 ' info  *irq-short: ' "$T/out" | grep -Eq "^  device +$SILENT\$" || no "$(cat "$T/out")"
}

test_no_interrupt_at_all() {
	oracle || return 1
	module msis_left -28
	audit 1 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "irqs d 1 1 => ENOSPC" "irqs d 1 1 => ENOSPC" \
		"irqs d 1 2 => EINVAL" "irqs d 3 1 => EINVAL" &&
		findings irq-short && causes ENOSPC && holds '.[] | select(.rule=="irq-short").severity == "warning"'
}

test_all_interrupts_that_were_asked_for() {
	oracle || return 1
	module msis 8
	audit 0 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "irqs d 1 8" &&
		opens no-vm && findings && audit 0 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "irq d" && findings
}

# BARs that the host keeps

# claim BYTES: the host has that much in the middle of BAR 0 of LAB_DEV_A, until the case ends.
claim() {
	local start end
	local file=/sys/module/vs_oracle/parameters/claim
	read -r start end _ <"/sys/bus/pci/devices/$LAB_DEV_A/resource"
	trap 'echo >'"$file" EXIT
	printf '%x %x\n' $((start + (end + 1 - start) / 2)) "$1" >"$file" && grep -q efifb /proc/iomem
}

test_bar_that_the_host_keeps() {
	oracle && claim 1024 || return 1
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "mmap d 0 => EBUSY" "mmap d 0 => EBUSY" &&
		opens ordered && findings bar-busy &&
		holds '.[] | select(.rule=="bar-busy") | .severity == "error" and .vm == "vm1" and .device == "'"$LAB_DEV_A"'" and
			([.evidence[].op] == ["region_map"]) and .evidence[0].owner == "efifb" and .evidence[0].region == 0 and
			(.cause | test("^BAR 0 of '"$LAB_DEV_A"' belongs to efifb on the host .*initcall_blacklist=sysfb_init"))'
}

test_bar_that_the_host_has_given_up() {
	oracle && claim 1024 && echo >/sys/module/vs_oracle/parameters/claim || return 1
	audit 0 -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "mmap d 0" && opens no-vm && findings
}

test_every_map_of_a_bar_is_shown() {
	run 0 trace -- "$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "mmap d 0"
	grep -Eq "mmap of a region +ok .* BAR 0 of $LAB_DEV_A, [0-9]+ [KM]iB" "$T/out" || no "$(cat "$T/out")"
}

# Devices that do not answer

# unplugged: the root port routes nothing to the bus behind it, until the case ends.
unplugged() {
	local port=/sys/bus/pci/devices/$LAB_PORT/config
	[ -n "${LAB_BELOW:-}" ] || skip "this machine has no device behind a root port"
	bus=$(od -An -tu1 -j25 -N1 "$port")
	methods=/sys/bus/pci/devices/$LAB_BELOW/reset_method
	# What does not answer is waited for after each reset, for a minute.
	[ ! -e "$methods" ] || echo >"$methods"
	trap 'set_bus "$bus"; [ ! -e "$methods" ] || echo default >"$methods"' EXIT
	set_bus 0
}

# PCI_SECONDARY_BUS
set_bus() {
	printf "\\x$(printf %x "$1")" |
		dd of="/sys/bus/pci/devices/$LAB_PORT/config" bs=1 seek=25 conv=notrunc status=none
}

test_device_that_does_not_answer() {
	unplugged
	audit 1 -- "$S" "prepare c g $LAB_BELOW" "device d g $LAB_BELOW" "device d2 g $LAB_BELOW" "close d" &&
		opens no-vm && findings device-dead &&
		holds '.[] | select(.rule=="device-dead") | .severity == "error" and .open == 1 and
			.device == "'"$LAB_BELOW"'" and .evidence[0].op == "device_open" and
			(.cause | test("was to be powered up"))'
}

test_device_behind_a_port_that_answers() {
	[ -n "${LAB_BELOW:-}" ] || skip "this machine has no device behind a root port"
	audit 0 -- "$S" "prepare c g $LAB_BELOW" "device d g $LAB_BELOW" "reset d" "close d" "device d g $LAB_BELOW" &&
		opens no-vm no-vm && findings
}

asleep() {
	[ "$(cat "/sys/bus/pci/devices/$LAB_NIC/power_state")" = "$1" ]
}

# vfio-pci lets an idle device sleep: before the open, and after the close.
test_device_that_sleeps() {
	[ -e "/sys/bus/pci/devices/$LAB_NIC/power_state" ] || skip "this kernel does not show the state"
	[ -e "/sys/bus/pci/devices/$LAB_NIC/power/runtime_status" ] || skip "this kernel lets no device sleep"
	await "an idle device sleeps" asleep D3hot || return 1
	audit 0 -- "$S" "prepare c g $LAB_NIC" "device d g $LAB_NIC" "close d" "sleep 500" "device d g $LAB_NIC" &&
		opens no-vm no-vm && findings
}

test_reset_that_a_device_does_not_come_back_from() {
	oracle || return 1
	module reset_errno 110
	audit 1 -- "$S" "prepare c g $SILENT" "device d g $SILENT" "reset d => ETIMEDOUT" "reset d => ETIMEDOUT" &&
		findings device-dead && causes ETIMEDOUT &&
		holds '.[] | select(.rule=="device-dead") | ([.evidence[].op] == ["device_open", "device_reset"])'
}

# Devices that are to be taken from their driver

# unbind DEVICE: in the background; $unbinding is the process that is in it.
unbind() {
	echo "$1" >/sys/bus/pci/drivers/vfio-pci/unbind &
	unbinding=$!
	trap 'wait $unbinding; echo '"$1"' >/sys/bus/pci/drivers_probe' EXIT
}

told() {
	jq -s -e "any(.[]; $1)" "$T/out" >/dev/null 2>&1
}

test_unbind_of_a_device_in_use() {
	"$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "touch $T/held" pause &
	local holder=$!
	wait_file "$T/held" && start_tool audit --json --grace 1s || return 1
	unbind "$LAB_DEV_A"
	await "the holder is named" told '.rule=="unbind-blocked"'
	kill "$holder"
	reap "$holder"
	wait "$unbinding"
	await "the end is told" told '.rule=="unbind-blocked" and .severity=="info"'
	end_tool 1 && holds '[.[] | select(.rule=="unbind-blocked") | .severity] == ["warning", "info"]' &&
		holds '.[] | select(.rule=="unbind-blocked" and .severity=="warning") | .device == "'"$LAB_DEV_A"'" and
			([.evidence[].op] == ["unbind_begin"]) and (.holders | map(select(.hold=="device")) | length == 1) and
			.holders[0].pid == '"$holder"' and .holders[0].comm == "vfio-steps" and .holders[0].fd >= 3' &&
		holds '.[] | select(.rule=="unbind-blocked" and .severity=="info") | ([.evidence[].op] == ["unbind_begin", "unbind"]) and
			.evidence[1].duration_ns >= 1000000000 and (.cause | test("free now, after [0-9.]+ s"))'
}

# The holder lets go in time.
test_unbind_that_waits_a_little() {
	"$S" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "touch $T/held" pause &
	local holder=$!
	wait_file "$T/held" && start_tool audit --json --grace 60s || return 1
	unbind "$LAB_DEV_A"
	await "it waits" grep -E 'vfio_[a-z]+_group_dev' "/proc/$unbinding/stack"
	kill "$holder"
	reap "$holder"
	wait "$unbinding"
	# It was open before the start: its verdict is unknown.
	end_tool 4 && findings
}

test_unbind_of_a_device_that_nobody_uses() {
	start_tool audit --json --grace 1s || return 1
	unbind "$LAB_DEV_A"
	wait "$unbinding"
	end_tool 0 && findings
}
