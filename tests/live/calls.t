# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What trace shows: every call of the group path, with arguments and result.

# What this kernel's devices do with the kvm pointer, and what it calls drivers by.
if shape refcounted; then
	pointer=(kvm_taken kvm_dropped driver_open)
elif shape borrowed; then
	pointer=(driver_open)
else
	pointer=()
fi

everything() {
	trace_json --dma "$@" -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_NIC" "add k g" \
		"device d g $LAB_NIC" "map c 0 1048576" "map c 0x200000 256 => EINVAL" "irq d" "reset d" \
		"add k g => EEXIST" "spapr k g => $SPAPR_ERROR" "kvm-vfio k2 v => EBUSY" "unmap c 0 1048576" \
		"close d" "del k g" "del k g => ENOENT" "add k fd:-1 => EBADF" "unset-container g" \
		"close g" "close c" "close k" "close v"
}

trace_json() {
	run 0 trace --json "$@"
}

test_every_call_is_recorded() {
	type1
	everything && ops vm_create kvm_vfio_create group_open set_container set_iommu group_add \
		set_kvm "${pointer[@]}" device_open get_device_fd dma_map set_irqs device_reset \
		group_set_spapr_tce device_close group_del clear_kvm unset_container \
		group_release dma_totals kvm_vfio_release vm_destroy
}

test_arguments_and_results() {
	type1
	everything || return 1
	holds '[.[] | select(.op=="group_add") | .error] == [null, "EEXIST", "EBADF"]' &&
		holds '[.[] | select(.op=="group_del") | .error] == [null, "ENOENT"]' &&
		holds '[.[] | select(.op=="kvm_vfio_create") | .error] == [null, "EBUSY"]' &&
		holds '.[] | select(.op=="group_set_spapr_tce") | .error == "ENXIO"' &&
		holds '.[] | select(.op=="dma_map") | .error == "EINVAL" and .bytes == "0x100"' &&
		holds '.[] | select(.op=="dma_totals") | .maps == 2 and .map_bytes == 1048576 and
		       .map_failed == 1 and .unmaps == 1 and .unmap_bytes == 1048576 and .map_ns > 0' &&
		holds '.[] | select(.op=="set_iommu") | .iommu_type == '"$IOMMU_TYPE"' and .result == 0' &&
		holds '.[] | select(.op=="set_irqs") | .irq_index == 1 and .irq_count == 1' &&
		holds '.[] | select(.op=="get_device_fd") | .device == "'"$LAB_NIC"'" and .result > 2'
}

# Without --dma a container's calls are not seen; the IOMMU driver shows SET_IOMMU.
test_set_iommu_without_dma() {
	trace_json -- "$S" "prepare c g $LAB_DEV_A" "map c 0 65536" "unmap c 0 65536" &&
		holds '[.[] | select(.op=="set_iommu")] | length == 1 and .[0].iommu_type == '"$IOMMU_TYPE"' and
		       .[0].result == 0 and .[0].duration_ns > 0' &&
		holds 'any(.[]; .op | . == "dma_totals" or . == "dma_map") | not'
}

# A group that comes to a container with an IOMMU: that was SET_CONTAINER.
test_set_iommu_is_not_a_later_group() {
	trace_json -- "$S" "prepare c g $LAB_DEV_A" "group g2 $LAB_DEV_B" "set-container g2 c" &&
		holds '[.[] | select(.op=="set_iommu")] | length == 1' &&
		holds '[.[] | select(.op=="set_container")] | length == 2'
}

test_state_read_from_the_kernel() {
	everything || return 1
	holds '.[] | select(.op=="device_open") | .kvm == "vm1" and .group_vm == "vm1" and .open_count == 1' &&
		{ shape notifier || holds '.[] | select(.op=="device_close") | .kvm == "vm1" and .open_count == 0'; } &&
		holds '[.[] | select(.op=="group_add" and .result==0)] | .[0].group_vm == "vm1"' &&
		holds '[.[] | select(.op=="group_del" and .result==0)] | .[0].group_vm == null' &&
		{ ! shape refcounted || holds '.[] | select(.op=="kvm_taken") | .kvm == "vm1"'; } &&
		holds '[.[] | select(.group != null) | .group] | unique | length == 1'
}

