// SPDX-License-Identifier: GPL-2.0-only
/* The devices, their bus, and the two drivers for them. */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vfio.h>

#include "vs_oracle.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "vs_oracle needs the VFIO driver API of Linux 6.1: vfio_alloc_device()"
#endif

#define MAX_DEVICES 256

static unsigned int strict = 4;
module_param(strict, uint, 0444);
MODULE_PARM_DESC(strict, "devices that refuse to open without a VM, as mediated GPUs do");

static unsigned int silent = 4;
module_param(silent, uint, 0444);
MODULE_PARM_DESC(silent, "devices that open without a VM");

/* Read at each call, so that a test may change them as it goes. */
static unsigned int open_ms;
module_param(open_ms, uint, 0644);
MODULE_PARM_DESC(open_ms, "how long a driver's open of a device takes");

static bool open_interruptible;
module_param(open_interruptible, bool, 0644);
MODULE_PARM_DESC(open_interruptible, "a signal ends such an open, as one kills its process");

static unsigned int open_errno;
module_param(open_errno, uint, 0644);
MODULE_PARM_DESC(open_errno, "what an open of any device fails with; 0: it does not");

static unsigned long open_ns;
module_param(open_ns, ulong, 0444);
MODULE_PARM_DESC(open_ns, "how long the last open took in the driver");

static unsigned int reset_ms;
module_param(reset_ms, uint, 0644);
MODULE_PARM_DESC(reset_ms, "how long a reset takes");

static unsigned int reset_errno;
module_param(reset_errno, uint, 0644);
MODULE_PARM_DESC(reset_errno, "what a reset fails with; 0: it does not");

static unsigned int msis = 1;
module_param(msis, uint, 0644);
MODULE_PARM_DESC(msis, "how many MSIs a device has");

static int msis_left = -1;
module_param(msis_left, int, 0644);
MODULE_PARM_DESC(msis_left,
		 "how many the host can give at once, -1: any number; or a negative errno");

static bool one_set;
module_param(one_set, bool, 0444);
MODULE_PARM_DESC(one_set, "all devices share one dev_set: they are opened one after the other");

/* A device of the bus; made here, driven by what is in vs_device. */
struct vs_parent {
	struct device dev;
	unsigned int number;
};

struct vs_device {
	struct vfio_device vdev;
	unsigned int number;
	bool strict;
	struct mutex lock; /* of what the ioctls change */
};

static struct device *root;
static struct vs_parent *parents[2 * MAX_DEVICES];

static struct vs_parent *to_parent(struct device *dev)
{
	return container_of(dev, struct vs_parent, dev);
}

static struct vs_device *to_device(struct vfio_device *vdev)
{
	return container_of(vdev, struct vs_device, vdev);
}

/* The VFIO device */

static int vs_init(struct vfio_device *vdev)
{
	struct vs_device *device = to_device(vdev);

	device->number = to_parent(vdev->dev)->number;
	device->strict = device->number < strict;
	mutex_init(&device->lock);
	return 0;
}

/* From 6.2 on the core frees the memory. */
static void vs_release(struct vfio_device *vdev)
{
	mutex_destroy(&to_device(vdev)->lock);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	vfio_free_device(vdev);
#endif
}

/* So long; msleep() takes a moment even for nothing. */
static void take(unsigned int ms)
{
	if (ms)
		msleep(ms);
}

/* The same; false: a signal has ended it. */
static bool take_open(unsigned int ms)
{
	if (open_interruptible)
		return !msleep_interruptible(ms);
	take(ms);
	return true;
}

static int vs_open(struct vfio_device *vdev)
{
	struct vs_device *device = to_device(vdev);
	int ret = device->strict && !vdev->kvm ? -EINVAL : -(int)open_errno;
	u64 start = ktime_get_boottime_ns();

	if (!take_open(open_ms))
		ret = -ERESTARTSYS;
	open_ns = ktime_get_boottime_ns() - start;
	vs_log(VS_ORACLE_OPEN, device->number, vdev, ret);
	return ret;
}

static void vs_close(struct vfio_device *vdev)
{
	vs_log(VS_ORACLE_CLOSE, to_device(vdev)->number, vdev, 0);
}

