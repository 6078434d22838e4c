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

#define TABLE "user/core/plan/sites.c"
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
			TABLE ": site %s: the BPF object has no program %s (a misspelt function "
			      "or .prog, or a body that is missing in bpf/)\n",
			site->name, name);
		wrong++;
	}
	return wrong;
}

static int check_entries(void)
{
	int id, wrong = 0;

	for (id = 0; id < VS_SITE_COUNT; id++) {
		if (vs_sites[id].name)
			continue;
		fprintf(stderr, TABLE ": site number %d has an id and no entry\n", id);
		wrong++;
	}
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
	struct vs_part_at at = { 0 };
	int wrong = check_entries() + check_families();

	if (!skeleton) {
		fprintf(stderr, "cannot read the skeleton: %s\nusage: check-programs SKELETON.h\n",
			argc == 2 ? strerror(errno) : "none was given");
		return EXIT_FAILURE;
	}
	while (vs_part_next(&at))
		wrong += check_part(skeleton, &vs_sites[at.site], at.p);
	fclose(skeleton);
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
