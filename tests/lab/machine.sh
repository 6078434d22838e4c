# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The emulated machine, the same one for `run` and `shell`.
#
# It is emulated in software throughout, whatever the host could do: QEMU's
# emulator has AMD's virtualisation and an IOMMU, so KVM and VFIO work for real
# in the guest, on any host.

LAB_KERNEL=6.12
LAB_SMP=1
LAB_MEM=2048
LAB_APPEND=
LAB_ICOUNT=
LAB_MODULES=load

# machine_option ARGS...: take one option of the machine's off the command
# line.  Sets LAB_TAKEN to the number of words used, 0 if it is none of these.
machine_option() {
	export LAB_TAKEN=2

	case $1 in
	--icount)
		LAB_ICOUNT=1
		LAB_TAKEN=1
		return
		;;
	--no-modules)
		LAB_MODULES=none
		LAB_TAKEN=1
		return
		;;
	esac
	if (($# < 2)); then
		LAB_TAKEN=0
		return
	fi
	case $1 in
	--kernel) LAB_KERNEL=$2 ;;
	--smp) LAB_SMP=$2 ;;
	--mem) LAB_MEM=$2 ;;
	--append) LAB_APPEND=$2 ;;
	*) LAB_TAKEN=0 ;;
	esac
}

# prepare_machine: fill the cache, set KERNEL_DIR, ROOTFS_DIR and INITRAMFS.
prepare_machine() {
	need qemu-system-x86_64
	KERNEL_DIR=$("$LAB_DIR/kernel" "$LAB_KERNEL")
	ROOTFS_DIR=$("$LAB_DIR/rootfs")
	INITRAMFS=$("$LAB_DIR/initramfs" "$KERNEL_DIR" "$ROOTFS_DIR")
}

# share_option TAG FOLDER READONLY: QEMU takes a doubled comma for a comma.
#
# No security model: what the guest's root writes belongs to whoever runs QEMU.
share_option() {
	QEMU+=(-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap,readonly=$3"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

# test_devices: endpoints at fixed addresses, the last two in one IOMMU group
# because they sit behind a conventional PCI bridge.
test_devices() {
	# shellcheck disable=SC2054  # the commas are QEMU's
	QEMU+=(
		-device edu,addr=10.0
		-device edu,addr=11.0
		-device e1000e,addr=12.0,romfile=
		-device edu,addr=13.0
		-device pcie-pci-bridge,addr=14.0,id=pair
		-device edu,bus=pair,addr=1
		-device edu,bus=pair,addr=2
	)
}

# qemu_command MODE SHARE [PARAMETER...]: set QEMU to the command line.
#
# With several virtual processors they take turns in one thread: emulated in
# threads of their own, a guest now and then dies in code that is being patched
# while probes are attached.
#
# More could be plugged in: old kernels provide for as many returns of a function
# at a time (kretprobes) as there can be processors, which is many on real hosts.
#
# On a busy host the emulated timer can miss the few ticks by which a booting
# kernel decides that its interrupts do not work: no_timer_check is for that.
# ACPI's hot-plug slots and the bridge's own are at odds, nothing is plugged here.
qemu_command() {
	local share=$2 parameters=(
		console=ttyS0 quiet panic=-1 intel_iommu=on no_timer_check
		"lab_mode=$1" "lab_modules=$LAB_MODULES"
	)
	shift 2

	# shellcheck disable=SC2054  # the commas are QEMU's
	QEMU=(
		qemu-system-x86_64
		-nodefaults -no-user-config -display none -no-reboot
		-M q35 -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
		-cpu EPYC,+svm,+npt
		-accel tcg,thread=single
		-smp "$LAB_SMP,maxcpus=8" -m "$LAB_MEM"
		-kernel "$KERNEL_DIR/vmlinuz" -initrd "$INITRAMFS"
		-append "${parameters[*]} $* $LAB_APPEND"
		-device intel-iommu,intremap=on,snoop-control=on
	)
	[[ ! $LAB_ICOUNT ]] || QEMU+=(-icount "shift=0,sleep=off")
	share_option rootfs "$ROOTFS_DIR" on
	share_option modules "$KERNEL_DIR/lib/modules" on
	share_option project "$LAB_PROJECT" on
	share_option run "$share" off
	test_devices
}
