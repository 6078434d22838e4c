# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Devices opened by files of their own (/dev/vfio/devices/vfioN), DMA by iommufd, and
# an iommufd in the place of a group's container.

QEMU+=" -monitor stdio"

# cdevs: the case is skipped on a kernel that has none.
cdevs() {
	shape cdev || skip "this kernel has no files of devices and no iommufd"
}

# qemu ARGS…: starts with an iommufd named i, and quits at once.
qemu() {
	echo "echo quit | $QEMU -object iommufd,id=i $*"
}

# by PATH BACKEND: how the devices were opened, all of them.
by() {
	holds '[.[] | select(.type=="open")] | length > 0 and
	       all(.path == "'"$1"'" and .backend == "'"$2"'")'
}

# rules RULE…: findings of all these rules, in any order, and of no others.
rules() {
	local want
	want=$(printf '%s\n' "$@" | sort -u | tr '\n' ' ')
	holds "([.[] | select(.type==\"finding\").rule] | unique | join(\" \")) + \" \" == \"$want\""
}

# evidence RULE OP…: what proves it.
evidence() {
	local rule=$1 want
	shift
	want=$(printf ' %s' "$@")
	holds ".[] | select(.rule==\"$rule\") | ([.evidence[].op] | join(\" \")) == \"${want# }\""
}

# errors OP ERRNO…: of all its calls, in order; ok for one that succeeded.
errors() {
	local op=$1 want
	shift
	want=$(printf ' %s' "$@")
	holds "([.[] | select(.op==\"$op\") | .error // \"ok\"] | join(\" \")) == \"${want# }\""
}

# Verdicts

test_right_order_is_ordered() {
	cdevs
	audit 0 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" && opens ordered && findings && by cdev iommufd &&
		holds '.[] | select(.type=="open") | .kvm_at_open == "vm1" and .vm == "vm1" and
		       .device == "'"$LAB_DEV_A"'" and .driver == "vfio-pci" and .comm == "vfio-steps" and
		       .pid != null and .opened_ns < .closed_ns'
}

test_bind_before_add_is_open_before_add() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "add k d" &&
		opens violation && findings open-before-add && by cdev iommufd &&
		evidence open-before-add device_open bind_iommufd file_add &&
		holds '.[] | select(.type=="finding") | .severity == "warning" and .vm == "vm1" and
		       .path == "cdev" and .device == "'"$LAB_DEV_A"'" and .evidence[0].kvm == null and
		       .evidence[2].vm == "vm1" and (.fix | test("BIND_IOMMUFD"))'
}

test_vm_created_after_the_bind() {
	cdevs
	audit 1 -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "vm v" "kvm-vfio k v" "add k d" &&
		opens violation && findings open-before-add
}

test_bind_and_never_add_is_open_without_add() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" &&
		opens violation && findings open-without-add && by cdev iommufd &&
		evidence open-without-add vm_create device_open bind_iommufd device_close
}

test_bind_and_never_add_is_reported_while_still_open() {
	cdevs
	start_tool audit --json --grace 500ms || return 1
	"$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "wait $T/go" "add k d" &
	wait_for "$T/out" open-without-add || return 1
	touch "$T/go"
	wait $! || no "workload failed"
	end_tool 1 && opens violation && findings open-without-add open-before-add
}

test_no_vm_is_no_vm() {
	cdevs
	audit 0 -- "$S" "iommufd i" "ioas p i" "cdev d $LAB_DEV_A" "bind d i" "attach-pt d p" &&
		opens no-vm && findings && by cdev iommufd
}

test_file_that_is_never_bound_is_no_open() {
	cdevs
	audit 0 -- "$S" "vm v" "kvm-vfio k v" "cdev d $LAB_DEV_A" "add k d" "del k d" "close d" && opens && findings
}

test_killed_process_is_no_alarm() {
	cdevs
	audit 6 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "kill9" && opens ordered && findings
}

# As libvirt does: it opens both files, and the VMM gets them.
test_files_opened_by_another_process() {
	cdevs
	audit 0 -- "$S" "socketpair s" "fork helper" "comm helper" "iommufd i" "cdev d $LAB_DEV_A" "sendfd i s.a" \
		"sendfd d s.a" "end" "comm vmm" "recvfd i s.b" "recvfd d s.b" "join helper" "vm v" "kvm-vfio k v" "add k d" \
		"bind d i" "ioas p i" "attach-pt d p" &&
		opens ordered && findings && by cdev iommufd && holds '.[] | select(.type=="open") | .comm == "vmm"'
}

# The one that opened the file has a VM; the one that binds has none.
test_vm_of_the_process_that_only_opened_the_file() {
	cdevs
	audit 0 -- "$S" "socketpair s" "fork vmm" "vm v" "iommufd i" "cdev d $LAB_DEV_A" "sendfd i s.a" "sendfd d s.a" \
		"close d" "wait $T/go" "end" "recvfd i s.b" "recvfd d s.b" "bind d i" "close d" "touch $T/go" "join vmm" &&
		opens no-vm && findings
}

test_unbound_and_bound_again() {
	cdevs
	audit 0 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "del k d" "close d" "cdev d $LAB_DEV_A" "add k d" "bind d i" &&
		opens ordered ordered && findings && by cdev iommufd
}

test_bound_again_repairs() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "add k d" "del k d" "close d" \
		"cdev d $LAB_DEV_A" "add k d" "bind d i" &&
		opens violation ordered && rules open-before-add
}

