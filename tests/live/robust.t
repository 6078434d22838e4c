# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Bad input, bad surroundings, and bad moments to be interrupted.

# What devices of a kernel do not do, it has no site for. What a kernel may lack as a
# whole (cdevs, iommufd) is not missing where it does.
missing='map(select(.method == "none" and (.why_missing_id | IN("not-in-kernel", "costly", "other-architecture") | not)).site)'
absent='[]'
! shape borrowed || absent='["kvm-taken", "kvm-dropped"]'
! shape notifier || absent='["kvm-taken", "kvm-dropped", "driver-open"]'
# 5.15's vfio-pci has the function by the name of later kernels.
! grep -q ' vfio_pci_open_device\b' /proc/kallsyms || absent=${absent/, \"driver-open\"/}

test_doctor_finds_everything() {
	run 0 doctor --json && holds '.[0].can_observe and .[0].btf and (.[0].obstacles == []) and
		(.[0].sites | length > 15 and ('"$missing == $absent"'))' || return 1
	run 0 doctor && head -n 1 "$T/out" | grep -q '^this host can be observed$' ||
		no "first line: $(head -n 1 "$T/out")"
}

test_doctor_by_kprobe() {
	run 0 doctor --json --probe kprobe &&
		holds '.[0].sites | map(select(.method != "none")) | all(.method == "kprobe" or
		       .method == "tracepoint" or .method == "iterator")' &&
		holds ".[0].sites | $missing == $absent"
}

# A name made of an escape sequence, quotes, a newline and bytes that are no UTF-8.
test_hostile_process_name() {
	local name='\x1b[2J"\x27\n\xff\\'
	audit 1 -- "$S" "comm $name" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" &&
		holds 'all(.[] | select(.type=="finding"); .comm | contains("\"") and contains("\\xff"))' || return 1
	! LC_ALL=C grep -q "[^ -~]" "$T/out" || no "JSON holds raw bytes" || return 1
	run 1 audit -- "$S" "comm $name" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" ||
		return 1
	! LC_ALL=C grep -q "[^ -~]" "$T/out" || no "text holds raw bytes" || return 1
	grep -qF '\x1b[2J"' "$T/out" || no "the name is not shown"
}

test_program_that_can_not_run() {
	run 2 audit -- /no/such/program && grep -q "cannot run '/no/such/program': No such file" "$T/err" ||
		no "$(cat "$T/err")" || return 1
	run 2 audit -- "$PWD/README.md" && grep -q "cannot run .*: Permission denied" "$T/err" ||
		no "$(cat "$T/err")" || return 1
	printf '\177ELFrubbish' >"$T/rubbish" && chmod +x "$T/rubbish"
	run 2 audit -- "$T/rubbish" && grep -q "cannot run .*: Exec format error" "$T/err" ||
		no "$(cat "$T/err")"
}

# says TEXT [LINES]: on stderr, which has so many lines about calls.
says() {
	grep -qF "vfioscope: $1" "$T/err" && [ "$(grep -c 'VFIO call' "$T/err")" = "${2:-1}" ] ||
		no "not said: $1: $(cat "$T/err")"
}

no_call="sh made no VFIO call that was observed: is its device node missing, or may it not open it?"

test_exit_status_of_the_program_is_told() {
	run 6 audit -- sh -c 'exit 7' && says "sh exited with status 7" || return 1
	run 6 audit -- sh -c 'kill -9 $$' && says "sh was killed by signal 9"
}

test_program_fails_without_a_call() {
	local command
	for command in audit trace profile; do
		run 6 $command --json -- sh -c 'exit 3' && says "$no_call" &&
			holds '.[-1].program == {exit_status: 3, signal: null, told_to_end: false, calls: 0, call_failed: false}' ||
			return 1
		run 0 $command --json -- sh -c 'exit 0' && says "armed" 0 &&
			holds '.[-1].program.exit_status == 0' || return 1
	done
	run 6 audit -q --fail-on never --json -- sh -c 'kill -9 $$' && says "$no_call" &&
		holds '.[-1].program | .exit_status == null and .signal == 9'
}

