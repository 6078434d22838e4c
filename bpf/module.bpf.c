// SPDX-License-Identifier: GPL-2.0-only
/* Modules that sites are in, and their relatives, loaded and unloaded. */
#include "emit.bpf.h"

static __always_inline bool of_family(const char *name, const volatile char *family)
{
	int i;

	for (i = 0; i < VS_FAMILY_LEN && family[i]; i++)
		if (name[i] != family[i])
			return false;
	return i;
}

static __always_inline bool recorded(const char *name)
{
	int i;

	for (i = 0; i < VS_FAMILY_MAX; i++)
		if (of_family(name, module_families[i]))
			return true;
	return false;
}

static __always_inline int module_event(enum vs_kind kind, struct module *mod)
{
	struct vs_call c = {};
	struct ev_module *e;
	char name[VS_FAMILY_LEN] = {};

	if (!armed)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), &mod->name);
	if (!recorded(name))
		return 0;
	e = emit_begin(ev_module, kind, &c, 0);
	if (!e)
		return 0;
	bpf_probe_read_kernel_str(e->name, sizeof(e->name), &mod->name);
	emit_end(e);
	return 0;
}

SEC("?raw_tp/module_load")
int module_load(__u64 *ctx)
{
	return module_event(VS_MODULE_LOAD, (struct module *)ctx[0]);
}

SEC("?raw_tp/module_free")
int module_free(__u64 *ctx)
{
	return module_event(VS_MODULE_UNLOAD, (struct module *)ctx[0]);
}