test_two_devices_in_one_iommufd() {
	cdevs
	audit 0 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "cdev d2 $LAB_DEV_B" "add k d2" "bind d2 i" "attach-pt d2 p" &&
		opens ordered ordered && findings && by cdev iommufd
}

# Files are registered, not groups: the other device of the group is not.
test_one_of_two_devices_of_a_group_is_registered() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_PAIR1" "cdev d2 $LAB_PAIR2" "bind d2 i" "attach-pt d2 p" &&
		opens ordered violation && findings open-without-add &&
		holds '.[] | select(.type=="finding") | .device == "'"$LAB_PAIR2"'"'
}

test_one_of_two_devices_of_a_group_is_registered_late() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_PAIR1" "cdev d2 $LAB_PAIR2" "bind d2 i" "attach-pt d2 p" "add k d2" &&
		opens ordered violation && findings open-before-add &&
		holds '.[] | select(.type=="finding") | .device == "'"$LAB_PAIR2"'"'
}

test_two_vms_side_by_side() {
	cdevs
	audit 0 -- "$S" "fork a" "attach-cdev v k i p d $LAB_DEV_A" "touch $T/a" "wait $T/b" "end" \
		"fork b" "attach-cdev v k i p d $LAB_DEV_B" "touch $T/b" "wait $T/a" "end" "join a" "join b" &&
		opens ordered ordered && findings &&
		holds '[.[] | select(.type=="open") | .vm] | sort == ["vm1", "vm2"]'
}

test_opened_before_us_is_judged_by_state() {
	local a b c
	cdevs
	"$S" "attach-cdev v k i p d $LAB_DEV_A" "touch $T/a" "wait $T/go" &
	a=$!
	"$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_B" "bind d i" "add k d" "touch $T/b" "wait $T/go" &
	b=$!
	"$S" "iommufd i" "cdev d $LAB_DEV_C" "bind d i" "touch $T/c" "wait $T/go" &
	c=$!
	wait_file "$T/a" "$T/b" "$T/c" || return 1
	start_tool audit --json || return 1
	touch "$T/go"
	wait $a $b $c || no "workload failed"
	end_tool 1 && opens ordered violation unknown && findings open-before-add && by cdev iommufd &&
		holds '[.[] | select(.type=="open" and .opened_ns == null)] | length == 3' &&
		holds '.[] | select(.type=="finding") | .evidence[0].op == "found_device"'
}

test_registered_before_us_is_ordered() {
	cdevs
	"$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "add k d" "touch $T/ready" "wait $T/go" "bind d i" &
	wait_file "$T/ready" || return 1
	start_tool audit --json || return 1
	touch "$T/go"
	wait %1 || no "workload failed"
	end_tool 0 && opens ordered && findings
}

# Both paths

test_iommufd_in_the_place_of_a_container() {
	cdevs
	audit 0 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "group g $LAB_DEV_A" "set-container g i" "set-iommu i" "add k g" \
		"device d g $LAB_DEV_A" "map i 0x100000 64K" &&
		opens ordered && findings && by group iommufd-compat
}

test_iommufd_in_the_place_of_a_container_and_a_late_add() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "group g $LAB_DEV_A" "set-container g i" \
		"device d g $LAB_DEV_A" "add k g" &&
		opens violation && findings open-before-add && by group iommufd-compat
}

test_container_is_type1() {
	cdevs
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" && opens ordered && findings && by group type1
}

test_one_path_after_the_other() {
	cdevs
	audit 0 -- "$S" "attach v k c g d $LAB_DEV_A" "close d" "del k g" "close g" "iommufd i" "cdev d $LAB_DEV_A" \
		"add k d" "bind d i" "del k d" "close d" "group g $LAB_DEV_A" "set-container g i" "add k g" \
		"device d g $LAB_DEV_A" &&
		opens ordered ordered ordered && findings &&
		holds '[.[] | select(.type=="open") | .backend] == ["type1", "iommufd", "iommufd-compat"]'
}

test_mediated_device_on_both_paths() {
	cdevs
	mediated || return 1
	audit 0 -- "$S" "attach v k c g d $MTTY" "close d" "del k g" "close g" "iommufd i" "ioas p i" "cdev d $MTTY" \
		"add k d" "bind d i" "attach-pt d p" &&
		opens ordered ordered && rules noncoherent-dma &&
		holds '[.[] | select(.type=="open") | .path] == ["group", "cdev"]' &&
		holds '.[] | select(.type=="open") | .device == "'"$MTTY"'"'
}

test_mediated_device_bound_before_add() {
	cdevs
	mediated || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $MTTY" "bind d i" "add k d" &&
		opens violation && rules noncoherent-dma open-before-add && by cdev iommufd
}

# Rules

test_second_bind_loses_the_pointer() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "cdev d2 $LAB_DEV_A" "bind d2 i => EINVAL" "close d2" &&
		opens violation && rules attach-failed kvm-lost &&
		holds '.[] | select(.rule=="kvm-lost") | .severity == "error" and .vm == "vm1" and
		       .device == "'"$LAB_DEV_A"'" and .evidence[0].kvm == "vm1" and
		       .evidence[-1].op == "bind_iommufd" and .evidence[-1].dropped_kvm'
}

