// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "../../vmlinux/ioctl.h"
#include "hostdev.h"
#include "kallsyms.h"
#include "sysfs.h"

#define GROUPS "/sys/kernel/iommu_groups"
#define MDEV_PARENTS "/sys/class/mdev_bus"

/* Of PCI's configuration space: what everybody may read. */
#define CONFIG_SIZE 64

/* Classes of the devices whose header is that of a bridge: PCI_CLASS_BRIDGE_* */
#define CLASS_PCI_BRIDGE 0x0604
#define CLASS_CARDBUS_BRIDGE 0x0607

/* A folder of sysfs. */
struct folder {
	char path[192];
};

static struct folder folder_of(const struct vs_hostdev *d)
{
	struct folder f;

	snprintf(f.path, sizeof(f.path), "/sys/bus/%s/devices/%s", d->mdev ? "mdev" : "pci",
		 d->name);
	return f;
}

/*
 * VFIO shows the devices it has, since 6.1. Before, the name of the driver has to do; on the
 * bus of mediated devices there are no others.
 */
bool vs_hostdev_vfio_has(const char *path, const char *driver, bool mdev)
{
	if (!*driver)
		return false;
	if (vs_sysfs_has("/sys/class/vfio-dev"))
		return vs_sysfs_has("%s/vfio-dev", path);
	return mdev || strstr(driver, "vfio");
}

/*
 * The kernel accepts no device whose header is not that of its class (pci_setup_device()).
 * The header itself is not read: that wakes a device in D3cold, waits for a reset of it, and
 * is ff if the device is dead.
 */
static bool is_bridge(const char *path)
{
	char line[16];
	unsigned long class;

	vs_sysfs_line(line, sizeof(line), "%s/class", path);
	class = strtoul(line, NULL, 16) >> 8;
	return class == CLASS_PCI_BRIDGE || class == CLASS_CARDBUS_BRIDGE;
}

/* What of a device the host has names for. */
struct uses {
	char real[PATH_MAX]; /* the device's folder, with a slash at its end */
	const char *class;
	char *out; /* VS_SYSFS_NAME */
};

/* Of a disk not its partitions, of a graphics card not its outputs. */
static bool is_part(const char *class, const char *name)
{
	return vs_sysfs_has("/sys/class/%s/%s/partition", class, name) ||
	       (!strcmp(class, "drm") && (strncmp(name, "card", 4) || strchr(name, '-')));
}

static bool note_use(void *ctx, const char *name)
{
	struct uses *u = ctx;
	char path[320], real[PATH_MAX];
	size_t used = strlen(u->out);

	snprintf(path, sizeof(path), "/sys/class/%s/%s", u->class, name);
	if (!realpath(path, real) || strncmp(real, u->real, strlen(u->real)) != 0 ||
	    is_part(u->class, name))
		return true;
	if (used + strlen(name) + sizeof(", , …") > VS_SYSFS_NAME) {
		snprintf(u->out + used, VS_SYSFS_NAME - used, ", …");
		return false;
	}
	snprintf(u->out + used, VS_SYSFS_NAME - used, "%s%s", used ? ", " : "", name);
	return true;
}

static void read_uses(char *out, const char *path)
{
	static const char *const classes[] = { "block", "net", "drm" };
	struct uses u = { .out = out };
	char dir[32];
	size_t i;

	if (!realpath(path, u.real) || strlen(u.real) + 2 > sizeof(u.real))
		return;
	strcat(u.real, "/");
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		u.class = classes[i];
		snprintf(dir, sizeof(dir), "/sys/class/%s", u.class);
		vs_sysfs_each(dir, note_use, &u);
	}
}

static struct folder member_folder(const struct vs_hostdev *d, const char *name)
{
	struct folder f;

	snprintf(f.path, sizeof(f.path), GROUPS "/%d/devices/%.128s", d->group, name);
	return f;
}

static bool add_member(void *ctx, const char *name)
{
	struct vs_hostdev *d = ctx;
	struct folder f = member_folder(d, name);
	struct vs_member *m;

	if (d->member_count == VS_MEMBERS_MAX)
		d->member_unseen++;
	else
		d->member_count++;
	/* The device itself is always among them. */
	if (d->member_unseen && strcmp(name, d->name))
		return true;
	m = &d->member[d->member_count - 1];
	memset(m, 0, sizeof(*m));
	snprintf(m->name, sizeof(m->name), "%.63s", name);
	vs_sysfs_link(m->bus, sizeof(m->bus), "%s/subsystem", f.path);
	vs_sysfs_link(m->driver, sizeof(m->driver), "%s/driver", f.path);
	m->vfio = vs_hostdev_vfio_has(f.path, m->driver, !strcmp(m->bus, "mdev"));
	m->bridge = !strcmp(m->bus, "pci") && is_bridge(f.path);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct vs_member *)a)->name, ((const struct vs_member *)b)->name);
}

