// SPDX-License-Identifier: GPL-2.0-only
/* What stands between a device and a VM, for programs. */
#include "../core/passthrough/device.h"
#include "jsonw.h"
#include "view.h"

static void write_members(struct json_line *j, const struct vs_hostdev *d)
{
	size_t i;

	j_open(j, "group_devices", '[');
	for (i = 0; i < d->member_count; i++) {
		const struct vs_member *m = &d->member[i];

		j_open(j, NULL, '{');
		j_text(j, "device", m->name);
		j_text_or_null(j, "driver", m->driver);
		j_bool(j, "blocks", strcmp(m->name, d->name) != 0 && vs_member_blocks(d, m));
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void write_node(struct json_line *j, const char *key, const struct vs_node *n)
{
	char mode[8];

	if (!n->expected && !n->present) {
		j_null(j, key);
		return;
	}
	j_open(j, key, '{');
	j_text(j, "path", n->path);
	j_bool(j, "present", n->present);
	snprintf(mode, sizeof(mode), "%04o", n->mode & 07777);
	j_string(j, "mode", n->present ? mode : NULL);
	j_int_or_null(j, "uid", n->uid, n->present);
	j_int_or_null(j, "gid", n->gid, n->present);
	j_close(j, '}');
}

static void write_hurdles(struct json_line *j, const struct vs_readiness *r)
{
	size_t i, k;

	j_open(j, "obstacles", '[');
	for (i = 0; i < r->hurdle_count; i++) {
		const struct vs_hurdle *h = &r->hurdle[i];

		j_open(j, NULL, '{');
		j_string(j, "id", h->id);
		j_string(j, "what", h->what);
		j_string(j, "todo", *h->todo ? h->todo : NULL);
		j_open(j, "commands", '[');
		for (k = 0; k < h->command_count; k++)
			j_string(j, NULL, h->command[k]);
		j_close(j, ']');
		j_close(j, '}');
	}
	j_close(j, ']');
	j_open(j, "notes", '[');
	for (i = 0; i < r->remark_count; i++)
		j_string(j, NULL, r->remark[i]);
	j_close(j, ']');
}

/* Of PCI; all of it is null for others. */
static void write_pci(struct json_line *j, const struct vs_hostdev *d)
{
	j_text_or_null(j, "reserved_direct", d->direct);
	j_fact(j, "can_reset", d->can_reset);
	j_text_or_null(j, "reset_methods", d->reset);
	j_text_or_null(j, "power_state", d->power);
	j_fact(j, "answers", d->answers);
	j_text_or_null(j, "physical_function", d->pf);
	j_int_or_null(j, "virtual_functions", d->vfs, d->vfs >= 0);
}

void vs_write_readiness(FILE *f, const struct vs_hostdev *d, const struct vs_readiness *r)
{
	struct json_line j;

	j_begin(&j, f, "readiness");
	j_text(&j, "device", d->name);
	j_bool(&j, "exists", d->found);
	j_bool(&j, "ready", !r->hurdle_count);
	j_text_or_null(&j, "driver", d->driver);
	j_text_or_null(&j, "driver_override", d->override);
	j_bool(&j, "vfio", d->vfio);
	j_text_or_null(&j, "used_as", d->used_as);
	j_text_or_null(&j, "mdev_parent", d->parent);
	j_int_or_null(&j, "group", d->group, d->group >= 0);
	j_fact(&j, "group_viable", vs_group_viable(d));
	write_members(&j, d);
	write_node(&j, "group_file", &d->group_node);
	write_node(&j, "cdev_file", &d->cdev_node);
	write_pci(&j, d);
	write_hurdles(&j, r);
	j_end(&j);
}