# Nothing was there to lose.
test_second_bind_without_a_vm() {
	cdevs
	audit 1 -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "cdev d2 $LAB_DEV_A" "bind d2 i => EINVAL" &&
		opens no-vm && findings attach-failed && causes EINVAL
}

# The file itself is bound: the kernel sees that before it touches the pointer.
test_second_bind_of_the_same_file() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "bind d i => EINVAL" &&
		opens ordered && findings attach-failed && causes EINVAL
}

test_add_of_a_device_of_a_group() {
	cdevs
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "add k d" && opens ordered && findings add-without-effect &&
		holds '.[] | select(.type=="finding") | .evidence[-1].op == "file_add"'
}

test_two_vms_and_one_file() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "vm v2" "kvm-vfio k2 v2" "add k2 d" &&
		opens violation && findings two-vms kvm-mismatch &&
		holds '.[] | select(.rule=="two-vms") | [.evidence[] | .op + " " + .vm] == ["file_add vm1", "file_add vm2"]'
}

test_from_one_vm_to_another_in_order() {
	cdevs
	audit 0 -- "$S" "vm v" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" "iommufd i" "cdev d $LAB_DEV_A" "add k d" "del k d" \
		"add k2 d" "bind d i" &&
		opens ordered && findings && holds '.[] | select(.type=="open") | .vm == "vm2"'
}

# A DEL from either clears the pointer for both.
test_two_vms_and_a_cleared_pointer() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "vm v2" "kvm-vfio k2 v2" "iommufd i" "cdev d $LAB_DEV_A" "add k d" "add k2 d" \
		"del k2 d" "bind d i" &&
		opens violation && findings two-vms open-without-add
}

test_del_while_open() {
	cdevs
	start_tool audit --json --grace 500ms || return 1
	"$S" "attach-cdev v k i p d $LAB_DEV_A" "del k d" "wait $T/go" &
	steps=$!
	wait_for "$T/out" del-while-open || return 1
	touch "$T/go"
	wait $steps || no "workload failed"
	end_tool 1 && opens ordered && findings del-while-open &&
		holds '.[] | select(.type=="finding") | .severity == "warning" and .vm == "vm1" and
		       .path == "cdev" and .evidence[-1].op == "file_del"'
}

# Without its descriptor a file cannot be unregistered: DEL has to come before the close.
test_del_and_close_is_the_right_order() {
	cdevs
	audit 0 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "detach-pt d" "del k d" "close d" && opens ordered && findings
}

test_kvm_vfio_closed_while_open() {
	cdevs
	start_tool audit --json --grace 500ms || return 1
	"$S" "attach-cdev v k i p d $LAB_DEV_A" "close k" "wait $T/go" "close d" &
	steps=$!
	wait_for "$T/out" del-while-open || return 1
	touch "$T/go"
	wait $steps || no "workload failed"
	end_tool 1 && opens ordered && findings del-while-open &&
		holds '.[] | select(.type=="finding") | .evidence[-1].op == "clear_kvm"'
}

# The other way of unregistering just before the close.
test_kvm_vfio_closed_and_then_the_file() {
	cdevs
	audit 0 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "close k" "close d" && opens ordered && findings
}

# Nothing refers to the file any more but the kvm-vfio device: with that it is gone.
test_file_closed_and_then_kvm_vfio() {
	cdevs
	audit 0 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "close d" "close k" "kvm-vfio k v" "cdev d $LAB_DEV_A" "add k d" \
		"bind d i" && opens ordered ordered && findings
}

# The kvm-vfio device holds the file that its program has closed: the device is open
# until then, and a new file of it cannot be bound.
test_file_closed_but_still_registered() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "close d" "cdev d2 $LAB_DEV_A" "add k d2" "bind d2 i => EINVAL" &&
		holds '[.[] | select(.type=="open")] | length == 1' && holds 'any(.[]; .rule == "attach-failed")'
}

test_add_failed() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "cdev d $LAB_DEV_A" "del k d => ENOENT" "add k d" "add k d => EEXIST" \
		"iommufd i" "add k i => EINVAL" &&
		opens && findings add-failed add-failed add-failed && causes ENOENT EEXIST EINVAL
}

# What iommufd or VFIO refuse is no refusal by a driver for want of a VM.
test_refused_bind_is_attach_failed() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "container c" "iommufd i" "cdev d $LAB_DEV_A" \
		"bind d c => EBADFD" "bind d fd:-1 => EINVAL" "close i" "bind d i => EBADF" &&
		opens && findings attach-failed attach-failed attach-failed &&
		causes EBADFD EINVAL EBADF &&
		holds '.[] | select(.type=="finding") | .evidence[-1].op == "bind_iommufd" and
		       .evidence[-1].device == "'"$LAB_DEV_A"'"'
}

# A device cannot be bound while its group is open: by whom is told.
test_bind_while_the_group_is_open() {
	cdevs
	audit 1 -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "group g $LAB_DEV_A" "bind d i => EBUSY" "sleep 1500" &&
		opens && findings busy && holds '.[] | select(.type=="finding") | .evidence[-1].op == "bind_iommufd" and
			.title == "a device could not be bound: it is in use" and .device == "'"$LAB_DEV_A"'" and
			([.holders[].hold] == ["group"]) and .holders[0].pid == .pid'
}

# The group is free by the time that anybody looks: what can be said is the errno.
test_bind_while_the_group_was_open() {
	cdevs
	audit 1 -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "group g $LAB_DEV_A" "bind d i => EBUSY" "close g" &&
		opens && findings attach-failed && causes EBUSY
}

