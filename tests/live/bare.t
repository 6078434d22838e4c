# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# A host where kvm and vfio are not loaded yet; the guest starts without them.

test_says_what_is_missing_and_what_to_do() {
	! built_in || skip "KVM and VFIO are built in"
	run 3 audit || return 1
	[ "$(wc -l <"$T/err")" = 1 ] && grep -q 'KVM is not in the running kernel.*modprobe kvm' "$T/err" ||
		no "$(cat "$T/err")" || return 1
	[ ! -s "$T/out" ] || no "something on stdout" || return 1
	run 3 trace -- touch "$T/ran" || return 1
	[ ! -e "$T/ran" ] || no "the program ran unobserved"
}

test_doctor_says_all_of_it() {
	! built_in || skip "KVM and VFIO are built in"
	run 3 doctor --json && holds '.[0] | .can_observe == false and .kvm == false and .vfio == false and
		([.obstacles[].id] == ["no-kvm", "no-vfio"])' || return 1
	run 3 doctor && head -n 1 "$T/out" | grep -q 'cannot observe this host: KVM' &&
		grep -q 'modprobe vfio-pci' "$T/out" || no "$(cat "$T/out")"
}

test_works_once_they_are_loaded() {
	modprobe "$KVM_MODULE" && modprobe vfio-pci || return 1
	run 0 doctor
}
