// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

enum {
	LOOK_MS = 40, /* how often module and tool are emptied */
	SETTLE_MS = 600, /* of silence, after which one that may be silent has said all */
	PATIENCE_MS = 120000, /* of silence, after which what is missing counts as missing */
};

/* What lanes write and this process reads. */
struct shared {
	unsigned int next;
	struct history histories[BATCH];
};

static struct shared *shared_get(void)
{
	static struct shared *shared;

	if (shared)
		return shared;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		abort();
	return shared;
}

static void perform(struct rig *rig, struct shared *shared, const struct seq *seqs,
		    unsigned int count)
{
	unsigned int lane, running = 0;
	int status;
	pid_t pid;

	shared->next = 0;
	rig->crew = 0;
	memset(shared->histories, 0, count * sizeof(shared->histories[0]));
	fflush(NULL);
	for (lane = 0; lane < rig->fleet.lanes; lane++) {
		pid = fork();
		if (!pid) {
			setpgid(0, rig->crew);
			_exit(!lane_run(lane, &rig->fleet.devices[lane], seqs, shared->histories,
					count, &shared->next));
		}
		setpgid(pid, rig->crew);
		if (!rig->crew)
			rig->crew = pid;
		running++;
	}
	while (running) {
		if (rig->tool.pid)
			tool_read(&rig->tool, &rig->log, LOOK_MS);
		else
			usleep(LOOK_MS * 1000);
		log_module(&rig->log);
		/* Nobody watches any more: no more sequences. */
		if (!watch_step(rig))
			__atomic_store_n(&shared->next, count, __ATOMIC_RELAXED);
		while (running && waitpid(-1, &status, WNOHANG) > 0) {
			running--;
			rig->hung |= status != 0;
		}
	}
	watch_end(rig);
}

/* Until the tool has spoken of the last call of all. */
static void wait_for_tool(struct rig *rig)
{
	uint64_t mark = mark_leave(), heard = now_ns(), words = 0, now_words;
	uint64_t limit = (rig->judge.lenient ? SETTLE_MS : PATIENCE_MS) * 1000000ull;

	log_module(&rig->log);
	while (!mark_heard(&rig->log, mark) && now_ns() - heard < limit) {
		tool_read(&rig->tool, &rig->log, LOOK_MS);
		now_words = rig->log.open_count + rig->log.finding_count;
		if (now_words != words)
			heard = now_ns();
		words = now_words;
	}
}

/* Which sequence was at work on a lane at a moment; -1: none. */
static int sequence_at(const struct shared *shared, unsigned int count, int lane, int64_t ns)
{
	const struct history *h;
	unsigned int i;

	for (i = 0; i < count; i++) {
		h = &shared->histories[i];
		if ((int)h->lane == lane && ns >= (int64_t)h->start_ns &&
		    (!h->end_ns || ns <= (int64_t)h->end_ns))
			return i;
	}
	return -1;
}

static bool has_pid(const struct seq *seq, const struct history *h, int64_t pid)
{
	unsigned int i;

	for (i = 0; i < seq->count; i++)
		if (h->calls[i].pid == pid)
			return true;
	return false;
}

static int sequence_of(const struct shared *shared, const struct seq *seqs, unsigned int count,
		       int64_t pid, int64_t ns)
{
	const struct history *h;
	unsigned int i;

	for (i = 0; i < count; i++) {
		h = &shared->histories[i];
		if (ns >= (int64_t)h->start_ns && ns <= (int64_t)h->end_ns &&
		    has_pid(&seqs[i], h, pid))
			return i;
	}
	return -1;
}

static void stray(struct rig *rig, const char *what, int64_t ns)
{
	/* One whose close was lost, from a batch that has been judged. */
	if (rig->judge.lenient && ns < (int64_t)rig->batch_ns)
		return;
	rig->judge.disagreements++;
	if (rig->judge.report)
		fprintf(rig->judge.report, "** %s at %lld ns belongs to no sequence\n", what,
			(long long)ns);
}

/* Without a time, it was from before, and still open when the tool was stopped. */
static int64_t moment_of(const struct said_open *said, const struct watch *w)
{
	if (said->opened_ns >= 0)
		return said->opened_ns;
	if (said->closed_ns >= 0)
		return said->closed_ns;
	return said->judged_ns >= 0 ? said->judged_ns : (int64_t)w->stop_from;
}

