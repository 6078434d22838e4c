// SPDX-License-Identifier: GPL-2.0-only
/* The names of things, and what people get to read. */
#include <inttypes.h>
#include <string.h>

#include "trial.h"

static const char *const rule_names[RULE_COUNT] = {
	[RULE_OPEN_BEFORE_ADD] = "open-before-add",
	[RULE_OPEN_WITHOUT_ADD] = "open-without-add",
	[RULE_KVM_MISMATCH] = "kvm-mismatch",
	[RULE_OPEN_REFUSED] = "open-refused",
	[RULE_DEL_WHILE_OPEN] = "del-while-open",
	[RULE_ADD_FAILED] = "add-failed",
	[RULE_TWO_VMS] = "two-vms",
	[RULE_ADD_WITHOUT_EFFECT] = "add-without-effect",
	[RULE_SECOND_KVM_VFIO] = "second-kvm-vfio",
	[RULE_ATTACH_FAILED] = "attach-failed",
	[RULE_DRIVER_REFUSED] = "driver-refused",
	[RULE_KVM_LOST] = "kvm-lost",
	[RULE_VM_GONE] = "vm-gone-while-open",
};

static const char *const answer_names[] = {
	[ANSWER_ORDERED] = "ordered",
	[ANSWER_NO_VM] = "no-vm",
	[ANSWER_BEFORE_ADD] = "violation (open-before-add)",
	[ANSWER_WITHOUT_ADD] = "violation (open-without-add)",
	[ANSWER_BOTH] = "violation (open-without-add, then open-before-add)",
	[ANSWER_MISMATCH] = "violation (kvm-mismatch)",
	[ANSWER_LOST] = "violation (kvm-lost)",
	[ANSWER_GONE] = "violation (vm-gone-while-open)",
	[ANSWER_MISMATCH_LOST] = "violation (kvm-mismatch, kvm-lost)",
	[ANSWER_MISMATCH_GONE] = "violation (kvm-mismatch, vm-gone-while-open)",
	[ANSWER_LOST_GONE] = "violation (kvm-lost, vm-gone-while-open)",
	[ANSWER_ALL] = "violation (all three of a pointer)",
	[ANSWER_UNKNOWN] = "unknown",
	[ANSWER_ODD] = "a verdict that does not fit its findings",
};

const char *rule_name(enum rule rule)
{
	return rule < RULE_COUNT ? rule_names[rule] : "?";
}

const char *verdict_name(enum said_verdict verdict)
{
	static const char *const names[] = { "ordered", "violation", "no-vm", "unknown" };

	return verdict < SAID_VERDICTS ? names[verdict] : "?";
}

const char *path_name(unsigned int path)
{
	static const char *const names[] = { "group", "cdev" };

	return path < PATHS ? names[path] : "?";
}

const char *backend_name(unsigned int backend)
{
	static const char *const names[] = { "type1", "iommufd", "iommufd-compat" };

	return backend < BACKENDS ? names[backend] : "?";
}

const char *answer_name(enum answer answer)
{
	return answer_names[answer];
}

bool judge_set_rules(struct judge *j, const char *names)
{
	size_t length;
	bool all;
	int i;

	memset(j->rules, 0, sizeof(j->rules));
	for (; *names; names += length + (names[length] == ',')) {
		length = strcspn(names, ",");
		all = length == 3 && !strncmp(names, "all", 3);
		for (i = 0; i < RULE_COUNT; i++)
			if (all ||
			    (!strncmp(names, rule_names[i], length) && !rule_names[i][length]))
				break;
		if (i == RULE_COUNT)
			return false;
		if (all)
			memset(j->rules, true, sizeof(j->rules));
		j->rules[i] = true;
	}
	return true;
}

void answers_text(char *buf, size_t size, unsigned int answers)
{
	size_t n = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i <= ANSWER_UNKNOWN; i++)
		if (answers & 1u << i)
			n += snprintf(buf + n, size - n, "%s%s", n ? " or " : "", answer_names[i]);
}

