// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaches as a trace in the Trace Event Format, which Perfetto and speedscope open: an
 * object with the events in the array "traceEvents". A process is a VM, a thread is a
 * device of it.
 *
 * Slices are pairs of a beginning and an end (B and E), not complete events (X): readers
 * add ts and dur of an X as binary fractions, and half of the parts that end together with
 * what they are parts of would end after it. Speedscope drops the end of such a parent.
 * An end that is written once and read twice is the same twice.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/event/phases.h"
#include "../core/profile/attach.h"
#include "../core/text/describe.h"
#include "flows.h"
#include "jsonw.h"
#include "tracks.h"
#include "view.h"

/* What ends the file. */
#define TAIL "\n]}\n"

enum what {
	WHAT_ATTACH,
	WHAT_CALL, /* that has not returned, and its part */
	WHAT_PART,
	WHAT_SPAN,
	WHAT_WAIT,
};

struct slice {
	enum what what; /* of slices of the same time, what is in the other comes later */
	size_t index; /* in the attach; likewise */
	uint64_t begin, end;
	uint32_t thread;
	const struct vs_span *span; /* SPAN, CALL, PART */
	const struct vs_lock_waited *wait; /* WAIT */
	struct vs_track *track;
	int around; /* the slice it is in, -1: none */
};

/* The attach, the call it is in, its part, the lock that one waits for. */
#define SLICES_MAX (1 + 3 + VS_ATTACH_SPANS + VS_ATTACH_WAITS)

/* An attach of which more may come. */
struct told {
	uint32_t id; /* 0: none */
	size_t spans; /* that were written */
	uint32_t process; /* where */
	char device[VS_DEVNAME_LEN];
};

/* With more devices in use at once, the others are written when they are closed. */
#define TOLD_MAX 1024

struct timeline {
	struct vs_wrap wrap;
	FILE *file;
	bool begun, comma, seeks;
	uint64_t flow; /* the last one's number */
	struct told told[TOLD_MAX];
	struct vs_tracks tracks;
	struct vs_flows flows;

	/* What is being written. */
	const struct vs_attach *attach;
	struct told where;
	struct slice slice[SLICES_MAX];
	size_t slices;
	struct vs_span now[2];
	struct vs_lock_waited now_wait;
};

static struct timeline *of(struct vs_sink *s)
{
	return (struct timeline *)s;
}

/* The file */

static void set_run(struct json_line *j, const struct vs_run *run)
{
	j_text(j, "version", run->start.version);
	j_text(j, "kernel", run->start.release);
	j_text(j, "arch", run->start.arch);
	j_int(j, "boottime_ns", (int64_t)run->start.h.ts);
	j_int(j, "realtime_ns", (int64_t)run->start.realtime_ns);
}

/* @run: NULL if it is not known. */
static void begin_file(struct timeline *t, const struct vs_run *run)
{
	struct json_line j;

	if (t->begun)
		return;
	t->begun = true;
	t->seeks = ftello(t->file) >= 0;
	j.file = t->file;
	j.used = 0;
	j.comma = false;
	j_open(&j, NULL, '{');
	j_open(&j, "otherData", '{');
	j_string(&j, "tool", "vfioscope");
	if (run)
		set_run(&j, run);
	j_close(&j, '}');
	j_open(&j, "traceEvents", '[');
	j_flush(&j);
}

/*
 * The end is written after each attach, and what comes next overwrites it: the file is
 * complete also if the process is killed. In a pipe the end is missing then; Perfetto
 * and speedscope may refuse such a file, unlike one that is a bare array.
 */
static void end_file(struct timeline *t, bool last)
{
	if (!last && !t->seeks)
		return;
	fputs(TAIL, t->file);
	fflush(t->file);
	if (!last)
		fseeko(t->file, -(off_t)strlen(TAIL), SEEK_CUR);
}

