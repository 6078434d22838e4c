// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timelines: whatever attaches are like, what is written is a trace that viewers take as
 * it is meant. trace_check() holds it against the rules of the format.
 */
#include <jansson.h>
#include <unistd.h>

#include "model_test.h"
#include "../timeline/sample.h"

/* An event as a reader has it. */
struct traced {
	char ph;
	const char *name;
	int64_t pid, tid;
	int64_t begin, end; /* ns; end: of B and X */
	json_t *args;
	json_t *id;
	bool ended;
	int around; /* index of the slice it is in, -1: none */
};

struct trace {
	char *text;
	size_t length;
	json_t *root;
	struct traced *ev; /* by time, as they stand in the file among the same time */
	size_t count;
};

static int64_t ns_of(const json_t *number)
{
	assert_true(json_is_number(number));
	assert_true(json_number_value(number) >= 0);
	return (int64_t)(json_number_value(number) * 1000 + 0.5);
}

static void read_event(struct traced *e, json_t *from)
{
	json_t *pid = json_object_get(from, "pid"), *tid = json_object_get(from, "tid");
	const char *ph = json_string_value(json_object_get(from, "ph"));

	assert_non_null(ph);
	assert_int_equal(strlen(ph), 1);
	e->ph = *ph;
	assert_non_null(strchr("BEXMsf", e->ph));
	e->name = json_string_value(json_object_get(from, "name"));
	assert_non_null(e->name);
	assert_true(*e->name);
	assert_true(json_is_integer(pid) && json_is_integer(tid));
	e->pid = json_integer_value(pid);
	e->tid = json_integer_value(tid);
	assert_true(e->pid > 0 && e->tid > 0 && e->pid != e->tid);
	e->begin = e->end = ns_of(json_object_get(from, "ts"));
	if (e->ph == 'X')
		e->end += ns_of(json_object_get(from, "dur"));
	e->args = json_object_get(from, "args");
	e->id = json_object_get(from, "id");
	e->around = -1;
}

/* By time; qsort() need not keep the order of the file. */
static void sort_events(struct trace *t)
{
	size_t i, j;

	for (i = 1; i < t->count; i++) {
		struct traced e = t->ev[i];

		for (j = i; j && t->ev[j - 1].begin > e.begin; j--)
			t->ev[j] = t->ev[j - 1];
		t->ev[j] = e;
	}
}

static bool same_track(const struct traced *a, const struct traced *b)
{
	return a->pid == b->pid && a->tid == b->tid;
}

static bool is_slice(const struct traced *e)
{
	return e->ph == 'B' || e->ph == 'X';
}

/* Slices of a track nest, and all end. */
static void check_track(struct trace *t, size_t first)
{
	int top = -1;
	size_t i;

	for (i = first; i < t->count; i++) {
		struct traced *e = &t->ev[i];

		if (!same_track(e, &t->ev[first]))
			continue;
		if (e->ph == 'B') {
			e->around = top;
			top = (int)i;
		} else if (e->ph == 'X') {
			e->around = top;
			assert_int_equal(e->end, e->begin);
		} else if (e->ph == 'E') {
			assert_true(top >= 0);
			assert_string_equal(t->ev[top].name, e->name);
			t->ev[top].end = e->begin;
			t->ev[top].ended = true;
			top = t->ev[top].around;
		}
	}
	assert_int_equal(top, -1);
}

static size_t count_meta(const struct trace *t, const char *what, int64_t pid, int64_t tid)
{
	size_t i, count = 0;

	for (i = 0; i < t->count; i++)
		count += t->ev[i].ph == 'M' && !strcmp(t->ev[i].name, what) &&
			 t->ev[i].pid == pid && (!tid || t->ev[i].tid == tid) &&
			 json_object_size(t->ev[i].args) == 1;
	return count;
}

static const struct traced *enclosing(const struct trace *t, const struct traced *at)
{
	const struct traced *found = NULL;
	size_t i;

	for (i = 0; i < t->count; i++) {
		const struct traced *e = &t->ev[i];

		if (e->ph == 'B' && same_track(e, at) && e->begin <= at->begin &&
		    at->begin < e->end)
			found = e; /* the last one is the innermost */
	}
	return found;
}

