// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "btf.h"
#include "index.h"
#include "../core/plan/sites.h"

#define VS_MFD_NOEXEC_SEAL 0x8U /* include/uapi/linux/memfd.h, 6.3 */

/* A type that the probes read. */
struct root {
	const char *name;
	const struct btf *from; /* the first BTF that has it: it is not taken from others */
};

struct reader {
	struct vs_index functions, roots;
	struct root *root;
	struct btf *to;
	int pointer; /* its id in @to: all pointers are one type */
	struct vs_types *types;
};

/* Copies types from one BTF of the kernel to the small one. */
struct copy {
	struct reader *r;
	const struct btf *from;
	int fd; /* of a module's BTF; 0: the kernel's own */
	int *ids; /* new id by id in @from; 0: not copied */
};

static int copy_type(struct copy *c, unsigned int id);

static const char *name_of(const struct btf *btf, const struct btf_type *t)
{
	return btf__name_by_offset(btf, t->name_off);
}

/* libbpf does not need the types that pointers point to. */
static int copy_pointer(struct reader *r)
{
	if (!r->pointer)
		r->pointer = btf__add_ptr(r->to, 0);
	return r->pointer;
}

static int copy_array(struct copy *c, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	int index = copy_type(c, a->index_type), element = copy_type(c, a->type);

	if (index < 0 || element < 0)
		return index < 0 ? index : element;
	return btf__add_array(c->r->to, index, element, a->nelems);
}

/* Members are copied first. This ends: a type cannot contain itself by value. */
static int copy_struct(struct copy *c, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	int id, err = 0, i, n = btf_vlen(t);
	struct btf *to = c->r->to;

	for (i = 0; i < n; i++) {
		id = copy_type(c, m[i].type);
		if (id < 0)
			return id;
	}
	id = btf_is_struct(t) ? btf__add_struct(to, name_of(c->from, t), t->size) :
				btf__add_union(to, name_of(c->from, t), t->size);
	for (i = 0; id > 0 && !err && i < n; i++)
		err = btf__add_field(to, btf__name_by_offset(c->from, m[i].name_off),
				     copy_type(c, m[i].type), btf_member_bit_offset(t, i),
				     btf_member_bitfield_size(t, i));
	return err ? err : id;
}

static int copy_new(struct copy *c, const struct btf_type *t)
{
	const char *name = name_of(c->from, t);
	struct btf *to = c->r->to;

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return btf__add_int(to, name, t->size, btf_int_encoding(t));
	case BTF_KIND_FLOAT:
		return btf__add_float(to, name, t->size);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return btf__add_enum(to, name, t->size);
	case BTF_KIND_PTR:
		return copy_pointer(c->r);
	case BTF_KIND_ARRAY:
		return copy_array(c, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_struct(c, t);
	default:
		return -EINVAL; /* no other kind can be a member */
	}
}

static int copy_type(struct copy *c, unsigned int id)
{
	const struct btf_type *t = btf__type_by_id(c->from, id);

	while (btf_is_mod(t) || btf_is_typedef(t)) {
		id = t->type;
		t = btf__type_by_id(c->from, id);
	}
	if (!c->ids[id])
		c->ids[id] = copy_new(c, t);
	return c->ids[id];
}

static void note_function(struct copy *c, const struct btf_type *t, unsigned int id)
{
	struct vs_symbol *s = vs_index_find(&c->r->functions, name_of(c->from, t));

	if (!s)
		return;
	s->btf = true;
	s->nargs = btf_vlen(btf__type_by_id(c->from, t->type));
	s->btf_id = id;
	s->btf_fd = c->fd;
}

/* As libbpf does: all types of that name, from modules only if vmlinux has none. */
static int note_type(struct copy *c, const struct btf_type *t, unsigned int id)
{
	struct root *root = vs_index_find(&c->r->roots, name_of(c->from, t));
	int copied;

	if (!root || (root->from && root->from != c->from))
		return 0;
	root->from = c->from;
	copied = copy_type(c, id);
	return copied < 0 ? copied : 0;
}

static int read_one(struct reader *r, const struct btf *btf, int fd, unsigned int first)
{
	unsigned int id, count = btf__type_cnt(btf);
	struct copy c = { .r = r, .from = btf, .fd = fd };
	int err = 0;

	c.ids = calloc(count, sizeof(*c.ids));
	if (!c.ids)
		return -ENOMEM;
	for (id = first; !err && id < count; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_func(t))
			note_function(&c, t, id);
		else if (btf_is_composite(t) && t->name_off)
			err = note_type(&c, t, id);
	}
	free(c.ids);
	return err;
}

/* A module that sites are in, and its BTF in the kernel. */
struct module {
	const char *name;
	__u32 id; /* 0: it has none, or is not loaded */
	int fd;
};

static bool kernel_btf_name(int fd, char name[64])
{
	struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = 64 };
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && info.kernel_btf;
}

