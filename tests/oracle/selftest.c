// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "selftest.h"

enum { MS = 1000000 };

struct made {
	struct seq seq;
	struct history history;
	struct seen seen[LINES];
	struct said_open opens[LINES];
	struct said_finding findings[LINES];
	struct matter matter;
};

static uint32_t pid_of(unsigned int proc)
{
	return 100 + proc;
}

static void make_seen(struct made *m, const char *text, unsigned int i)
{
	struct seen *r = &m->seen[m->matter.seen_count];
	unsigned int dev;
	char what[16];

	if (sscanf(text, " %15s %u %" SCNx64, what, &dev, &r->kvm) != 3)
		abort();
	r->dev = dev;
	r->open = strcmp(what, "close");
	r->ret = strcmp(what, "refused") ? 0 : -22;
	r->tgid = pid_of(m->seq.ops[i].proc);
	r->ns = i * MS + MS / 2;
	m->matter.seen_count++;
}

static void make_line(struct made *m, const char *line, unsigned int i)
{
	struct call *call = &m->history.calls[i];
	const char *equals = strchr(line, '='), *semicolon = strchr(line, ';');
	char op[64];

	snprintf(op, sizeof(op), "%.*s", (int)(equals - line), line);
	if (!op_parse(&m->seq.ops[i], op))
		abort();
	m->seq.count = i + 1;
	call->done = true;
	call->pid = pid_of(m->seq.ops[i].proc);
	call->ret = atoi(equals + 1);
	call->start_ns = i * MS;
	call->end_ns = i * MS + 900000;
	if (m->seq.ops[i].with) {
		call->together = call[-1].together = true;
		call[-1].end_ns = call->end_ns;
		call->start_ns = call[-1].start_ns;
	}
	if (semicolon)
		make_seen(m, semicolon + 1, i);
}

static struct said_finding *say_finding(struct made *m, int rule, unsigned int op)
{
	struct said_finding *f = &m->findings[m->matter.finding_count++];

	*f = (struct said_finding){ .number = -1,
				    .rule = rule,
				    .ts_ns = op * (int64_t)MS + MS / 2,
				    .pid = pid_of(m->seq.ops[op].proc),
				    .dev = SEQ_DEVICES };
	return f;
}

/* An open as the tool has it, from the module's records, @n-th close. */
static void say_open(struct made *m, unsigned int n, enum said_verdict verdict)
{
	struct said_open *o = &m->opens[m->matter.open_count++];
	const struct seen *r, *first = NULL;

	*o = (struct said_open){ .number = m->matter.open_count, .verdict = verdict, .vm_pid = -1 };
	o->judged_ns = -1;
	for (r = m->seen; r < m->seen + m->matter.seen_count; r++) {
		if (r->open && !r->ret)
			first = r;
		if (!r->open && !n--)
			break;
	}
	o->dev = first->dev;
	o->pid = first->tgid;
	o->opens = 1;
	o->has_pointer = true;
	o->pointer = first->kvm;
	o->opened_ns = first->ns + 20000;
	o->closed_ns = r->ns + 20000;
}

/* An answer, such as "gone@4+lost@6"; false if it is something else. */
static bool say_answer(struct made *m, const char *word, bool first)
{
	static const struct {
		const char *word;
		enum said_verdict verdict;
		int rule;
	} answers[] = {
		{ "ordered", SAID_ORDERED, RULE_COUNT },
		{ "no-vm", SAID_NO_VM, RULE_COUNT },
		{ "unknown", SAID_UNKNOWN, RULE_COUNT },
		{ "before", SAID_VIOLATION, RULE_OPEN_BEFORE_ADD },
		{ "without", SAID_VIOLATION, RULE_OPEN_WITHOUT_ADD },
		{ "mismatch", SAID_VIOLATION, RULE_KVM_MISMATCH },
		{ "lost", SAID_VIOLATION, RULE_KVM_LOST },
		{ "gone", SAID_VIOLATION, RULE_VM_GONE },
	};
	size_t length = strcspn(word, "@+"), i;
	struct said_finding *f;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strncmp(word, answers[i].word, length) && !answers[i].word[length])
			break;
	if (i == sizeof(answers) / sizeof(answers[0]))
		return false;
	if (first)
		say_open(m, m->matter.open_count, answers[i].verdict);
	if (answers[i].rule < RULE_COUNT) {
		f = say_finding(m, answers[i].rule,
				word[length] == '@' ? atoi(word + length + 1) : 0);
		f->number = m->matter.open_count;
	}
	word = strchr(word, '+');
	return !word || say_answer(m, word + 1, false);
}