# Calls of its children are its calls, also those that no record is written of.
test_program_fails_and_no_call_has() {
	local command
	for command in audit trace profile; do
		run 6 $command --json -- sh -c "$S 'attach v k c g d $LAB_DEV_A'; exit 3" &&
			says "sh made $(jq -s '.[-1].program.calls' "$T/out") VFIO calls, and none of those observed failed" &&
			holds '.[-1].program | .exit_status == 3 and .calls >= 2 and (.call_failed | not)' ||
			return 1
	done
	run 6 audit --json -- sh -c "$S 'container c' 'group g $LAB_DEV_A' 'set-container g c'; exit 3" &&
		says "sh made 2 VFIO calls, and none of those observed failed" && holds '.[-1].program.calls == 2'
}

# Others' calls are not.
test_program_fails_beside_others() {
	"$S" "attach v k c g d $LAB_DEV_A" "touch $T/up" "wait $T/ended" &
	wait_file "$T/up" || return 1
	run 6 trace --json -- sh -c 'exit 3' && says "$no_call" && holds '.[-1].program.calls == 0' || return 1
	touch "$T/ended"
	wait
}

# What explains it has an exit code of its own, or none.
test_program_fails_and_a_call_has() {
	local steps="'prepare c g $LAB_DEV_A' 'set-container g c => *'" program
	program="$S $steps; exit 3"
	audit 1 -- sh -c "$program" && says armed 0 && findings attach-failed &&
		holds '.[-1].program | .exit_status == 3 and .call_failed' || return 1
	audit 0 --fail-on error -- sh -c "$program" && says armed 0 && findings attach-failed || return 1
	audit 0 --fail-on never -- sh -c "$program" && says armed 0 && findings attach-failed || return 1
	run 0 trace --json -- sh -c "$program" && says armed 0 && holds '.[-1].program.call_failed'
}

test_program_ends_as_it_was_told() {
	"$V" audit --json -- sh -c "touch $T/up; exec sleep 1000" >"$T/out" 2>"$T/err" &
	tool=$!
	wait_file "$T/up" || return 1
	end_tool 0 TERM && says "sh was killed by signal 15" 0 &&
		holds '.[-1].program | .signal == 15 and .told_to_end' || return 1
	# It goes on when the time is over.
	run 0 audit --json --duration 1s -- sleep 5 && says armed 0 &&
		holds '.[-1].program | .exit_status == null and .signal == null'
}

test_program_output_goes_to_stderr() {
	audit 0 -- echo hello && holds 'length == 2' && grep -qx hello "$T/err" || no "no hello on stderr"
}

test_program_reads_our_stdin() {
	echo word | "$V" audit --json -- sh -c 'read x && echo "got $x"' >"$T/out" 2>"$T/err" &&
		grep -qx 'got word' "$T/err" || no "$(cat "$T/err")"
}

test_full_disk_behind_stdout() {
	local got=0
	"$V" audit >/dev/full 2>"$T/err" &
	tool=$!
	wait_armed || return 1
	"$S" "attach v k c g d $LAB_DEV_A" || no "workload failed"
	reap "$tool" || got=$?
	[ $got = 5 ] && grep -q 'cannot write to stdout: No space left' "$T/err" || no "exit $got: $(cat "$T/err")" || return 1
	[ "$(grep -c stdout "$T/err")" = 1 ] || no "told more than once"
}

no_workload() {
	! pkill -x vfio-steps
}

test_reader_goes_away() {
	local got=0
	set -o pipefail
	"$V" trace 2>"$T/err" -- "$S" "repeat 200" "attach v k c g d $LAB_DEV_A" "close d" "close g" \
		"close k" "close v" "close c" "end" | head -n 3 >"$T/out" || got=$?
	# The program goes on; the next case is to find none.
	await "the program ends" no_workload
	[ $got = 5 ] && grep -q 'cannot write to stdout: Broken pipe' "$T/err" || no "exit $got: $(cat "$T/err")"
}

test_stdout_closed() {
	local got=0
	"$V" audit -- "$S" "attach v k c g d $LAB_DEV_A" >&- 2>"$T/err" || got=$?
	[ $got = 5 ] && grep -q 'cannot write to stdout' "$T/err" || no "exit $got: $(cat "$T/err")"
}

test_interrupted_while_watching() {
	start_tool audit --json && end_tool 0 INT && opens && holds '.[-1].type == "summary"' || return 1
	start_tool audit --json && end_tool 0 TERM && holds '.[-1].type == "summary"' || return 1
	start_tool trace --json && end_tool 0 HUP && holds '.[-1].type == "summary"'
}

