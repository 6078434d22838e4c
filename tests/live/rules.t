# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Each rule: a case that fires it, and a near miss that must not. The rules on
# the order of open and GROUP_ADD have theirs in verdicts.t.

# What registering a device of the test module makes of a VM.
noncoherent=$(noncoherent)

test_open_refused() {
	oracle || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $STRICT" "device d g $STRICT => EINVAL" &&
		opens && findings open-refused && causes EINVAL &&
		holds '.[] | select(.type=="finding") | .severity == "error" and .vm == "vm1" and
		       .device == "'"$STRICT"'" and .open == null and .evidence[0].op == "device_open" and
		       .evidence[0].kvm == null'
}

test_open_refused_without_a_vm_is_the_drivers() {
	oracle || return 1
	audit 1 -- "$S" "prepare c g $STRICT" "device d g $STRICT => EINVAL" &&
		opens && findings driver-refused && causes EINVAL
}

# The driver was never asked: the group has left its container's IOMMU behind.
test_no_iommu_is_no_refusal() {
	audit 1 -- "$S" "vm v" "prepare c g $LAB_DEV_A" "unset-container g" "set-container g c" \
		"device d g $LAB_DEV_A => EINVAL" &&
		opens && findings attach-failed && causes EINVAL
}

# The refusal is told once, and not held against the next call.
test_failed_attach_after_a_refused_open() {
	oracle || return 1
	audit 1 -- "$S" "vm v" "prepare c g $STRICT" "device d g $STRICT => EINVAL" "device d g 0000:ff:1f.7 => ENODEV" &&
		findings open-refused attach-failed && causes EINVAL ENODEV
}

test_refused_then_added_is_ordered() {
	oracle || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $STRICT" "device d g $STRICT => EINVAL" "add k g" \
		"device d g $STRICT" &&
		opens ordered && findings open-refused "$noncoherent"
}

test_kvm_mismatch_and_two_vms() {
	# The driver is told of the second VM, and has no pointer that would differ.
	if shape notifier; then
		audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "vm v2" "kvm-vfio k2 v2" "add k2 g" &&
			opens ordered && findings two-vms
		return
	fi
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "vm v2" "kvm-vfio k2 v2" "add k2 g" &&
		opens violation && findings two-vms kvm-mismatch &&
		holds '.[] | select(.rule=="kvm-mismatch") | .severity == "error" and .vm == "vm1" and
		       ([.evidence[].op] == ["device_open", "group_add"]) and
		       .evidence[0].kvm == "vm1" and .evidence[1].vm == "vm2"' &&
		holds '.[] | select(.rule=="two-vms") | .severity == "error" and .vm == "vm2" and
		       ([.evidence[] | .op + " " + .vm] == ["group_add vm1", "group_add vm2"])'
}

test_kvm_mismatch_without_two_vms() {
	if shape notifier; then
		audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "del k g" "vm v2" "kvm-vfio k2 v2" "add k2 g" &&
			opens ordered && findings del-while-open
		return
	fi
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "del k g" "vm v2" "kvm-vfio k2 v2" "add k2 g" &&
		opens violation && findings del-while-open kvm-mismatch
}

test_from_one_vm_to_another_in_order() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "close d" "del k g" "vm v2" "kvm-vfio k2 v2" "add k2 g" \
		"device d g $LAB_DEV_A" &&
		opens ordered ordered && findings &&
		holds '[.[] | select(.type=="open") | .vm] == ["vm1", "vm2"]'
}

test_two_vms_without_a_device() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" "prepare c g $LAB_DEV_A" "add k g" "add k2 g" &&
		opens && findings two-vms &&
		holds '.[] | select(.type=="finding") | .open == null and .device == null and .group != null'
}

test_two_vms_one_after_the_other() {
	# A kvm-vfio fd that is closed leaves its groups registered until the VM ends.
	if shape notifier; then
		audit 1 -- "$S" "vm v" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" "prepare c g $LAB_DEV_A" "add k g" \
			"del k g" "add k2 g" "close k2" "add k g" &&
			opens && findings two-vms
		return
	fi
	audit 0 -- "$S" "vm v" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" "prepare c g $LAB_DEV_A" "add k g" "del k g" \
		"add k2 g" "close k2" "add k g" &&
		opens && findings
}

# A DEL from either clears the pointer for both: the next open has none.
test_two_vms_and_a_cleared_pointer() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" "prepare c g $LAB_DEV_A" "add k g" "add k2 g" \
		"del k2 g" "device d g $LAB_DEV_A" &&
		opens violation && findings two-vms open-without-add
}