/* The only other end of a flow. */
static const struct traced *other_end(const struct trace *t, const struct traced *e)
{
	const struct traced *found = NULL;
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (&t->ev[i] == e || !t->ev[i].id || !json_equal(t->ev[i].id, e->id))
			continue;
		assert_null(found);
		found = &t->ev[i];
	}
	assert_non_null(found);
	assert_int_not_equal(found->ph, e->ph);
	return found;
}

static void check_flow(const struct trace *t, const struct traced *e)
{
	const struct traced *other = other_end(t, e), *slice = enclosing(t, e);

	assert_true(json_is_integer(e->id));
	assert_string_equal(e->name, other->name);
	assert_non_null(slice);
	if (e->ph == 's') {
		assert_true(e->begin <= other->begin);
		return;
	}
	while (strncmp(slice->name, "wait: ", 6)) {
		assert_true(slice->around >= 0);
		slice = &t->ev[slice->around];
	}
}

static bool first_of_track(const struct trace *t, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (same_track(&t->ev[j], &t->ev[i]))
			return false;
	return true;
}

static void trace_check(struct trace *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		if (!first_of_track(t, i))
			continue;
		check_track(t, i);
		assert_int_equal(count_meta(t, "thread_name", t->ev[i].pid, t->ev[i].tid), 1);
		assert_true(count_meta(t, "process_name", t->ev[i].pid, 0) >= 1);
		assert_true(count_meta(t, "process_sort_index", t->ev[i].pid, 0) >= 1);
	}
	for (i = 0; i < t->count; i++)
		if (t->ev[i].ph == 's' || t->ev[i].ph == 'f')
			check_flow(t, &t->ev[i]);
}

/* Read and check what stands in @text. */
static void trace_read(struct trace *t, char *text, size_t length)
{
	json_t *events;
	size_t i;

	memset(t, 0, sizeof(*t));
	t->text = text;
	t->length = length;
	t->root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(t->root);
	events = json_object_get(t->root, "traceEvents");
	assert_true(json_is_array(events));
	t->count = json_array_size(events);
	t->ev = calloc(t->count + 1, sizeof(*t->ev));
	assert_non_null(t->ev);
	for (i = 0; i < t->count; i++)
		read_event(&t->ev[i], json_array_get(events, i));
	sort_events(t);
	trace_check(t);
}

static void trace_free(struct trace *t)
{
	json_decref(t->root);
	free(t->ev);
	free(t->text);
}

/* A timeline in the making. */
struct maker {
	FILE *file;
	char *text;
	size_t length;
	struct vs_sink *sink;
};

static void make_begin(struct maker *m)
{
	memset(m, 0, sizeof(*m));
	m->file = open_memstream(&m->text, &m->length);
	assert_non_null(m->file);
	m->sink = sample_sink(m->file);
	assert_non_null(m->sink);
}

static void make_end(struct maker *m, struct trace *t)
{
	const struct vs_ending ending = { 0 };

	VS_TELL(m->sink, end, &ending);
	vs_sink_free(m->sink);
	assert_int_equal(fclose(m->file), 0);
	trace_read(t, m->text, m->length);
}

static size_t count(const struct trace *t, char ph, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < t->count; i++)
		n += t->ev[i].ph == ph && (!name || !strcmp(t->ev[i].name, name));
	return n;
}

/* The nth slice of this name, by time. */
static const struct traced *find(const struct trace *t, const char *name, size_t nth)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (is_slice(&t->ev[i]) && !strcmp(t->ev[i].name, name) && !nth--)
			return &t->ev[i];
	fail_msg("no slice %s", name);
	return NULL;
}

static const char *text_in(const struct traced *e, const char *key)
{
	return json_string_value(json_object_get(e->args, key));
}

static json_int_t number_in(const struct traced *e, const char *key)
{
	return json_integer_value(json_object_get(e->args, key));
}

/* What a process or a track is called last. */
static const char *name_of(const struct trace *t, const char *what, const struct traced *of)
{
	const char *name = NULL;
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->ev[i].ph == 'M' && !strcmp(t->ev[i].name, what) && t->ev[i].pid == of->pid &&
		    (!strcmp(what, "process_name") || t->ev[i].tid == of->tid))
			name = text_in(&t->ev[i], "name");
	return name;
}

static struct vs_attach *attach_new(uint32_t id, uint32_t vm, unsigned int device, uint64_t begin)
{
	struct vs_attach *a = malloc(sizeof(*a));

	assert_non_null(a);
	sample_attach(a, id, vm, device, begin);
	return a;
}

