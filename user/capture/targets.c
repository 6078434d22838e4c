// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "targets.h"

/* No program has a section of this name. */
#define GUARD "vfioscope-guard"

static int aim(struct bpf_program *prog, struct bpf_prog_load_opts *opts,
	       const struct vs_targets *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (t->target[i].prog != prog)
			continue;
		opts->attach_btf_id = t->target[i].id;
		opts->attach_btf_obj_fd = (__u32)t->target[i].btf_fd;
		return bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
	}
	return -ENOENT;
}

/*
 * libbpf calls this just before it loads a program. Until then a tracing program
 * passes for a kprobe: libbpf would otherwise read all of the kernel's BTF for it.
 */
static int prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	struct vs_targets *t = (struct vs_targets *)cookie;

	t->loading = prog;
	switch (bpf_program__expected_attach_type(prog)) {
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_TRACE_ITER:
		return aim(prog, opts, t);
	default:
		return 0;
	}
}

/*
 * Before 1.3 libbpf keeps a dangling table when its last handler is removed, and
 * frees it again at the next registration. So one handler is never removed. The
 * table itself tells whether it is there.
 */
static int guard_table(void)
{
	enum bpf_attach_type attach;
	enum bpf_prog_type type;
	int id;

	if (!libbpf_prog_type_by_name(GUARD, &type, &attach))
		return 0;
	id = libbpf_register_prog_handler(GUARD, BPF_PROG_TYPE_UNSPEC, 0, NULL);
	return id < 0 ? id : 0;
}

int vs_targets_begin(struct vs_targets *t)
{
	static const struct {
		const char *section;
		enum bpf_prog_type type;
		enum bpf_attach_type attach;
	} sections[] = {
		{ "fentry", BPF_PROG_TYPE_KPROBE, BPF_TRACE_FENTRY },
		{ "fexit", BPF_PROG_TYPE_KPROBE, BPF_TRACE_FEXIT },
		{ "iter+", BPF_PROG_TYPE_KPROBE, BPF_TRACE_ITER },
		{ "kprobe", BPF_PROG_TYPE_KPROBE, 0 },
		{ "kretprobe", BPF_PROG_TYPE_KPROBE, 0 },
		{ "raw_tp+", BPF_PROG_TYPE_RAW_TRACEPOINT, 0 },
	};
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = (long)t,
		    .prog_prepare_load_fn = prepare);
	int err = guard_table();
	size_t i;

	_Static_assert(sizeof(sections) / sizeof(sections[0]) ==
			       sizeof(t->handlers) / sizeof(t->handlers[0]),
		       "one handler for each section");
	memset(t, 0, sizeof(*t));
	if (err)
		return err;
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		int id = libbpf_register_prog_handler(sections[i].section, sections[i].type,
						      sections[i].attach, &opts);

		if (id < 0) {
			vs_targets_end(t);
			return id;
		}
		t->handlers[t->handler_count++] = id;
	}
	return 0;
}

void vs_targets_end(struct vs_targets *t)
{
	while (t->handler_count)
		libbpf_unregister_prog_handler(t->handlers[--t->handler_count]);
}

int vs_targets_add(struct vs_targets *t, const struct bpf_program *prog, uint32_t id, int btf_fd)
{
	if (t->count == VS_TARGETS_MAX)
		return -E2BIG;
	t->target[t->count++] = (struct vs_target){ .prog = prog, .id = id, .btf_fd = btf_fd };
	return 0;
}
