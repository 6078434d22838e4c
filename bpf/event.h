/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the probes and user space, and between any source
 * (live or a recording) and the core.
 *
 * Every record starts with struct ev_hdr; hdr.kind says which struct follows
 * it, hdr.size its exact length. Fields are fixed-width and laid out without
 * padding, so a record means the same on both sides and in a file. Records
 * are written when the call returns, one per call; the kernel objects in them
 * are read at that moment, under the locks the kernel holds there.
 */
#ifndef VS_EVENT_H
#define VS_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define VS_COMM_LEN 16
#define VS_DEVNAME_LEN 40 /* "0000:00:1f.0" or a 36 character UUID */
#define VS_DRIVER_LEN 32
#define VS_NAME_LEN 128

/* What a record is about. Append only: recordings hold these numbers. */
enum vs_kind {
	VS_NONE,
	VS_VM_CREATE,
	VS_VM_DESTROY,
	VS_KVM_VFIO_CREATE,
	VS_KVM_VFIO_RELEASE,
	VS_KVM_ATTR,
	VS_SET_KVM,
	VS_GROUP_OPEN,
	VS_GROUP_RELEASE,
	VS_GROUP_IOCTL,
	VS_CONTAINER_IOCTL,
	VS_CONTAINER_DMA,
	VS_DEV_OPEN,
	VS_DRIVER_OPEN,
	VS_DEV_CLOSE,
	VS_KVM_TAKEN,
	VS_KVM_DROPPED,
	VS_DEV_IOCTL,
	VS_COHERENCY,
	VS_MODULE,
	/* Made in user space, so that a recording explains itself. */
	VS_VM_NAME,
	VS_DEV_INFO,
	/* What a look at the files of all processes found, see ev_hdr.ret. */
	VS_FOUND_VM,
	VS_FOUND_KVM_VFIO,
	VS_FOUND_REGISTRATION,
	VS_FOUND_GROUP,
	VS_FOUND_CONTAINER,
	VS_FOUND_DEVICE,
	VS_LOOK_DONE, /* made in user space: all was looked at (ret 0), or not */
	VS_MISSED, /* made in user space: the kernel did not run so many probes */
	VS_KIND_COUNT,
	/* Calls that are followed, and of which there are no records. */
	VS_CALL_IOMMU_ATTACH = VS_KIND_COUNT,
	VS_CALL_COUNT,
};

/* hdr.flags */
enum {
	VS_F_EXITING = 1 << 0, /* the process was already exiting */
	VS_F_TRACKED = 1 << 1, /* of the observed program or its children */
	VS_F_NO_START = 1 << 2, /* the call began before we were armed */
	/*
	 * VM_DESTROY, and SET_KVM outside of a call: the VM is not of the
	 * process's address space. It has become another program by exec, or
	 * it is another process.
	 */
	VS_F_OTHER_MM = 1 << 3,
	/*
	 * DEV_OPEN that failed: there was no IOMMU yet, the driver was not asked.
	 * KVM_ATTR: the group had no container yet, and KVM has taken its devices
	 * for coherent (6.1).
	 */
	VS_F_NO_IOMMU = 1 << 4,
	/*
	 * DEV_*, FOUND_DEVICE: this kernel notifies drivers of their VM (5.10).
	 * Devices hold no kvm pointer: of an open, kvm is its group's at that
	 * moment, else 0. open_count counts files, opened or found; it is no more
	 * than a hint where several threads open and close at the same time.
	 */
	VS_F_NOTIFIER = 1 << 5,
};

/* Why something was not recorded; index of the loss counters. */
enum vs_loss {
	VS_LOSS_RINGBUF, /* the ring buffer was full */
	VS_LOSS_CALLS, /* no room to remember one more call in progress */
	VS_LOSS_ENTRY, /* a call returned whose entry was never seen */
	VS_LOSS_EXIT, /* a call's return was never seen (kretprobes can miss some) */
	VS_LOSS_TRACKED, /* no room to follow one more child process */
	VS_LOSS_DMA, /* no room to count for one more container */
	VS_LOSS_BUSY, /* a probe was running on that CPU already; told by the kernel */
	VS_LOSS_STATE, /* no room to note a group's VM or a device's file (5.10) */
	VS_LOSS_GAP, /* told in user space: a module came, and could not be attached to */
	VS_LOSS_COUNT,
};

/*
 * Common start of every record, 56 bytes. In what a look found, the process is
 * one that holds the file, ret its fd for it, and ts when it was looked at.
 */
