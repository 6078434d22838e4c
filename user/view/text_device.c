// SPDX-License-Identifier: GPL-2.0-only
/* What stands between a device and a VM, for people. */
#include "../core/passthrough/device.h"
#include "view.h"

#define LINE 1024

static void print_driver(FILE *f, const struct vs_hostdev *d)
{
	char line[LINE];
	struct vs_text t;

	vs_text_init(&t, line, sizeof(line));
	vs_put_escaped(&t, *d->driver ? d->driver : "none");
	if (*d->driver && !d->vfio)
		vs_put(&t, " (not a VFIO driver)");
	if (*d->override) {
		vs_put(&t, "; driver_override ");
		vs_put_escaped(&t, d->override);
	}
	vs_print_titled(f, "driver", line);
}

static void put_member(struct vs_text *t, const struct vs_hostdev *d, const struct vs_member *m)
{
	vs_put_escaped(t, m->name);
	vs_put(t, " (");
	if (vs_member_blocks(d, m))
		vs_put(t, "bound to ");
	vs_put_escaped(t, *m->driver ? m->driver : "no driver");
	vs_put(t, vs_member_blocks(d, m) ? ": not viable)" : ")");
}

static void print_group(FILE *f, const struct vs_hostdev *d)
{
	char line[8 * LINE];
	struct vs_text t;
	size_t i, n = 0;

	if (d->group < 0) {
		vs_print_titled(f, "IOMMU group", "none");
		return;
	}
	vs_text_init(&t, line, sizeof(line));
	vs_put_int(&t, d->group);
	for (i = 0; i < d->member_count; i++) {
		if (!strcmp(d->member[i].name, d->name))
			continue;
		vs_put(&t, n++ ? ", " : ", with ");
		put_member(&t, d, &d->member[i]);
	}
	vs_print_titled(f, "IOMMU group", line);
}

static void put_owner(struct vs_text *t, const char *name, unsigned int id)
{
	if (*name)
		vs_put_escaped(t, name);
	else
		vs_put_uint(t, id);
}

static void print_node(FILE *f, const struct vs_node *n)
{
	char line[LINE], mode[8];
	struct vs_text t;

	if (!n->expected && !n->present)
		return;
	vs_text_init(&t, line, sizeof(line));
	vs_put_escaped(&t, n->path);
	if (n->present) {
		snprintf(mode, sizeof(mode), "%04o", n->mode & 07777);
		vs_put(&t, ", mode ");
		vs_put(&t, mode);
		vs_put(&t, ", owner ");
		put_owner(&t, n->user, n->uid);
		vs_put(&t, ":");
		put_owner(&t, n->group, n->gid);
	} else {
		vs_put(&t, " is missing");
	}
	vs_print_titled(f, "file", line);
}

static void print_power(FILE *f, const struct vs_hostdev *d)
{
	static const char *const says[] = {
		[VS_FACT_UNKNOWN] = "whether it answers is not known",
		[VS_FACT_NO] = "it does not answer",
		[VS_FACT_YES] = "it answers",
	};
	char line[LINE];
	struct vs_text t;

	vs_text_init(&t, line, sizeof(line));
	vs_put_escaped(&t, *d->power ? d->power : "unknown");
	vs_put(&t, "; ");
	vs_put(&t, says[d->answers]);
	vs_print_titled(f, "power", line);
}

static void print_reset(FILE *f, const struct vs_hostdev *d)
{
	char line[LINE];
	struct vs_text t;

	vs_text_init(&t, line, sizeof(line));
	if (*d->reset)
		vs_put_escaped(&t, d->reset);
	else
		vs_put(&t, d->can_reset == VS_FACT_YES ? "yes, the method is not shown" : "none");
	vs_print_titled(f, "reset", line);
}

static void print_sriov(FILE *f, const struct vs_hostdev *d)
{
	char line[LINE];
	struct vs_text t;

	vs_text_init(&t, line, sizeof(line));
	if (*d->pf) {
		vs_put(&t, "a VF of ");
		vs_put_escaped(&t, d->pf);
		vs_put(&t, " (");
		vs_put_escaped(&t, *d->pf_driver ? d->pf_driver : "no driver");
		vs_put(&t, ")");
	} else if (d->vfs >= 0) {
		vs_put(&t, "a PF with ");
		vs_put_int(&t, d->vfs);
		vs_put(&t, d->vfs == 1 ? " VF" : " VFs");
	} else {
		return;
	}
	vs_print_titled(f, "SR-IOV", line);
}

static void print_facts(FILE *f, const struct vs_hostdev *d)
{
	fprintf(f, "\n");
	print_driver(f, d);
	if (d->mdev && *d->parent) {
		char line[VS_ESCAPED(VS_SYSFS_NAME)];

		vs_print_titled(f, "parent", vs_escape(line, sizeof(line), d->parent));
	}
	print_group(f, d);
	print_node(f, &d->group_node);
	print_node(f, &d->cdev_node);
	if (d->mdev)
		return;
	print_reset(f, d);
	print_power(f, d);
	print_sriov(f, d);
}

/* Commands are lines of their own, to be copied. */
static void print_hurdle(FILE *f, const struct vs_hurdle *h)
{
	size_t i;

	fprintf(f, "\n");
	vs_print_titled(f, "problem", h->what);
	if (*h->todo)
		vs_print_titled(f, "  fix", h->todo);
	for (i = 0; i < h->command_count; i++)
		fprintf(f, "%-*s%s\n", VS_TITLE, i || *h->todo ? "" : "  fix", h->command[i]);
}

void vs_print_readiness(FILE *f, const struct vs_hostdev *d, const struct vs_readiness *r)
{
	char line[LINE];
	struct vs_text t;
	size_t i;

	vs_text_init(&t, line, sizeof(line));
	vs_put_readiness(&t, d, r);
	fprintf(f, "%s\n", line);
	if (d->found)
		print_facts(f, d);
	for (i = 0; i < r->hurdle_count; i++)
		print_hurdle(f, &r->hurdle[i]);
	for (i = 0; i < r->remark_count; i++) {
		fprintf(f, "\n");
		vs_print_titled(f, "note", r->remark[i]);
	}
}
