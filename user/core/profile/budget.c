// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "../hash.h"
#include "../text/describe.h"
#include "budget.h"

int vs_budget_parse(struct vs_budgets *b, const char *phase, uint64_t ns)
{
	enum vs_phase which = vs_phase_find(phase);

	if (which)
		b->phase_ns[which] = ns;
	else if (!strcmp(phase, "total"))
		b->total_ns = ns;
	else
		return -EINVAL;
	return 0;
}

const char *vs_budget_name(size_t i)
{
	if (i < VS_PHASE_COUNT - 1)
		return vs_phases[i + 1].id;
	return i == VS_PHASE_COUNT - 1 ? "total" : NULL;
}

bool vs_budgets_any(const struct vs_budgets *b)
{
	size_t i;

	for (i = VS_PHASE_NONE + 1; i < VS_PHASE_COUNT; i++)
		if (b->phase_ns[i])
			return true;
	return b->total_ns;
}

/* What has been told of an attach that is not over. */
struct told {
	uint32_t id;
	uint64_t phases; /* bit 1 << enum vs_phase; that of VS_PHASE_NONE: the total */
	UT_hash_handle hh;
};

_Static_assert(VS_PHASE_COUNT <= 64, "a bit for each phase");

struct budget_sink {
	struct vs_wrap wrap;
	struct vs_budgets budgets;
	struct told *told;
	int error;
};

static struct budget_sink *of(struct vs_sink *s)
{
	return (struct budget_sink *)s;
}

/* What a phase came to: in an attach, or after it. */
struct sum {
	const struct vs_attach *attach;
	enum vs_phase phase; /* VS_PHASE_NONE: the attach as a whole */
	bool later;
	uint64_t ns, count;
	bool goes_on; /* at this moment */
};

static void add_up(struct sum *sum)
{
	const struct vs_attach *a = sum->attach;
	const struct vs_attach_phase *p = sum->later ? a->later : a->phase;
	size_t i, count = sum->later ? a->later_count : a->phase_count;

	for (i = 0; i < count; i++) {
		if (sum->phase == VS_PHASE_LOCK_WAIT) {
			sum->ns += p[i].lock_ns;
		} else if (p[i].phase == sum->phase) {
			sum->ns += p[i].total_ns;
			sum->count += p[i].count;
		}
	}
}

/* So long the call has been in the phase that a thread is in. */
static uint64_t now_ns(const struct vs_attach *a, enum vs_phase phase)
{
	if (phase == VS_PHASE_LOCK_WAIT)
		return a->now.lock ? a->now.lock_ns : 0;
	if (phase == a->now.phase)
		return a->now.call_ns;
	return phase == a->now.part ? a->now.part_ns : 0;
}

/* What goes on may be in the sum, or not: it counts once in any case. */
static void add_now(struct sum *sum)
{
	uint64_t ns = now_ns(sum->attach, sum->phase);

	sum->goes_on = ns;
	if (ns > sum->ns)
		sum->ns = ns;
}

static struct sum sum_of(const struct vs_attach *a, enum vs_phase phase, bool later)
{
	struct sum sum = { .attach = a, .phase = phase, .later = later };
	bool going_on = a->state == VS_ATTACH_GOING_ON;

	if (!phase) {
		sum.ns = a->total_ns;
		sum.goes_on = going_on;
		return sum;
	}
	add_up(&sum);
	if (going_on && !later)
		add_now(&sum);
	return sum;
}

/* Waits */

/* The longest wait that a sum has in it. */
struct wait {
	enum vs_lock lock;
	enum vs_phase phase; /* that waited */
	uint64_t ns;
	const struct vs_lock_holder *holder; /* NULL: not known */
	size_t others; /* held it as well */
};

/* Whether all that @part took was in the sum's phase. */
static bool within(const struct sum *sum, enum vs_phase part)
{
	const struct vs_attach *a = sum->attach;
	const struct vs_attach_phase *p = sum->later ? a->later : a->phase;
	size_t i, count = sum->later ? a->later_count : a->phase_count;
	bool any = false;

	if (!sum->phase || sum->phase == VS_PHASE_LOCK_WAIT || sum->phase == part)
		return true;
	for (i = 0; i < count; i++) {
		if (p[i].phase != part)
			continue;
		if (p[i].parent != sum->phase && p[i].root != sum->phase)
			return false;
		any = true;
	}
	return any;
}