/* One attach, told at its end and when it is over. */
static void one(struct trace *t, struct vs_attach *a)
{
	struct maker m;

	make_begin(&m);
	VS_TELL(m.sink, attach, a);
	VS_TELL(m.sink, detach, a);
	make_end(&m, t);
	free(a);
}

/* Tests */

static void the_sample(void **state)
{
	struct maker m;
	struct trace t;

	(void)state;
	memset(&m, 0, sizeof(m));
	m.file = open_memstream(&m.text, &m.length);
	assert_non_null(m.file);
	assert_true(sample_write(m.file));
	assert_int_equal(fclose(m.file), 0);
	trace_read(&t, m.text, m.length);
	assert_int_equal(count(&t, 'B', "attach"), SAMPLE_VMS + 1);
	assert_int_equal(count(&t, 'B', "wait: dev_set->lock"), 3);
	/* 2 waits for 1, 3 for 1 and 2, and the one that hangs for 3 */
	assert_int_equal(count(&t, 's', NULL), 4);
	assert_int_equal(count(&t, 'f', NULL), 4);
	assert_string_equal(name_of(&t, "process_name", find(&t, "attach", 0)),
			    "vm1 \"guest1\" (qemu-system-x86, pid 100)");
	trace_free(&t);
}

static void names_and_arguments(void **state)
{
	struct vs_attach *a = attach_new(7, 3, 5, SAMPLE_BEGIN);
	const struct traced *attach, *map;
	struct trace t;
	json_t *sum;

	(void)state;
	sample_open(a, sample_setup(a), 0, 3000);
	a->vmm_ns = 12;
	a->unaccounted_ns = 34;
	a->spans += 2;
	one(&t, a);
	attach = find(&t, "attach", 0);
	assert_int_equal(attach->pid, 3);
	assert_string_equal(name_of(&t, "thread_name", attach), "0000:05:00.0 (vfio-pci)");
	assert_int_equal(number_in(attach, "attach"), 7);
	assert_string_equal(text_in(attach, "state"), "usable");
	assert_string_equal(text_in(attach, "path"), "group");
	assert_string_equal(text_in(attach, "backend"), "type1");
	assert_true(json_is_true(json_object_get(attach->args, "complete")));
	assert_int_equal(number_in(attach, "vmm_ns"), 12);
	assert_int_equal(number_in(attach, "unaccounted_ns"), 34);
	assert_int_equal(number_in(attach, "total_ns"), attach->end - attach->begin);
	assert_int_equal(number_in(attach, "spans_missing"), 2);
	sum = json_object_get(attach->args, "added_up");
	assert_int_equal(json_array_size(sum), 1);
	sum = json_array_get(sum, 0);
	assert_string_equal(json_string_value(json_object_get(sum, "phase")), "dma_map");
	assert_int_equal(json_integer_value(json_object_get(sum, "count")), 17);
	assert_int_equal(json_integer_value(json_object_get(sum, "bytes")), 2181038080);
	map = find(&t, "dma_map", 0);
	assert_int_equal(number_in(map, "bytes"), 2147483648);
	assert_null(json_object_get(map->args, "failed"));
	assert_null(find(&t, "group_open", 0)->args);
	trace_free(&t);
}

/* Phases all of whose calls have a slice are not added up. */
static void added_up_or_not(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct trace t;

	(void)state;
	sample_setup(a);
	a->phase[0].count = 1;
	a->end_ns = SAMPLE_BEGIN + 20 * SAMPLE_MS;
	one(&t, a);
	assert_int_equal(json_array_size(json_object_get(find(&t, "attach", 0)->args, "added_up")),
			 0);
	trace_free(&t);
}

static void numbers_are_exact(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, 8765432100000001ULL);
	struct trace t;

	(void)state;
	sample_span(a, VS_PHASE_GROUP_OPEN, VS_PHASE_NONE, 8765432100000001ULL,
		    8765432100001000ULL);
	a->end_ns = 8765432100001000ULL;
	one(&t, a);
	assert_non_null(
		strstr(t.text, "\"ph\":\"B\",\"name\":\"group_open\",\"ts\":8765432100000.001,"));
	assert_non_null(
		strstr(t.text, "\"ph\":\"E\",\"name\":\"group_open\",\"ts\":8765432100001.000,"));
	trace_free(&t);
}

