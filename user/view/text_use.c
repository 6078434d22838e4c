// SPDX-License-Identifier: GPL-2.0-only
/* Who has a device, for people and for scripts: one line for each process. */
#include <string.h>

#include "../core/moment.h"
#include "page.h"

/* What a process has of the device itself counts for more than what it has of its group. */
static int weight(const struct vs_moment *m, const struct vs_hold *h)
{
	static const int weights[VS_HOLD_COUNT] = {
		[VS_HOLD_DEVICE] = 5,
		[VS_HOLD_MAPPING] = 4,
		[VS_HOLD_CDEV] = 3,
		[VS_HOLD_GROUP] = 2,
	};

	return *h->device && strcmp(h->device, m->asked) ? 1 : weights[h->kind];
}

/* The same process has something that counts for more, or the same and comes first. */
static bool is_told(const struct vs_moment *m, const struct vs_hold *h)
{
	const struct vs_hold *other;

	for (other = m->holds; other < m->holds + m->hold_count; other++) {
		int more = weight(m, other) - weight(m, h);

		if (other->pid == h->pid && (more > 0 || (!more && other < h)))
			return true;
	}
	return false;
}

static void put_holder(struct vs_text *t, const struct vs_hold *h)
{
	if (h->vm)
		vs_put(t, "vm");
	if (h->vm)
		vs_put_uint(t, h->vm);
	else
		vs_put(t, "no VM");
	if (*h->vm_name) {
		vs_put(t, " \"");
		vs_put_escaped(t, h->vm_name);
		vs_put(t, "\"");
	}
	vs_put(t, " (");
	vs_put_escaped(t, *h->comm ? h->comm : "?");
	vs_put(t, ", pid ");
	vs_put_uint(t, h->pid);
	if (h->fd >= 0) {
		vs_put(t, ", fd ");
		vs_put_int(t, h->fd);
	}
	vs_put(t, ")");
}

static void put_what(struct vs_text *t, const struct vs_moment *m, const struct vs_hold *h)
{
	static const char *const what[VS_HOLD_COUNT] = {
		[VS_HOLD_GROUP] = "its group is open",
		[VS_HOLD_DEVICE] = "open",
		[VS_HOLD_MAPPING] = "mapped, without a descriptor",
		[VS_HOLD_CDEV] = "its file is open, not bound",
		[VS_HOLD_REGISTRATION] = "registered",
	};

	vs_put(t, ", ");
	if (*h->device && strcmp(h->device, m->asked)) {
		vs_put_escaped(t, h->device);
		vs_put(t, " of its group is ");
	}
	vs_put(t, what[h->kind]);
}

static void put_binding(struct vs_text *t, const struct vs_place *place)
{
	if (!place) {
		vs_put(t, "on its way out of the host");
		return;
	}
	vs_put(t, "bound to ");
	vs_put_escaped(t, *place->driver ? place->driver : "no driver");
	if (*place->driver && !place->vfio)
		vs_put(t, " (not a VFIO driver)");
}

static void put_free(struct vs_text *t, const struct vs_moment *m)
{
	put_binding(t, m->place);
	if (m->answer == VS_ANSWER_OTHERS)
		vs_put(t, ", held by others than those asked for");
	else if (m->answer == VS_ANSWER_UNSEEN)
		vs_put(t, m->mapped_unseen ?
				  ", nobody has it open; this kernel does not show who maps it" :
				  ", nobody is seen to hold it, but not everything could be seen");
	else
		vs_put(t, ", nobody holds it");
}

static void begin_line(struct vs_text *t, const struct vs_moment *m)
{
	vs_put_escaped(t, m->asked);
	vs_put(t, "  ");
}

void vs_print_use(struct vs_page *p, const struct vs_moment *m)
{
	const struct vs_hold *h;
	char buf[VS_LINE_LEN];
	struct vs_text t;

	vs_text_init(&t, buf, sizeof(buf));
	for (h = m->holds; h < m->holds + m->hold_count; h++) {
		if (is_told(m, h))
			continue;
		begin_line(&t, m);
		put_holder(&t, h);
		put_what(&t, m, h);
		vs_put_process_of(p, &t, h);
		vs_put(&t, "\n");
		vs_print_text(p->config.file, &t);
	}
	if (m->hold_count || m->answer == VS_ANSWER_ABSENT)
		return;
	begin_line(&t, m);
	put_free(&t, m);
	vs_put(&t, "\n");
	vs_print_text(p->config.file, &t);
}