static void set_time(struct json_line *j, const char *key, uint64_t ns)
{
	char text[32];
	size_t len = vs_decimal(text, ns / 1000);

	text[len++] = '.';
	text[len++] = (char)('0' + ns / 100 % 10);
	text[len++] = (char)('0' + ns / 10 % 10);
	text[len++] = (char)('0' + ns % 10);
	j_key(j, key);
	j_put_word(j, text, len);
}

/* What all events have. */
static void begin_event(struct timeline *t, struct json_line *j, const char *ph, const char *name,
			uint64_t ns, uint32_t process, uint32_t track)
{
	fputs(t->comma ? ",\n" : "\n", t->file);
	t->comma = true;
	j->file = t->file;
	j->used = 0;
	j->comma = false;
	j_open(j, NULL, '{');
	j_word(j, "ph", ph);
	j_text(j, "name", name);
	set_time(j, "ts", ns);
	j_int(j, "pid", process);
	j_int(j, "tid", track);
}

static void end_event(struct json_line *j)
{
	j_close(j, '}');
	j_flush(j);
}

static void write_name(struct timeline *t, const char *what, uint32_t process, uint32_t track,
		       const char *name)
{
	struct json_line j;

	begin_event(t, &j, "M", what, 0, process, track);
	j_open(&j, "args", '{');
	j_text(&j, "name", name);
	j_close(&j, '}');
	end_event(&j);
}

static void write_order(struct timeline *t, uint32_t process, uint32_t track)
{
	struct json_line j;

	begin_event(t, &j, "M", "process_sort_index", 0, process, track);
	j_open(&j, "args", '{');
	j_int(&j, "sort_index", process);
	j_close(&j, '}');
	end_event(&j);
}

/* Tracks */

static void name_vm(char *out, size_t size, const struct vs_vm *vm)
{
	int len = snprintf(out, size, "vm%u", vm->id);

	if (*vm->name)
		len += snprintf(out + len, size - len, " \"%s\"", vm->name);
	if (*vm->comm && vm->pid)
		snprintf(out + len, size - len, " (%s, pid %u)", vm->comm, vm->pid);
	else if (vm->pid)
		snprintf(out + len, size - len, " (pid %u)", vm->pid);
}

/* Again if what the VM is called has become known. */
static void name_process(struct timeline *t, const struct vs_track *track)
{
	const struct vs_attach *a = t->attach;
	const struct vs_vm none = { 0 };
	bool in_vm = t->where.process < VS_TRACKS_NO_VM;
	char name[VS_NAME_LEN + VS_COMM_LEN + 64];
	bool fresh;

	vs_track_process(&t->tracks, t->where.process, in_vm ? &a->vm : &none, a->comm, &fresh);
	if (!fresh)
		return;
	if (in_vm)
		name_vm(name, sizeof(name), &a->vm);
	else
		snprintf(name, sizeof(name), "%s (pid %u), no VM", a->comm, a->pid);
	write_name(t, "process_name", t->where.process, track->number, name);
	write_order(t, t->where.process, track->number);
}

static void name_track(struct timeline *t, const struct vs_track *track)
{
	const char *device = track->key.device, *driver = t->attach->driver;
	char name[VS_DEVNAME_LEN + VS_DRIVER_LEN + 64];
	int len;

	len = snprintf(name, sizeof(name), "%s", *device ? device : "unknown device");
	if (track->key.thread)
		len += snprintf(name + len, sizeof(name) - len, ", thread %u", track->key.thread);
	else if (*driver)
		len += snprintf(name + len, sizeof(name) - len, " (%s)", driver);
	if (track->key.lane)
		snprintf(name + len, sizeof(name) - len, " #%u", track->key.lane + 1);
	write_name(t, "thread_name", track->key.process, track->number, name);
}

static struct vs_track *track_for(struct timeline *t, uint32_t thread, uint32_t lane)
{
	struct vs_track_key key = { .process = t->where.process, .lane = lane };
	struct vs_track *track;
	bool fresh;

	memcpy(key.device, t->where.device, sizeof(key.device));
	key.thread = thread == t->attach->tid ? 0 : thread;
	track = vs_track_find(&t->tracks, &key, &fresh);
	if (fresh)
		name_track(t, track);
	return track;
}

