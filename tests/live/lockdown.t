# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# A kernel that is locked down: booted with lockdown=integrity, as Debian does
# under Secure Boot, or lockdown=confidentiality. Each has a guest of its own.

# locked STATE: or there is nothing to see here.
locked() {
	[ -e /sys/kernel/security/lockdown ] || skip "this kernel has no lockdown"
	grep -q "\[$1\]" /sys/kernel/security/lockdown 2>/dev/null || skip "the guest was not booted with lockdown=$1"
}

# everything: all that is asked of a host that can be observed.
everything() {
	local got
	run 0 doctor --json && holds '.[0].can_observe' &&
		audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" && opens ordered && findings &&
		audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" &&
		opens violation && findings open-before-add || return 1
	"$S" "comm boxed" "attach v k c g d $LAB_DEV_A" "touch $T/up" "wait $T/go" &
	wait_file "$T/up" || return 1
	if shape notifier; then
		run 4 ps --json
	else
		run 0 ps --json && holds '[.[] | select(.type=="device") | .verdict] == ["ordered"]'
	fi
	got=$?
	touch "$T/go"
	wait
	return $got
}

test_integrity() {
	locked integrity
	everything && run 0 doctor --json && holds '.[0].lockdown == "integrity"'
}

# refused COMMAND…: one sentence, and it names the cause.
refused() {
	run 3 "$@" || return 1
	[ "$(wc -l <"$T/err")" = 1 ] && grep -q "cannot observe this host: .*lock.*down" "$T/err" && [ ! -s "$T/out" ] && return 0
	show "$T/out" "$T/err"
	no "not one sentence about lockdown: vfioscope $*"
}

test_confidentiality() {
	locked confidentiality
	refused audit && refused ps && refused trace -- touch "$T/ran" || return 1
	[ ! -e "$T/ran" ] || no "the program ran unobserved" || return 1
	run 3 doctor --json &&
		holds '.[0] | (.can_observe | not) and .lockdown == "confidentiality" and
		       (.obstacles | length == 1) and (.obstacles[0].what | test("lock.*down"))'
}

# The state cannot be read: the last case, as securityfs does not come back.
test_confidentiality_that_can_not_be_read() {
	locked confidentiality
	umount /sys/kernel/security || return 1
	refused audit && refused ps && run 3 doctor && head -n 1 "$T/out" | grep -q "lock.*down" || {
		show "$T/out"
		no "lockdown is not named"
	}
}
