# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the cases in *.t, which run inside a lab guest as root. A case is a
# function test_WORDS; it fails by returning non-zero after saying why with
# `no`. Each runs in a shell of its own, with a directory of its own as $T.
#
# A helper that fails has failed the case, whatever becomes of its result: it
# leaves a mark in $T, so that a forgotten && is no silent pass. Where failing is
# an answer, the helper is tried: `if try run 0 ps; then …`.

# PROBE=kprobe has everything that attaches do so by kprobes, but for the cases
# that say how themselves.
PROBE=${PROBE:-auto}
# Where the programs are that this guest can run: BUILD says so if its architecture is
# another than the build machine's.
B=${BUILD:-.output}
V=${VFIOSCOPE:-${BUILD:-.}/vfioscope}
TOOL_COMM=${V##*/}
TOOL_COMM=${TOOL_COMM:0:15}
if [ "$PROBE" != auto ]; then
	export PROBE VS_TOOL=$V
	V=tests/live/by-method
fi
S=$B/tests/vfio-steps
# How many seconds anything may take before it counts as hung. The guest is
# emulated, a start alone takes seconds there, and many times as long if the
# machine is busy, which is no failure.
HANG=${HANG_LIMIT:-240}

# The VMM of this architecture, with KVM and no device, its name as the kernel has it, what
# more gives its machine a port to plug devices into, and the bus behind it.
#
# Also the modules of KVM and of the container's IOMMU driver, the type that set-iommu
# chooses, what GROUP_SET_SPAPR_TCE without a table fails with, and how kernel addresses begin.
QEMU_PORT="-device pcie-root-port,id=p" QEMU_BUS=p
KVM_MODULE=kvm_amd IOMMU_MODULE=vfio_iommu_type1 ADDRESS='0xffff[0-9a-f]{12}'
IOMMU_TYPE=3 SPAPR_ERROR=ENXIO FIRST_OF_MAP=dma_map
case $(uname -m) in
aarch64) QEMU="qemu-system-aarch64 -M virt,gic-version=3 -m 64" KVM_MODULE=kvm ;;
ppc64le)
	# Emulated processors lack what a host would promise, and a small window is
	# mapped sooner.
	QEMU="qemu-system-ppc64 -M pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken"
	QEMU+=",cap-ccf-assist=off,cap-hpt-max-page-size=4096 -m 256"
	QEMU+=" -global spapr-pci-host-bridge.dma_win_size=0x4000000"
	QEMU_PORT='' QEMU_BUS=pci.0
	KVM_MODULE=kvm_hv IOMMU_MODULE=vfio_iommu_spapr_tce ADDRESS='0xc0[0-9a-f]{14}'
	IOMMU_TYPE=7 SPAPR_ERROR=EBADF FIRST_OF_MAP=register_memory
	;;
*) QEMU="qemu-system-x86_64 -m 64" QEMU_PORT="-M q35 $QEMU_PORT" ;;
esac
QEMU_COMM=${QEMU%% *}
QEMU_COMM=${QEMU_COMM:0:15}
QEMU+=" -accel kvm -cpu host -nodefaults -display none"

# Devices of the test module: the first wants the VM, the second does not care.
STRICT=00000000-0000-4000-8000-000000000000
SILENT=00000000-0000-4000-8000-000000000010

# The case and its failures

# one_case FILE NAME: for the runner.
one_case() {
	local status=0
	# shellcheck disable=SC1090
	. "$1"
	("$2") || status=$?
	nothing_attached || status=1
	return $status
}