# As under nohup.
test_hangup_that_is_ignored() {
	(trap '' HUP && exec "$V" audit --json) >"$T/out" 2>"$T/err" &
	tool=$!
	wait_armed || return 1
	kill -HUP $tool
	"$S" "attach v k c g d $LAB_DEV_A" || return 1
	end_tool 0 && opens ordered
}

# A program ends for whoever has inherited that children do not matter, too.
test_ignored_ends_of_children() {
	local got=0
	timeout -k 5 "$HANG" env --ignore-signal=CHLD "$V" audit --json -- "$S" "attach v k c g d $LAB_DEV_A" >"$T/out" 2>"$T/err" || got=$?
	[ $got = 0 ] && opens ordered || no "exit $got: $(cat "$T/err")"
}

# At many moments of the start: always a clean end, never anything left.
test_interrupted_while_attaching() {
	local i got
	for i in 0.2 0.6 1.2 1.8 2.4 3.0 3.6 4.2 4.8; do
		got=0
		"$V" trace --json >"$T/out" 2>"$T/err" &
		tool=$!
		sleep $i
		kill -INT $tool
		reap $tool || got=$?
		# Before signals are taken over there is nothing to clean up.
		[ $got = 0 ] || [ $got = 130 ] || no "after $i s: exit $got: $(cat "$T/err")" || return 1
		nothing_attached || return 1
	done
}

# takes_signals: from then on the tool lets none end it.
takes_signals() {
	grep -q '^SigBlk:.*400[23]$' "/proc/$tool/status" || gone "$tool"
}

test_interrupted_before_the_program_started() {
	local got
	for _ in {1..20}; do
		got=0
		rm -f "$T/ran"
		"$V" audit -- touch "$T/ran" >"$T/out" 2>"$T/err" &
		tool=$!
		await "signals are blocked" takes_signals
		kill -INT $tool
		cp "$T/err" "$T/then"
		reap $tool || got=$?
		# If it was armed by then, the program may have been started just before.
		grep -q armed "$T/then" || break
	done
	! grep -q armed "$T/then" || no "the signal came too late each time" || return 1
	[ $got = 0 ] || no "exit $got" || return 1
	[ ! -e "$T/ran" ] || no "the program ran"
}

test_signal_is_passed_on_to_the_program() {
	"$V" audit --json -- "$S" "attach v k c g d $LAB_DEV_A" "touch $T/up" "pause" >"$T/out" 2>"$T/err" &
	tool=$!
	wait_file "$T/up" || return 1
	end_tool 0 TERM && opens ordered && holds '.[] | select(.type=="open") | .closed_ns != null'
}

test_second_signal_does_not_wait_for_the_program() {
	"$V" audit --json -- sh -c "trap 'touch $T/passed' TERM; touch $T/up; while :; do sleep 1; done" >"$T/out" 2>"$T/err" &
	tool=$!
	wait_file "$T/up" || return 1
	kill -TERM $tool
	# Until it has been passed on: two that come at once are one.
	wait_file "$T/passed" && end_tool 0 TERM
	local got=$?
	pkill -9 -f "touch $T/up"
	return $got
}

test_killed_tool_leaves_nothing() {
	start_tool trace || return 1
	kill -9 "$tool"
	wait "$tool"
	nothing_attached || return 1
	"$V" audit -- sleep 100 >"$T/out" 2>"$T/err" &
	tool=$!
	wait_for "$T/err" armed || return 1
	kill -9 "$tool"
	wait "$tool"
	pkill -x sleep
	nothing_attached
}

test_duration_ends_it() {
	run 0 audit --json --duration 300ms && holds '.[-1] | .type == "summary" and .duration_ns >= 300000000'
}

test_fail_on() {
	audit 0 --fail-on error -- "$S" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &&
		findings open-without-add &&
		audit 0 --fail-on never -- "$S" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A"
}

test_quiet_says_findings_only() {
	run 0 audit -q -- "$S" "attach v k c g d $LAB_DEV_A" || return 1
	[ ! -s "$T/out" ] && [ ! -s "$T/err" ] || {
		show "$T/out" "$T/err"
		no "it talked"
	}
}

test_color_only_when_asked() {
	run 1 audit --color always -- "$S" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" &&
		grep -q $'\033\[' "$T/out" || no "no color" || return 1
	run 1 audit -- "$S" "vm v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" || return 1
	! grep -q $'\033' "$T/out" || no "color without a terminal"
}