test_who_and_how_long() {
	everything || return 1
	holds '[.[] | select(.type=="event") | .pid] | unique | length == 1' &&
		holds 'all(.[] | select(.type=="event" and .op != "dma_totals");
		       .tid == .pid and .comm == "vfio-steps" and .ts_ns > 0)' &&
		holds 'all(.[] | select(.op=="device_open" or .op=="get_device_fd" or .op=="set_iommu"
		       or .op=="group_add" or .op=="device_close"); .duration_ns > 0)' &&
		# The open lies inside the call that made it.
		holds '([.[] | select(.op=="device_open")][0]) as $in | ([.[] | select(.op=="get_device_fd")][0]) as $out |
		       $in.ts_ns <= $out.ts_ns and $in.ts_ns - $in.duration_ns >= $out.ts_ns - $out.duration_ns'
}

test_each_call_is_its_own_processs() {
	trace_json -- sh -c "$S 'comm one' 'vm v'; $S 'comm two' 'vm v'" &&
		holds '[.[] | select(.op=="vm_create")] | (map(.vm) == ["vm1", "vm2"]) and
		       (map(.comm) == ["one", "two"]) and (map(.pid) | unique | length == 2) and
		       all(.pid == .tid and .pid == .vm_pid and (.exiting | not))' &&
		holds '[.[] | select(.op=="vm_destroy")] | (map(.vm) == ["vm1", "vm2"]) and
		       (map(.comm) == ["one", "two"]) and all(.exiting)'
}

test_closing_the_kvm_vfio_fd_removes_registrations() {
	trace_json -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "close k" &&
		holds '.[] | select(.op=="clear_kvm") | .by_attr == false and .group_vm == null' &&
		holds '[.[] | select(.op=="group_del")] == []'
}

test_failed_opens_name_the_group() {
	trace_json -- "$S" "group g $LAB_DEV_A" "group g2 $LAB_DEV_A => EBUSY" \
		"device d g $LAB_DEV_A => EINVAL" &&
		holds '[.[] | select(.op=="group_open") | .error] == [null, "EBUSY"]' &&
		holds '([.[] | select(.op=="group_open") | .node] | unique | length) == 1' &&
		holds '.[] | select(.op=="get_device_fd") | .error == "EINVAL"'
}

test_the_same_by_kprobe() {
	type1
	everything --probe kprobe && ops vm_create kvm_vfio_create group_open set_container set_iommu \
		group_add set_kvm "${pointer[@]}" device_open get_device_fd dma_map set_irqs \
		device_reset group_set_spapr_tce device_close group_del clear_kvm \
		unset_container group_release dma_totals kvm_vfio_release vm_destroy &&
		holds '.[] | select(.op=="dma_totals") | .maps == 2 and .map_bytes == 1048576'
}

# The program's very first system call opens the group.
test_program_is_not_missed() {
	local group
	group=$(basename "$(readlink "/sys/bus/pci/devices/$LAB_DEV_A/iommu_group")")
	run 0 trace --json -- "$B/tests/first-syscall" "$group" "$LAB_DEV_A" &&
		holds '[.[] | select(.type=="event")][0].op == "group_open"' &&
		ops set_container set_iommu device_open get_device_fd vm_create group_add &&
		audit 1 -- "$B/tests/first-syscall" "$group" "$LAB_DEV_A" &&
		opens violation && findings open-before-add
}

test_only_the_program_and_its_children() {
	"$S" "prepare c g $LAB_DEV_B" "touch $T/up" "repeat 1000" "device d g $LAB_DEV_B" "close d" \
		"sleep 20" "end" &
	other=$!
	wait_file "$T/up" || return 1
	audit 0 -- sh -c "sh -c '$S \"attach v k c g d $LAB_DEV_A\"' & wait" || return 1
	kill $other
	wait $other
	opens ordered && holds '.[] | select(.type=="open") | .device == "'"$LAB_DEV_A"'"'
}