/* Arguments of slices */

/* Calls that have no slice of their own. */
static uint64_t without_span(const struct vs_attach *a, const struct vs_attach_phase *p)
{
	uint64_t spans = 0;
	size_t i;

	for (i = 0; i < a->span_count; i++)
		spans += a->span[i].phase == p->phase && a->span[i].parent == p->parent;
	return p->count > spans ? p->count - spans : 0;
}

static void set_added_up(struct json_line *j, const struct vs_attach *a)
{
	size_t i;

	j_open(j, "added_up", '[');
	for (i = 0; i < a->phase_count; i++) {
		const struct vs_attach_phase *p = &a->phase[i];

		if (!without_span(a, p))
			continue;
		j_open(j, NULL, '{');
		j_word(j, "phase", vs_phase_name(p->phase));
		j_word(j, "parent", vs_phase_name(p->parent));
		j_int(j, "count", (int64_t)p->count);
		j_int(j, "total_ns", (int64_t)p->total_ns);
		j_int(j, "bytes", (int64_t)p->bytes);
		j_int(j, "failed", (int64_t)p->failed);
		j_close(j, '}');
	}
	j_close(j, ']');
}

static void set_attach(struct json_line *j, const struct vs_attach *a)
{
	j_open(j, "args", '{');
	j_int(j, "attach", a->id);
	j_word(j, "state", vs_attach_state_name(a->state));
	if (a->error)
		j_word(j, "error", vs_errno_name(a->error));
	j_bool(j, "complete", a->complete);
	j_int(j, "total_ns", (int64_t)a->total_ns);
	j_int(j, "vmm_ns", (int64_t)a->vmm_ns);
	j_int(j, "unaccounted_ns", (int64_t)a->unaccounted_ns);
	j_word(j, "path", vs_path_name(a->path));
	j_word(j, "backend", vs_backend_name(a->backend));
	j_int_or_null(j, "group", a->group, a->group >= 0);
	j_int(j, "pid", a->pid);
	j_int(j, "tid", a->tid);
	j_text(j, "comm", a->comm);
	if (a->spans > a->span_count)
		j_int(j, "spans_missing", (int64_t)(a->spans - a->span_count));
	if (a->waits > a->wait_count)
		j_int(j, "waits_missing", (int64_t)(a->waits - a->wait_count));
	set_added_up(j, a);
	j_close(j, '}');
}

/* None if there is nothing to say: some viewers show them beside the name. */
static void set_span(struct json_line *j, const struct slice *s)
{
	bool going_on = s->what != WHAT_SPAN;

	if (!s->span->bytes && !s->span->failed && !going_on)
		return;
	j_open(j, "args", '{');
	if (s->span->bytes)
		j_int(j, "bytes", (int64_t)s->span->bytes);
	if (s->span->failed)
		j_bool(j, "failed", true);
	if (going_on)
		j_bool(j, "going_on", true);
	j_close(j, '}');
}

static void set_holder(struct json_line *j, const struct vs_lock_holder *h)
{
	j_open(j, NULL, '{');
	j_int_or_null(j, "pid", h->pid, h->pid);
	j_int_or_null(j, "tid", h->tid, h->tid);
	j_text_or_null(j, "comm", h->comm);
	j_text_or_null(j, "device", h->device);
	j_id(j, "vm", "vm", h->vm_id);
	j_text_or_null(j, "vm_name", h->vm_name);
	j_word(j, "phase", vs_phase_name(h->phase));
	j_int(j, "ns", (int64_t)h->ns);
	j_close(j, '}');
}

static void set_wait(struct json_line *j, const struct vs_lock_waited *w)
{
	size_t i;

	j_open(j, "args", '{');
	j_word(j, "phase", vs_phase_name(w->phase));
	j_open(j, "holder", '[');
	for (i = 0; i < w->holder_count; i++)
		set_holder(j, &w->holder[i]);
	j_close(j, ']');
	if (w->holders > w->holder_count)
		j_int(j, "holders_missing", (int64_t)(w->holders - w->holder_count));
	j_close(j, '}');
}