# Another iommufd or container has the device's group. The driver is not asked, and so
# does not refuse for want of a VM.
test_refused_bind_of_a_device_whose_group_is_elsewhere() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_PAIR1" "iommufd i2" "cdev d2 $LAB_PAIR2" \
		"bind d2 i2 => EPERM" "bind d2 fd:1000 => EBADF" "add k d2" "bind d2 i" &&
		opens ordered ordered && findings attach-failed attach-failed && causes EPERM EBADF
}

test_bind_works_after_a_refused_one() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "add k d" "bind d k => EBADFD" "bind d i" &&
		opens ordered && findings attach-failed
}

test_driver_that_refuses_the_bind() {
	cdevs
	oracle || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $STRICT" "bind d i => EINVAL" &&
		opens && findings open-refused && causes EINVAL &&
		holds '.[] | select(.type=="finding") | .severity == "error" and .vm == "vm1" and .device == "'"$STRICT"'"'
}

test_driver_that_refuses_the_bind_and_then_does_not() {
	cdevs
	oracle || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $STRICT" "bind d i => EINVAL" "add k d" "bind d i" &&
		opens ordered && rules open-refused noncoherent-dma
}

test_refused_attach() {
	cdevs
	audit 1 -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "attach-pt d id:999 => ENOENT" &&
		opens ordered && findings attach-failed && causes ENOENT &&
		holds '.[] | select(.type=="finding") | .evidence[-1].op == "attach_iommufd_pt"'
}

# As QEMU tries the address spaces that it has.
test_attach_that_is_tried_again() {
	cdevs
	audit 0 -- "$S" "iommufd i" "ioas p i" "cdev d $LAB_DEV_A" "bind d i" "attach-pt d d => EINVAL" \
		"attach-pt d d => EINVAL" "attach-pt d p" "detach-pt d" "attach-pt d p" &&
		opens no-vm && findings attach-failed attach-failed &&
		holds '[.[] | select(.type=="finding") | .severity == "info" and .device == "'"$LAB_DEV_A"'" and
			([.evidence[] | .op, .error] == ["attach_iommufd_pt", "EINVAL", "attach_iommufd_pt", null]) and
			(.cause | test("does not fit the device.s IOMMU"))] | all' || return 1
	audit 1 -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "attach-pt d d => EINVAL" "close d" &&
		opens no-vm && findings attach-failed && holds '.[] | select(.type=="finding").severity == "warning"'
}

test_group_and_file_exclude_each_other() {
	cdevs
	run 0 trace --json -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "group g $LAB_DEV_A => EBUSY" "close d" \
		"group g $LAB_DEV_A" "cdev d $LAB_DEV_A" "bind d i => EBUSY" &&
		errors group_open EBUSY ok && errors bind_iommufd ok EBUSY && errors cdev_open ok ok
}

# What trace shows

test_every_call_is_recorded() {
	cdevs
	run 0 trace --json -- "$S" "attach-cdev v k i p d $LAB_NIC" "reset d" "irq d" "detach-pt d" "feature d MIGRATION get => *" \
		"del k d" "close d" "destroy i p" "close i" "close k" "close v" &&
		ops cdev_open file_add set_kvm bind_iommufd kvm_taken device_open attach_iommufd_pt device_reset set_irqs \
			detach_iommufd_pt device_feature file_del clear_kvm device_close kvm_dropped cdev_release &&
		holds '[.[] | select(.op=="group_add" or .op=="group_del" or .op=="get_device_fd")] == []' &&
		holds '.[] | select(.op=="bind_iommufd") | .device == "'"$LAB_NIC"'" and .vm == "vm1" and .result == 0' &&
		holds '[.[] | select(.op=="attach_iommufd_pt" or .op=="detach_iommufd_pt" or .op=="device_feature"
		       or .op=="cdev_open" or .op=="cdev_release" or .op=="file_add") | .device] | unique == ["'"$LAB_NIC"'"]' &&
		# The open lies inside the call that made it.
		holds '([.[] | select(.op=="device_open")][0]) as $in | ([.[] | select(.op=="bind_iommufd")][0]) as $out |
		       $in.ts_ns <= $out.ts_ns and $in.ts_ns - $in.duration_ns >= $out.ts_ns - $out.duration_ns'
}

# Everything but the bind is refused before the bind, and a bind that lies.
test_wrong_order_of_calls() {
	cdevs
	run 0 trace --json -- "$S" "iommufd i" "ioas p i" "cdev d $LAB_DEV_A" "attach-pt d p => EINVAL" "detach-pt d => EINVAL" \
		"feature d MIGRATION get => EINVAL" "info d => EINVAL" "reset d => EINVAL" "argsz 0" "bind d i => EINVAL" \
		"argsz 8" "bind d i => EINVAL" "flags 2" "bind d i => EINVAL" "bind d ptr:0 => EFAULT" "argsz 4096" "bind d i" \
		"bind d i => EINVAL" "argsz 8" "attach-pt d p => EINVAL" "flags 8" "attach-pt d p => EINVAL" "attach-pt d id:0 => ENOENT" \
		"attach-pt d d => EINVAL" "detach-pt d" "attach-pt d p" "attach-pt d p" "detach-pt d" "detach-pt d" "argsz 4" \
		"detach-pt d => EINVAL" "close d" "bind d i => EBADF" "attach-pt d p => EBADF" &&
		errors bind_iommufd EINVAL EINVAL EINVAL EFAULT ok EINVAL &&
		errors attach_iommufd_pt EINVAL EINVAL EINVAL ENOENT EINVAL ok ok &&
		errors detach_iommufd_pt EINVAL ok ok ok EINVAL && errors device_feature EINVAL && errors device_reset EINVAL
}