/* A tool that lost records may know neither beginning nor end: then it can be any open. */
static bool has_moment(const struct rig *rig, const struct said_open *said)
{
	return !rig->judge.lenient || said->opened_ns >= 0 || said->closed_ns >= 0 ||
	       said->judged_ns >= 0;
}

static struct said_open *open_with(const struct log *log, const struct sitting *sitting,
				   int64_t number)
{
	size_t i;

	for (i = sitting->first_open; number >= 0 && i < sitting->end_open; i++)
		if (log->opens[i].said.number == number)
			return &log->opens[i].said;
	return NULL;
}

static void assign_seen(struct rig *rig, const struct shared *shared, unsigned int count)
{
	struct log *log = &rig->log;
	struct seen_at *s;

	for (s = log->seen; s < log->seen + log->seen_count; s++) {
		s->seen.seq = sequence_at(shared, count, s->lane, s->seen.ns);
		if ((int)s->seen.seq < 0)
			stray(rig, "a record of the module", s->seen.ns);
	}
}

static void assign_open(struct rig *rig, const struct sitting *sitting, const struct shared *shared,
			unsigned int count, struct open_at *o)
{
	int64_t ns = moment_of(&o->said, &sitting->watch);

	o->said.seq = -1;
	if (!has_moment(rig, &o->said))
		return;
	o->said.seq = sequence_at(shared, count, o->lane, ns);
	if ((int)o->said.seq < 0)
		stray(rig, "an open", ns);
}

/* One about an open belongs where the open does: it can be told later. */
static void assign_finding(struct rig *rig, const struct sitting *sitting,
			   const struct shared *shared, const struct seq *seqs, unsigned int count,
			   struct finding_at *f)
{
	const struct said_open *about = open_with(&rig->log, sitting, f->said.number);
	int64_t ns = f->said.ts_ns;

	if (about) {
		f->said.seq = about->seq;
		return;
	}
	/* Of a rule that is not compared: it may come when its sequence is over (`busy`). */
	if (mark_is(&f->said) || f->said.rule == RULE_COUNT) {
		f->said.seq = -1;
		return;
	}
	/* The tool first looks at who holds the device: it may be `busy` instead. */
	if (f->said.rule == RULE_ATTACH_FAILED && ns < (int64_t)rig->batch_ns) {
		f->said.seq = -1;
		return;
	}
	f->said.seq = f->lane >= 0 ? sequence_at(shared, count, f->lane, ns) :
				     sequence_of(shared, seqs, count, f->said.pid, ns);
	if ((int)f->said.seq < 0)
		stray(rig, rule_name(f->said.rule), ns);
}

static void assign_said(struct rig *rig, const struct sitting *sitting, const struct shared *shared,
			const struct seq *seqs, unsigned int count)
{
	struct log *log = &rig->log;
	struct said_open *about;
	struct finding_at *f;
	size_t i;

	for (i = sitting->first_finding; i < sitting->end_finding; i++) {
		f = &log->findings[i];
		about = open_with(log, sitting, f->said.number);
		if (about && f->said.rule < RULE_BREAKS_COUNT)
			about->judged_ns = f->said.ts_ns;
	}
	for (i = sitting->first_open; i < sitting->end_open; i++)
		assign_open(rig, sitting, shared, count, &log->opens[i]);
	for (i = sitting->first_finding; i < sitting->end_finding; i++)
		assign_finding(rig, sitting, shared, seqs, count, &log->findings[i]);
}

static int by_time(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int seen_order(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq) : by_time(x->ns, y->ns);
}

static int open_order(const void *a, const void *b)
{
	const struct said_open *x = a, *y = b;

	return x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq) :
				  by_time(x->closed_ns, y->closed_ns);
}

static int finding_order(const void *a, const void *b)
{
	const struct said_finding *x = a, *y = b;

	return x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq) :
				  by_time(x->ts_ns, y->ts_ns);
}

/* The three logs without the lanes, sequence by sequence. */
struct sorted {
	struct seen *seen;
	struct said_open *opens;
	struct said_finding *findings;
	size_t seen_count, open_count, finding_count;
	size_t seen_at, open_at, finding_at;
};