/* Who held it longest, of those who are known. */
static void note_holder(struct wait *wait, const struct vs_lock_waited *w)
{
	size_t i, holders = w->holders > w->holder_count ? w->holders : w->holder_count;

	for (i = 0; i < w->holder_count && !wait->holder; i++)
		if (w->holder[i].pid)
			wait->holder = &w->holder[i];
	wait->others = wait->holder ? holders - 1 : 0;
}

static void find_past(const struct sum *sum, struct wait *wait)
{
	const struct vs_attach *a = sum->attach;
	const struct vs_lock_waited *w, *longest = NULL;

	for (w = a->wait; w < a->wait + a->wait_count; w++)
		if (sum->later == (w->begin_ns >= a->end_ns) && within(sum, w->phase) &&
		    (!longest || w->wait_ns > longest->wait_ns))
			longest = w;
	if (!longest)
		return;
	*wait = (struct wait){ longest->lock, longest->phase, longest->wait_ns, NULL, 0 };
	note_holder(wait, longest);
}

static void find_present(const struct sum *sum, struct wait *wait)
{
	const struct vs_attach_now *now = &sum->attach->now;

	if (sum->attach->state != VS_ATTACH_GOING_ON || !now->lock || now->lock_ns <= wait->ns ||
	    (sum->phase != now->phase && !within(sum, now->part)))
		return;
	*wait = (struct wait){ now->lock, now->part, now->lock_ns, NULL, 0 };
	if (now->holder.pid)
		wait->holder = &now->holder;
}

/* Sentences */

/* Names are any bytes, each of which may become four. */
#define CAUSE_LEN (512 + VS_ESCAPED(VS_COMM_LEN + VS_DEVNAME_LEN + VS_NAME_LEN))

static const char *sum_name(const struct sum *sum)
{
	return sum->phase ? vs_phase_name(sum->phase) : "the attach";
}

static void put_took(struct vs_text *t, const struct sum *sum, uint64_t budget)
{
	vs_put(t, sum_name(sum));
	vs_put(t, sum->goes_on ? " has taken " : " took ");
	vs_put_duration(t, sum->ns);
	if (sum->count > 1) {
		vs_put(t, " in ");
		vs_put_uint(t, sum->count);
		vs_put(t, " calls");
	}
	if (sum->later)
		vs_put(t, " after the device was usable");
	vs_put(t, sum->goes_on ? " so far, its budget is " : ", its budget is ");
	vs_put_duration(t, budget);
}

/* What is known of it beside its name, in brackets. */
static void put_circumstances(struct vs_text *t, const struct vs_lock_holder *h)
{
	const char *between = " (";

	if (h->vm_id) {
		struct vs_vm vm = { .id = h->vm_id };

		memcpy(vm.name, h->vm_name, sizeof(vm.name));
		vs_put(t, between);
		vs_put_vm(t, &vm, false);
		between = ", ";
	}
	if (*h->device) {
		vs_put(t, between);
		vs_put_escaped(t, h->device);
		between = ", ";
	}
	if (h->phase) {
		vs_put(t, between);
		vs_put(t, "most of it in ");
		vs_put(t, vs_phase_name(h->phase));
		between = ", ";
	}
	vs_put(t, *between == ',' ? ")" : "");
}

static void put_holder(struct vs_text *t, const struct wait *wait)
{
	const struct vs_lock_holder *h = wait->holder;

	vs_put(t, ", held by ");
	vs_put_escaped(t, h->comm);
	vs_put(t, *h->comm ? ", pid " : "pid ");
	vs_put_uint(t, h->pid);
	if (h->ns) {
		vs_put(t, ", for ");
		vs_put_duration(t, h->ns);
	}
	put_circumstances(t, h);
	if (wait->others) {
		vs_put(t, ", and by ");
		vs_put_uint(t, wait->others);
		vs_put(t, wait->others == 1 ? " other" : " others");
	}
}

/* A wait of less than a tenth explains nothing; one of more is another thread's as well. */
static void put_wait(struct vs_text *t, const struct sum *sum)
{
	struct wait wait = { .lock = VS_LOCK_NONE };

	find_past(sum, &wait);
	find_present(sum, &wait);
	if (wait.ns < sum->ns / 10 || wait.ns > sum->ns || !vs_lock_name(wait.lock))
		return;
	vs_put(t, "; of that ");
	vs_put_duration(t, wait.ns);
	vs_put(t, " waiting for ");
	vs_put(t, vs_lock_name(wait.lock));
	if (wait.phase && wait.phase != sum->phase) {
		vs_put(t, " in ");
		vs_put(t, vs_phase_name(wait.phase));
	}
	if (wait.holder)
		put_holder(t, &wait);
}