struct ev_hdr {
	__u16 size;
	__u8 kind;
	__u8 flags;
	__u32 lost; /* records lost before this one, all causes */
	__u64 ts; /* ns since boot: when the call returned */
	__u64 dur; /* ns the call took; 0 where there is no duration */
	__s64 ret; /* what it returned; 0 for void */
	__u32 pid; /* process (tgid) and thread, initial namespace */
	__u32 tid;
	char comm[VS_COMM_LEN]; /* any bytes at all: escape before printing */
};

/* KVM_CREATE_VM (ret = the fd), the VM's destruction, and a VM found. */
struct ev_vm {
	struct ev_hdr h;
	__u64 kvm;
	__u32 creator; /* kvm->userspace_pid */
	__u32 pad;
};

/* The kvm-vfio device of a VM: created, its fd's last reference gone, found. */
struct ev_kvm_vfio {
	struct ev_hdr h;
	__u64 kvm;
	__u64 kvm_vfio;
	__u32 creator;
	__u32 noncoherent; /* found: it has made its VM non-coherent */
};

/* KVM_SET_DEVICE_ATTR on a kvm-vfio device: ADD, DEL, SPAPR. */
struct ev_kvm_attr {
	struct ev_hdr h;
	__u64 kvm;
	__u64 kvm_vfio;
	__u64 attr;
	__u64 file; /* the struct file named by fd, 0 if not known */
	__u64 group; /* its vfio_group, 0 if it is none */
	__u64 group_kvm; /* group->kvm after the call */
	__u64 kvm_before; /* what the group held before; 0 also if that was not seen */
	__u64 dev; /* the file is a device's: its vfio_device … */
	__u64 dev_group; /* … and the group it was opened through, 0 for a cdev */
	__u32 attr_group;
	__s32 fd;
	__s32 iommu_group; /* -1 if not known */
	__u32 creator;
};

/* The kvm pointer was written into a group (or a device file). */
struct ev_set_kvm {
	struct ev_hdr h;
	__u64 file;
	__u64 group;
	__u64 kvm; /* the pointer given; 0 clears */
	__u64 group_kvm; /* what group->kvm holds afterwards */
	__u64 kvm_before; /* what it held before; 0 also if that was not seen */
	__u64 vm; /* the VM whose kvm-vfio device did it, 0 if not known */
	__u64 kvm_vfio; /* and that device */
	__s32 iommu_group;
	__u32 by_attr; /* 1: inside KVM_SET_DEVICE_ATTR; 0: the fd went away */
};

/* open and last release of /dev/vfio/N */
struct ev_group {
	struct ev_hdr h;
	__u64 group; /* 0 if the open failed */
	__s32 iommu_group;
	__u32 pad;
	char node[16]; /* file name under /dev/vfio */
};

/* ioctl on a group fd: SET_CONTAINER, UNSET_CONTAINER, GET_DEVICE_FD … */
struct ev_group_ioctl {
	struct ev_hdr h;
	__u64 group;
	__u64 object; /* GET_DEVICE_FD: the vfio_device; SET_CONTAINER: the container */
	__u64 group_kvm; /* group->kvm after the call */
	__u32 cmd;
	__s32 iommu_group;
	__s32 fd; /* SET_CONTAINER: the fd passed */
	__u32 pad;
	char name[VS_DEVNAME_LEN]; /* GET_DEVICE_FD: the name asked for */
};

/* SET_IOMMU, and DMA map/unmap calls that failed. */
struct ev_container_ioctl {
	struct ev_hdr h;
	__u64 container; /* 0: not known, as SET_IOMMU was seen from the IOMMU driver */
	__u64 arg; /* SET_IOMMU: the type; else 0 */
	__u64 iova; /* DMA calls, bytes */
	__u64 bytes;
	__u32 cmd;
	__u32 pad;
};

/* DMA map and unmap calls of one container: how many, bytes, ns, failures. */
struct vs_dma_stats {
	__u64 maps, map_bytes, map_ns, map_failed;
	__u64 unmaps, unmap_bytes, unmap_ns, unmap_failed;
};

/* DMA of one container, and who mapped first: the value of the map "dma". */
struct vs_dma_count {
	struct vs_dma_stats s;
	__u32 pid;
	__u32 flags; /* as ev_hdr.flags */
	char comm[VS_COMM_LEN];
};

/* They are counted in the kernel and reported when the container ends. */
struct ev_container_dma {
	struct ev_hdr h;
	__u64 container;
	struct vs_dma_stats s;
};

/*
 * One open or close of a device (vfio_df_open, vfio_df_close). Read under
 * dev_set->lock and group_lock, so kvm and open_count belong together. Of a
 * device found, kvm was the same before and after open_count was read.
 */