test_wrong_order_of_calls_changes_no_verdict() {
	cdevs
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "ioas p i" "cdev d $LAB_DEV_A" "attach-pt d p => EINVAL" \
		"detach-pt d => EINVAL" "argsz 4" "bind d i => EINVAL" "add k d" "argsz 0" "bind d i => EINVAL" "detach-pt d => EINVAL" \
		"bind d i" "bind d i => EINVAL" "detach-pt d" "attach-pt d p" "del k d" "close d" "bind d i => EBADF" &&
		opens ordered && rules attach-failed
}

test_wrong_order_of_calls_is_explained_to_people() {
	cdevs
	run 0 trace -- "$S" "iommufd i" "cdev d $LAB_DEV_A" "bind d fd:1000 => EBADF" "bind d d => EBADFD" \
		"attach-pt d id:1 => EINVAL" || return 1
	grep -q 'BIND_IOMMUFD.*EBADF\b' "$T/out" && grep -q 'BIND_IOMMUFD.*EBADFD' "$T/out" &&
		grep -q 'ATTACH_IOMMUFD_PT.*EINVAL' "$T/out" || {
		show "$T/out"
		no "a call or its errno is missing"
	}
}

# Calls of the cdev path on files of other kinds, and calls of others on a device's file.
# To a device the number of MAP_DMA is a hot reset.
test_files_of_other_kinds() {
	cdevs
	audit 1 -- "$S" "attach v k c g d $LAB_DEV_A" "iommufd i" "ioas p i" "bind d i => EINVAL" "attach-pt d p => ENOTTY" \
		"detach-pt d => ENOTTY" "bind g i => ENOTTY" "bind c i => *" "bind k i => *" "bind v i => *" "bind i i => ENOTTY" \
		"cdev d2 $LAB_DEV_B" "ioas q d2 => EINVAL" "set-container d2 c => EINVAL" "device d3 d2 $LAB_DEV_B => EINVAL" \
		"add d2 k => EINVAL" "bind d2 i" "ioas q d2 => ENOTTY" "set-container g d2 => *" "map d2 0 4K => *" &&
		holds '[.[] | select(.type=="open") | .verdict + " " + .path] | sort == ["ordered group", "violation cdev"]' &&
		holds 'all(.[] | select(.type=="finding"); .rule | . == "attach-failed" or . == "open-without-add" or . == "reset-failed")' &&
		run 0 trace --json -- "$S" "attach v k c g d $LAB_DEV_A" "iommufd i" "bind d i => EINVAL" "attach-pt d id:1 => ENOTTY" \
			"detach-pt d => ENOTTY" &&
		errors bind_iommufd EINVAL && errors attach_iommufd_pt ENOTTY && errors detach_iommufd_pt ENOTTY
}

# dma [OPTION…]: maps of every kind, of which half fail.
dma() {
	run 0 trace --json "$@" -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "ioas-map i p 0x100000 1M" \
		"ioas-map i p 0x100000 4K => EEXIST" "ioas-map i id:999 0 4K => ENOENT" "ioas q i" "ioas-copy i q p 0x100000 1M" \
		"ioas-copy i q p 0x100000 1M => EEXIST" "ioas-copy i q p 0x900000 4K => ENOENT" "ioas-unmap i p 0x100000 4K => ENOENT" \
		"ioas-unmap i p 0x100000 1M" "argsz 8" "ioas r i => EINVAL" "argsz 4096" "ioas r i" "memfd f 64K" \
		"ioas-map-file i r f 0x100000 64K => *" "ioas-map-file i r i 0x800000 64K => *" "destroy i p => EBUSY" "destroy i id:999 => ENOENT" \
		"destroy i r" "close d" "del k d => EBADF" "close k" "close i"
}

test_dma_of_an_iommufd() {
	cdevs
	dma --dma || return 1
	errors ioas_map EEXIST ENOENT && errors ioas_copy EEXIST ENOENT && errors ioas_unmap ENOENT &&
		holds '.[] | select(.op=="ioas_map" and .error=="EEXIST") | .iova == "0x100000" and .bytes == "0x1000"' &&
		holds '[.[] | select(.op=="ioas_alloc") | .error] | index("EINVAL") != null' &&
		holds '[.[] | select(.op=="ioas_totals")] | length == 1' &&
		holds '.[] | select(.op=="ioas_totals") | .maps == 3 and .map_bytes == 1048576 and .map_failed == 2 and .map_ns > 0 and
		       .copies == 3 and .copy_failed == 2 and .unmaps == 2 and .unmap_bytes == 1048576 and .unmap_failed == 1 and
		       .file_maps == 2' &&
		holds '[.[] | select(.op=="iommufd_ioctl") | .error] | index("EBUSY") != null and index("ENOENT") != null'
}

# maps_files: does this kernel's iommufd know the call?
maps_files() {
	"$S" "iommufd i" "ioas p i" "memfd f 64K" "ioas-map-file i p f 0x100000 64K" 2>/dev/null
}

