// SPDX-License-Identifier: GPL-2.0-only
/* The records: a ring that never overwrites, and the file to read it by. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vfio.h>
#include <linux/vmalloc.h>

#include "vs_oracle.h"

#define RING_SIZE (1UL << 16)

static struct vs_oracle_record *ring;
static unsigned long head; /* next to write; counts on, RING_SIZE is a power of two */
static unsigned long tail; /* next to read */
static u64 next_seq;
static DEFINE_SPINLOCK(write_lock);
static DEFINE_MUTEX(read_lock);

static unsigned long lost;
module_param(lost, ulong, 0444);
MODULE_PARM_DESC(lost, "records that found no room (not to be set)");

static struct vs_oracle_record *slot(unsigned long position)
{
	return &ring[position & (RING_SIZE - 1)];
}

static u32 flags_of(const struct vfio_device *vdev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0) && IS_ENABLED(CONFIG_IOMMUFD)
	return vdev->iommufd_access ? VS_ORACLE_IOMMUFD : 0;
#else
	return 0;
#endif
}

void vs_log(enum vs_oracle_what what, unsigned int device, const struct vfio_device *vdev, int ret)
{
	struct vs_oracle_record rec = {
		.kvm = (uintptr_t)vdev->kvm,
		.device = device,
		.what = what,
		.tgid = current->tgid,
		.pid = current->pid,
		.ret = ret,
		.flags = flags_of(vdev),
	};

	spin_lock(&write_lock);
	/* Under the lock, so that the order of the records is that of time. */
	rec.boottime_ns = ktime_get_boottime_ns();
	rec.seq = next_seq++;
	/* Pairs with the release in take_one(): the slot has been read. */
	if (head - smp_load_acquire(&tail) < RING_SIZE) {
		*slot(head) = rec;
		/* Pairs with the acquire in take_one(): the record is complete. */
		smp_store_release(&head, head + 1);
	} else {
		lost++;
	}
	spin_unlock(&write_lock);
}

/* One record to user space: 1, 0 if there is none, or -EFAULT and it stays. */
static int take_one(char __user *to)
{
	if (smp_load_acquire(&head) == tail)
		return 0;
	if (copy_to_user(to, slot(tail), sizeof(struct vs_oracle_record)))
		return -EFAULT;
	smp_store_release(&tail, tail + 1);
	return 1;
}

static ssize_t log_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	const size_t size = sizeof(struct vs_oracle_record);
	size_t done = 0;
	int ret = 1;

	if (count < size)
		return -EINVAL;
	mutex_lock(&read_lock);
	while (count - done >= size) {
		ret = take_one(buf + done);
		if (ret <= 0)
			break;
		done += size;
	}
	mutex_unlock(&read_lock);
	return done || ret > 0 ? done : ret;
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.read = log_read,
	.llseek = noop_llseek,
};

static struct miscdevice log_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vs_oracle",
	.fops = &log_fops,
	.mode = 0400,
};

int vs_log_start(void)
{
	int err;

	ring = vmalloc(array_size(RING_SIZE, sizeof(*ring)));
	if (!ring)
		return -ENOMEM;
	err = misc_register(&log_device);
	if (err)
		vfree(ring);
	return err;
}

void vs_log_end(void)
{
	misc_deregister(&log_device);
	vfree(ring);
}
