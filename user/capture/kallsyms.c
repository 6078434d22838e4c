// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "index.h"
#include "kallsyms.h"
#include "../../bpf/lookup.h"
#include "vs_lookup.skel.h"

/* The names to look up. */
struct wanted {
	struct vs_index index;
	bool begin[1 << 16]; /* by their first two characters */
};

/* One line of /proc/kallsyms: "ADDRESS TYPE NAME", and "\t[MODULE]" unless built in. */
struct ksym {
	uint64_t addr;
	char type;
	char *name;
	const char *module; /* "" if built in */
};

static bool *begins(struct wanted *w, const char *name)
{
	return &w->begin[(unsigned char)name[0] << 8 | (unsigned char)name[1]];
}

static int wanted_init(struct wanted *w, struct vs_symbol *symbols, size_t count)
{
	int err = vs_index_init(&w->index, count);
	size_t i;

	for (i = 0; !err && i < count; i++) {
		*begins(w, symbols[i].name) = true;
		err = vs_index_add(&w->index, symbols[i].name, &symbols[i]);
	}
	return err;
}

/* Type and name only: few of 200,000 lines are of interest. */
static bool ksym_begin(char *line, struct ksym *k)
{
	char *type = strchr(line, ' ');

	if (!type || !type[1] || type[2] != ' ' || !type[3])
		return false;
	k->type = type[1];
	k->name = type + 3;
	return true;
}

/* The rest. Splits the line. */
static void ksym_finish(char *line, struct ksym *k)
{
	char *end = k->name + strcspn(k->name, "\t\n"), *module = strchr(end, '[');

	if (module)
		module[strcspn(module, "]")] = '\0';
	*end = '\0';
	k->module = module ? module + 1 : "";
	k->addr = strtoull(line, NULL, 16);
}

static bool matches(const struct vs_symbol *s, const struct ksym *k)
{
	if (!s->module)
		return k->type == 't' || k->type == 'T';
	return !*k->module || !strcmp(k->module, s->module);
}

static void read_lines(FILE *f, struct wanted *w, bool *readable)
{
	char line[1024];
	struct vs_symbol *s;
	struct ksym k;

	while (fgets(line, sizeof(line), f)) {
		if (!ksym_begin(line, &k) || !*begins(w, k.name))
			continue;
		ksym_finish(line, &k);
		*readable |= k.addr != 0;
		s = vs_index_find(&w->index, k.name);
		if (!s || !matches(s, &k))
			continue;
		s->found = true;
		s->addr = k.addr;
	}
}

static void read_table(struct vs_symbol *symbols, size_t count, bool *readable)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	struct wanted *w = calloc(1, sizeof(*w));

	if (f && w && !wanted_init(w, symbols, count))
		read_lines(f, w, readable);
	if (w)
		vs_index_free(&w->index);
	free(w);
	if (f)
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

/* Whether it is a loadable module: "MODULE:NAME" then excludes others of that name. */
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
	/* It is refused where addresses are hidden. */
	*readable = quick && !ask_kernel(symbols, count);
	if (!*readable)
		read_table(symbols, count, readable);
}