test_dma_to_a_file() {
	cdevs
	run 0 trace --json --dma -- "$S" "iommufd i" "ioas p i" "memfd f 64K" "ioas-map-file i p f 0x100000 64K => *" || return 1
	if maps_files; then
		errors ioas_totals ok &&
			holds '.[] | select(.op=="ioas_totals") | .file_maps == 1 and .file_map_bytes == 65536 and .file_map_failed == 0'
	else
		errors ioas_map_file ENOTTY && holds '.[] | select(.op=="ioas_totals") | .file_maps == 1 and .file_map_failed == 1'
	fi
}

# But for failures, where they cost nothing.
test_dma_is_not_shown_unless_asked() {
	cdevs
	dma && holds 'any(.[]; .op == "ioas_totals" or (.op | . == "ioas_map" or . == "ioas_unmap" or . == "ioas_copy") and .error == null) | not'
}

test_dma_of_an_iommufd_that_lives_on() {
	cdevs
	start_tool trace --dma --json || return 1
	"$S" "iommufd i" "ioas p i" "ioas-map i p 0x100000 64K" "touch $T/up" "wait $T/go" &
	wait_file "$T/up" || return 1
	end_tool 0 && holds '.[] | select(.op=="ioas_totals") | .maps == 1 and .map_bytes == 65536 and .comm == "vfio-steps"'
	local got=$?
	touch "$T/go"
	wait
	return $got
}

test_refused_map_is_attach_failed() {
	cdevs
	audit 1 --dma -- "$S" "iommufd i" "ioas p i" "ioas-map i p 0x100000 4K" "ioas-map i p 0x100000 4K => EEXIST" &&
		opens && findings attach-failed && causes EEXIST &&
		holds '.[] | select(.type=="finding") | .evidence[-1].op == "ioas_map"'
}

test_features() {
	cdevs
	mediated || return 1
	run 0 trace --json -- "$S" "iommufd i" "cdev d $MTTY" "bind d i" "feature d MIGRATION probe => *" "feature d MIGRATION get => *" \
		"feature d 4242 get => *" "feature d BUS_MASTER none => *" "argsz 4" "feature d MIGRATION get => EINVAL" &&
		holds '[.[] | select(.op=="device_feature") | .feature] == ["MIGRATION", "MIGRATION", "4242", "BUS_MASTER", "MIGRATION"]
		       or [.[] | select(.op=="device_feature") | .feature] == ["MIGRATION", "MIGRATION", null, "BUS_MASTER", "MIGRATION"]' &&
		holds '[.[] | select(.op=="device_feature") | .error][-1] == "EINVAL"'
}

test_migration_states() {
	cdevs
	mediated || return 1
	run 0 trace --json -- "$S" "iommufd i" "cdev d $MTTY" "bind d i" "migrate d STOP" "migrate d STOP_COPY" "migrate d STOP" \
		"migrate d RUNNING" "migrate d 99 => EINVAL" "migrate d ERROR => EINVAL" "feature d MIG_DEVICE_STATE get" &&
		holds '[.[] | select(.op=="device_feature")] | (all(.feature == "MIG_DEVICE_STATE")) and
		       (map(.mig_to)[0:4] == ["STOP", "STOP_COPY", "STOP", "RUNNING"]) and
		       (map(.mig_from)[1:4] == ["STOP", "STOP_COPY", "STOP"])' &&
		errors device_feature ok ok ok ok EINVAL EINVAL ok
}

test_no_kernel_address_unless_asked() {
	cdevs
	dma --dma || return 1
	! grep -Eq "${ADDRESS#0x}" "$T/out" || no "an address is shown"
}

test_the_same_by_kprobe() {
	cdevs
	run 0 trace --json --probe kprobe -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "detach-pt d" "del k d" "close d" &&
		ops cdev_open file_add set_kvm bind_iommufd kvm_taken device_open attach_iommufd_pt detach_iommufd_pt file_del \
			clear_kvm device_close kvm_dropped cdev_release &&
		audit 1 --probe kprobe -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "bind d i" "add k d" &&
		opens violation && findings open-before-add && by cdev iommufd
}

test_filters() {
	cdevs
	start_tool audit --json --device "${LAB_DEV_A#0000:}" || return 1
	"$S" "attach-cdev v k i p d $LAB_DEV_A" "cdev d2 $LAB_DEV_B" "add k d2" "bind d2 i"
	end_tool 0 && opens ordered && holds '.[] | select(.type=="open") | .device == "'"$LAB_DEV_A"'"'
}

# A real VMM

test_qemu_is_ordered_and_named() {
	cdevs
	audit 0 -- sh -c "$(qemu -name guest=web-1 -device "vfio-pci,host=$LAB_NIC,iommufd=i")" &&
		opens ordered && findings && by cdev iommufd &&
		holds '.[] | select(.type=="open") | .vm_name == "web-1" and .comm == "'"$QEMU_COMM"'" and
		       .device == "'"$LAB_NIC"'" and .kvm_at_open == "vm1"'
}

test_qemu_with_two_devices() {
	cdevs
	audit 0 -- sh -c "$(qemu -name two -device "vfio-pci,host=$LAB_NIC,iommufd=i" \
		-device "vfio-pci,host=$LAB_DEV_A,iommufd=i")" &&
		opens ordered ordered && findings && by cdev iommufd
}