/* Slices */

static void name_slice(char *out, size_t size, const struct slice *s)
{
	const char *name = NULL;

	if (s->what == WHAT_ATTACH)
		name = "attach";
	else if (s->what == WHAT_WAIT)
		name = vs_lock_name(s->wait->lock);
	else
		name = vs_phase_name(s->span->phase);
	snprintf(out, size, "%s%s", s->what == WHAT_WAIT ? "wait: " : "", name ? name : "unknown");
}

/* @ph: "B", or "X" for one without a length, whose end some readers take before its start. */
static void write_begin(struct timeline *t, const struct slice *s, const char *ph)
{
	struct json_line j;
	char name[64];

	name_slice(name, sizeof(name), s);
	begin_event(t, &j, ph, name, s->begin, s->track->key.process, s->track->number);
	if (*ph == 'X')
		set_time(&j, "dur", 0);
	if (s->what == WHAT_ATTACH)
		set_attach(&j, t->attach);
	else if (s->what == WHAT_WAIT)
		set_wait(&j, s->wait);
	else
		set_span(&j, s);
	end_event(&j);
}

/* The innermost slice of the track. */
static void write_end(struct timeline *t, struct vs_track *track)
{
	const struct slice *s = &t->slice[track->innermost];
	struct json_line j;
	char name[64];

	name_slice(name, sizeof(name), s);
	begin_event(t, &j, "E", name, s->end, track->key.process, track->number);
	end_event(&j);
	track->innermost = s->around;
}

/* Does it nest there? What has ended before it is no obstacle. */
static bool fits(const struct timeline *t, const struct vs_track *track, const struct slice *s)
{
	int at = track->innermost;

	while (at >= 0 && t->slice[at].end <= s->begin)
		at = t->slice[at].around;
	return at >= 0 ? s->end <= t->slice[at].end : s->begin >= track->until;
}

static void remember(struct timeline *t, const struct slice *s)
{
	const struct vs_flow_place place = { s->track->key.process, s->track->number };
	size_t i;

	if (s->what != WHAT_WAIT) {
		vs_flow_add_slice(&t->flows,
				  &(struct vs_flow_slice){
					  .place = place,
					  .thread = s->thread,
					  .phase = s->span ? s->span->phase : VS_PHASE_NONE,
					  .begin = s->begin,
					  .end = s->end,
				  });
		return;
	}
	for (i = 0; i < s->wait->holder_count; i++)
		if (s->wait->holder[i].tid)
			vs_flow_add_wait(&t->flows, &(struct vs_flow_wait){
							    .place = place,
							    .holder = s->wait->holder[i].tid,
							    .phase = s->wait->holder[i].phase,
							    .begin = s->begin,
							    .end = s->end,
						    });
}

/* They come sorted: on each track, what is around a slice has begun by then. */
static void write_slice(struct timeline *t, int index)
{
	struct slice *s = &t->slice[index];
	uint32_t lane = 0;

	while (!fits(t, (s->track = track_for(t, s->thread, lane)), s))
		lane++;
	while (s->track->innermost >= 0 && t->slice[s->track->innermost].end <= s->begin)
		write_end(t, s->track);
	if (s->end > s->track->until)
		s->track->until = s->end;
	if (s->end == s->begin) {
		write_begin(t, s, "X");
		return;
	}
	write_begin(t, s, "B");
	s->around = s->track->innermost;
	s->track->innermost = index;
	remember(t, s);
}

static void write_ends(struct timeline *t)
{
	size_t i;

	for (i = 0; i < t->slices; i++)
		while (t->slice[i].track->innermost >= 0)
			write_end(t, t->slice[i].track);
}

static int later(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By time; what is around another one before it. */
static int by_time(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->begin != y->begin)
		return later(x->begin, y->begin);
	if (x->end != y->end)
		return later(y->end, x->end);
	if (x->what != y->what)
		return later(x->what, y->what);
	return later(x->index, y->index);
}