/* Whoever names a process or a VM cannot break the file, or a terminal. */
static void hostile_names(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	const char *name;
	struct trace t;
	size_t i;

	(void)state;
	memset(a->vm.name, '"', sizeof(a->vm.name) - 1);
	memcpy(a->vm.name, "\"],}\n\033[2J\\\xff\xe2\x80\xae", 14);
	memset(a->vm.comm, '\\', sizeof(a->vm.comm) - 1);
	memset(a->comm, '\033', sizeof(a->comm) - 1);
	memset(a->device, '\xff', sizeof(a->device) - 1);
	memset(a->driver, '\n', sizeof(a->driver) - 1);
	sample_open(a, sample_setup(a), 1000, 5000);
	sample_holder(sample_wait(a, VS_PHASE_DEVICE_OPEN, a->end_ns - 1000, a->end_ns - 10), 1, 1,
		      VS_PHASE_NONE);
	memset(a->wait[0].holder[0].comm, 0x07, VS_COMM_LEN - 1);
	memset(a->wait[0].holder[0].device, '"', VS_DEVNAME_LEN - 1);
	memset(a->wait[0].holder[0].vm_name, '\x80', VS_NAME_LEN - 1);
	one(&t, a);
	for (i = 0; i < t.length; i++)
		assert_true(t.text[i] == '\n' || (t.text[i] >= ' ' && t.text[i] < 0x7f));
	name = name_of(&t, "process_name", find(&t, "attach", 0));
	assert_non_null(strstr(name, "\\n\\x1b[2J"));
	assert_non_null(strstr(name, "\\u202e"));
	trace_free(&t);
}

static void no_spans(void **state)
{
	struct vs_attach *a = attach_new(1, 0, 1, SAMPLE_BEGIN);
	const struct traced *attach;
	struct trace t;

	(void)state;
	a->vm.pid = 0;
	a->pid = a->tid = 1234;
	*a->device = *a->driver = '\0';
	a->end_ns = SAMPLE_BEGIN + 1;
	a->state = VS_ATTACH_FAILED;
	a->error = -EBUSY;
	one(&t, a);
	attach = find(&t, "attach", 0);
	assert_int_equal(attach->end, attach->begin + 1);
	assert_string_equal(text_in(attach, "state"), "failed");
	assert_string_equal(text_in(attach, "error"), "EBUSY");
	assert_true(attach->pid >= 1000000000);
	assert_string_equal(name_of(&t, "process_name", attach),
			    "qemu-system-x86 (pid 1234), no VM");
	assert_string_equal(name_of(&t, "thread_name", attach), "unknown device");
	trace_free(&t);
}

/* It took no time, and neither did a call in it. */
static void no_time(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct trace t;

	(void)state;
	sample_span(a, VS_PHASE_GROUP_OPEN, VS_PHASE_NONE, SAMPLE_BEGIN, SAMPLE_BEGIN);
	one(&t, a);
	assert_int_equal(count(&t, 'X', NULL), 2);
	trace_free(&t);
}

static void nothing(void **state)
{
	struct maker m;
	struct trace t;

	(void)state;
	make_begin(&m);
	make_end(&m, &t);
	assert_int_equal(t.count, 0);
	trace_free(&t);
}

static void two_threads(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	const struct traced *mine, *other;
	struct trace t;

	(void)state;
	sample_span(a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, SAMPLE_BEGIN, SAMPLE_BEGIN + 200);
	sample_span(a, VS_PHASE_PIN, VS_PHASE_DMA_UNMAP, SAMPLE_BEGIN + 150, SAMPLE_BEGIN + 250)
		->tid = 123;
	sample_span(a, VS_PHASE_DMA_UNMAP, VS_PHASE_NONE, SAMPLE_BEGIN + 100, SAMPLE_BEGIN + 300)
		->tid = 123;
	a->end_ns = SAMPLE_BEGIN + 200;
	one(&t, a);
	mine = find(&t, "dma_map", 0);
	other = find(&t, "dma_unmap", 0);
	assert_true(same_track(mine, find(&t, "attach", 0)));
	assert_false(same_track(mine, other));
	assert_true(same_track(other, find(&t, "pin", 0)));
	assert_int_equal(mine->pid, other->pid);
	assert_string_equal(name_of(&t, "thread_name", other), "0000:01:00.0, thread 123");
	trace_free(&t);
}