# One by its file, one by its group.
test_qemu_with_both_paths() {
	cdevs
	# QEMU 10.0 takes the iommufd for a container of its own first, and passes no fd.
	run 1 audit --json -- sh -c "$(qemu -name both -device "vfio-pci,host=$LAB_NIC,iommufd=i" \
		-device "vfio-pci,host=$LAB_DEV_A")" && opens ordered ordered && findings attach-failed && causes EBADF &&
		holds '[.[] | select(.type=="open") | .backend] | sort == ["iommufd", "type1"]'
}

# The descriptors come from the program that starts it, as libvirt does it.
test_qemu_with_files_opened_by_another_process() {
	local node
	cdevs
	node=$(ls "/sys/bus/pci/devices/$LAB_NIC/vfio-dev")
	audit 0 -- sh -c "exec 8<>/dev/iommu 9<>/dev/vfio/devices/$node
		echo quit | $QEMU -name guest=given -object iommufd,id=i,fd=8 -device vfio-pci,fd=9,iommufd=i,id=n" &&
		opens ordered && findings && by cdev iommufd &&
		holds '.[] | select(.type=="open") | .vm_name == "given" and .device == "'"$LAB_NIC"'" and .comm == "'"$QEMU_COMM"'"'
}

# has_cdev PID YES|NO: does the process hold a device's file?
has_cdev() {
	local has=no
	[ -z "$(find "/proc/$1/fd" -lname '/dev/vfio/devices/*')" ] || has=yes
	[ $has = "$2" ]
}

test_qemu_unplug_and_plug() {
	local qemu
	cdevs
	start_tool audit --json || return 1
	mkfifo "$T/monitor"
	# A slot that no guest has switched on: its device goes without being asked.
	$QEMU -name hot -S -M q35 -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off \
		-object iommufd,id=i -device pcie-root-port,id=p <"$T/monitor" >"$T/qemu" 2>&1 &
	qemu=$!
	exec 7>"$T/monitor"
	echo "device_add vfio-pci,host=$LAB_DEV_A,iommufd=i,bus=p,id=d" >&7
	await "the device is open" has_cdev $qemu yes || return 1
	echo "device_del d" >&7
	await "the device is closed" has_cdev $qemu no || return 1
	echo "device_add vfio-pci,host=$LAB_DEV_A,iommufd=i,bus=p,id=d2" >&7
	await "the device is open again" has_cdev $qemu yes || return 1
	echo quit >&7
	exec 7>&-
	reap $qemu || no "QEMU failed: $(cat "$T/qemu")"
	end_tool 0 && opens ordered ordered && findings && by cdev iommufd
}

test_qemu_for_people() {
	cdevs
	run 0 audit -- sh -c "$(qemu -name db-2 -device "vfio-pci,host=$LAB_NIC,iommufd=i")" &&
		grep -q "ordered .*$LAB_NIC .*vm1 \"db-2\" ($QEMU_COMM, pid" "$T/out" || {
		show "$T/out"
		no "the line does not name device and VM"
	}
}

# Blindness

# without SITE EXIT VERDICT…: of four opens: right order, wrong order, VM that never
# adds, no VM.
without() {
	local site=$1 want=$2
	shift 2
	cdevs
	run "$want" audit --json --without "$site" -- "$S" \
		"fork a" "attach-cdev v k i p d $LAB_DEV_A" "end" "join a" \
		"fork b" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_B" "bind d i" "add k d" "del k d" "close d" "end" "join b" \
		"fork c" "vm v" "iommufd i" "cdev d $LAB_DEV_C" "bind d i" "close d" "end" "join c" \
		"fork d" "iommufd i" "cdev d $LAB_PAIR1" "bind d i" "close d" "end" "join d" || return 1
	holds '[.[] | select(.type=="open") | .verdict] | join(" ") == "'"$*"'"' &&
		holds '.[0].sites | map(select(.site == "'"$site"'")) | all(.method == "none")'
}

# Only trace shows these calls.
test_without_cdev_open() {
	cdevs
	run 0 trace --json --without cdev-open --without cdev-release -- "$S" "attach-cdev v k i p d $LAB_DEV_A" "close d" &&
		ops bind_iommufd device_open device_close &&
		holds 'any(.[]; .op == "cdev_open" or .op == "cdev_release") | not' &&
		holds '.[0].sites | map(select(.site | test("cdev-(open|release)"))) | length == 2 and all(.method == "none")'
}

test_without_iommufd_bind() { without iommufd-bind 1 ordered violation violation no-vm; }
test_without_iommufd_ioctl() {
	cdevs
	run 0 trace --json --without iommufd-ioctl -- "$S" "attach-cdev v k i p d $LAB_DEV_A" &&
		ops bind_iommufd attach_iommufd_pt device_open
}

# The path is not observed: that is said at the start, and nothing is claimed in the end.
test_without_cdev_ioctl() {
	cdevs
	run 4 audit --json --without cdev-ioctl -- "$S" "attach-cdev v k i p d $LAB_DEV_A" && findings &&
		grep -q 'not observable here: .*left out' "$T/err" || {
		show "$T/err"
		no "what is not observed is not told"
	}
	holds '[.[] | select(.type=="open") | .verdict] | all(. == "unknown" or . == "ordered")'
}

# The other path is not affected.
test_without_cdev_ioctl_groups_are_judged() {
	cdevs
	run 1 audit --json --without cdev-ioctl -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" &&
		opens violation && findings open-before-add
}

# The state of a moment

