/* SPDX-License-Identifier: GPL-2.0-only */
/* A moment of the toy lab's model, after the end of its stream, as ps gets it. */
#ifndef VS_TEST_TOY_MOMENT_H
#define VS_TEST_TOY_MOMENT_H

#include "model_test.h"
#include "../../user/core/moment.h"

#define MOMENT_MAX 16

/* What was told: the lists end with the call, what is on them with the model. */
struct caught {
	struct vs_sink sink;
	struct vs_moment moment;
	const struct vs_vm *vms[MOMENT_MAX];
	const struct vs_group *groups[MOMENT_MAX];
	const struct vs_container *containers[MOMENT_MAX];
	const struct vs_open *opens[MOMENT_MAX];
	size_t findings;
	bool ended;
};

#define CATCH(c, from, list, count)                                                      \
	do {                                                                             \
		assert_true((from)->count <= MOMENT_MAX);                                \
		if ((from)->count)                                                       \
			memcpy((c)->list, (from)->list, (from)->count * sizeof(void *)); \
		(c)->moment.list = (c)->list;                                            \
	} while (0)

static inline void catch_moment(struct vs_sink *s, const struct vs_moment *moment)
{
	struct caught *c = (struct caught *)s;

	assert_false(c->ended);
	assert_int_equal(c->findings, 0);
	c->moment = *moment;
	CATCH(c, moment, vms, vm_count);
	CATCH(c, moment, groups, group_count);
	CATCH(c, moment, containers, container_count);
	CATCH(c, moment, opens, open_count);
}

static inline void catch_finding(struct vs_sink *s, const struct vs_finding *f)
{
	(void)f;
	((struct caught *)s)->findings++;
}

static inline void catch_end(struct vs_sink *s, const struct vs_ending *ending)
{
	(void)ending;
	((struct caught *)s)->ended = true;
}

/* Of what the model has now, what the filter asks for. */
static inline const struct vs_moment *moment_of(struct lab *l, const struct vs_filter *f)
{
	static const struct vs_sink_ops ops = {
		.moment = catch_moment,
		.finding = catch_finding,
		.end = catch_end,
	};
	static struct caught c;
	const struct vs_ending ending = { .model = l->model, .losses = &l->losses };
	struct vs_sink *sink;

	assert_true(l->ended);
	memset(&c, 0, sizeof(c));
	c.sink.ops = &ops;
	sink = vs_moment_sink(f, &c.sink);
	assert_non_null(sink);
	VS_TELL(sink, end, &ending);
	assert_int_equal(vs_moment_error(sink), 0);
	vs_sink_free(sink);
	assert_true(c.ended);
	return &c.moment;
}

static const struct vs_filter any = { .group = -1, .device_group = -1 };

static inline const struct vs_moment *moment_now(struct lab *l)
{
	return moment_of(l, &any);
}

static inline uint32_t group_vm(const struct vs_open *o)
{
	const struct vs_group *g = vs_open_group(o);

	return g ? vm_id(g->kvm) : 0;
}

static inline const struct vs_open *device_of(struct lab *l, unsigned int dev)
{
	const struct vs_moment *m = moment_now(l);
	size_t i;

	for (i = 0; i < m->open_count; i++)
		if (!strcmp(m->opens[i]->device, l->dev[dev].name))
			return m->opens[i];
	fail_msg("%s is not there", l->dev[dev].name);
	return NULL;
}

static inline const struct vs_group *group_at(struct lab *l, unsigned int group)
{
	const struct vs_moment *m = moment_now(l);
	size_t i;

	for (i = 0; i < m->group_count; i++)
		if (m->groups[i]->number == l->group[group].number)
			return m->groups[i];
	fail_msg("group %d is not there", l->group[group].number);
	return NULL;
}

/* The VM of this id, among all there are. */
static inline const struct vs_vm *vm_at(struct lab *l, uint32_t id)
{
	const struct vs_moment *m = moment_now(l);
	size_t i;

	for (i = 0; i < m->vm_count; i++)
		if (m->vms[i]->id == id)
			return m->vms[i];
	fail_msg("vm%u is not there", id);
	return NULL;
}

static inline bool registered_with(struct lab *l, unsigned int group, uint32_t vm)
{
	const struct vs_group *g = group_at(l, group);
	const struct vs_vm *at = NULL;

	while ((at = vs_walk_registered(g, at)))
		if (at->id == vm)
			return true;
	return false;
}

#endif