# where: the line of the case's file that is being run, and from where it was called.
where() {
	local i at=
	for ((i = 1; i < ${#BASH_SOURCE[@]}; i++)); do
		[[ ${BASH_SOURCE[i]} != *.t ]] || at+="${at:+ from }${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
	done
	echo "${at:-${FUNCNAME[2]}}"
}

no() {
	[ -z "${trying:-}" ] || return 1
	echo "# ${*//$'\n'/$'\n'# }"
	echo "$(where): ${1%%$'\n'*}" >>"$T/failed"
	return 1
}

# try HELPER…: as a condition; that it fails is an answer, not a failure.
try() {
	# shellcheck disable=SC2034  # for `no` and `show`
	local trying=1
	"$@"
}

# A misspelt helper is no silent pass either.
command_not_found_handle() {
	no "no such command: $1"
	return 127
}

# skip WHY: the case ends here, and says that it has shown nothing.
skip() {
	echo "SKIP: $*"
	exit 0
}

# What a failed case leaves for its reader.
show() {
	local f
	[ -z "${trying:-}" ] || return 0
	for f in "$@"; do
		[ -s "$f" ] && sed "s|^|# ${f##*/}: |" "$f" | cut -c1-600 | head -n 40
	done
	return 0
}

# The kernel

# oracle: load the test module of this kernel; where there can be none, the case
# is skipped.
oracle() {
	local ko
	! shape notifier || skip "the test module needs the driver API of 6.1"
	[ -z "${NO_MODULE:-}" ] || skip "$NO_MODULE"
	# A case before may have had it with devices of its own (profile.t).
	if [ -e /sys/bus/vs_oracle ]; then
		[ "$(cat /sys/module/vs_oracle/parameters/{strict,silent})" != $'16\n16' ] || return 0
		rmmod vs_oracle || no "the test module cannot be unloaded" || return 1
	fi
	for ko in .output/oracle/*/vs_oracle.ko; do
		modinfo -F vermagic "$ko" 2>/dev/null | grep -q "^$(uname -r) " || continue
		insmod "$ko" strict=16 silent=16 || no "the test module does not load"
		return
	done
	no "no test module for $(uname -r): tests/oracle/build makes it"
}

# shape NAME…: does this kernel do it in one of these ways?
#   refcounted  devices hold the kvm pointer and a reference on the VM (6.2 on)
#   borrowed    they hold the pointer only (to 6.1)
#   notifier    they hold none, drivers are notified (to 5.18)
#   devfile     device fds carry a struct vfio_device_file, and can be registered (6.6 on)
#   cdev        devices have files of their own, and there is iommufd
#   mapped      an iterator shows who maps what (5.12 on)
# Asked of its functions, not of its version; once, as that takes a while.
shape() {
	local name kept=/run/kernel-shape
	[ -s $kept ] || kernel_shape >$kept
	for name; do
		! grep -qxF "$name" $kept || return 0
	done
	return 1
}

# noncoherent: the rule that fires as a device of the test module is registered; none, where
# VMs have no such state. Such devices pass for coherent where only their container is asked.
noncoherent() {
	[ "$(uname -m)" != x86_64 ] || ! shape refcounted || echo noncoherent-dma
}

kernel_shape() {
	local has
	has=$(grep -oE ' (_?vfio_device_get_kvm_safe|vfio_df_open|vfio_device_container_register|vfio_group_get_external_user|vfio_df_ioctl_bind_iommufd|task_vma_seq_next)\b' /proc/kallsyms)
	case $has in
	*get_kvm_safe*) echo refcounted ;;
	*external_user*) echo notifier ;;
	*container_register*) echo borrowed ;;
	*) return ;; # vfio is not loaded
	esac
	[[ $has != *df_open* ]] || echo devfile
	[[ $has != *task_vma* ]] || echo mapped
	[[ $has != *bind_iommufd* ]] || [ ! -e /dev/iommu ] || echo cdev
}

# paired: the machine has two devices in one group, or the case is skipped.
paired() {
	[ -n "${LAB_PAIR1:-}" ] || skip "this machine has no two devices in one group"
}

# with_fentry: tracing programs can be attached to functions, or the case is skipped.
with_fentry() {
	[ "$(uname -m)" != ppc64le ] || skip "the kernel cannot attach tracing programs to functions"
}

# type1: that is the IOMMU driver of containers, or the case is skipped.
type1() {
	[ "$(uname -m)" != ppc64le ] || skip "POWER has an IOMMU driver of its own: spapr.t"
}

# below_bridge: the pair has a bridge above it, or the case is skipped.
below_bridge() {
	[ "$(uname -m)" = x86_64 ] || skip "the two devices of one group are behind no bridge"
}

# mediated: a device of the sample driver mtty, its UUID in $MTTY; or the case is
# skipped. Once it is there it stays.
mediated() {
	local create=/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create
	MTTY=11111111-2222-4333-8444-555555555555
	[ ! -e "/sys/bus/mdev/devices/$MTTY" ] || return 0
	modprobe mtty 2>/dev/null || skip "this kernel has no sample driver mtty"
	echo "$MTTY" >$create || no "no mediated device can be made"
}

# built_in: are KVM and VFIO part of this kernel's image?
built_in() {
	grep -q '/kvm\.ko' "/lib/modules/$(uname -r)/modules.builtin"
}

# programs: the BPF programs in the kernel, "ID NAME" a line. Those that a living
# process other than the tool holds are somebody else's.
programs() {
	local all
	all=$(bpftool -j prog show 2>/dev/null) && jq -r --arg tool "$TOOL_COMM" '.[] |
		select((.pids // []) == [] or any(.pids[]; .comm == $tool)) |
		"\(.id) \(.name // .type)"' <<<"$all" 2>/dev/null && return
	echo "- bpftool does not list them: $all"
}

# nothing_attached: nothing of ours stays in the kernel, whatever happened. $PROGRAMS
# is a file with those that were there before the case.
nothing_attached() {
	local end=$((SECONDS + HANG)) left
	while true; do
		left=$(programs | grep -vxF -f "$PROGRAMS")
		[ -n "$left" ] || return 0
		# Links are freed a grace period after their fd is gone.
		((SECONDS < end)) || break
		sleep 0.1
	done
	no "programs are still loaded: ${left//$'\n'/, }"
}

# Waiting

# await WHAT COMMAND…: until the command succeeds.
await() {
	local what=$1 end=$((SECONDS + HANG))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || no "after $HANG seconds still not: $what" || return 1
		sleep 0.1
	done
}

# wait_file PATH…: until they are there. They come from a process in the background:
# if none runs any more they never come.
wait_file() {
	local file end=$((SECONDS + HANG))
	for file; do
		until [ -e "$file" ]; do
			[ -n "$(jobs -rp)" ] || [ -e "$file" ] || no "${file##*/} never came: nothing runs" || return 1
			((SECONDS < end)) || no "${file##*/} did not come in $HANG seconds" || return 1
			sleep 0.1
		done
	done
}

# wait_for FILE TEXT: until the text is in the file.
wait_for() {
	try await "" grep -q "$2" "$1" && return 0
	show "$1"
	no "\"$2\" never came"
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# reap PID: until it has ended, with its exit status; what hangs is killed.
reap() {
	try await "" gone "$1" || kill -9 "$1"
	wait "$1"
}

# The tool

# run EXIT ARGS…: the tool's output in $T/out and $T/err, its exit as expected.
run() {
	local want=$1 got=0
	shift
	timeout -k 5 "$HANG" "$V" "$@" >"$T/out" 2>"$T/err" || got=$?
	[ "$got" = "$want" ] && return 0
	show "$T/out" "$T/err"
	no "exit $got instead of $want: vfioscope $*"
}

# audit EXIT [OPTIONS…] -- PROGRAM…: as run, with --json. However slow the machine,
# no open lasts so long that it is reported before its end.
audit() {
	local want=$1
	shift
	run "$want" audit --json --grace 60s "$@"
}

armed_or_gone() {
	grep -q armed "$T/err" || gone "$tool"
}

# wait_armed: until the tool in the background says that it is.
wait_armed() {
	try await "" armed_or_gone && grep -q armed "$T/err" && return 0
	show "$T/out" "$T/err"
	no "the tool was never armed"
}

# The tool in the background: its pid in $tool, once it says it is armed.
start_tool() {
	"$V" "$@" >"$T/out" 2>"$T/err" &
	tool=$!
	wait_armed
}

# end_tool EXIT [SIGNAL]: stop it, expect its exit code.
end_tool() {
	local got=0
	kill -s "${2:-INT}" "$tool"
	reap "$tool" || got=$?
	[ "$got" = "$1" ] && return 0
	show "$T/out" "$T/err"
	no "exit $got instead of $1"
}

# What it said

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

# ops OP…: all of these occur as events.
ops() {
	local op
	for op; do
		holds "any(.[]; .type==\"event\" and .op==\"$op\")" || return 1
	done
}

# causes ERRNO…: the errnos of the proofs of all findings, and each is explained.
causes() {
	holds "([.[] | select(.type==\"finding\") | .evidence[-1].error] | join(\" \")) == \"$*\"" &&
		holds '[.[] | select(.type=="finding") | .cause | length > 25] | all'
}

# findings RULE…: these and no others, in order; empty words are none.
findings() {
	local rule want=
	for rule; do want+=${rule:+${want:+ }$rule}; done
	holds "([.[] | select(.type==\"finding\").rule] | join(\" \")) == \"$want\""
}