/* A thread whose calls cross, which cannot be: they do not get lost. */
static void crossing(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct trace t;

	(void)state;
	sample_span(a, VS_PHASE_DMA_MAP, VS_PHASE_NONE, SAMPLE_BEGIN, SAMPLE_BEGIN + 200);
	sample_span(a, VS_PHASE_DMA_UNMAP, VS_PHASE_NONE, SAMPLE_BEGIN + 100, SAMPLE_BEGIN + 300);
	a->end_ns = SAMPLE_BEGIN + 300;
	one(&t, a);
	assert_string_equal(name_of(&t, "thread_name", find(&t, "dma_unmap", 0)),
			    "0000:01:00.0 (vfio-pci) #2");
	trace_free(&t);
}

/* What comes after the attach is written once, and on the same track. */
static void later_spans(void **state)
{
	struct vs_attach *a = attach_new(1, 0, 1, SAMPLE_BEGIN);
	struct maker m;
	struct trace t;
	uint64_t at;

	(void)state;
	a->pid = a->tid = 1234;
	a->vm.pid = 0;
	sample_open(a, sample_setup(a), 2 * SAMPLE_MS, SAMPLE_MS);
	sample_wait(a, VS_PHASE_DEVICE_OPEN, a->end_ns - 3 * SAMPLE_MS, a->end_ns - SAMPLE_MS);
	make_begin(&m);
	VS_TELL(m.sink, attach, a);
	sample_use(a);
	at = a->closed_ns - 9 * SAMPLE_MS;
	sample_wait(a, VS_PHASE_DEVICE_CLOSE, at, at + 500 * SAMPLE_US);
	a->vm.id = 4;
	VS_TELL(m.sink, detach, a);
	make_end(&m, &t);
	assert_int_equal(count(&t, 'B', "attach"), 1);
	assert_int_equal(count(&t, 'B', "device_open"), 1);
	assert_int_equal(count(&t, 'B', "device_close"), 1);
	assert_int_equal(count(&t, 'B', "irq_setup"), 2);
	assert_int_equal(count(&t, 'B', "wait: dev_set->lock"), 2);
	assert_true(same_track(find(&t, "attach", 0), find(&t, "device_close", 0)));
	assert_int_equal(find(&t, "wait: dev_set->lock", 1)->around,
			 find(&t, "device_close", 0) - t.ev);
	trace_free(&t);
	free(a);
}

/* A device that is attached again goes on on its track. */
static void again(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct vs_attach *b = attach_new(2, 1, 1, SAMPLE_BEGIN + 500 * SAMPLE_MS);
	struct maker m;
	struct trace t;

	(void)state;
	sample_open(a, sample_setup(a), 0, SAMPLE_MS);
	sample_open(b, sample_setup(b), 0, SAMPLE_MS);
	b->tid = 177;
	make_begin(&m);
	VS_TELL(m.sink, attach, a);
	VS_TELL(m.sink, detach, a);
	VS_TELL(m.sink, attach, b);
	VS_TELL(m.sink, detach, b);
	make_end(&m, &t);
	assert_true(same_track(find(&t, "attach", 0), find(&t, "attach", 1)));
	assert_int_equal(count(&t, 'M', "process_name"), 1);
	trace_free(&t);
	free(a);
	free(b);
}

/* The wait stands in the phase that waits, by the thread that is in it. */
static void a_wait_nests(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	const struct traced *wait;
	struct trace t;

	(void)state;
	sample_open(a, SAMPLE_BEGIN, 2000, 1000);
	a->span[2].tid = a->span[1].tid = a->span[0].tid = 55;
	a->span[0].failed = true;
	sample_holder(sample_wait(a, VS_PHASE_DEVICE_OPEN, SAMPLE_BEGIN, SAMPLE_BEGIN + 2000), 9, 9,
		      VS_PHASE_RESET);
	one(&t, a);
	wait = find(&t, "wait: dev_set->lock", 0);
	assert_int_equal(wait->around, find(&t, "device_open", 0) - t.ev);
	assert_int_equal(wait->end - wait->begin, 2000);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(wait->args, "holder"), 0), "device")),
		"0000:09:00.0");
	assert_true(json_is_true(json_object_get(find(&t, "reset", 0)->args, "failed")));
	/* nobody knows the holder */
	assert_int_equal(count(&t, 's', NULL) + count(&t, 'f', NULL), 0);
	trace_free(&t);
}

static const struct traced *flow_from(const struct trace *t)
{
	size_t i;

	for (i = 0; i < t->count && t->ev[i].ph != 's'; i++)
		;
	assert_true(i < t->count);
	return &t->ev[i];
}

