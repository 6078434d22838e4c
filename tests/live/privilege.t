# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Without root, with less than root, and inside containers. The workloads run as
# root outside: what is tested is what the tool may see.

# The capabilities the tool needs, and nothing else. CAP_SYS_ADMIN: descriptors of
# a module's types, and, where perf_event_paranoid is above 2 as on Debian,
# kprobes; it includes CAP_BPF and CAP_PERFMON. CAP_SYSLOG: addresses of kernel
# objects in /proc/kallsyms. Not needed: CAP_SYS_PTRACE, as descriptors are walked
# in the kernel, and CAP_DAC_READ_SEARCH, without which debugfs does not say how
# the kernel preempts, and auto has to choose kprobes on kernels that may.
NEEDED="sys_admin syslog"

# Before 5.11 the memory of maps counts as the process's locked memory.
case $(uname -r) in
5.[0-9].* | 5.10.*) NEEDED+=" sys_resource" ;;
esac

# bounded PROGRAM…: not for ever.
bounded() {
	timeout -k 5 "$HANG" "$@"
}

# as CAPABILITIES PROGRAM…: as nobody, with these only.
as() {
	local words="-all" name
	for name in $1; do words+=",+$name"; done
	shift
	bounded setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps="$words" \
		--ambient-caps="$words" --bounding-set="$words" "$@"
}

# answered EXIT COMMAND…: its output in $T/out and $T/err, its exit as expected.
answered() {
	local want=$1 got=0
	shift
	"$@" >"$T/out" 2>"$T/err" || got=$?
	[ "$got" = "$want" ] && return 0
	show "$T/out" "$T/err"
	no "exit $got instead of $want: $*"
}

# one_sentence REGEX: all that was said is one line, and it names the cause.
one_sentence() {
	[ "$(wc -l <"$T/err")" = 1 ] && grep -Eq "^vfioscope: cannot observe this host: .*$1" "$T/err" && [ ! -s "$T/out" ] && return 0
	show "$T/out" "$T/err"
	no "not one sentence with \"$1\""
}

# three_opens: right order, wrong order, no VM.
three_opens() {
	"$S" "fork a" "attach v k c g d $LAB_DEV_A" "end" "join a" \
		"fork b" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_B" "device d g $LAB_DEV_B" "add k g" "close d" "end" "join b" \
		"fork c" "prepare c g $LAB_DEV_C" "device d g $LAB_DEV_C" "close d" "end" "join c"
}

# watched COMMAND…: audit by it is right about three opens.
watched() {
	"$@" audit --json >"$T/out" 2>"$T/err" &
	tool=$!
	wait_armed || return 1
	three_opens || no "workload failed" || return 1
	# The tool's own process, not what it was started through.
	pkill -INT -x "${VFIOSCOPE##*/}"
	local got=0
	reap "$tool" || got=$?
	[ $got = 1 ] || no "exit $got" || return 1
	opens ordered violation no-vm && findings open-before-add
}

# something_open: a process that has a VM and a device; its pid in $holder.
something_open() {
	"$S" "comm boxed" "attach v k c g d ${LAB_PAIR1:-$LAB_DEV_C}" "touch $T/up" "wait $T/go" &
	holder=$!
	wait_file "$T/up"
}

# listed COMMAND…: ps by it shows that.
listed() {
	local verdict=ordered code=0
	! shape notifier || verdict=unknown code=4
	something_open
	answered $code "$@" ps --json &&
		holds '[.[] | select(.type=="vm") | .vm_comm] == ["boxed"]' &&
		holds '[.[] | select(.type=="device") | [.device, .verdict]] == [["'"${LAB_PAIR1:-$LAB_DEV_C}"'", "'$verdict'"]]'
	local got=$?
	touch "$T/go"
	wait $holder
	return $got
}

