# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What a device, or its driver, does that is nobody's mistake: who refuses, and who does not answer.

# As in rules.t.
if shape refcounted; then
	noncoherent=noncoherent-dma
else
	noncoherent=
fi

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
			(.cause | test("The driver vs_silent was asked .* returned EIO (at once|after [0-9]+ ms)\\. VFIO and"))'
}

test_driver_refuses_after_two_seconds() {
	oracle || return 1
	module open_errno 5
	module open_ms 2000
	audit 1 -- "$S" "prepare c g $SILENT" "device d g $SILENT => EIO" &&
		opens && findings driver-refused &&
		holds '.[] | select(.rule=="driver-refused") | .vm == null and .evidence[0].duration_ns >= 2000000000 and
			(.cause | test("returned EIO after [2-9]\\.[0-9] s\\."))'
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