/* Since 6.2 a device holds a reference on its VM, and one on the symbol kvm_put_kvm. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
/* Takes the place of kvm_put_kvm(), which has been called for the device. */
static void put_nothing(struct kvm *kvm)
{
}

/*
 * The core will call what it finds in put_kvm with the pointer, which by then may
 * point to nothing, and let go of the symbol.
 */
static long vs_put(struct vs_device *device)
{
	struct vfio_device *vdev = &device->vdev;
	typeof(vdev->put_kvm) put_kvm = vdev->put_kvm;

	if (!vdev->kvm)
		return -ENXIO;
	if (put_kvm == put_nothing)
		return -EALREADY;
	vdev->put_kvm = put_nothing;
	put_kvm(vdev->kvm);
	return 0;
}

/* What the core does at the last close; as it finds no pointer there, it will not. */
static void let_go(struct vfio_device *vdev)
{
	vdev->put_kvm(vdev->kvm);
	vdev->put_kvm = NULL;
	symbol_put(kvm_put_kvm);
}
#else
static long vs_put(struct vs_device *device)
{
	return -EOPNOTSUPP;
}

static void let_go(struct vfio_device *vdev)
{
}
#endif

/* In the order of vfio_device_put_kvm(), whose misuse it stands for. */
static long vs_forget(struct vs_device *device)
{
	struct vfio_device *vdev = &device->vdev;

	if (!vdev->kvm)
		return -ENXIO;
	let_go(vdev);
	vdev->kvm = NULL;
	return 0;
}

static long vs_get_info(unsigned long arg)
{
	const size_t size = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, (void __user *)arg, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = 0;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user((void __user *)arg, &info, size) ? -EFAULT : 0;
}

/* Where a PCI device has its MSIs. */
static unsigned int vectors(unsigned int index)
{
	return index == VFIO_PCI_MSI_IRQ_INDEX ? msis : 0;
}

static long vs_get_irq_info(unsigned long arg)
{
	const size_t size = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, (void __user *)arg, size))
		return -EFAULT;
	if (info.argsz < size || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	info.count = vectors(info.index);
	return copy_to_user((void __user *)arg, &info, size) ? -EFAULT : 0;
}

/* It never comes, so there is nothing to set up. */
static long vs_set_irqs(unsigned long arg)
{
	struct vfio_irq_set set;
	size_t data_size;
	int err;

	if (copy_from_user(&set, (void __user *)arg, offsetofend(struct vfio_irq_set, count)))
		return -EFAULT;
	err = vfio_set_irqs_validate_and_prepare(&set, vectors(set.index), VFIO_PCI_NUM_IRQS,
						 &data_size);
	if (err || msis_left == -1 || (int)set.count <= msis_left)
		return err;
	return msis_left;
}

/* The core changes the pointer under the lock of the set: so does what stands for it. */
static long vs_spoil(struct vs_device *device, unsigned int cmd)
{
	struct mutex *set_lock = &device->vdev.dev_set->lock;
	long ret;

	mutex_lock(set_lock);
	ret = cmd == VS_ORACLE_PUT ? vs_put(device) : vs_forget(device);
	mutex_unlock(set_lock);
	return ret;
}

static long vs_ioctl_locked(struct vs_device *device, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case VS_ORACLE_FORGET:
	case VS_ORACLE_PUT:
		return vs_spoil(device, cmd);
	case VFIO_DEVICE_GET_INFO:
		return vs_get_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vs_get_irq_info(arg);
	case VFIO_DEVICE_SET_IRQS:
		return vs_set_irqs(arg);
	case VFIO_DEVICE_RESET:
		take(reset_ms);
		return -(long)reset_errno;
	default:
		return -ENOTTY;
	}
}

static long vs_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct vs_device *device = to_device(vdev);
	long ret;

	mutex_lock(&device->lock);
	ret = vs_ioctl_locked(device, cmd, arg);
	mutex_unlock(&device->lock);
	return ret;
}

/* Where a kernel has iommufd, the core insists on the last four. */
static struct vfio_device_ops strict_ops = {
	.name = "vs_strict",
	.init = vs_init,
	.release = vs_release,
	.open_device = vs_open,
	.close_device = vs_close,
	.ioctl = vs_ioctl,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#endif
};

/* The same under another name. */
static struct vfio_device_ops silent_ops;