/* @waiter_first: the waiter is told of before the holder is. */
static void check_arrow(bool waiter_first, enum vs_phase said, const char *slice)
{
	struct vs_attach *holder = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct vs_attach *waiter = attach_new(2, 2, 2, SAMPLE_BEGIN + 10);
	const struct traced *from;
	struct maker m;
	struct trace t;

	sample_open(holder, SAMPLE_BEGIN, 0, 9000);
	sample_open(waiter, SAMPLE_BEGIN + 10, 8990, 1000);
	sample_holder(
		sample_wait(waiter, VS_PHASE_DEVICE_OPEN, SAMPLE_BEGIN + 10, SAMPLE_BEGIN + 9000),
		1, 1, said);
	make_begin(&m);
	VS_TELL(m.sink, attach, waiter_first ? waiter : holder);
	VS_TELL(m.sink, attach, waiter_first ? holder : waiter);
	make_end(&m, &t);
	from = flow_from(&t);
	assert_int_equal(from->pid, 1);
	assert_string_equal(enclosing(&t, from)->name, slice);
	assert_int_equal(other_end(&t, from)->pid, 2);
	assert_int_equal(other_end(&t, from)->begin, SAMPLE_BEGIN + 9000 - 1);
	trace_free(&t);
	free(holder);
	free(waiter);
}

static void arrows(void **state)
{
	(void)state;
	check_arrow(false, VS_PHASE_RESET, "reset");
	check_arrow(true, VS_PHASE_RESET, "reset");
	/* a phase that has no slice: the innermost one of the holder at that time */
	check_arrow(false, VS_PHASE_DMA_MAP, "reset");
	check_arrow(true, VS_PHASE_NONE, "reset");
	check_arrow(true, VS_PHASE_DRIVER_OPEN, "driver_open");
}

static void going_on(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct maker m;
	struct trace t;

	(void)state;
	sample_stuck(a);
	make_begin(&m);
	VS_TELL(m.sink, detach, a);
	make_end(&m, &t);
	assert_string_equal(text_in(find(&t, "attach", 0), "state"), "going_on");
	assert_int_equal(find(&t, "attach", 0)->end, a->end_ns);
	assert_int_equal(find(&t, "device_open", 0)->end, a->end_ns);
	assert_true(json_is_true(json_object_get(find(&t, "device_open", 0)->args, "going_on")));
	assert_int_equal(find(&t, "wait: dev_set->lock", 0)->begin, a->end_ns - 349 * SAMPLE_MS);
	trace_free(&t);
	free(a);
}

/* What stands in the file at this moment. */
static void read_now(FILE *file, struct trace *t)
{
	const size_t size = 1 << 20;
	char *text = calloc(1, size);
	ssize_t length;

	assert_non_null(text);
	length = pread(fileno(file), text, size - 1, 0);
	assert_true(length > 0 && (size_t)length < size - 1);
	trace_read(t, text, (size_t)length);
}

/* Killed: what was written is a whole file. */
static void interrupted(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct vs_run *run = calloc(1, sizeof(*run));
	FILE *file = tmpfile();
	struct vs_sink *sink;
	struct trace t;

	(void)state;
	assert_non_null(run);
	assert_non_null(file);
	sink = sample_sink(file);
	assert_non_null(sink);
	snprintf(run->start.release, sizeof(run->start.release), "6.12-\"\xff");
	VS_TELL(sink, start, run);
	read_now(file, &t);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(t.root, "otherData"), "kernel")),
		"6.12-\"\\xff");
	trace_free(&t);
	sample_open(a, sample_setup(a), 0, SAMPLE_MS);
	VS_TELL(sink, attach, a);
	read_now(file, &t);
	assert_int_equal(count(&t, 'B', "attach"), 1);
	trace_free(&t);
	sample_use(a);
	VS_TELL(sink, detach, a);
	read_now(file, &t);
	assert_int_equal(count(&t, 'B', "device_close"), 1);
	trace_free(&t);
	vs_sink_free(sink);
	fclose(file);
	free(run);
	free(a);
}