test_filters() {
	local group
	group=$(basename "$(readlink "/sys/bus/pci/devices/$LAB_DEV_B/iommu_group")")
	start_tool audit --json --group "$group" || return 1
	"$S" "attach v k c g d $LAB_DEV_A" "attach v2 k2 c2 g2 d2 $LAB_DEV_B"
	end_tool 0 && opens ordered &&
		holds '.[] | select(.type=="open") | .group == '"$group"'' || return 1
	start_tool audit --json --device "${LAB_DEV_A#0000:}" || return 1
	"$S" "attach v k c g d $LAB_DEV_A" "attach v2 k2 c2 g2 d2 $LAB_DEV_B"
	end_tool 0 && opens ordered &&
		holds '.[] | select(.type=="open") | .device == "'"$LAB_DEV_A"'"' || return 1
	start_tool trace --json --device "$LAB_DEV_A" || return 1
	"$S" "attach v k c g d $LAB_DEV_A" "attach v2 k2 c2 g2 d2 $LAB_DEV_B"
	end_tool 0 && ops group_add device_open &&
		holds '[.[] | select(.type=="event") | .group] | unique | length == 1'
}

test_modules_coming_and_going() {
	! built_in || skip "KVM and VFIO are built in"
	start_tool trace --json || return 1
	modprobe -r "$KVM_MODULE" && modprobe "$KVM_MODULE" || no "$KVM_MODULE is in use" || return 1
	end_tool 0 && holds 'any(.[]; .op=="module_load" and .module == "'"$KVM_MODULE"'")' &&
		holds 'any(.[]; .op=="module_unload" and .module == "'"$KVM_MODULE"'")'
}

test_no_kernel_address_unless_asked() {
	everything || return 1
	! grep -Eq "${ADDRESS#0x}" "$T/out" || no "an address is shown" || return 1
	run 0 trace -- "$S" "attach v k c g d $LAB_DEV_A" || return 1
	! grep -Eq "${ADDRESS#0x}" "$T/out" || no "an address is shown" || return 1
	run 0 trace --raw-pointers -- "$S" "attach v k c g d $LAB_DEV_A" || return 1
	grep -Eq "kvm=$ADDRESS" "$T/out" || no "--raw-pointers shows none"
	run 0 trace --json --raw-pointers -- "$S" "attach v k c g d $LAB_DEV_A" &&
		holds 'any(.[]; .op=="device_open" and '"(.kvm_ptr | test(\"^$ADDRESS\")) and (.device_ptr | test(\"^$ADDRESS\"))"')'
}

test_json_is_what_its_document_says() {
	everything || return 1
	tests/live/check-json-doc <"$T/out" || no "trace differs from docs/json.md" || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "add k g" ||
		return 1
	tests/live/check-json-doc <"$T/out" || no "audit differs from docs/json.md" || return 1
	run 0 doctor --json && tests/live/check-json-doc <"$T/out" || no "doctor differs from docs/json.md"
}

# All rules of this path fire at least once, and every object of ps is there.
test_json_of_findings_is_what_its_document_says() {
	shape devfile || {
		skip "not every rule can be made to fire on this kernel"
		return
	}
	oracle || return 1
	audit 1 -- "$S" "vm v" "kvm-vfio k v" "kvm-vfio k2 v => EBUSY" "add k fd:-1 => EBADF" \
		"prepare c g $LAB_DEV_A" "device d g $LAB_DEV_A" "set-container g c => EINVAL" "add k g" \
		"add k d" "del k g" "prepare c3 g3 $LAB_DEV_B" "add k g3" "device d3 g3 $LAB_DEV_B" "vm v2" \
		"kvm-vfio k2 v2" "add k2 g3" "prepare c4 g4 $LAB_DEV_C" "device d4 g4 $LAB_DEV_C" || return 1
	tests/live/check-json-doc <"$T/out" || no "findings differ from docs/json.md" || return 1
	mv "$T/out" "$T/first"
	audit 1 --raw-pointers -- "$S" "fork a" "attach v k c g d $SILENT" "forget d" "device d2 g $SILENT" "end" "join a" \
		"attach v k c g d $SILENT" "put d" "close k" "close v" "sleep 200" "close d" "vm v" \
		"prepare c2 g2 $STRICT" "device d2 g2 $STRICT => EINVAL" || return 1
	tests/live/check-json-doc <"$T/out" || no "findings differ from docs/json.md" || return 1
	cat "$T/first" >>"$T/out"
	local noncoherent=
	[ "$(uname -m)" != x86_64 ] || noncoherent='"noncoherent-dma",'
	holds '[.[] | select(.type=="finding") | .rule] | unique == ["add-failed", "add-without-effect",
	       "attach-failed", "del-while-open", "kvm-lost", "kvm-mismatch",'"$noncoherent"'
	       "open-before-add", "open-refused", "open-without-add", "second-kvm-vfio", "two-vms",
	       "vm-gone-while-open"]'
}