/* The symbol came with the drivers' word in 5.19. */
static bool drivers_tell(struct vs_group_facts *facts)
{
	struct vs_symbol s = { .name = "iommu_group_claim_dma_owner" };
	bool readable;

	if (facts->drivers_tell == VS_FACT_UNKNOWN) {
		vs_symbols_find(&s, 1, false, &readable);
		facts->drivers_tell = s.found ? VS_FACT_YES : VS_FACT_NO;
	}
	return facts->drivers_tell == VS_FACT_YES;
}

/* Bridges are where kernels differ, and to ask takes a while. */
static bool has_bound_bridge(const struct vs_hostdev *d)
{
	size_t i;

	for (i = 0; i < d->member_count; i++)
		if (*d->member[i].driver && d->member[i].bridge)
			return true;
	return false;
}

/* Whether the kernel keeps groups with direct ranges whatever their IOMMU: a field tells. */
static enum vs_fact has_require_direct(struct vs_group_facts *facts)
{
	struct btf *btf;
	const struct btf_type *t;
	int id, i;

	if (facts->require_direct != VS_FACT_UNKNOWN)
		return facts->require_direct;
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return VS_FACT_UNKNOWN;
	facts->require_direct = VS_FACT_NO;
	id = btf__find_by_name_kind(btf, "dev_iommu", BTF_KIND_STRUCT);
	t = id > 0 ? btf__type_by_id(btf, (unsigned int)id) : NULL;
	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), "require_direct"))
			facts->require_direct = VS_FACT_YES;
	btf__free(btf);
	return facts->require_direct;
}

/* "0x… 0x… direct" a line. Intel's driver has always kept such groups. */
static void read_direct(struct vs_hostdev *d, const char *path, struct vs_group_facts *facts)
{
	char text[4096], *line, *rest = text, iommu[64];
	unsigned long long from, to;
	char type[32];

	vs_sysfs_read(text, sizeof(text), GROUPS "/%d/reserved_regions", d->group);
	while (!*d->direct && (line = strsep(&rest, "\n")) != NULL)
		if (sscanf(line, "%llx %llx %31s", &from, &to, type) == 3 &&
		    !strcmp(type, "direct"))
			snprintf(d->direct, sizeof(d->direct), "0x%llx-0x%llx", from, to);
	if (!*d->direct)
		return;
	vs_sysfs_link(iommu, sizeof(iommu), "%s/iommu", path);
	d->direct_refused = strncmp(iommu, "dmar", 4) ? has_require_direct(facts) : VS_FACT_YES;
}

void vs_hostdev_members(struct vs_hostdev *d)
{
	char dir[64];

	snprintf(dir, sizeof(dir), GROUPS "/%d/devices", d->group);
	vs_sysfs_each(dir, add_member, d);
	qsort(d->member, d->member_count, sizeof(d->member[0]), by_name);
}

static void read_members(struct vs_hostdev *d, struct vs_group_facts *facts)
{
	vs_hostdev_members(d);
	d->drivers_tell = has_bound_bridge(d) && drivers_tell(facts);
}

bool vs_hostdev_direct(int group, struct vs_group_facts *facts)
{
	struct vs_hostdev *d = calloc(1, sizeof(*d));
	char path[128];
	bool direct;

	if (!d)
		return false;
	d->group = group;
	vs_hostdev_members(d);
	if (d->member_count) {
		snprintf(path, sizeof(path), GROUPS "/%d/devices/%.64s", group, d->member[0].name);
		read_direct(d, path, facts);
	}
	direct = *d->direct && d->direct_refused == VS_FACT_YES;
	free(d);
	return direct;
}

static void read_uses_of_group(struct vs_hostdev *d)
{
	struct vs_member *m;

	for (m = d->member; m < d->member + d->member_count; m++)
		if (*m->driver && !m->vfio && !m->bridge)
			read_uses(m->used_as, member_folder(d, m->name).path);
}

static void read_group(struct vs_hostdev *d, const char *path)
{
	struct vs_group_facts facts = { 0 };
	char number[32];

	d->group = -1;
	if (!vs_sysfs_link(number, sizeof(number), "%s/iommu_group", path))
		return;
	d->group = atoi(number);
	d->noiommu = vs_sysfs_has("/sys/class/vfio/noiommu-%d", d->group);
	read_members(d, &facts);
	read_uses_of_group(d);
	read_direct(d, path, &facts);
}