static void print_call(const struct matter *m, unsigned int i, FILE *to)
{
	const struct call *call = &m->history->calls[i];
	char text[128];

	op_text(text, sizeof(text), &m->seq->ops[i]);
	fprintf(to, "%3u  %-32s", i, text);
	if (!call->done)
		fprintf(to, "  # not done\n");
	else if (call->ret < 0)
		fprintf(to, "  # %s, pid %u, %" PRId64 " to %" PRId64 " us\n",
			strerrorname_np(-call->ret), call->pid, us(m, call->start_ns),
			us(m, call->end_ns));
	else
		fprintf(to, "  # %d, pid %u, %" PRId64 " to %" PRId64 " us\n", call->ret, call->pid,
			us(m, call->start_ns), us(m, call->end_ns));
}

void matter_print(const struct matter *m, FILE *to)
{
	const struct said_finding *f;
	const struct said_open *o;
	const struct seen *r;
	unsigned int i;

	for (i = 0; i < m->seq->count; i++)
		print_call(m, i, to);
	for (r = m->seen; r < m->seen + m->seen_count; r++)
		fprintf(to,
			"module  %8" PRId64 " us  device %u %s, pid %u, kvm %#" PRIx64
			", ret %d%s\n",
			us(m, r->ns), r->dev, r->open ? "open" : "close", r->tgid, r->kvm, r->ret,
			r->iommufd ? ", iommufd" : "");
	for (o = m->opens; o < m->opens + m->open_count; o++)
		fprintf(to,
			"tool    open %" PRId64 " of device %u, %" PRId64 " to %" PRId64
			" us: %s, pid %" PRId64 ", pointer %#" PRIx64 ", %" PRId64
			" opens, by %s, %s\n",
			o->number, o->dev, o->opened_ns < 0 ? -1 : us(m, o->opened_ns),
			o->closed_ns < 0 ? -1 : us(m, o->closed_ns), verdict_name(o->verdict),
			o->pid, o->pointer, o->opens, o->path < 0 ? "-" : path_name(o->path),
			o->backend < 0 ? "-" : backend_name(o->backend));
	for (f = m->findings; f < m->findings + m->finding_count; f++)
		fprintf(to, "tool    %s at %" PRId64 " us, open %" PRId64 ", pid %" PRId64 "%s\n",
			rule_name(f->rule), us(m, f->ts_ns), f->number, f->pid,
			f->pending ? ", pending" : "");
}

static uint64_t violations(const struct judge *j)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < ANSWER_COUNT; i++)
		sum += answer_rules(i) ? j->answers[i] : 0;
	return sum;
}

void judge_summary(const struct judge *j, FILE *to)
{
	int i;

	fprintf(to, "\ncalls            succeeded   failed  us each\n");
	for (i = 0; i < OP_COUNT; i++)
		fprintf(to, "%-16s %9" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", op_name(i),
			j->done[i], j->failed[i],
			j->took_ns[i] / 1000 / (j->done[i] + j->failed[i] + 1));
	fprintf(to, "\nright answers\n");
	for (i = 0; i < ANSWER_COUNT; i++)
		fprintf(to, "%-52s %8" PRIu64 "\n", answer_names[i], j->answers[i]);
	fprintf(to, "%-52s %8" PRIu64 "\n", "more than one is right", j->ambiguous);
	fprintf(to, "%-52s %8" PRIu64 "\n", "the tool said unknown", j->unknown);
	fprintf(to, "%-52s %8" PRIu64 "\n", "it spoke of an open from before", j->before);
	fprintf(to, "%-52s %8" PRIu64 "\n", "and what it said was proven", j->before_proven);
	for (i = 0; j->cdevs && i < BACKENDS; i++)
		fprintf(to, "opens with %-41s %8" PRIu64 "\n", backend_name(i), j->ways[i]);
	fprintf(to, "\ncause for findings\n");
	for (i = RULE_OPEN_REFUSED; i < RULE_COUNT; i++)
		fprintf(to, "%-52s %8" PRIu64 "%s\n", rule_names[i], j->duties[i],
			j->rules[i] ? "" : "  (not compared)");
	fprintf(to, "%-52s %8" PRIu64 "\n", "calls made together", j->together);
	fprintf(to,
		"\n%" PRIu64 " sequences, %" PRIu64 " operations, %" PRIu64 " opens (%" PRIu64
		" ordered, %" PRIu64 " violation, %" PRIu64 " no-vm), %" PRIu64 " refused, %" PRIu64
		" disagreements\n",
		j->sequences, j->operations, j->opens, j->answers[ANSWER_ORDERED], violations(j),
		j->answers[ANSWER_NO_VM], j->refused, j->disagreements);
}