/* Flows */

static void write_flow(struct timeline *t, const struct vs_flow_match *m)
{
	struct json_line j;

	t->flow++;
	begin_event(t, &j, "s", "lock", m->at, m->slice.place.process, m->slice.place.track);
	j_word(&j, "cat", "lock");
	j_int(&j, "id", (int64_t)t->flow);
	end_event(&j);
	/* In the wait, not after it: the end belongs to what comes then. */
	begin_event(t, &j, "f", "lock", m->wait.end - 1, m->wait.place.process,
		    m->wait.place.track);
	j_word(&j, "cat", "lock");
	j_int(&j, "id", (int64_t)t->flow);
	j_word(&j, "bp", "e");
	end_event(&j);
}

static void write_flows(struct timeline *t, bool last)
{
	struct vs_flow_match match;

	while (vs_flow_next(&t->flows, last, &match))
		write_flow(t, &match);
}

/* Attaches */

static struct slice *add(struct timeline *t, enum what what, uint32_t thread, uint64_t begin,
			 uint64_t end)
{
	struct slice *s = &t->slice[t->slices++];

	*s = (struct slice){
		.what = what,
		.begin = begin,
		.end = end > begin ? end : begin,
		.thread = thread,
		.around = -1,
	};
	return s;
}

/* Parts end before what they are parts of. */
static void add_spans(struct timeline *t, size_t from)
{
	const struct vs_attach *a = t->attach;
	size_t i;

	for (i = from; i < a->span_count; i++) {
		const struct vs_span *span = &a->span[i];
		struct slice *s =
			add(t, WHAT_SPAN, span->tid, span->begin_ns, span->begin_ns + span->ns);

		s->index = VS_ATTACH_SPANS - i;
		s->span = span;
	}
}

static bool waits_in(const struct vs_lock_waited *w, const struct vs_span *span)
{
	return span->phase == w->phase && span->begin_ns <= w->begin_ns &&
	       w->begin_ns + w->wait_ns <= span->begin_ns + span->ns;
}

/* The thread that waited; that of the attach if its phase has no span. */
static uint32_t waiter(const struct vs_attach *a, const struct vs_lock_waited *w)
{
	size_t i;

	for (i = 0; i < a->span_count; i++)
		if (waits_in(w, &a->span[i]))
			return a->span[i].tid;
	return a->tid;
}

static void add_wait(struct timeline *t, const struct vs_lock_waited *w)
{
	struct slice *s =
		add(t, WHAT_WAIT, waiter(t->attach, w), w->begin_ns, w->begin_ns + w->wait_ns);

	s->wait = w;
}

/* Those that ended after @since. */
static void add_waits(struct timeline *t, uint64_t since)
{
	const struct vs_attach *a = t->attach;
	size_t i;

	for (i = 0; i < a->wait_count; i++)
		if (a->wait[i].begin_ns + a->wait[i].wait_ns > since)
			add_wait(t, &a->wait[i]);
}

static void add_running(struct timeline *t, enum what what, struct vs_span *span,
			enum vs_phase phase, uint64_t ns)
{
	const struct vs_attach *a = t->attach;

	*span = (struct vs_span){
		.phase = phase,
		.tid = a->tid,
		.begin_ns = ns < a->end_ns ? a->end_ns - ns : 0,
		.ns = ns,
	};
	add(t, what, a->tid, span->begin_ns, a->end_ns)->span = span;
}

/* The call that has not returned, up to now. */
static void add_now(struct timeline *t)
{
	const struct vs_attach_now *now = &t->attach->now;
	uint64_t end = t->attach->end_ns;

	if (!now->phase)
		return;
	add_running(t, WHAT_CALL, &t->now[0], now->phase, now->call_ns);
	if (now->part && now->part != now->phase)
		add_running(t, WHAT_PART, &t->now[1], now->part, now->part_ns);
	if (!now->lock || now->lock_ns > end)
		return;
	t->now_wait = (struct vs_lock_waited){
		.lock = now->lock,
		.phase = now->part ? now->part : now->phase,
		.begin_ns = end - now->lock_ns,
		.wait_ns = now->lock_ns,
		.holder = { now->holder },
		.holder_count = now->holder.tid != 0,
		.holders = now->holder.tid != 0,
	};
	add(t, WHAT_WAIT, t->attach->tid, t->now_wait.begin_ns, end)->wait = &t->now_wait;
}