static void read_node(struct vs_node *n)
{
	const struct passwd *user;
	const struct group *group;
	struct stat st;

	if (stat(n->path, &st) || !S_ISCHR(st.st_mode))
		return;
	n->present = true;
	n->mode = st.st_mode & 07777;
	n->uid = st.st_uid;
	n->gid = st.st_gid;
	user = getpwuid(st.st_uid);
	if (user)
		snprintf(n->user, sizeof(n->user), "%s", user->pw_name);
	group = getgrgid(st.st_gid);
	if (group)
		snprintf(n->group, sizeof(n->group), "%s", group->gr_name);
}

static bool take_cdev(void *ctx, const char *name)
{
	struct vs_node *n = ctx;

	snprintf(n->path, sizeof(n->path), "/dev/vfio/devices/%.64s", name);
	return false;
}

/* A cdev's device has a number, where the kernel has cdevs. */
static void read_nodes(struct vs_hostdev *d, const char *path)
{
	const char *mode = d->noiommu ? "noiommu-" : "";
	char dir[224];

	if (d->group >= 0) {
		struct vs_node *n = &d->group_node;

		n->expected = vs_sysfs_has("/sys/class/vfio/%s%d", mode, d->group);
		snprintf(n->path, sizeof(n->path), "/dev/vfio/%s%d", mode, d->group);
		read_node(n);
	}
	snprintf(dir, sizeof(dir), "%s/vfio-dev", path);
	vs_sysfs_each(dir, take_cdev, &d->cdev_node);
	if (*d->cdev_node.path) {
		const char *name = strrchr(d->cdev_node.path, '/') + 1;

		d->cdev_node.expected = vs_sysfs_has("%s/vfio-dev/%s/dev", path, name);
		read_node(&d->cdev_node);
	}
}

/* Methods are shown since 5.15; before, a file shows that there is one. */
static void read_reset(struct vs_hostdev *d, const char *path)
{
	vs_sysfs_line(d->reset, sizeof(d->reset), "%s/reset_method", path);
	d->can_reset = *d->reset || (vs_sysfs_has("%s/reset", path) &&
				     !vs_sysfs_has("%s/reset_method", path)) ?
			       VS_FACT_YES :
			       VS_FACT_NO;
}

/* A VF has no ids of its own in there, but it has the rest. */
static void read_answer(struct vs_hostdev *d, const char *path)
{
	unsigned char config[CONFIG_SIZE + 1];
	size_t len, i;

	/* Before the read, which wakes it. */
	vs_sysfs_line(d->power, sizeof(d->power), "%s/power_state", path);
	len = vs_sysfs_read((char *)config, sizeof(config), "%s/config", path);
	if (len < CONFIG_SIZE)
		return;
	for (i = 0; i < len && config[i] == 0xff; i++)
		;
	d->answers = i < len ? VS_FACT_YES : VS_FACT_NO;
}

static void read_sriov(struct vs_hostdev *d, const char *path)
{
	char number[16];

	if (vs_sysfs_link(d->pf, sizeof(d->pf), "%s/physfn", path))
		vs_sysfs_link(d->pf_driver, sizeof(d->pf_driver), "%s/physfn/driver", path);
	d->vfs = vs_sysfs_line(number, sizeof(number), "%s/sriov_numvfs", path) ? atoi(number) : -1;
}

static void read_pci(struct vs_hostdev *d, const char *path)
{
	vs_sysfs_line(d->override, sizeof(d->override), "%s/driver_override", path);
	if (!strcmp(d->override, "(null)"))
		*d->override = '\0';
	d->vfio_driver = vs_sysfs_has("/sys/bus/pci/drivers/vfio-pci");
	d->bridge = is_bridge(path);
	if (!d->bridge)
		read_uses(d->used_as, path);
	read_answer(d, path);
	read_reset(d, path);
	read_sriov(d, path);
}

static bool any(void *ctx, const char *name)
{
	(void)name;
	*(bool *)ctx = true;
	return false;
}

static void set_create(struct vs_hostdev *d, const char *parent, const char *type)
{
	int n;

	if (!vs_is_word(parent) || !vs_is_word(type))
		return;
	n = snprintf(d->create, sizeof(d->create),
		     MDEV_PARENTS "/%s/mdev_supported_types/%s/create", parent, type);
	if (n < 0 || (size_t)n >= sizeof(d->create))
		*d->create = '\0';
}

static void read_mdev(struct vs_hostdev *d, const char *path)
{
	char real[PATH_MAX], type[VS_SYSFS_NAME], *slash;

	d->vfs = -1;
	vs_sysfs_each("/sys/bus/mdev/drivers", any, &d->vfio_driver);
	if (!realpath(path, real))
		return;
	slash = strrchr(real, '/');
	*slash = '\0';
	slash = strrchr(real, '/');
	snprintf(d->parent, sizeof(d->parent), "%.63s", slash ? slash + 1 : real);
	if (vs_sysfs_link(type, sizeof(type), "%s/mdev_type", path))
		set_create(d, d->parent, type);
}