/* The drivers: the bus offers every device to both. */

static int vs_probe(struct device *dev, const struct vfio_device_ops *ops)
{
	struct vs_device *device = vfio_alloc_device(vs_device, vdev, dev, ops);
	int err;

	if (IS_ERR(device))
		return PTR_ERR(device);
	err = one_set ? vfio_assign_device_set(&device->vdev, root) : 0;
	if (!err)
		err = vfio_register_emulated_iommu_dev(&device->vdev);
	if (err)
		vfio_put_device(&device->vdev);
	else
		dev_set_drvdata(dev, device);
	return err;
}

static int strict_probe(struct device *dev)
{
	return to_parent(dev)->number < strict ? vs_probe(dev, &strict_ops) : -ENODEV;
}

static int silent_probe(struct device *dev)
{
	return to_parent(dev)->number < strict ? -ENODEV : vs_probe(dev, &silent_ops);
}

static int vs_remove(struct device *dev)
{
	struct vs_device *device = dev_get_drvdata(dev);

	vfio_unregister_group_dev(&device->vdev);
	vfio_put_device(&device->vdev);
	return 0;
}

static struct bus_type vs_bus = {
	.name = "vs_oracle",
};

static struct device_driver strict_driver = {
	.name = "vs_strict",
	.owner = THIS_MODULE,
	.bus = &vs_bus,
	.probe = strict_probe,
	.remove = vs_remove,
};

static struct device_driver silent_driver = {
	.name = "vs_silent",
	.owner = THIS_MODULE,
	.bus = &vs_bus,
	.probe = silent_probe,
	.remove = vs_remove,
};

/* The devices */

static void free_parent(struct device *dev)
{
	kfree(to_parent(dev));
}

/* device_add() succeeds without a driver, too. */
static int add_parent(unsigned int number)
{
	struct vs_parent *parent = kzalloc(sizeof(*parent), GFP_KERNEL);
	int err;

	if (!parent)
		return -ENOMEM;
	parent->number = number;
	device_initialize(&parent->dev);
	parent->dev.bus = &vs_bus;
	parent->dev.parent = root;
	parent->dev.release = free_parent;
	err = dev_set_name(&parent->dev, VS_ORACLE_UUID, number);
	if (!err)
		err = device_add(&parent->dev);
	if (err) {
		put_device(&parent->dev);
		return err;
	}
	parents[number] = parent;
	return parent->dev.driver ? 0 : -ENODEV;
}

static void remove_parents(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parents); i++)
		if (parents[i])
			device_unregister(&parents[i]->dev);
}

static int add_parents(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < strict + silent; i++)
		err = add_parent(i);
	if (err)
		remove_parents();
	return err;
}

static int register_drivers(void)
{
	int err = driver_register(&strict_driver);

	if (err)
		return err;
	err = driver_register(&silent_driver);
	if (err)
		driver_unregister(&strict_driver);
	return err;
}

static void unregister_drivers(void)
{
	driver_unregister(&silent_driver);
	driver_unregister(&strict_driver);
}

static int __init vs_oracle_init(void)
{
	int err;

	if (strict > MAX_DEVICES || silent > MAX_DEVICES)
		return -EINVAL;
	silent_ops = strict_ops;
	silent_ops.name = "vs_silent";
	err = vs_log_start();
	if (err)
		return err;
	root = root_device_register("vs_oracle");
	if (IS_ERR(root)) {
		err = PTR_ERR(root);
		goto end_log;
	}
	err = bus_register(&vs_bus);
	if (err)
		goto remove_root;
	err = register_drivers();
	if (err)
		goto remove_bus;
	err = add_parents();
	if (!err)
		return 0;

	unregister_drivers();
remove_bus:
	bus_unregister(&vs_bus);
remove_root:
	root_device_unregister(root);
end_log:
	vs_log_end();
	return err;
}

static void __exit vs_oracle_exit(void)
{
	remove_parents();
	unregister_drivers();
	bus_unregister(&vs_bus);
	root_device_unregister(root);
	vs_claim_end();
	vs_log_end();
}

module_init(vs_oracle_init);
module_exit(vs_oracle_exit);
MODULE_DESCRIPTION("VFIO devices that write down how they were opened and closed");
MODULE_LICENSE("GPL");