struct ev_dev {
	struct ev_hdr h;
	__u64 dev;
	__u64 group;
	__u64 kvm; /* device->kvm: what the driver saw or sees */
	__u64 group_kvm; /* group->kvm at the same moment */
	__u64 owner_kvm; /* no kvm pointer: a VM of this process, or 0 */
	__u32 open_count; /* after the call */
	__s32 iommu_group;
	__u32 creator; /* userspace_pid of group_kvm, else owner_kvm, else (found) kvm */
	__u32 vms_seen; /* of owner_kvm: 0, or VS_VMS_… */
	/*
	 * "" in a close: name, driver, iommu_group (-1) and creator (0) are those of
	 * the device's last open that was recorded.
	 */
	char name[VS_DEVNAME_LEN];
	char driver[VS_DRIVER_LEN];
};

#define VS_VMS_UNKNOWN 0xffffffffu /* could not look */
#define VS_VMS_GONE 0xfffffffeu /* found: kvm is a pointer to no VM there is */

/* The kvm pointer was taken by, or dropped from, a device; driver open. */
struct ev_dev_kvm {
	struct ev_hdr h;
	__u64 dev;
	__u64 kvm;
	__u32 open_count;
	__s32 iommu_group;
	char name[VS_DEVNAME_LEN];
};

/* Device ioctls that matter for an attach: SET_IRQS, RESET. */
struct ev_dev_ioctl {
	struct ev_hdr h;
	__u64 dev;
	__u64 kvm; /* device->kvm */
	__u32 cmd;
	__u32 irq_index;
	__u32 irq_start;
	__u32 irq_count;
	__u32 irq_flags;
	__s32 iommu_group;
	char name[VS_DEVNAME_LEN];
};

/* Non-coherent DMA registered with (on = 1) or removed from a VM. */
struct ev_coherency {
	struct ev_hdr h;
	__u64 kvm;
	__u32 on;
	__u32 creator;
};

/* A kvm or vfio module came (load = 1) or went. */
struct ev_module {
	struct ev_hdr h;
	__u32 load;
	__u32 pad;
	char name[56];
};

/* A group on a kvm-vfio device's list; the process is the VM's. */
struct ev_registration {
	struct ev_hdr h;
	__u64 kvm;
	__u64 kvm_vfio;
	__u64 file;
	__u64 group; /* 0: the file is no group's */
	__u64 group_kvm; /* group->kvm */
	__u32 creator;
	__s32 iommu_group;
};

/* A group somebody holds open. */
struct ev_found_group {
	struct ev_hdr h;
	__u64 group;
	__u64 group_kvm;
	__u64 container; /* or 0 */
	__u64 iommufd; /* the group's iommufd context in place of a container, or 0 */
	__u32 creator; /* userspace_pid of group_kvm */
	__s32 iommu_group;
};

/* A container somebody holds open. */
struct ev_found_container {
	struct ev_hdr h;
	__u64 container;
	char driver[24]; /* its IOMMU driver, "" before SET_IOMMU */
};

/*
 * The kernel has not run @count probes (VS_LOSS_BUSY) at some moment between
 * the last two of these records; 0 ends the doubt. What is in between may lack
 * something that hdr.lost does not count.
 */
struct ev_missed {
	struct ev_hdr h;
	__u64 count;
};

/* The look is over; h.ret is 0 or a negative errno. */
struct ev_look_done {
	struct ev_hdr h;
};

/*
 * The name people use for the VM at this address. ret = 1: the VM is new, and
 * any older one at the address is gone.
 */
struct ev_vm_name {
	struct ev_hdr h;
	__u64 kvm;
	char name[VS_NAME_LEN];
};

/* What a device is, for people. */
struct ev_dev_info {
	struct ev_hdr h;
	char name[VS_DEVNAME_LEN];
	char text[VS_NAME_LEN]; /* vendor and device */
};

#define VS_SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type " has padding")
VS_SIZE(ev_hdr, 56);
VS_SIZE(ev_vm, 72);
VS_SIZE(ev_kvm_vfio, 80);
VS_SIZE(ev_kvm_attr, 144);
VS_SIZE(ev_set_kvm, 120);
VS_SIZE(ev_group, 88);
VS_SIZE(ev_group_ioctl, 136);
VS_SIZE(ev_container_ioctl, 96);
VS_SIZE(ev_container_dma, 128);
VS_SIZE(ev_dev, 184);
VS_SIZE(ev_dev_kvm, 120);
VS_SIZE(ev_dev_ioctl, 136);
VS_SIZE(ev_coherency, 72);
VS_SIZE(ev_module, 120);
VS_SIZE(ev_registration, 104);
VS_SIZE(ev_found_group, 96);
VS_SIZE(ev_found_container, 88);
VS_SIZE(ev_look_done, 56);
VS_SIZE(ev_missed, 64);
VS_SIZE(ev_vm_name, 192);
VS_SIZE(ev_dev_info, 224);

#endif
