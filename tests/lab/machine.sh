# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The emulated machines, the same ones for `run` and `shell`.
#
# They are emulated in software throughout, whatever the host could do: QEMU's
# emulator has virtualisation (AMD's on x86) and an IOMMU, so KVM and VFIO work for real
# in the guest, on any host.
#
# machine_NAME sets QEMU to its program and what kind of machine it is, PARAMETERS to
# what its kernel has to be told, and DEVICES to its test devices, which PARAMETERS name
# for the guest: LAB_DEV_A, _B, _C (a group each), LAB_NIC (an e1000e), LAB_PAIR1 and _PAIR2
# (one group), LAB_BELOW (an e1000e behind the root port LAB_PORT), as far as there can be
# such.  rare_NAME adds what few machines have.  SHARE_SLOT is where shared folders are plugged in, a function each, if not anywhere.

LAB_KERNEL=6.12
LAB_SMP=1
LAB_MEM=2048
LAB_APPEND=
LAB_ICOUNT=
LAB_MODULES=load
LAB_RARE=
SHARE_SLOT=
SHARES=0

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
	--rare)
		LAB_RARE=1
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

# prepare_machine: fill the cache, set KERNEL_DIR, ROOTFS_DIR and INITRAMFS, and what
# find_line sets.
prepare_machine() {
	find_line "$LAB_KERNEL" || "$LAB_DIR/kernel" "$LAB_KERNEL"
	"machine_$MACHINE"
	command -v "${QEMU[0]}" >/dev/null ||
		die "${QEMU[0]} is missing; run: tests/install-deps $([[ $MACHINE == x86 ]] && echo lab || echo cross)"
	KERNEL_DIR=$("$LAB_DIR/kernel" "$LAB_KERNEL")
	ROOTFS_DIR=$("$LAB_DIR/rootfs" --arch "$DEB_ARCH")
	INITRAMFS=$("$LAB_DIR/initramfs" "$KERNEL_DIR" "$ROOTFS_DIR" "$DEB_ARCH")
}

# share_option TAG FOLDER READONLY: QEMU takes a doubled comma for a comma.
#
# No security model: what the guest's root writes belongs to whoever runs QEMU.
share_option() {
	QEMU+=(-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap,readonly=$3"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1${SHARE_SLOT:+,$SHARE_SLOT.$((SHARES++))}")
}

# machine_x86: the pair is in one IOMMU group because it sits behind a conventional
# PCI bridge, whose bus number is the firmware's choice.
#
# More processors could be plugged in: old kernels provide for as many returns of a
# function at a time (kretprobes) as there can be processors, which is many on real hosts.
#
# On a busy host the emulated timer can miss the few ticks by which a booting
# kernel decides that its interrupts do not work: no_timer_check is for that.
# ACPI's hot-plug slots and the bridge's own are at odds, nothing is plugged here.
#
# shellcheck disable=SC2054  # the commas are QEMU's
machine_x86() {
	QEMU=(
		qemu-system-x86_64 -nodefaults
		-M q35 -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
		-cpu EPYC,+svm,+npt
		-smp "$LAB_SMP,maxcpus=8"
		-device intel-iommu,intremap=on,snoop-control=on
	)
	PARAMETERS=(
		console=ttyS0 intel_iommu=on no_timer_check
		LAB_DEV_A=0000:00:10.0 LAB_DEV_B=0000:00:11.0 LAB_NIC=0000:00:12.0
		LAB_DEV_C=0000:00:13.0 LAB_BRIDGE=0000:00:14.0 LAB_PORT=0000:00:15.0
	)
	DEVICES=(
		-device edu,addr=10.0
		-device edu,addr=11.0
		-device e1000e,addr=12.0,romfile=
		-device edu,addr=13.0
		-device pcie-pci-bridge,addr=14.0,id=pair
		-device edu,bus=pair,addr=1
		-device edu,bus=pair,addr=2
		-device pcie-root-port,addr=15.0,id=below,chassis=1
		-device e1000e,bus=below,romfile=
	)
}

# rare_x86: what few hosts have, or have only if something is wrong. LAB_DIRECT is a device
# whose memory the firmware demands a 1:1 mapping of, LAB_VGA the graphics card that the
# kernel has booted with (vesafb keeps a part of its memory), LAB_PF an NVMe drive that can
# have virtual functions, behind the root port LAB_PF_PORT.
#
# shellcheck disable=SC2054  # the commas are QEMU's
rare_x86() {
	PARAMETERS+=(
		LAB_DIRECT=0000:00:16.0 LAB_VGA=0000:00:17.0 LAB_PF_PORT=0000:00:18.0 vga=0x314
	)
	DEVICES+=(
		-device edu,addr=16.0
		-device VGA,addr=17.0
		-device pcie-root-port,addr=18.0,id=functions,chassis=2
		-device nvme-subsys,id=drives
		-device nvme,bus=functions,subsys=drives,serial=lab,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2
	)
	mkdir -p "$TMP/early/kernel/firmware/acpi"
	"$LAB_DIR/dmar" 16 >"$TMP/early/kernel/firmware/acpi/dmar.aml"
	(cd "$TMP/early" && find kernel | cpio --quiet -o -H newc -R 0:0) >"$TMP/initramfs"
	cat "$INITRAMFS" >>"$TMP/initramfs"
	INITRAMFS=$TMP/initramfs
}

