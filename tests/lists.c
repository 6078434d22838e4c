// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the program knows, as lists for the checks of the documents: one line for
 * each name, from the same descriptions the program is made of.
 *
 * usage: lists ops|own-fields|reasons|losses|whys|phases|locks|states|hurdles
 *
 *   ops          an operation and its own JSON members
 *   own-fields   those members, each once
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../user/core/event/kinds.h"
#include "../user/core/event/phases.h"
#include "../user/core/passthrough/device.h"
#include "../user/core/plan/why.h"
#include "../user/core/profile/attach.h"
#include "../user/core/rules/reasons.h"

/* The members of a struct's list that are shown, each after a blank. */
#define NAME_NONE(key) ""
#define NAME_INT(key) " " #key
#define NAME_INT_SEEN(key) " " #key
#define NAME_HEX(key) " " #key
#define NAME_BOOL(key) " " #key
#define NAME_TEXT(key) " " #key
#define NAME_TEXT_OR_NULL(key) " " #key
#define NAME_FEATURE(key) " " #key
#define NAME_MIGRATION(key) " " #key
#define NAME_BUSY(key) " " #key
#define NAME_MEMORY(key) " " #key
#define NAME_PHASE(key) " " #key
#define NAME_LOCK(key) " " #key
#define NAME_KVM(key) " " #key
#define NAME_GROUP_KVM(key) " " #key

#define NAME_FIELD(type, member, role, pair, form, key) NAME_##form(key)
#define NAME_STRING(length, member, role, form, key) NAME_##form(key)
#define NAME_FLAG(flag, form, key) NAME_##form(key)

#define NAMES(name, FIELDS, member) \
	static const char names_of_##member[] = "" FIELDS(NAME_FIELD, NAME_STRING, NAME_FLAG);

VS_STRUCTS(NAMES)

#define NAMES_OF_KIND(number, name, member, id, label, traits) [VS_##name] = names_of_##member,

static const char *const names[VS_KIND_COUNT] = { VS_KINDS(NAMES_OF_KIND) };

static void ops(void)
{
	int kind;

	for (kind = 1; kind < VS_KIND_COUNT; kind++)
		if (!(vs_kinds[kind].traits & VS_T_CONTROL))
			printf("%s%s\n", vs_kinds[kind].id, names[kind]);
}

static void own_fields(void)
{
	int kind;

	for (kind = 1; kind < VS_KIND_COUNT; kind++) {
		char *list, *word, *rest;

		if (vs_kinds[kind].traits & VS_T_CONTROL)
			continue;
		list = strdup(names[kind]);
		for (word = strtok_r(list, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
			puts(word);
		free(list);
	}
}

static void reasons(void)
{
	int i;

	for (i = 0; i < VS_REASON_COUNT; i++)
		puts(vs_reasons[i].id);
}

static void losses(void)
{
	int i;

	for (i = 0; i < VS_LOSS_COUNT; i++)
		puts(vs_losses[i].id);
}

static void whys(void)
{
	int i;

	for (i = VS_WHY_NONE + 1; i < VS_WHY_COUNT; i++)
		puts(vs_why_id(i));
}

static void phases(void)
{
	int i;

	for (i = VS_PHASE_NONE + 1; i < VS_PHASE_COUNT; i++)
		puts(vs_phases[i].id);
}

static void locks(void)
{
	int i;

	for (i = VS_LOCK_NONE + 1; i < VS_LOCK_COUNT; i++)
		puts(vs_lock_name((unsigned int)i));
}

static void states(void)
{
	int i;

	for (i = 0; i < VS_ATTACH_STATE_COUNT; i++)
		puts(vs_attach_state_name(i));
}

static void hurdles(void)
{
	size_t i;

	for (i = 0; vs_hurdle_id(i); i++)
		puts(vs_hurdle_id(i));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} lists[] = {
		{ "ops", ops },		{ "own-fields", own_fields },
		{ "reasons", reasons }, { "losses", losses },
		{ "whys", whys },	{ "phases", phases },
		{ "locks", locks },	{ "states", states },
		{ "hurdles", hurdles },
	};
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(lists[i].name, argv[1]))
			continue;
		lists[i].print();
		return 0;
	}
	fprintf(stderr,
		"usage: lists ops|own-fields|reasons|losses|whys|phases|locks|states|hurdles\n");
	return 2;
}