test_del_while_open() {
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "del k g" "close d" &&
		opens ordered && findings del-while-open &&
		holds '.[] | select(.type=="finding") | .severity == "warning" and .vm == "vm1" and
		       .evidence[-1].op == "group_del"'
}

test_kvm_vfio_closed_while_open() {
	if shape notifier; then
		audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "close k" "close d" && opens ordered && findings &&
			audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "close k" "close v" "sleep 100" "close d" &&
			opens ordered && findings del-while-open &&
			holds '.[] | select(.type=="finding") | .evidence[-1].op == "vm_destroy"'
		return
	fi
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "close k" "close d" &&
		opens ordered && findings del-while-open &&
		holds '.[] | select(.type=="finding") | .evidence[-1].op == "clear_kvm"'
}

test_del_after_the_close() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "close d" "del k g" "add k g" "close k" &&
		opens ordered && findings
}

test_group_added_again_after_del() {
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "del k g" "add k g" "device d2 g $LAB_DEV_A" &&
		opens ordered && findings del-while-open
}

test_add_failed() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k fd:-1 => EBADF" "add k fd:0 => EINVAL" \
		"del k g => ENOENT" "add k g" "add k g => EEXIST" "spapr k g => $SPAPR_ERROR" &&
		findings add-failed add-failed add-failed add-failed add-failed &&
		causes EBADF EINVAL ENOENT EEXIST "$SPAPR_ERROR" &&
		holds '.[] | select(.type=="finding") | .severity == "warning" and .vm == "vm1"'
}

test_kvm_lost() {
	oracle || return 1
	audit 1 -- "$S" "attach v k c g d $SILENT" "forget d" "device d2 g $SILENT" &&
		opens violation && findings "$noncoherent" kvm-lost &&
		holds '.[] | select(.rule=="kvm-lost") | .severity == "error" and .vm == "vm1" and
		       .evidence[0].kvm == "vm1" and .evidence[-1].kvm == null'
}

test_kvm_kept() {
	oracle || return 1
	audit 0 -- "$S" "attach v k c g d $SILENT" "device d2 g $SILENT" "close d" "device d g $SILENT" &&
		opens ordered && findings "$noncoherent"
}

# What kernels without a reference do by themselves: the VM ends, its pointer stays.
test_vm_gone_while_open() {
	oracle || return 1
	local put=("put d")
	! shape borrowed || put=() # devices never had a reference
	audit 1 -- "$S" "attach v k c g d $SILENT" "${put[@]}" "close k" "close v" "sleep 200" "close d" &&
		opens violation && findings "$noncoherent" del-while-open vm-gone-while-open &&
		holds '.[] | select(.rule=="vm-gone-while-open") | .severity == "error" and .vm == "vm1" and
		       .evidence[-1].op == "vm_destroy"' &&
		holds '[.[] | select(.type=="open") | .kvm_at_open] == ["vm1"]'
}

test_vm_kept_by_the_device() {
	! shape borrowed || {
		skip "devices of this kernel do not keep their VM: see vm gone while open"
		return
	}
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "close k" "close v" "sleep 200" "close d" &&
		opens ordered && findings del-while-open
}

# Found by its state: the pointer is no VM's any more.
test_vm_gone_before_we_came() {
	shape borrowed || {
		skip "devices of this kernel keep their VM, or hold no pointer"
		return
	}
	"$S" "attach v k c g d $LAB_DEV_A" "close k" "close v" "touch $T/up" pause &
	wait_file "$T/up" || return 1
	run 1 ps --json && findings vm-gone-while-open &&
		holds '.[] | select(.type=="device") | .verdict == "violation"'
	local got=$?
	kill %1
	wait
	return $got
}

test_add_without_effect() {
	if shape devfile; then
		audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "add k d" &&
			opens ordered && findings add-without-effect
	else
		audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "add k d => EINVAL" &&
			opens ordered && findings add-failed
	fi
}

# Where the container is asked whether DMA is coherent, it has to be there.
test_add_before_the_container() {
	local words=("vm v" "kvm-vfio k v" "container c" "group g $LAB_DEV_A")
	if shape notifier; then
		audit 1 -- "$S" "${words[@]}" "add k g => EINVAL" && findings add-failed
	elif shape borrowed; then
		audit 1 -- "$S" "${words[@]}" "add k g" "set-container g c" && findings add-without-effect
	else
		audit 0 -- "$S" "${words[@]}" "add k g" "set-container g c" && findings
	fi
}

test_second_kvm_vfio() {
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "kvm-vfio k2 v => EBUSY" &&
		findings second-kvm-vfio && causes EBUSY
}