# machine_arm64: KVM runs at EL2.  SMMUv3 tells functions apart, whatever is between
# them and it; two functions of one slot are a group because they could talk to each other.
# A group is there once a driver is bound.
#
# shellcheck disable=SC2054  # the commas are QEMU's
machine_arm64() {
	QEMU=(
		qemu-system-aarch64 -nodefaults
		-M virt,virtualization=on,gic-version=3,iommu=smmuv3
		-cpu cortex-a72
		-smp "$LAB_SMP,maxcpus=8"
	)
	PARAMETERS=(
		console=ttyAMA0
		LAB_DEV_A=0000:00:10.0 LAB_DEV_B=0000:00:11.0 LAB_NIC=0000:00:12.0
		LAB_DEV_C=0000:00:13.0 LAB_PAIR1=0000:00:15.0 LAB_PAIR2=0000:00:15.1
	)
	DEVICES=(
		-device edu,addr=10.0
		-device edu,addr=11.0
		-device e1000e,addr=12.0,romfile=
		-device edu,addr=13.0
		-device edu,addr=15.0,multifunction=on
		-device edu,addr=15.1
	)
}

# machine_pseries: a guest of a POWER hypervisor that lets it have guests (nested HV).
# Each host bridge is a group; two devices of one could not be used: the kernel refuses the
# container.  Shared folders go to the default bridge, so those of the devices are others.
# Memory comes in blocks of 256 MiB.
#
# shellcheck disable=SC2054  # the commas are QEMU's
machine_pseries() {
	LAB_MEM=$(((LAB_MEM + 255) / 256 * 256))
	QEMU=(
		qemu-system-ppc64 -nodefaults
		-M pseries,cap-nested-hv=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off
		-cpu POWER9
		-smp "$LAB_SMP,maxcpus=8"
	)
	PARAMETERS=(
		console=hvc0
		LAB_DEV_A=0001:00:00.0 LAB_DEV_B=0002:00:00.0 LAB_NIC=0003:00:00.0
		LAB_DEV_C=0004:00:00.0
	)
	DEVICES=(
		-device spapr-pci-host-bridge,index=1,id=p1 -device edu,bus=p1.0
		-device spapr-pci-host-bridge,index=2,id=p2 -device edu,bus=p2.0
		-device spapr-pci-host-bridge,index=3,id=p3 -device e1000e,bus=p3.0,romfile=
		-device spapr-pci-host-bridge,index=4,id=p4 -device edu,bus=p4.0
	)
}

# machine_powernv: the bare machine, whose IOMMU has windows of its own (IODA2).  It has
# six host bridges with a slot each, and does without some default devices only one by one.
#
# shellcheck disable=SC2054  # the commas are QEMU's
machine_powernv() {
	QEMU=(
		qemu-system-ppc64 -vga none -nic none -monitor none
		-M powernv9 -cpu POWER9
		-smp "$LAB_SMP,maxcpus=8"
	)
	PARAMETERS=(
		console=hvc0
		LAB_DEV_A=0000:01:00.0 LAB_DEV_B=0001:01:00.0 LAB_NIC=0002:01:00.0
		LAB_DEV_C=0003:01:00.0 LAB_PAIR1=0004:01:00.0 LAB_PAIR2=0004:01:00.1
	)
	DEVICES=(
		-device edu,bus=pcie.0
		-device edu,bus=pcie.1
		-device e1000e,bus=pcie.2,romfile=
		-device edu,bus=pcie.3
		-device edu,bus=pcie.4,addr=0.0,multifunction=on
		-device edu,bus=pcie.4,addr=0.1
	)
	SHARE_SLOT=bus=pcie.5,multifunction=on,addr=0
}

# qemu_command MODE SHARE [PARAMETER...]: set QEMU to the command line.
#
# With several virtual processors they take turns in one thread: emulated in
# threads of their own, a guest now and then dies in code that is being patched
# while probes are attached.
qemu_command() {
	local mode=$1 share=$2
	shift 2

	"machine_$MACHINE"
	[[ ! $LAB_RARE ]] || ! declare -F "rare_$MACHINE" >/dev/null || "rare_$MACHINE"
	PARAMETERS+=(quiet panic=-1 "lab_mode=$mode" "lab_modules=$LAB_MODULES")
	[[ $MACHINE == x86 ]] || PARAMETERS+=("BUILD=.output/$MAKE_ARCH")
	QEMU+=(
		-no-user-config -display none -no-reboot
		-accel tcg,thread=single
		-m "$LAB_MEM"
		-kernel "$KERNEL_DIR/vmlinuz" -initrd "$INITRAMFS"
		-append "${PARAMETERS[*]} $* $LAB_APPEND"
	)
	[[ ! $LAB_ICOUNT ]] || QEMU+=(-icount "shift=0,sleep=off")
	share_option rootfs "$ROOTFS_DIR" on
	share_option modules "$KERNEL_DIR/lib/modules" on
	share_option project "$LAB_PROJECT" on
	share_option run "$share" off
	QEMU+=("${DEVICES[@]}")
}
