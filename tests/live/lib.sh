# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the cases in *.t, which run inside a lab guest as root. A case is a
# function test_WORDS; it fails by returning non-zero after saying why with
# `no`. Each runs in a shell of its own, with a directory of its own as $T.

# PROBE=kprobe has everything that attaches do so by kprobes, but for the cases
# that say how themselves.
PROBE=${PROBE:-auto}
V=${VFIOSCOPE:-./vfioscope}
if [ "$PROBE" != auto ]; then
	export PROBE VS_TOOL=$V
	V=tests/live/by-method
fi
S=.output/tests/vfio-steps
# How long any one call of the tool may take before it counts as hung: the
# guest is emulated, and a start alone takes seconds there.
HANG=${HANG_LIMIT:-90}

# Devices of the test module: the first wants the VM, the second does not care.
STRICT=00000000-0000-4000-8000-000000000000
SILENT=00000000-0000-4000-8000-000000000010

# oracle: load the test module of this kernel; where there can be none, the case
# is skipped.
oracle() {
	local ko
	! shape notifier || skip "the test module needs the driver API of 6.1"
	[ ! -e /sys/bus/vs_oracle ] || return 0
	[ -z "${NO_MODULE:-}" ] || skip "$NO_MODULE"
	for ko in .output/oracle/*/vs_oracle.ko; do
		modinfo -F vermagic "$ko" 2>/dev/null | grep -q "^$(uname -r) " || continue
		insmod "$ko" strict=16 silent=16
		return
	done
	no "no test module for $(uname -r): tests/oracle/build makes it"
}

no() {
	echo "# $*"
	return 1
}

# shape NAME…: does this kernel do it in one of these ways?
#   refcounted  devices hold the kvm pointer and a reference on the VM (6.2 on)
#   borrowed    they hold the pointer only (to 6.1)
#   notifier    they hold none, drivers are told (to 5.18)
# Asked of its functions, not of its version; once, as that takes a while.
shape() {
	local is kept=/run/kernel-shape
	if ! [ -s $kept ]; then
		is=$(grep -oE ' (vfio_device_get_kvm_safe|vfio_device_container_register|vfio_group_get_external_user)\b' /proc/kallsyms)
		case $is in
		*get_kvm_safe*) is=refcounted ;;
		*external_user*) is=notifier ;;
		*container_register*) is=borrowed ;;
		*) is=unknown ;; # vfio is not loaded
		esac
		[ "$is" = unknown ] || echo "$is" >$kept
	fi
	[[ " $* " == *" $(cat $kept 2>/dev/null) "* ]]
}

# skip WHY: the case ends here, and says that it has shown nothing.
skip() {
	echo "SKIP: $*"
	exit 0
}

# built_in: are KVM and VFIO part of this kernel's image?
built_in() {
	grep -q '/kvm\.ko' "/lib/modules/$(uname -r)/modules.builtin"
}

# What a failed case leaves for its reader.
show() {
	local f
	for f in "$@"; do
		[ -s "$f" ] && sed "s|^|# ${f##*/}: |" "$f" | cut -c1-600 | head -n 40
	done
	return 0
}

# run EXIT ARGS…: the tool's output in $T/out and $T/err, its exit as expected.
run() {
	local want=$1 got=0
	shift
	timeout -k 5 "$HANG" "$V" "$@" >"$T/out" 2>"$T/err" || got=$?
	[ "$got" = "$want" ] && return 0
	show "$T/out" "$T/err"
	no "exit $got instead of $want: vfioscope $*"
}

# audit EXIT [OPTIONS…] -- PROGRAM…: as run, with --json.
audit() {
	local want=$1
	shift
	run "$want" audit --json "$@"
}

# holds EXPRESSION: a jq expression over the array of all objects in $T/out; all it
# yields has to be true.
holds() {
	jq -s -e "[$1] | length > 0 and all" "$T/out" >"$T/jq" 2>&1 && return 0
	show "$T/out" "$T/jq"
	no "does not hold: $1"
}

# opens VERDICT…: these and no other opens, in any order.
opens() {
	local want
	want=$(printf '%s\n' "$@" | sort | tr '\n' ' ')
	holds "([.[] | select(.type==\"open\") | .verdict + \"\n\"] | sort | map(rtrimstr(\"\n\")) | join(\" \")) + \" \" == \"$want\""
}

# findings RULE…: these and no others, in order.
findings() {
	holds "([.[] | select(.type==\"finding\").rule] | join(\" \")) == \"$*\""
}

# The tool in the background: its pid in $tool, once it says it is armed.
start_tool() {
	"$V" "$@" >"$T/out" 2>"$T/err" &
	tool=$!
	wait_for "$T/err" armed
}

# wait_for FILE TEXT: until the text is in the file.
wait_for() {
	local i
	for ((i = 0; i < HANG * 10; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		sleep 0.1
	done
	show "$1"
	no "\"$2\" never came"
}

# end_tool EXIT [SIGNAL]: stop it, expect its exit code.
end_tool() {
	local got=0
	kill -s "${2:-INT}" "$tool"
	wait "$tool" || got=$?
	[ "$got" = "$1" ] && return 0
	show "$T/out" "$T/err"
	no "exit $got instead of $1"
}

# Nothing of ours may stay in the kernel, whatever happened.
nothing_attached() {
	local i left
	# Links are freed a grace period after their fd is gone.
	for ((i = 0; i < 50; i++)); do
		left=$(bpftool prog show 2>/dev/null | grep -cE ' name (kvm_|vfio_|task_f|module_|look|open_failed)' || :)
		[ "$left" = 0 ] && return 0
		sleep 0.1
	done
	no "$left programs are still loaded"
}