/* The last open falls into two, by the tool: the other is one from before. */
static void say_rest(struct made *m)
{
	struct said_open *o = &m->opens[m->matter.open_count++];

	*o = o[-1];
	o[-1].closed_ns = -1;
	o->number++;
	o->opened_ns = o->pid = -1;
	o->pointer = 0;
	o->verdict = SAID_UNKNOWN;
}

static void say_word(struct made *m, const char *word)
{
	size_t length = strcspn(word, "@"), i;

	if (say_answer(m, word, true))
		return;
	if (!strcmp(word, "pointer"))
		m->opens[0].pointer++;
	if (!strcmp(word, "early"))
		m->opens[m->matter.open_count - 1].opened_ns = -1;
	if (!strcmp(word, "joined"))
		m->opens[m->matter.open_count - 1].closed_ns =
			m->seen[m->matter.seen_count - 1].ns + 20000;
	if (!strcmp(word, "still"))
		m->opens[m->matter.open_count - 1].closed_ns = -1;
	if (!strcmp(word, "twice"))
		m->opens[m->matter.open_count - 1].opens = 2;
	if (!strcmp(word, "rest"))
		say_rest(m);
	if (!strcmp(word, "again"))
		m->opens[m->matter.open_count++] = m->opens[0];
	for (i = 0; word[length] && i < RULE_COUNT; i++)
		if (!strncmp(word, rule_name(i), length) && !rule_name(i)[length])
			say_finding(m, i, atoi(word + length + 1));
}

static struct watch watch_of(const struct test *test)
{
	uint64_t armed = test->armed * MS, stopped = test->stopped * MS;
	struct watch w = WATCH_ALL;

	if (armed) {
		w.armed_from = armed - 80000;
		w.armed_by = armed - 70000;
		w.looked_by = armed - 60000;
	}
	if (stopped) {
		w.stop_from = stopped - 80000;
		w.stop_by = stopped - 70000;
	}
	return w;
}

static bool judged_right(const struct test *test, const struct saying *saying, FILE *report)
{
	struct judge j = { .lenient = saying->lenient,
			   .report = report,
			   .uncounted = test->uncounted };
	static struct made m;
	char words[128], *rest, *word;
	unsigned int i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < SEQ_FIRST_PROCS; i++)
		m.history.pids[i] = pid_of(i);
	for (i = 0; test->lines[i]; i++)
		make_line(&m, test->lines[i], i);
	snprintf(words, sizeof(words), "%s", saying->words);
	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		say_word(&m, word);
	m.matter.seq = &m.seq;
	m.matter.history = &m.history;
	m.matter.seen = m.seen;
	m.matter.opens = m.opens;
	m.matter.findings = m.findings;
	m.matter.watch = watch_of(test);
	m.history.end_ns = LINES * MS;
	judge_set_rules(&j, "all");
	return !judge_matter(&j, &m.matter) == saying->right;
}

int selftest(void)
{
	const struct saying *saying;
	unsigned int wrong = 0, count = 0;
	const struct test *test;

	for (test = tests; test->name; test++)
		for (saying = test->sayings; saying->words; saying++) {
			count++;
			if (judged_right(test, saying, NULL))
				continue;
			wrong++;
			printf("** %s: \"%s\" should be %s\n", test->name, saying->words,
			       saying->right ? "accepted" : "refused");
			judged_right(test, saying, stdout);
		}
	printf("%u sayings judged, %u wrongly\n", count, wrong);
	return wrong;
}
