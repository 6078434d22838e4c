# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Others that look at the same functions, and what is left of us afterwards.

# Functions that every kernel has, of both modules.
ADD=kvm_vfio_set_attr
CALL=vfio_group_fops_unl_ioctl

# two_vms: one in the right order, one in the wrong: 2 ADDs, and 4 calls that the
# group gets for each (status, container, and opens).
two_vms() {
	"$S" "attach v k c g d $LAB_DEV_A" &&
		"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_B" "device d g $LAB_DEV_B" "add k g"
}

# said FILE: what it says of opens, without what differs from run to run.
said() {
	jq -c 'select(.type == "open" or .type == "finding") |
		[.type, .verdict, .rule, .severity, .device, .group, .pid, .comm, .reason]' "$1" | sort
}

# right: of the two.
right() {
	opens ordered violation && findings open-before-add
}

test_two_of_us_at_once() {
	local other got=0
	"$V" audit --json --probe kprobe >"$T/other" 2>"$T/other.err" &
	other=$!
	wait_for "$T/other.err" armed || return 1
	start_tool audit --json || return 1
	two_vms || no "workload failed" || return 1
	end_tool 1 && right || return 1
	kill -INT "$other"
	wait "$other" || got=$?
	[ $got = 1 ] || no "the other one: exit $got" || return 1
	said "$T/out" >"$T/a" && said "$T/other" >"$T/b"
	[ "$(wc -l <"$T/a")" = 3 ] && cmp -s "$T/a" "$T/b" || {
		show "$T/a" "$T/b"
		no "they differ"
	}
}

# One leaves while the other watches: it takes nothing away.
test_one_of_us_leaves() {
	local other
	"$V" audit --json >"$T/other" 2>"$T/other.err" &
	other=$!
	wait_for "$T/other.err" armed && start_tool audit --json || return 1
	kill -9 "$other"
	wait "$other"
	two_vms || no "workload failed" || return 1
	end_tool 1 && right
}

# bpftrace PROBES…: the counts of ADD and CALL are in $T/bt when it has ended.
start_bpftrace() {
	bpftrace -e "$1" >"$T/bt" 2>"$T/bt.err" &
	neighbour=$!
	wait_for "$T/bt" watching
}

end_bpftrace() {
	kill -INT "$neighbour"
	wait "$neighbour"
	grep -q '^@add: 2$' "$T/bt" && grep -Eq '^@call: [1-9]' "$T/bt" && return 0
	show "$T/bt" "$T/bt.err"
	no "bpftrace did not see both"
}

KPROBES="BEGIN { printf(\"watching\\n\"); } kprobe:$ADD { @add = count(); } kretprobe:$CALL { @call = count(); }"
FENTRIES="BEGIN { printf(\"watching\\n\"); } fentry:kvm:$ADD { @add = count(); } fexit:vfio:$CALL { @call = count(); }"

# beside SCRIPT: bpftrace comes first, and the other way round.
beside() {
	command -v bpftrace >/dev/null || skip "the lab has no bpftrace for this architecture"
	start_bpftrace "$1" && start_tool audit --json || return 1
	two_vms || no "workload failed" || return 1
	end_bpftrace && end_tool 1 && right || return 1
	start_tool audit --json && start_bpftrace "$1" || return 1
	two_vms || no "workload failed" || return 1
	end_tool 1 && right && end_bpftrace
}

test_beside_bpftrace_by_kprobes() { beside "$KPROBES"; }

test_beside_bpftrace_by_fentry() {
	with_fentry
	[ -e /sys/kernel/btf/kvm ] || skip "bpftrace finds no BTF of modules here"
	beside "$FENTRIES"
}

# counts: perf has started its program, and counts from then on.
counts() {
	[ "$(pgrep -P "$neighbour" -l | cut -d ' ' -f 2)" = sleep ]
}

# perf counts two kprobes of its own, made through tracefs.
test_beside_perf() {
	local tracing=/sys/kernel/tracing got=0
	echo "p:neighbours/add $ADD" >$tracing/kprobe_events &&
		echo "r:neighbours/call $CALL" >>$tracing/kprobe_events || return 1
	perf stat -a -x, -e neighbours:add,neighbours:call -o "$T/perf" sleep 1000 2>"$T/perf.err" &
	neighbour=$!
	await "perf counts" counts && start_tool audit --json && two_vms && end_tool 1 && right || got=1
	pkill -INT -P "$neighbour"
	wait "$neighbour"
	: >$tracing/kprobe_events
	awk -F, '$3 == "neighbours:add" { add = $1 } $3 == "neighbours:call" { call = $1 }
		END { exit add == 2 && call > 0 ? 0 : 1 }' "$T/perf" || {
		show "$T/perf" "$T/perf.err"
		no "perf did not see both"
		got=1
	}
	return $got
}

# held: what the kernel holds of probes, by kind.
held() {
	echo "programs $(bpftool -j prog show | jq length)"
	echo "links $(bpftool -j link show 2>/dev/null | jq length)"
	echo "kprobes $(wc -l </sys/kernel/debug/kprobes/list)"
	echo "functions $(wc -l </sys/kernel/tracing/enabled_functions)"
	echo "events $(wc -l </sys/kernel/tracing/kprobe_events)"
}

as_before() {
	held >"$T/after"
	cmp "$1" "$T/after"
}

# settled FILE: until what is held is what was held before.
settled() {
	try await "" as_before "$1" && return 0
	diff "$1" "$T/after" | sed 's/^/# /'
	no "something is left"
}

# killed ARGS…: without a chance to clean up.
killed() {
	held >"$T/before"
	start_tool "$@" || return 1
	held >"$T/during"
	! cmp -s "$T/before" "$T/during" || no "nothing was attached" || return 1
	kill -9 "$tool"
	wait "$tool"
	settled "$T/before"
}

test_killed_leaves_nothing() { killed trace; }
test_killed_leaves_nothing_by_kprobe() { killed trace --probe kprobe; }

# Killed while a thousand calls are under way.
test_killed_in_the_middle_of_calls() {
	held >"$T/before"
	"$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "repeat 100000" "device d g $LAB_DEV_A" "close d" "end" &
	local busy=$!
	start_tool trace --json || return 1
	kill -9 "$tool"
	wait "$tool"
	kill "$busy"
	wait "$busy"
	settled "$T/before"
}

test_cycles_leak_nothing() {
	tests/cycles 20 >"$T/cycles" 2>&1 && return 0
	show "$T/cycles"
	no "20 cycles left something"
}