struct mdev_place {
	struct vs_hostdev *d;
	const char *parent;
};

static bool offer_type(void *ctx, const char *type)
{
	struct mdev_place *place = ctx;
	char left[16];

	vs_sysfs_line(left, sizeof(left),
		      MDEV_PARENTS "/%s/mdev_supported_types/%s/available_instances", place->parent,
		      type);
	if (atoi(left) > 0)
		set_create(place->d, place->parent, type);
	return !*place->d->create;
}

static bool offer_parent(void *ctx, const char *parent)
{
	struct mdev_place place = { .d = ctx, .parent = parent };
	char dir[256];

	snprintf(dir, sizeof(dir), MDEV_PARENTS "/%.128s/mdev_supported_types", parent);
	vs_sysfs_each(dir, offer_type, &place);
	return !*place.d->create;
}

/* Another function of the slot. */
static bool note_near(void *ctx, const char *name)
{
	struct vs_hostdev *d = ctx;
	size_t slot = strcspn(d->name, ".") + 1;

	if (strncmp(name, d->name, slot))
		return true;
	snprintf(d->near, sizeof(d->near), "%.63s", name);
	return false;
}

static void look_around(struct vs_hostdev *d)
{
	d->group = -1;
	d->vfs = -1;
	if (d->mdev)
		vs_sysfs_each(MDEV_PARENTS, offer_parent, d);
	else
		vs_sysfs_each("/sys/bus/pci/devices", note_near, d);
}

struct vs_hostdev *vs_hostdev_read(const char *name)
{
	struct vs_hostdev *d = calloc(1, sizeof(*d));
	struct folder f;

	if (!d)
		return NULL;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->mdev = !strchr(name, ':');
	f = folder_of(d);
	d->found = vs_sysfs_plain(name) && vs_sysfs_has("%s", f.path);
	if (!d->found) {
		look_around(d);
		return d;
	}
	vs_sysfs_link(d->driver, sizeof(d->driver), "%s/driver", f.path);
	d->vfio = vs_hostdev_vfio_has(f.path, d->driver, d->mdev);
	if (d->mdev)
		read_mdev(d, f.path);
	else
		read_pci(d, f.path);
	read_group(d, f.path);
	read_nodes(d, f.path);
	return d;
}

/* Calls that fail, or tell, if the host uses a device of the group; -1: it is none. */
static int refused_group(const union vs_record *rec)
{
	const union vs_event *ev = &rec->ev;

	switch (rec->h.kind) {
	case VS_GROUP_GET_STATUS:
		return !rec->h.ret && !(ev->group_status.status & VFIO_GROUP_FLAGS_VIABLE) ?
			       ev->group_status.iommu_group :
			       -1;
	case VS_SET_CONTAINER:
		return rec->h.ret == -EPERM ? ev->set_container.iommu_group : -1;
	case VS_BIND_IOMMUFD:
		return rec->h.ret == -EPERM ? ev->bind.iommu_group : -1;
	case VS_GET_DEVICE_FD: /* up to 5.18 */
		return rec->h.ret == -EINVAL ? ev->get_device_fd.iommu_group : -1;
	}
	return -1;
}

static int tell_blocker(const struct vs_hostdev *d, const struct vs_member *m,
			const union vs_record *before, vs_record_fn fn, void *ctx)
{
	union vs_record rec;

	vs_record_init(&rec, VS_BLOCKER, before->h.ts);
	rec.h.lost = before->h.lost;
	rec.blocker.iommu_group = d->group;
	rec.blocker.bridge = m->bridge;
	memcpy(rec.blocker.name, m->name, sizeof(rec.blocker.name));
	memcpy(rec.blocker.bus, m->bus, sizeof(rec.blocker.bus));
	memcpy(rec.blocker.driver, m->driver, sizeof(rec.blocker.driver));
	return fn(ctx, &rec);
}

int vs_blockers_tell(const union vs_record *rec, struct vs_group_facts *facts, vs_record_fn fn,
		     void *ctx)
{
	int group = refused_group(rec), err = 0;
	struct vs_hostdev *d;
	size_t i;

	if (group < 0)
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->group = group;
	read_members(d, facts);
	for (i = 0; !err && i < d->member_count; i++)
		if (vs_member_blocks(d, &d->member[i]))
			err = tell_blocker(d, &d->member[i], rec, fn, ctx);
	free(d);
	return err;
}