# workload FILE STEPS…: runs them, waits until it touches FILE, and pauses.
workload() {
	local file=$1
	shift
	"$S" "$@" "touch $file" "pause" &
	wait_file "$file"
}

test_ps_row_by_row() {
	local got=0
	cdevs
	workload "$T/a" "attach-cdev v k i p d $LAB_DEV_A" "cdev d2 $LAB_DEV_B" "add k d2" "bind d2 i" || return 1
	workload "$T/b" "iommufd i" "cdev d $LAB_DEV_C" "bind d i" || return 1
	workload "$T/c" "comm late" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_NIC" "bind d i" "add k d" || return 1
	run 1 ps --json && findings open-before-add &&
		holds '[.[] | select(.type=="device")] | length == 4 and all(.path == "cdev" and .backend == "iommufd" and
		       .open_count == 1 and (.holders | length >= 1))' &&
		holds '[.[] | select(.type=="iommufd")] | length == 3 and (map(.iommufd) | unique | length == 3) and
		       all(.holders | length == 1)' &&
		holds 'def dev($d): .[] | select(.type=="device" and .device == $d);
		       (dev("'"$LAB_DEV_A"'").iommufd_id == dev("'"$LAB_DEV_B"'").iommufd_id) and
		       ([.[] | select(.type=="device") | .iommufd_id] | unique | length == 3) and
		       (dev("'"$LAB_DEV_A"'").verdict == "ordered") and (dev("'"$LAB_DEV_B"'").verdict == "ordered") and
		       (dev("'"$LAB_DEV_C"'").verdict == "unknown") and (dev("'"$LAB_NIC"'").verdict == "violation")' || got=1
	[ $got = 1 ] || run 1 ps || got=1
	[ $got = 1 ] || grep -q "device $LAB_DEV_A .*: ordered, kvm pointer of vm" "$T/out" ||
		no "the tree lacks a row: $(cat "$T/out")" || got=1
	# shellcheck disable=SC2046
	kill $(jobs -p)
	wait
	return $got
}

# A file that is open and not bound, and an iommufd with nothing in it.
test_ps_of_a_file_that_is_not_bound() {
	local got=0
	cdevs
	workload "$T/a" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "add k d" || return 1
	run 0 ps --json && findings && holds '[.[] | select(.type=="iommufd")] | length == 1' &&
		holds '[.[] | select(.type=="device" and .open_count > 0)] == []' || got=1
	kill %1
	wait
	return $got
}

test_ps_of_an_iommufd_in_the_place_of_a_container() {
	local got=0
	cdevs
	workload "$T/a" "vm v" "kvm-vfio k v" "iommufd i" "group g $LAB_DEV_A" "set-container g i" "add k g" \
		"device d g $LAB_DEV_A" || return 1
	run 0 ps --json && findings &&
		holds '.[] | select(.type=="device") | .path == "group" and .backend == "iommufd-compat" and .verdict == "ordered"' || got=1
	kill %1
	wait
	return $got
}

test_trace_shows_what_it_found() {
	cdevs
	workload "$T/w" "attach-cdev v k i p d $LAB_DEV_A" || return 1
	start_tool trace --json || return 1
	kill %1
	wait %1
	end_tool 0 && ops found_vm found_kvm_vfio found_registration found_device device_close &&
		holds '.[] | select(.op=="found_device" or .op=="found_registration") | .device == "'"$LAB_DEV_A"'" and .vm == "vm1"'
}

test_fd_held_by_several() {
	local got=0
	cdevs
	workload "$T/w" "attach-cdev v k i p d $LAB_DEV_A" "dup d d2" "fork child" "pause" "end" || return 1
	run 0 ps --json && holds '[.[] | select(.type=="device")] | length == 1' &&
		holds '.[] | select(.type=="device") | .open_count == 1 and (.holders | length == 4)' || got=1
	pkill -x vfio-steps
	wait
	return $got
}

test_doctor_says_what_there_is() {
	cdevs
	run 0 doctor --json &&
		holds '.[0].sites | map(select(.site | test("^(cdev|iommufd)-")) | select(.method != "none") | .site) - ["iommufd-failures"] | sort ==
		       ["cdev-ioctl", "cdev-open", "cdev-phase", "cdev-release", "iommufd-bind", "iommufd-ioctl",
		        "iommufd-phases", "iommufd-pin-phase", "iommufd-release", "iommufd-use-phase"]' &&
		run 0 doctor && grep -q 'iommufd' "$T/out" && grep -q 'cdev' "$T/out" || no "doctor does not speak of them: $(cat "$T/out")"
}

test_json_is_what_its_document_says() {
	local got=0
	cdevs
	dma --dma || return 1
	tests/live/check-json-doc <"$T/out" || no "trace differs from docs/json.md" || return 1
	run 1 audit --json -- "$S" "vm v" "kvm-vfio k v" "iommufd i" "cdev d $LAB_DEV_A" "bind d fd:1000 => EBADF" "bind d i" "add k d" &&
		tests/live/check-json-doc <"$T/out" || no "audit differs from docs/json.md" || return 1
	workload "$T/w" "attach-cdev v k i p d $LAB_DEV_A" || return 1
	run 0 ps --json && tests/live/check-json-doc <"$T/out" || no "ps differs from docs/json.md" || got=1
	run 0 ps --json --raw-pointers && tests/live/check-json-doc <"$T/out" || no "ps differs from docs/json.md" || got=1
	kill %1
	wait
	return $got
}