static void sort_out(const struct log *log, const struct sitting *sitting, struct sorted *s)
{
	size_t i;

	memset(s, 0, sizeof(*s));
	s->seen_count = log->seen_count;
	s->open_count = sitting->end_open - sitting->first_open;
	s->finding_count = sitting->end_finding - sitting->first_finding;
	s->seen = calloc(s->seen_count + 1, sizeof(*s->seen));
	s->opens = calloc(s->open_count + 1, sizeof(*s->opens));
	s->findings = calloc(s->finding_count + 1, sizeof(*s->findings));
	if (!s->seen || !s->opens || !s->findings)
		abort();
	for (i = 0; i < s->seen_count; i++)
		s->seen[i] = log->seen[i].seen;
	for (i = 0; i < s->open_count; i++)
		s->opens[i] = log->opens[sitting->first_open + i].said;
	for (i = 0; i < s->finding_count; i++)
		s->findings[i] = log->findings[sitting->first_finding + i].said;
	qsort(s->seen, s->seen_count, sizeof(*s->seen), seen_order);
	qsort(s->opens, s->open_count, sizeof(*s->opens), open_order);
	qsort(s->findings, s->finding_count, sizeof(*s->findings), finding_order);
}

static void next_matter(struct sorted *s, unsigned int i, struct matter *m)
{
	m->seen = s->seen + s->seen_at;
	m->opens = s->opens + s->open_at;
	m->findings = s->findings + s->finding_at;
	m->seen_count = m->open_count = m->finding_count = 0;
	for (; s->seen_at < s->seen_count && s->seen[s->seen_at].seq == i; s->seen_at++)
		m->seen_count++;
	for (; s->open_at < s->open_count && s->opens[s->open_at].seq == i; s->open_at++)
		m->open_count++;
	for (; s->finding_at < s->finding_count && s->findings[s->finding_at].seq == i;
	     s->finding_at++)
		m->finding_count++;
}

/* Did the tool watch any of it? */
static bool concerns(const struct watch *w, const struct history *h)
{
	return h->start_ns && h->end_ns >= w->armed_from && h->start_ns <= w->stop_by;
}

static void judge_sitting(struct rig *rig, const struct sitting *sitting, struct shared *shared,
			  const struct seq *seqs, unsigned int count, unsigned int *wrong)
{
	struct matter m = { .watch = sitting->watch };
	struct sorted sorted;
	unsigned int i, n;

	assign_said(rig, sitting, shared, seqs, count);
	sort_out(&rig->log, sitting, &sorted);
	for (i = 0; i < count; i++) {
		m.seq = &seqs[i];
		m.history = &shared->histories[i];
		next_matter(&sorted, i, &m);
		n = concerns(&m.watch, m.history) ? judge_matter(&rig->judge, &m) : 0;
		if (wrong)
			wrong[i] = n;
	}
	free(sorted.seen);
	free(sorted.opens);
	free(sorted.findings);
}

static void judge_all(struct rig *rig, struct shared *shared, const struct seq *seqs,
		      unsigned int count, unsigned int *wrong)
{
	unsigned int i;

	assign_seen(rig, shared, count);
	if (!rig->late)
		rig->sittings[rig->sitting_count++] =
			(struct sitting){ .watch = WATCH_ALL,
					  .end_open = rig->log.open_count,
					  .end_finding = rig->log.finding_count };
	for (i = 0; i < rig->sitting_count; i++)
		judge_sitting(rig, &rig->sittings[i], shared, seqs, count, wrong);
	rig->sitting_count = 0;
}

void rig_complain(struct rig *rig, const char *what)
{
	printf("** %s\n", what);
	rig->judge.disagreements++;
}

bool rig_batch(struct rig *rig, const struct seq *seqs, unsigned int count, unsigned int *wrong)
{
	struct shared *shared = shared_get();
	uint64_t start = now_ns(), ran, waited;

	rig->batch_ns = start;
	perform(rig, shared, seqs, count);
	ran = now_ns();
	if (!rig->late)
		wait_for_tool(rig);
	waited = now_ns();
	judge_all(rig, shared, seqs, count, wrong);
	log_forget(&rig->log);
	rig->run_ns += ran - start;
	rig->wait_ns += waited - ran;
	rig->judge_ns += now_ns() - waited;
	return !rig->hung;
}