test_audit_without_root() { watched as "$NEEDED" "$V"; }
test_audit_by_kprobe_without_root() { PROBE=kprobe VS_TOOL=$VFIOSCOPE watched as "$NEEDED" tests/live/by-method; }
test_ps_without_root() { listed as "$NEEDED" "$V"; }

test_doctor_without_root() {
	answered 0 as "$NEEDED" "$V" doctor --json && holds '.[0] | .can_observe and .privilege and .obstacles == []'
}

# lacks NAME: without this one capability nothing is claimed, and it is named.
lacks() {
	local left name="CAP_${1^^}"
	left=$(tr ' ' '\n' <<<"$NEEDED" | grep -vx "$1" | tr '\n' ' ')
	something_open
	answered 3 as "$left" "$V" audit --json --duration 1ms && one_sentence "$name" &&
		answered 3 as "$left" "$V" audit --json --duration 1ms --probe kprobe && one_sentence "$name" &&
		answered 3 as "$left" "$V" ps --json && one_sentence "$name" &&
		answered 3 as "$left" "$V" doctor --json &&
		holds '.[0] | (.can_observe | not) and (.obstacles | length == 1) and (.obstacles[0].what | contains("'"$name"'"))'
	local got=$?
	touch "$T/go"
	wait $holder
	return $got
}

test_without_sys_admin() { lacks sys_admin; }
test_without_syslog() { lacks syslog; }

test_without_sys_resource() {
	[[ $NEEDED == *sys_resource* ]] || skip "kernels from 5.11 on do not count maps as locked memory"
	lacks sys_resource
}

test_without_any() {
	NEEDED=
	lacks sys_admin
}

# Addresses hidden from everybody, root or not.
test_addresses_hidden_from_root() {
	local was
	was=$(cat /proc/sys/kernel/kptr_restrict)
	echo 2 >/proc/sys/kernel/kptr_restrict
	answered 3 bounded "$V" audit --json --duration 1ms && one_sentence kptr_restrict &&
		answered 3 bounded "$V" ps --json && one_sentence kptr_restrict &&
		answered 3 bounded "$V" doctor
	local got=$?
	echo "$was" >/proc/sys/kernel/kptr_restrict
	return $got
}

# container PROGRAM…: with process ids of its own, its own /proc and a /sys that
# is read-only and holds nothing else: no debugfs, no tracefs, no bpffs.
container() {
	bounded unshare --pid --fork --mount --ipc --uts --mount-proc sh -c '
		umount -lR /sys && mount -t sysfs -o ro sysfs /sys && ! [ -e /sys/kernel/debug/kprobes ] && exec "$@"' sh "$@"
}

# not_there ARGS…: on 5.10 what is open has to be looked at, and is not shown there.
not_there() {
	answered 3 container "$V" audit --json "$@" && one_sentence 'pid namespace.*--pid=host'
}

test_audit_in_a_container() {
	if shape notifier; then
		not_there --duration 1ms
		return
	fi
	watched container "$V"
}

# The kernel shows a container the open files of its own processes only: ps says
# so, and audit that it does not know what was open before.
test_ps_in_a_container() {
	answered 3 container "$V" ps --json && one_sentence 'pid namespace.*--pid=host'
}

test_what_a_container_does_not_see() {
	if shape notifier; then
		not_there --duration 1ms
		return
	fi
	answered 0 container "$V" audit --json --duration 1ms &&
		grep -q 'not observable here: objects that are already open.*pid namespace' "$T/err" || no "$(cat "$T/err")"
}

# What it starts there is followed all the same.
test_program_in_a_container() {
	if shape notifier; then
		not_there -- true
		return
	fi
	answered 1 container "$V" audit --json -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" \
		"device d g $LAB_DEV_A" "add k g" && opens violation && findings open-before-add
}

# Root of a user namespace is nobody outside.
test_root_of_a_user_namespace() {
	answered 3 bounded unshare --user --map-root-user "$V" audit --json --duration 1ms && one_sentence . &&
		answered 3 bounded unshare --user --map-root-user "$V" ps --json && one_sentence .
}