/* Into a pipe, where nothing can be overwritten. */
static void piped(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	const struct vs_ending ending = { 0 };
	char *text = calloc(1, 1 << 20);
	struct vs_sink *sink;
	struct trace t;
	FILE *file;
	int fd[2];

	(void)state;
	assert_non_null(text);
	assert_int_equal(pipe(fd), 0);
	file = fdopen(fd[1], "w");
	assert_non_null(file);
	sink = sample_sink(file);
	assert_non_null(sink);
	sample_open(a, sample_setup(a), 0, SAMPLE_MS);
	VS_TELL(sink, attach, a);
	VS_TELL(sink, detach, a);
	VS_TELL(sink, end, &ending);
	vs_sink_free(sink);
	fclose(file);
	assert_true(read(fd[0], text, (1 << 20) - 1) > 0);
	close(fd[0]);
	trace_read(&t, text, strlen(text));
	trace_free(&t);
	free(a);
}

/* More devices at once than are remembered, and more of them than tracks are. */
static void many_devices(void **state)
{
	struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
	struct maker m;
	struct trace t;
	unsigned int i;

	(void)state;
	make_begin(&m);
	for (i = 1; i <= 1500; i++) {
		sample_attach(a, i, 1 + i % 400, i, SAMPLE_BEGIN + i * SAMPLE_MS);
		a->end_ns = a->begin_ns + SAMPLE_MS;
		VS_TELL(m.sink, attach, a);
	}
	for (i = 1; i <= 1500; i++) {
		sample_attach(a, i, 1 + i % 400, i, SAMPLE_BEGIN + i * SAMPLE_MS);
		a->end_ns = a->begin_ns + SAMPLE_MS;
		VS_TELL(m.sink, detach, a);
	}
	make_end(&m, &t);
	assert_int_equal(count(&t, 'B', "attach"), 1500);
	trace_free(&t);
	free(a);
}

static unsigned int random_below(uint64_t *seed, unsigned int n)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(*seed >> 33) % n;
}

static void random_attach(struct vs_attach *a, uint64_t *seed)
{
	unsigned int i, spans = random_below(seed, VS_ATTACH_SPANS + 1);

	for (i = 0; i < spans; i++) {
		uint64_t begin = a->begin_ns + random_below(seed, 60);

		sample_span(a, 1 + random_below(seed, VS_PHASE_COUNT - 1), VS_PHASE_NONE, begin,
			    begin + random_below(seed, 40))
			->tid = a->tid + random_below(seed, 3);
	}
	for (i = random_below(seed, VS_ATTACH_WAITS + 1); i; i--) {
		uint64_t begin = a->begin_ns + random_below(seed, 60);
		struct vs_lock_waited *w = sample_wait(a,
						       1 + random_below(seed, VS_PHASE_COUNT - 1),
						       begin, begin + 1 + random_below(seed, 40));

		sample_holder(w, 1 + random_below(seed, 3), 1, random_below(seed, VS_PHASE_COUNT));
	}
	a->end_ns = a->begin_ns + random_below(seed, 80);
}

/* Nothing that attaches can be makes a file that breaks the rules. */
static void anything(void **state)
{
	uint64_t seed = 1;
	int round;

	(void)state;
	for (round = 0; round < 20; round++) {
		struct vs_attach *a = attach_new(1, 1, 1, SAMPLE_BEGIN);
		struct maker m;
		struct trace t;
		uint32_t i;

		make_begin(&m);
		for (i = 1; i <= 4; i++) {
			sample_attach(a, i, 1 + random_below(&seed, 3), random_below(&seed, 2),
				      SAMPLE_BEGIN + random_below(&seed, 100));
			random_attach(a, &seed);
			if (random_below(&seed, 2))
				VS_TELL(m.sink, attach, a);
			if (a->span_count < 200)
				sample_span(a, VS_PHASE_RESET, VS_PHASE_NONE, a->end_ns,
					    a->end_ns + random_below(&seed, 50));
			VS_TELL(m.sink, detach, a);
		}
		make_end(&m, &t);
		trace_free(&t);
		free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample),	   cmocka_unit_test(names_and_arguments),
		cmocka_unit_test(added_up_or_not), cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(hostile_names),   cmocka_unit_test(no_spans),
		cmocka_unit_test(no_time),	   cmocka_unit_test(nothing),
		cmocka_unit_test(two_threads),	   cmocka_unit_test(crossing),
		cmocka_unit_test(later_spans),	   cmocka_unit_test(again),
		cmocka_unit_test(a_wait_nests),	   cmocka_unit_test(arrows),
		cmocka_unit_test(going_on),	   cmocka_unit_test(interrupted),
		cmocka_unit_test(piped),	   cmocka_unit_test(many_devices),
		cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