static void tell(struct budget_sink *s, const struct sum *sum, uint64_t budget)
{
	const struct vs_attach *a = sum->attach;
	const struct vs_rule *rule = &vs_rules[VS_RULE_OVER_BUDGET];
	const struct vs_rule_text text = vs_rule_text(rule, a->path == VS_PATH_CDEV);
	char cause[CAUSE_LEN];
	struct vs_text t;

	vs_text_init(&t, cause, sizeof(cause));
	put_took(&t, sum, budget);
	put_wait(&t, sum);
	vs_put(&t, ".");
	vs_pass_finding(&s->wrap.sink,
			&(struct vs_finding){
				.rule = rule,
				.severity = rule->severity,
				.vm = a->vm.id ? &a->vm : NULL,
				.device = a->device,
				.group = a->group,
				.path = a->path,
				.pid = a->pid,
				.comm = a->comm,
				.tracked = a->tracked,
				.pending = a->state == VS_ATTACH_GOING_ON,
				.ts = sum->later && a->closed_ns ? a->closed_ns : a->end_ns,
				.title = text.title,
				.cause = cause,
				.harm = text.harm,
				.fix = text.fix,
			});
}

/* Attaches */

static struct told *find_told(const struct budget_sink *s, uint32_t id)
{
	struct told *told;

	HASH_FIND(hh, s->told, &id, sizeof(id), told);
	return told;
}

/* Whether it is the first time. Without memory it is each time. */
static bool first_time(struct budget_sink *s, uint32_t id, enum vs_phase phase)
{
	struct told *told = find_told(s, id);
	bool before;

	if (!told) {
		told = calloc(1, sizeof(*told));
		if (told) {
			told->id = id;
			HASH_ADD(hh, s->told, id, sizeof(told->id), told);
		}
		if (!told || !told->hh.tbl) {
			free(told);
			s->error = -ENOMEM;
			return true;
		}
	}
	before = told->phases >> phase & 1;
	told->phases |= 1ULL << phase;
	return !before;
}

static void check(struct budget_sink *s, const struct vs_attach *a, enum vs_phase phase, bool later)
{
	uint64_t budget = phase ? s->budgets.phase_ns[phase] : s->budgets.total_ns;
	struct sum sum;

	if (!budget)
		return;
	sum = sum_of(a, phase, later);
	if (sum.ns > budget && first_time(s, a->id, phase))
		tell(s, &sum, budget);
}

static void check_attach(struct budget_sink *s, const struct vs_attach *a)
{
	enum vs_phase phase;

	for (phase = VS_PHASE_NONE + 1; phase < VS_PHASE_COUNT; phase++)
		check(s, a, phase, false);
	check(s, a, VS_PHASE_NONE, false);
}

static void on_attach(struct vs_sink *s, const struct vs_attach *attach)
{
	check_attach(of(s), attach);
	vs_pass_attach(s, attach);
}

static void on_stuck(struct vs_sink *s, const struct vs_attach *attach)
{
	check_attach(of(s), attach);
	vs_pass_stuck(s, attach);
}

static void forget(struct budget_sink *s, struct told *told)
{
	HASH_DEL(s->told, told);
	free(told);
}

static void on_detach(struct vs_sink *sink, const struct vs_attach *attach)
{
	struct budget_sink *s = of(sink);
	struct told *told;
	enum vs_phase phase;

	check_attach(s, attach);
	for (phase = VS_PHASE_NONE + 1; phase < VS_PHASE_COUNT; phase++)
		check(s, attach, phase, true);
	told = find_told(s, attach->id);
	if (told)
		forget(s, told);
	vs_pass_detach(sink, attach);
}

static void on_free(struct vs_sink *sink)
{
	struct told *told, *next;

	HASH_ITER(hh, of(sink)->told, told, next)
		forget(of(sink), told);
	vs_pass_free(sink);
}

static const struct vs_sink_ops budget_ops = {
	.start = vs_pass_start,
	.attached = vs_pass_attached,
	.device = vs_pass_device,
	.event = vs_pass_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = on_attach,
	.stuck = on_stuck,
	.detach = on_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = vs_pass_end,
	.free = on_free,
};

struct vs_sink *vs_budget_sink(const struct vs_budgets *b, struct vs_sink *next)
{
	struct budget_sink *s = vs_wrap_new(sizeof(*s), &budget_ops, next);

	if (!s)
		return NULL;
	s->budgets = *b;
	return &s->wrap.sink;
}

int vs_budget_error(const struct vs_sink *budget_sink)
{
	return ((const struct budget_sink *)budget_sink)->error;
}
