// SPDX-License-Identifier: GPL-2.0-only
/* What is only right or wrong in a script as a whole: blocks and names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfio-steps.h"

static bool opens_block(const struct step *s)
{
	return s->verb->op == OP_FORK || s->verb->op == OP_THREAD || s->verb->op == OP_REPEAT;
}

/* Finds the `end` of the block that starts at @begin, and of those inside it. */
static int match_block(struct script *sc, size_t begin, size_t *end)
{
	size_t i = begin + 1;

	while (i < sc->nr && sc->steps[i].verb->op != OP_END) {
		if (opens_block(&sc->steps[i]) && match_block(sc, i, &i))
			return -EINVAL;
		i++;
	}
	if (i == sc->nr)
		return malformed(sc, &sc->steps[begin], "has no matching 'end'");
	sc->steps[begin].end = i;
	*end = i;
	return 0;
}

static int match_blocks(struct script *sc)
{
	for (size_t i = 0; i < sc->nr; i++) {
		if (sc->steps[i].verb->op == OP_END)
			return malformed(sc, &sc->steps[i], "no block is open here");
		if (opens_block(&sc->steps[i]) && match_block(sc, i, &i))
			return -EINVAL;
	}
	return 0;
}

/* The names one process can know at a place in the script. */
struct scope {
	bool *objects;
	bool *workers;
	/*
	 * Set inside threads: a name may come from a step further down that
	 * another thread performs first.
	 */
	const bool *elsewhere;
};

static void define_args(const struct step *s, bool *objects)
{
	for (int i = 0; i < STEPS_MAX_ARGS; i++) {
		if (s->verb->args[i] == ARG_NEW || s->verb->args[i] == ARG_NEW_PAIR)
			objects[s->arg[i].slot] = true;
		if (s->verb->args[i] == ARG_NEW_PAIR)
			objects[s->arg[i].slot_b] = true;
	}
}

static int check_arg(const struct script *sc, const struct step *s, const struct scope *scope,
		     enum arg_kind kind, const struct arg *a)
{
	if (kind == ARG_WORKER && !scope->workers[a->slot])
		return malformed(sc, s, "no process or thread '%s' was started before this step",
				 a->text);
	if ((kind != ARG_OBJECT && kind != ARG_FD && kind != ARG_ID) || a->form != FORM_NAME)
		return 0;
	if (scope->objects[a->slot] || (scope->elsewhere && scope->elsewhere[a->slot]))
		return 0;
	return malformed(sc, s, "'%s' is not defined by an earlier step", a->text);
}

static int check_step(const struct script *sc, const struct step *s, struct scope *scope)
{
	for (int i = 0; i < STEPS_MAX_ARGS; i++) {
		if (check_arg(sc, s, scope, s->verb->args[i], &s->arg[i]))
			return -EINVAL;
		if (s->verb->args[i] == ARG_NEW_WORKER)
			scope->workers[s->arg[i].slot] = true;
	}
	define_args(s, scope->objects);
	return 0;
}

static int check_steps(const struct script *sc, size_t begin, size_t end, struct scope *scope);

/* A child has its own copy of the objects, and children of its own only. */
static int check_child(const struct script *sc, size_t begin, size_t end,
		       const struct scope *parent)
{
	struct scope child = *parent;
	int err;

	child.objects = steps_alloc(sc->objects.nr, sizeof(bool));
	child.workers = steps_alloc(sc->workers.nr, sizeof(bool));
	memcpy(child.objects, parent->objects, sc->objects.nr * sizeof(bool));
	err = check_steps(sc, begin, end, &child);
	free(child.objects);
	free(child.workers);
	return err;
}

static int check_thread(const struct script *sc, size_t begin, size_t end, struct scope *parent)
{
	bool *all = steps_alloc(sc->objects.nr, sizeof(bool));
	struct scope thread = *parent;
	int err;

	for (size_t i = 0; i < sc->nr; i++)
		define_args(&sc->steps[i], all);
	thread.elsewhere = all;
	err = check_steps(sc, begin, end, &thread);
	free(all);
	return err;
}

/* Every name used must have been defined: a typing error is found before the first call. */
static int check_steps(const struct script *sc, size_t begin, size_t end, struct scope *scope)
{
	int err = 0;

	for (size_t i = begin; i < end && !err; i++) {
		const struct step *s = &sc->steps[i];

		err = check_step(sc, s, scope);
		if (err)
			break;
		if (s->verb->op == OP_FORK)
			err = check_child(sc, i + 1, s->end, scope);
		else if (s->verb->op == OP_THREAD)
			err = check_thread(sc, i + 1, s->end, scope);
		if (s->verb->op == OP_FORK || s->verb->op == OP_THREAD)
			i = s->end;
	}
	return err;
}

int script_finish(struct script *sc)
{
	struct scope scope = {
		.objects = steps_alloc(sc->objects.nr, sizeof(bool)),
		.workers = steps_alloc(sc->workers.nr, sizeof(bool)),
	};
	int err;

	err = match_blocks(sc);
	if (!err)
		err = check_steps(sc, 0, sc->nr, &scope);
	free(scope.objects);
	free(scope.workers);
	return err;
}
