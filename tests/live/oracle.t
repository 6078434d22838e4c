# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Random sequences, and a judge that knows what is true (tests/oracle).

O=$B/tests/oracle
# A guest that is short of processors is no loss of records.
AUDIT="$V audit --dma --json --raw-pointers"
TOOL="$AUDIT --buffer 16M"
SEED=${ORACLE_SEED:-1}
COUNT=${ORACLE_COUNT:-1000}

# A kernel without preemption has as many return probes for a function as it has
# processors: calls that sleep at the same time would be missed.
by_kprobe=()
[[ $(uname -v) == *PREEMPT* ]] || by_kprobe=(--lanes 1)

# judged ARGS…: runs, agrees, and leaves its last line for the reader.
judged() {
	oracle || return 1
	[ "$PROBE" != kprobe ] || set -- "$@" "${by_kprobe[@]}"
	"$O" "$@" >"$T/out" 2>"$T/err" || {
		# All that was seen of the first ones: they may not come again.
		sed 's/^/# out: /' "$T/out" | cut -c1-300 | head -n 150
		show "$T/err"
		no "the judge disagrees: $O $*"
		return 1
	}
	tail -n 1 "$T/out"
}

test_the_judge_can_fail() {
	"$O" selftest >"$T/out" 2>&1 || no "$(tail -n 5 "$T/out")"
}

test_random_sequences() {
	judged run --seed "$SEED" --count "$COUNT" --tool "$TOOL" &&
		tail -n 1 "$T/out" | grep -q " 0 disagreements"
}

# Where devices have files of their own, what is done without them.
test_random_sequences_by_groups_only() {
	[ -e /dev/vfio/devices ] || skip "no device has a file of its own"
	judged run --seed 520001 --count 200 --paths group --tool "$TOOL"
}

test_random_sequences_by_kprobe() {
	judged run --seed 500001 --count 100 "${by_kprobe[@]}" --tool "$TOOL --probe kprobe"
}

# The tool comes when the sequences are running, again and again.
test_random_sequences_and_a_late_tool() {
	judged run --seed 550001 --late 4 --tool "$TOOL"
}

test_random_sequences_with_losses() {
	judged run --seed 600001 --count 100 --lenient --stall --tool "$AUDIT --buffer 4K"
}

# One run for each site that is not there.
test_random_sequences_without_a_site() {
	local site sites="vm-create vm-destroy kvm-vfio-create kvm-vfio-release registration set-kvm
		coherency-on coherency-off group-ioctl set-iommu container-ioctl device-close snapshot"
	[ ! -e /dev/vfio/devices ] || sites+=" cdev-open cdev-release cdev-ioctl iommufd-bind kvm-dropped"
	for site in $sites; do
		judged run --seed 700001 --count 20 --lenient --tool "$TOOL --without $site" || return 1
	done
}