test_json_of_what_is_found_is_what_its_document_says() {
	"$S" "attach v k c g d $LAB_DEV_A" "prepare c2 g2 $LAB_DEV_B" "device d2 g2 $LAB_DEV_B" "touch $T/up" pause &
	wait_file "$T/up" || return 1
	local found=1 types='["container", "device", "finding", "group", "start", "summary", "vm"]'
	! shape notifier || found=4 types='["container", "device", "group", "start", "summary", "vm"]'
	run $found ps --json && tests/live/check-json-doc <"$T/out" || no "ps differs from docs/json.md" || return 1
	holds '[.[] | .type] | unique == '"$types" &&
		run $found ps --json --raw-pointers && tests/live/check-json-doc <"$T/out" || no "ps differs from docs/json.md" ||
		return 1
	run 0 trace --json --duration 1s && tests/live/check-json-doc <"$T/out" || no "trace differs from docs/json.md" ||
		return 1
	run $found audit --json --grace 0s --duration 1s && tests/live/check-json-doc <"$T/out" || no "audit differs from docs/json.md"
	local got=$?
	kill %1
	wait
	return $got
}

test_dma_of_a_container_that_lives_on() {
	start_tool trace --dma --json || return 1
	"$S" "prepare c g $LAB_DEV_A" "map c 0 65536" "touch $T/up" "wait $T/go" &
	wait_file "$T/up" || return 1
	end_tool 0 && ops dma_totals &&
		holds '.[] | select(.op=="dma_totals") | .maps == 1 and .map_bytes == 65536 and .comm == "vfio-steps"'
	local got=$?
	touch "$T/go"
	wait
	return $got
}

test_the_vm_of_calls_that_name_none() {
	everything || return 1
	holds '.[] | select(.op=="clear_kvm") | .vm == "vm1" and .group_vm == null' &&
		holds '.[] | select(.op=="get_device_fd") | .vm == "vm1"' &&
		holds '.[] | select(.op=="set_irqs" or .op=="device_reset") | .vm == "vm1"'
}

# The group's pointer is that of the VM that registered it last.
test_the_vm_whose_pointer_was_cleared() {
	run 0 trace --json -- "$S" "comm first" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" \
		"fork w" "comm second" "vm v2" "kvm-vfio k2 v2" "add k2 g" "touch $T/added" "wait $T/gone" "end" \
		"wait $T/added" "del k g" "touch $T/gone" "join w" &&
		holds '[.[] | select(.op=="clear_kvm") | .vm][0] == "vm2"' &&
		holds '[.[] | select(.op=="group_del") | .vm] == ["vm1"]' || return 1
	run 0 trace -- "$S" "vm v" "kvm-vfio k v" "prepare c g $LAB_DEV_A" "add k g" "del k g" &&
		grep -q 'kvm cleared .*: belonged to vm1$' "$T/out" || no "$(cat "$T/out")"
}

test_filter_by_process() {
	"$S" "touch $T/up" "wait $T/go" "attach v k c g d $LAB_DEV_A" &
	one=$!
	"$S" "wait $T/then" "attach v k c g d $LAB_DEV_B" &
	start_tool audit --json --pid "$one" || return 1
	# One after the other: a kretprobe may see one call at a time only.
	touch "$T/go"
	wait "$one"
	touch "$T/then"
	wait %2
	end_tool 0 && opens ordered && holds '.[] | select(.type=="open") | .pid == '"$one"
}