test_kvm_vfio_once_more_after_the_first_is_closed() {
	# There the device lives until its VM ends.
	if shape notifier; then
		audit 1 -- "$S" "vm v" "kvm-vfio k v" "close k" "kvm-vfio k v => EBUSY" && findings second-kvm-vfio
		return
	fi
	audit 0 -- "$S" "vm v" "kvm-vfio k v" "close k" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" && findings
}

test_attach_failed() {
	audit 1 --dma -- "$S" "container c" "set-iommu c => EINVAL" "group g $LAB_DEV_A" "device d g $LAB_DEV_A => EINVAL" \
		"set-container g c" "set-container g c => EINVAL" "set-iommu c" "device d g 0000:ff:1f.7 => ENODEV" \
		"map c 0x200000 256 => EINVAL" &&
		opens && findings attach-failed attach-failed attach-failed attach-failed attach-failed &&
		causes EINVAL EINVAL EINVAL ENODEV EINVAL &&
		holds '[.[] | select(.type=="finding") | .evidence[0].op] ==
		       ["set_iommu", "get_device_fd", "set_container", "get_device_fd", "'"$FIRST_OF_MAP"'"]' &&
		because "no container:" && because "has a container already"
}

test_call_that_groups_do_not_have() {
	audit 1 -- "$S" "prepare c g $LAB_DEV_A" "reset g => ENOTTY" "device d g $LAB_DEV_A" && opens no-vm &&
		findings attach-failed && causes ENOTTY && because "no such call on a group"
}

# because WORDS: a cause says so.
because() {
	holds "any(.[] | select(.type==\"finding\") | .cause; test(\"$1\"))"
}

# The last group takes the IOMMU with it.
test_container_that_has_lost_its_iommu() {
	[ -e /sys/kernel/btf/vfio ] || built_in || skip "VFIO has no BTF in this kernel"
	audit 1 -- "$S" "prepare c g $LAB_DEV_A" "unset-container g" "set-container g c" "device d g $LAB_DEV_A => EINVAL" &&
		findings attach-failed && because "container has no IOMMU"
}

test_memory_limit() {
	audit 1 --dma -- sh -c "ulimit -l 64; exec setpriv --bounding-set -ipc_lock $S 'prepare c g $LAB_DEV_A' 'map c 0x100000 1M => ENOMEM'" &&
		findings attach-failed && causes ENOMEM &&
		holds '.[] | select(.type=="finding") | .cause | test("MEMLOCK")'
}

test_noncoherent_dma() {
	oracle || return 1
	[ -n "$noncoherent" ] || skip "devices of the test module pass for coherent here"
	audit 0 -- "$S" "attach v k c g d $SILENT" && opens ordered && findings noncoherent-dma &&
		holds '.[] | select(.type=="finding") | .severity == "info" and .vm == "vm1"' &&
		holds '.[-1].findings.info == 1'
}

# Once for each VM, however often it begins.
test_noncoherent_dma_of_each_vm() {
	oracle || return 1
	[ -n "$noncoherent" ] || skip "devices of the test module pass for coherent here"
	audit 0 -- "$S" "fork a" "attach v k c g d $SILENT" "close d" "del k g" "add k g" "end" "join a" \
		"fork b" "attach v k c g d $SILENT" "end" "join b" &&
		opens ordered ordered && findings noncoherent-dma noncoherent-dma &&
		holds '[.[] | select(.type=="finding") | .vm] == ["vm1", "vm2"]'
}

test_coherent_dma() {
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" && opens ordered && findings
}

test_findings_that_are_no_opens_for_people() {
	run 1 audit -- "$S" "vm v" "kvm-vfio k v" "add k fd:-1 => EBADF" || return 1
	grep -q '  warning    *add-failed: ' "$T/out" && grep -q '^  process   vfio-steps, pid' "$T/out" &&
		grep -q '^  cause  ' "$T/out" || {
		show "$T/out"
		no "headline, process or cause is missing"
	}
}

test_harm_and_fix_are_told_once_for_people() {
	run 1 audit -- "$S" "vm v" "kvm-vfio k v" "add k fd:-1 => EBADF" "add k fd:-1 => EBADF" \
		"prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "close d" || return 1
	[ "$(grep -c '^  cause  ' "$T/out")" = 2 ] && [ "$(grep -c '^  harm  ' "$T/out")" = 2 ] &&
		[ "$(grep -c '^  more .* as above; vfioscope explain add-failed$' "$T/out")" = 1 ] || {
		show "$T/out"
		no "not two causes, and harm once for each rule"
	}
}
