// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the site table against the BPF object, while building: every program that
 * the table names must be there, and room for the modules.
 *
 * usage: check-programs SKELETON.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../user/core/plan/sites.h"

#define MEMBER "struct bpf_program *"

/* The skeleton has a member for each program: "\t\tstruct bpf_program *NAME;". */
static bool has_program(FILE *skeleton, const char *name)
{
	char line[512], *at;
	size_t len = strlen(name);

	rewind(skeleton);
	while (fgets(line, sizeof(line), skeleton)) {
		at = strstr(line, MEMBER);
		if (at && !strncmp(at + strlen(MEMBER), name, len) &&
		    at[strlen(MEMBER) + len] == ';')
			return true;
	}
	return false;
}

static int check_part(FILE *skeleton, const struct vs_site *site, const struct vs_part *p)
{
	unsigned int slots = vs_part_slots(p, VS_METHOD_FENTRY) |
			     vs_part_slots(p, VS_METHOD_KPROBE);
	char name[VS_PROGRAM_NAME];
	int slot, wrong = 0;

	VS_FOREACH_SLOT(slot, slots) {
		if (has_program(skeleton, vs_part_program(p, slot, name)))
			continue;
		fprintf(stderr,
			"user/core/plan/sites.c: site %s: the BPF object has no program %s (a "
			"misspelt function or .prog, or a body that is missing in bpf/)\n",
			site->name, name);
		wrong++;
	}
	return wrong;
}

static int check_site(FILE *skeleton, enum vs_site_id id)
{
	const struct vs_site *site = &vs_sites[id];
	const struct vs_part *p;
	int wrong = 0;
	size_t way;

	if (!site->name) {
		fprintf(stderr, "user/core/plan/sites.c: site number %d has an id and no entry\n",
			id);
		return 1;
	}
	for (way = 0; way < VS_WAY_MAX; way++)
		VS_FOREACH_PART(p, &site->way[way])
			wrong += check_part(skeleton, site, p);
	return wrong;
}

static int check_families(void)
{
	char families[VS_FAMILY_MAX][VS_FAMILY_LEN];

	if (!vs_site_families(families))
		return 0;
	fprintf(stderr,
		"bpf/modules.h: VS_FAMILY_MAX or VS_FAMILY_LEN is too small for the modules "
		"of all sites\n");
	return 1;
}

int main(int argc, char **argv)
{
	FILE *skeleton = argc == 2 ? fopen(argv[1], "re") : NULL;
	int id, wrong = check_families();

	if (!skeleton) {
		fprintf(stderr, "cannot read the skeleton: %s\nusage: check-programs SKELETON.h\n",
			argc == 2 ? strerror(errno) : "none was given");
		return EXIT_FAILURE;
	}
	for (id = 0; id < VS_SITE_COUNT; id++)
		wrong += check_site(skeleton, id);
	fclose(skeleton);
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