static void write_slices(struct timeline *t)
{
	size_t i;

	begin_file(t, NULL);
	qsort(t->slice, t->slices, sizeof(*t->slice), by_time);
	for (i = 0; i < t->slices; i++)
		write_slice(t, (int)i);
	write_ends(t);
	name_process(t, t->slice[0].track);
	write_flows(t, false);
	end_file(t, false);
}

static void begin_slices(struct timeline *t, const struct vs_attach *a)
{
	t->attach = a;
	t->slices = 0;
}

/* The attach, and what is known of it so far. */
static void write_attach(struct timeline *t, const struct vs_attach *a)
{
	begin_slices(t, a);
	t->where.process = a->vm.id ? a->vm.id : VS_TRACKS_NO_VM + a->pid;
	memcpy(t->where.device, a->device, sizeof(a->device));
	add(t, WHAT_ATTACH, a->tid, a->begin_ns, a->end_ns);
	if (a->state == VS_ATTACH_GOING_ON)
		add_now(t);
	add_spans(t, 0);
	add_waits(t, 0);
	write_slices(t);
}

/* What came after it. */
static void write_later(struct timeline *t, const struct vs_attach *a, const struct told *told)
{
	begin_slices(t, a);
	t->where = *told;
	add_spans(t, told->spans);
	add_waits(t, a->end_ns);
	if (t->slices)
		write_slices(t);
}

/* @id 0: room for one more. */
static struct told *find_told(struct timeline *t, uint32_t id)
{
	size_t i;

	for (i = 0; i < TOLD_MAX; i++)
		if (t->told[i].id == id)
			return &t->told[i];
	return NULL;
}

/* The sink */

static void timeline_start(struct vs_sink *s, const struct vs_run *run)
{
	begin_file(of(s), run);
	end_file(of(s), false);
	vs_pass_start(s, run);
}

static void timeline_attach(struct vs_sink *s, const struct vs_attach *a)
{
	struct timeline *t = of(s);
	struct told *told = find_told(t, 0);

	if (told) {
		write_attach(t, a);
		*told = t->where;
		told->id = a->id;
		told->spans = a->span_count;
	}
	vs_pass_attach(s, a);
}

static void timeline_detach(struct vs_sink *s, const struct vs_attach *a)
{
	struct timeline *t = of(s);
	struct told *told = find_told(t, a->id);

	if (told) {
		write_later(t, a, told);
		told->id = 0;
	} else {
		write_attach(t, a);
	}
	vs_pass_detach(s, a);
}

static void timeline_end(struct vs_sink *s, const struct vs_ending *ending)
{
	struct timeline *t = of(s);

	begin_file(t, NULL);
	write_flows(t, true);
	end_file(t, true);
	vs_pass_end(s, ending);
}

static const struct vs_sink_ops timeline_ops = {
	.start = timeline_start,
	.attached = vs_pass_attached,
	.device = vs_pass_device,
	.event = vs_pass_event,
	.opened = vs_pass_opened,
	.finding = vs_pass_finding,
	.closed = vs_pass_closed,
	.attach = timeline_attach,
	.stuck = vs_pass_stuck,
	.detach = timeline_detach,
	.profile = vs_pass_profile,
	.moment = vs_pass_moment,
	.end = timeline_end,
	.free = vs_pass_free,
};

struct vs_sink *vs_view_timeline(FILE *file, struct vs_sink *next)
{
	struct timeline *t = vs_wrap_new(sizeof(*t), &timeline_ops, next);

	if (!t)
		return NULL;
	t->file = file;
	return &t->wrap.sink;
}
