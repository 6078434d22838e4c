// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kallsyms.h"
#include "../../bpf/lookup.h"
#include "vs_lookup.skel.h"

/* One line of /proc/kallsyms. */
struct ksym {
	uint64_t addr;
	char type;
	char name[128];
	char module[64]; /* "" if built in */
};

static bool ksym_parse(const char *line, struct ksym *k)
{
	unsigned long long addr;
	int n;

	k->module[0] = '\0';
	n = sscanf(line, "%llx %c %127s [%63[^]]", &addr, &k->type, k->name, k->module);
	k->addr = addr;
	return n >= 3;
}

static bool matches(const struct vs_symbol *s, const struct ksym *k)
{
	if (strcmp(k->name, s->name))
		return false;
	if (!s->module)
		return k->type == 't' || k->type == 'T';
	return !k->module[0] || !strcmp(k->module, s->module);
}

/* Is this line worth parsing? Most of 200,000 are not. */
static bool interesting(const char *line)
{
	return strstr(line, "vfio") || strstr(line, "kvm") || strstr(line, " vm_list") ||
	       strstr(line, " anon_inode_getfile");
}

static void read_table(struct vs_symbol *symbols, size_t count, bool *readable)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char *line = NULL;
	size_t size = 0, i;
	struct ksym k;

	if (!f)
		return;
	while (getline(&line, &size, f) > 0) {
		if (!interesting(line) || !ksym_parse(line, &k))
			continue;
		*readable |= k.addr != 0;
		for (i = 0; i < count; i++) {
			if (!matches(&symbols[i], &k))
				continue;
			symbols[i].found = true;
			symbols[i].addr = k.addr;
		}
	}
	free(line);
	fclose(f);
}

static int ask(int prog, const char *module, struct vs_symbol *s)
{
	struct vs_lookup l = { .err = -EPERM };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &l, .ctx_size_in = sizeof(l));
	int n, err;

	n = snprintf(l.name, sizeof(l.name), "%s%s%s", module ? module : "", module ? ":" : "",
		     s->name);
	if (n < 0 || (size_t)n >= sizeof(l.name))
		return -ENAMETOOLONG;
	err = bpf_prog_test_run_opts(prog, &opts);
	if (err)
		return err;
	if (l.err)
		return l.err == -ENOENT ? 0 : (int)l.err;
	s->found = true;
	s->addr = l.addr;
	return 0;
}

/* A loaded module's own; the other names may be those of something else's. */
static bool loaded(const char *module)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", module);
	return !access(path, F_OK);
}

static int ask_for_all(int prog, struct vs_symbol *symbols, size_t count)
{
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		const char *module = symbols[i].module;

		if (!symbols[i].found)
			err = ask(prog, module && loaded(module) ? module : NULL, &symbols[i]);
	}
	return err;
}

static int ask_kernel(struct vs_symbol *symbols, size_t count)
{
	struct vs_lookup_bpf *skel = vs_lookup_bpf__open_and_load();
	int err;

	if (!skel)
		return -errno;
	err = ask_for_all(bpf_program__fd(skel->progs.lookup), symbols, count);
	vs_lookup_bpf__destroy(skel);
	return err;
}

void vs_symbols_find(struct vs_symbol *symbols, size_t count, bool quick, bool *readable)
{
	size_t i;

	for (i = 0; i < count; i++)
		symbols[i].found = symbols[i].btf;
	/* It answers only those who may see addresses. */
	*readable = quick && !ask_kernel(symbols, count);
	if (!*readable)
		read_table(symbols, count, readable);
}