static bool keep_if_wanted(struct module *modules, size_t count, __u32 id, int fd)
{
	char name[64] = "";
	size_t i;

	if (!kernel_btf_name(fd, name))
		return false;
	for (i = 0; i < count; i++) {
		if (modules[i].id || strcmp(modules[i].name, name))
			continue;
		modules[i].id = id;
		modules[i].fd = fd;
		return true;
	}
	return false;
}

/* One pass over all BTF objects of the kernel. */
static void find_modules(struct module *modules, size_t count)
{
	__u32 id = 0;
	int fd;

	while (!bpf_btf_get_next_id(id, &id)) {
		fd = bpf_btf_get_fd_by_id(id);
		if (fd >= 0 && !keep_if_wanted(modules, count, id, fd))
			close(fd);
	}
}

static int read_module(struct reader *r, const struct module *module, struct btf *base)
{
	struct btf *btf = btf__load_from_kernel_by_id_split(module->id, base);
	int err;

	if (!btf)
		return errno == ENOMEM ? -ENOMEM : 0;
	err = read_one(r, btf, module->fd, btf__type_cnt(base));
	btf__free(btf);
	return err;
}

static int read_modules(struct reader *r, struct btf *base)
{
	const char *names[VS_SITE_COUNT];
	struct module modules[VS_SITE_COUNT] = { 0 };
	size_t count = vs_site_modules(names), i;
	struct vs_types *types = r->types;
	int err = 0;

	for (i = 0; i < count; i++)
		modules[i].name = names[i];
	find_modules(modules, count);
	for (i = 0; i < count; i++)
		if (modules[i].id)
			types->module_fd[types->module_count++] = modules[i].fd;
	/* In the order of the table: a type is taken from the first module that has it. */
	for (i = 0; !err && i < count; i++)
		if (modules[i].id)
			err = read_module(r, &modules[i], base);
	return err;
}

/* The BTF of the probes names the kernel types they read; vs_* are not the kernel's. */
static int collect_roots(struct reader *r, const struct btf *local)
{
	unsigned int id, count = btf__type_cnt(local);
	size_t n = 0;
	int err = 0;

	r->root = calloc(count, sizeof(*r->root));
	if (!r->root || vs_index_init(&r->roots, count))
		return -ENOMEM;
	for (id = 1; !err && id < count; id++) {
		const struct btf_type *t = btf__type_by_id(local, id);
		const char *name = name_of(local, t);

		if (!btf_is_composite(t) || !*name || !strncmp(name, "vs_", 3))
			continue;
		r->root[n].name = name;
		err = vs_index_add(&r->roots, name, &r->root[n++]);
	}
	return err;
}

static int collect_functions(struct reader *r, struct vs_symbol *symbols, size_t count)
{
	int err = vs_index_init(&r->functions, count);
	size_t i;

	for (i = 0; !err && i < count; i++)
		if (!symbols[i].module)
			err = vs_index_add(&r->functions, symbols[i].name, &symbols[i]);
	return err;
}

static int read_all(struct reader *r)
{
	struct btf *base = btf__load_vmlinux_btf();
	int err;

	if (!base)
		return errno == ENOMEM ? -ENOMEM : 0;
	r->types->vmlinux = true;
	err = read_one(r, base, 0, 1);
	if (!err)
		err = read_modules(r, base);
	btf__free(base);
	return err;
}

/* libbpf takes a file only. */
static int keep(struct vs_types *types, const struct btf *btf)
{
	const char *data;
	ssize_t n;
	__u32 size;
	int fd;

	data = btf__raw_data(btf, &size);
	if (!data)
		return -ENOMEM;
	/* Kernels that know the flag log a warning without it. */
	fd = memfd_create("vfioscope-btf", MFD_CLOEXEC | VS_MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("vfioscope-btf", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	types->fd = fd;
	for (; size; data += n, size -= (__u32)n) {
		n = write(types->fd, data, size);
		if (n < 0)
			return -errno;
	}
	snprintf(types->path, sizeof(types->path), "/proc/self/fd/%d", types->fd);
	return 0;
}

int vs_types_read(struct vs_types *types, const struct btf *probes, struct vs_symbol *symbols,
		  size_t count)
{
	struct reader r = { .types = types };
	int err;

	memset(types, 0, sizeof(*types));
	if (access(VS_VMLINUX_BTF, R_OK))
		return 0;
	r.to = btf__new_empty();
	err = r.to ? collect_roots(&r, probes) : -ENOMEM;
	if (!err)
		err = collect_functions(&r, symbols, count);
	if (!err)
		err = read_all(&r);
	if (!err)
		err = keep(types, r.to);
	types->vfio = !err && btf__find_by_name_kind(r.to, "vfio_device", BTF_KIND_STRUCT) > 0 &&
		      btf__find_by_name_kind(r.to, "vfio_group", BTF_KIND_STRUCT) > 0;
	vs_index_free(&r.roots);
	vs_index_free(&r.functions);
	free(r.root);
	btf__free(r.to);
	return err;
}

void vs_types_free(struct vs_types *types)
{
	while (types->module_count)
		close(types->module_fd[--types->module_count]);
	if (types->fd)
		close(types->fd);
	memset(types, 0, sizeof(*types));
}
