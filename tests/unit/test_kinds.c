// SPDX-License-Identifier: GPL-2.0-only
/* What holds for every kind of record, so that a kind more is not half there. */
#include "render.h"
#include "../../user/core/text/describe.h"

/* Shown, and nothing follows from them: a kind that is on this list is so on purpose. */
static bool is_inert(unsigned int kind)
{
	switch (kind) {
	case VS_NONCOHERENT_OFF:
	case VS_UNSET_CONTAINER:
	case VS_DMA_UNMAP:
	case VS_DMA_TOTALS:
	case VS_CDEV_OPEN:
	case VS_DETACH_PT:
	case VS_DEV_FEATURE:
	case VS_IOAS_ALLOC:
	case VS_IOMMUFD_IOCTL:
	case VS_IOAS_UNMAP:
	case VS_IOAS_TOTALS:
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
	case VS_PHASE:
	case VS_LOCK_WAIT:
	case VS_IN_CALL:
	case VS_MODULE_LOAD:
	case VS_MODULE_UNLOAD:
	case VS_SPAPR_DISABLE:
	case VS_SPAPR_UNREGISTER:
		return true;
	default:
		return false;
	}
}

static void model_learns_or_kind_is_listed(void **state)
{
	unsigned int kind;

	(void)state;
	FOR_KINDS(kind)
	if (vs_model_learns_from(kind) == is_inert(kind))
		fail_msg("%s: the model and the list of inert kinds disagree", vs_kinds[kind].id);
	assert_false(vs_model_learns_from(VS_NONE));
	assert_false(vs_model_learns_from(VS_KIND_COUNT));
}

static void names_are_of_one_kind(void **state)
{
	unsigned int a, b;

	(void)state;
	FOR_KINDS(a)
	{
		assert_true(vs_kinds[a].id[0] && vs_kinds[a].label[0]);
		FOR_KINDS(b)
		if (a != b)
			assert_string_not_equal(vs_kinds[a].id, vs_kinds[b].id);
	}
}

/* Programs match on it: small letters, digits and underscores. */
static void ids_are_words(void **state)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
	unsigned int kind;

	(void)state;
	FOR_KINDS(kind)
	assert_int_equal(strspn(vs_kinds[kind].id, letters), strlen(vs_kinds[kind].id));
}

static void records_fit(void **state)
{
	unsigned int kind;

	(void)state;
	assert_int_equal(vs_record_size(VS_NONE), 0);
	assert_int_equal(vs_record_size(VS_KIND_COUNT), 0);
	FOR_KINDS(kind)
	{
		assert_true(vs_record_size(kind) >= sizeof(struct ev_hdr));
		assert_true(vs_record_size(kind) <= sizeof(union vs_record));
		assert_int_equal(vs_record_size(kind) % 8, 0);
	}
}

/* A record of user space is one that the decoder takes. */
static void made_records_are_good(void **state)
{
	union vs_record rec, got;
	unsigned int kind;

	(void)state;
	FOR_KINDS(kind)
	{
		rec = make_record(kind, SEC, 7);
		assert_int_equal(vs_decode(&rec, vs_record_size(kind), &got), 0);
		assert_memory_equal(&rec, &got, vs_record_size(kind));
	}
}

/* What a cause of losses is called, too. */
static void losses_have_names(void **state)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyz_";
	int a, b;

	(void)state;
	for (a = 0; a < VS_LOSS_COUNT; a++) {
		assert_true(vs_losses[a].id[0] && vs_losses[a].text[0]);
		assert_int_equal(strspn(vs_losses[a].id, letters), strlen(vs_losses[a].id));
		for (b = 0; b < a; b++)
			assert_string_not_equal(vs_losses[a].id, vs_losses[b].id);
	}
}

static bool is_control(unsigned int kind)
{
	return vs_kinds[kind].traits & VS_T_CONTROL;
}

/* A call is not found, and neither is about the stream. */
static void traits_agree(void **state)
{
	unsigned int kind;

	(void)state;
	FOR_KINDS(kind)
	{
		unsigned int traits = vs_kinds[kind].traits;

		assert_true(!(traits & VS_T_CONTROL) || traits == VS_T_CONTROL);
		assert_true(!(traits & VS_T_FOUND) || !(traits & VS_T_CALL));
		assert_true(!(traits & VS_T_FD) || (traits & VS_T_CALL));
		assert_true(!(traits & VS_T_OPEN) || vs_record_size(kind) == sizeof(struct ev_dev));
	}
}

/* Records with something in every field, by what the field is */

/* All about the first VM of a laboratory, its group and its device. */
struct things {
	uint64_t vm, group, device;
	uint32_t creator;
	int iommu_group;
	const char *name;
};

#define FILL_VM(member) e->member = t->vm;
#define FILL_GROUP_VM(member) e->member = t->vm;
#define FILL_BOTH_VM(member) e->member = t->vm;
#define FILL_CREATOR(member) e->member = t->creator;
#define FILL_GROUP(member) e->member = t->group;
#define FILL_DEVICE(member) e->member = t->device;
#define FILL_OBJECT(member) e->member = 0x777;
#define FILL_IOMMU_GROUP(member) e->member = t->iommu_group;
#define FILL_HOLDER_FD(member) e->member = 5;
#define FILL_VALUE(member) e->member = 1;
#define FILL_FIELD(type, member, role, pair, form, key) FILL_##role(member)
#define FILL_STRING(length, member, role, form, key) \
	snprintf(e->member, length, "%s", #role[0] == 'D' ? t->name : "x");
#define FILL_FLAG(flag, form, key) e->h.flags |= (flag);

#define FILL(name, FIELDS, member)                                   \
	static void fill_##member(void *rec, const struct things *t) \
	{                                                            \
		struct name *e = rec;                                \
                                                                     \
		(void)t;                                             \
		(void)e;                                             \
		FIELDS(FILL_FIELD, FILL_STRING, FILL_FLAG)           \
	}

VS_EVENT_STRUCTS(FILL)

#define FILL_NOTHING(name, FIELDS, member)                           \
	static void fill_##member(void *rec, const struct things *t) \
	{                                                            \
		(void)rec;                                           \
		(void)t;                                             \
	}

VS_CONTROL_STRUCTS(FILL_NOTHING)

#define FILL_KIND(number, name, member, id, label, traits) [VS_##name] = fill_##member,

static void (*const fill[VS_KIND_COUNT])(void *rec,
					 const struct things *t) = { VS_KINDS(FILL_KIND) };

static const struct things some = {
	.vm = 0x10,
	.group = 0x20,
	.device = 0x30,
	.creator = 7,
	.iommu_group = 12,
	.name = "dev",
};

static const struct vs_vm vm3 = { .id = 3, .pid = 7 };
static const struct vs_refs refs = {
	.vm = &vm3,
	.group_vm = &vm3,
	.group = 12,
	.holder_fd = 5,
};

static union vs_event full(unsigned int kind, const struct things *t)
{
	union vs_event ev = make_event(kind, SEC, 7);

	fill[kind](&ev, t);
	return ev;
}

/* What is shown says something; what is not has nothing to say. */
static void shown_kinds_have_a_sentence(void **state)
{
	char out[VS_DETAIL_LEN];
	union vs_record rec;
	unsigned int kind;
	struct vs_text t;

	(void)state;
	FOR_KINDS(kind)
	{
		rec = make_record(kind, SEC, 7);
		fill[kind](&rec, &some);
		vs_text_init(&t, out, sizeof(out));
		vs_put_detail(&t, &rec.ev, &refs);
		if (!t.used == !is_control(kind))
			fail_msg("%s says '%s'", vs_kinds[kind].id, out);
	}
}

/* JSON */

/* A value, and all that is in it; NULL if it is none. */
static const char *json_value(const char *at, char *keys);

static const char *json_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at && *at != '"'; at++) {
		if (*at < ' ' || *at > '~')
			return NULL;
		if (*at == '\\' && !*++at)
			return NULL;
	}
	return *at ? at + 1 : NULL;
}

/* What is between two brackets. @keys: those of an object are added, each after a blank. */
static const char *json_members(const char *at, char end, char *keys)
{
	const char *key;

	while (*at != end) {
		if (end == '}') {
			key = at;
			at = json_string(at);
			if (!at || *at != ':')
				return NULL;
			if (keys)
				sprintf(keys + strlen(keys), " %.*s", (int)(at - key - 2), key + 1);
			at++;
		}
		at = json_value(at, NULL);
		if (!at || (*at != ',' && *at != end))
			return NULL;
		if (*at == ',' && *++at == end)
			return NULL;
	}
	return at + 1;
}

static const char *json_value(const char *at, char *keys)
{
	static const char *const words[] = { "null", "true", "false" };
	size_t i;

	if (*at == '{')
		return json_members(at + 1, '}', keys);
	if (*at == '[')
		return json_members(at + 1, ']', NULL);
	if (*at == '"')
		return json_string(at);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(at, words[i], strlen(words[i])))
			return at + strlen(words[i]);
	i = strspn(at, "-0123456789");
	return i ? at + i : NULL;
}

/* The members of one event's line, which has to be JSON. */
static void json_keys(const union vs_event *ev, char *keys)
{
	struct render r;
	const char *end;

	render_begin(&r, AS_JSON, false);
	VS_TELL(r.sink, event, ev, &refs);
	vs_sink_free(r.sink);
	render_close(&r);
	*keys = '\0';
	end = json_value(r.out, keys);
	if (!end || strcmp(end, "\n") != 0)
		fail_msg("%s: this is no JSON: %s", vs_kinds[ev->h.kind].id, r.out);
	free(r.out);
}

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

static const char *const own_names[VS_KIND_COUNT] = { VS_KINDS(NAMES_OF_KIND) };

static bool has_word(const char *words, const char *word, size_t length)
{
	for (; (words = strchr(words, ' ')); words++)
		if (!strncmp(words + 1, word, length) &&
		    (!words[1 + length] || words[1 + length] == ' '))
			return true;
	return false;
}

/* No member of an event has the name of another one. */
static void assert_apart(const char *common, const char *own)
{
	size_t length;

	for (; (own = strchr(own, ' ')); own++) {
		length = strcspn(own + 1, " ");
		assert_false(has_word(common, own + 1, length));
		assert_false(has_word(own + 1, own + 1, length));
	}
}

/* What all events have, then what is a kind's own, in the order of its fields. */
static void members_of_events(void **state)
{
	static const char pointers[] = " kvm_ptr group_ptr device_ptr";
	char keys[1024], common[1024], expected[2048];
	unsigned int kind;
	union vs_event ev;

	(void)state;
	ev = full(VS_VM_CREATE, &some);
	assert_string_equal(own_names[VS_VM_CREATE], "");
	json_keys(&ev, common);
	assert_non_null(strstr(common, pointers));
	*strstr(common, pointers) = '\0';
	FOR_EVENT_KINDS(kind)
	{
		ev = full(kind, &some);
		json_keys(&ev, keys);
		snprintf(expected, sizeof(expected), "%s%s%s", common, own_names[kind], pointers);
		assert_string_equal(keys, expected);
		assert_apart(common, own_names[kind]);
	}
	FOR_KINDS(kind)
	if (is_control(kind) && kind != VS_LOSS)
		assert_string_equal(own_names[kind], "");
}

static const char *json_line(const union vs_event *ev)
{
	static char line[4096];
	struct render r;

	render_begin(&r, AS_JSON, false);
	VS_TELL(r.sink, event, ev, &refs);
	vs_sink_free(r.sink);
	render_close(&r);
	assert_true(r.length < sizeof(line));
	strcpy(line, r.out);
	free(r.out);
	return line;
}

/* 0 is a value; what was not seen is null. */
static void unseen_is_null(void **state)
{
	union vs_event ev = make_event(VS_SET_IOMMU, SEC, 7);

	(void)state;
	ev.set_iommu.type = 0;
	assert_says(json_line(&ev), "\"duration_ns\":null");
	assert_says(json_line(&ev), "\"iommu_type\":0");
	ev.h.dur = 0;
	ev.set_iommu.type = VS_NOT_SEEN;
	assert_says(json_line(&ev), "\"duration_ns\":0");
	assert_says(json_line(&ev), "\"iommu_type\":null");
}

/* The descriptor of what was found has the place of a result, as a call's has. */
static void result_of_what_was_found(void **state)
{
	unsigned int kind;
	union vs_event ev;

	(void)state;
	FOR_EVENT_KINDS(kind)
	{
		ev = full(kind, &some);
		ev.h.ret = 3;
		assert_says(json_line(&ev),
			    vs_event_is(&ev, VS_T_FOUND) ? "\"result\":5," : "\"result\":3,");
	}
}

/* The model */

/* A VM with a device, as it should be. */
static struct things begin_world(struct lab *l)
{
	vm_create(l, 0, VMM);
	kvm_vfio_create(l, VMM, 0, 0);
	group_add(l, VMM, 0, 0);
	dev_open(l, VMM, 0);
	return (struct things){
		.vm = l->vm[0].ptr,
		.group = l->group[0].ptr,
		.device = l->dev[0].ptr,
		.creator = VMM,
		.iommu_group = l->group[0].number,
		.name = l->dev[0].name,
	};
}

/* The world at its end, after a record of this kind; VS_NONE: without one. */
static char *world_after(unsigned int kind, int64_t ret)
{
	struct lab *l = malloc(sizeof(*l));
	struct render r;
	struct things t;

	assert_non_null(l);
	render_begin(&r, AS_JSON, true);
	lab_begin_for(l, &defaults, r.sink);
	t = begin_world(l);
	if (kind) {
		union vs_event ev = full(kind, &t);
		size_t before = l->events;

		ev.h.ts = l->now;
		ev.h.ret = ret;
		lab_emit(l, &ev);
		assert_int_equal(l->events, before + 1);
	}
	finish(l);
	lab_end(l);
	free(l);
	render_close(&r);
	return r.out;
}

/* Of an inert kind, all that follows is that it is shown. */
static void inert_kinds_change_nothing(void **state)
{
	char *without = world_after(VS_NONE, 0), *with;
	unsigned int kind, failed;

	(void)state;
	assert_non_null(strstr(without, "\"ordered\":1"));
	for (failed = 0; failed < 2; failed++)
		FOR_EVENT_KINDS(kind)
		{
			if (!is_inert(kind))
				continue;
			with = world_after(kind, failed ? -EINVAL : 0);
			if (strcmp(with, without) != 0)
				fail_msg("%s: %s\nand not %s", vs_kinds[kind].id, with, without);
			free(with);
		}
	free(without);
}

/* Records about the stream are not shown as if the kernel had done something. */
static void control_is_not_shown(void **state)
{
	struct lab *l = *state;
	union vs_record rec;
	unsigned int kind;

	FOR_KINDS(kind)
	{
		if (!is_control(kind) || kind == VS_END || kind == VS_ATTACHED)
			continue;
		rec = make_record(kind, l->now, 0);
		lab_feed(l, &rec);
	}
	attach(l, 0, 0);
	finish(l);
	assert_int_equal(l->events, 0);
	assert_int_equal(l->attached_count, 1);
	assert_int_equal(l->device_count, 1);
	assert_true(l->ended);
}

/* The most that a finding is proven by has room. */
static void evidence_is_bounded(void **state)
{
	struct lab *l = *state;

	vm_create(l, 0, VMM);
	dev_open(l, VMM, 0);
	dev_close(l, VMM, 0);
	/* VM, open, the call around it, close: an open keeps no more. */
	EVIDENCE(only_finding(l), VS_VM_CREATE, VS_DEV_OPEN, VS_GET_DEVICE_FD, VS_DEV_CLOSE);
	assert_true(l->finding[0].evidence_count <= VS_EVIDENCE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model_learns_or_kind_is_listed),
		cmocka_unit_test(names_are_of_one_kind),
		cmocka_unit_test(ids_are_words),
		cmocka_unit_test(records_fit),
		cmocka_unit_test(made_records_are_good),
		cmocka_unit_test(losses_have_names),
		cmocka_unit_test(traits_agree),
		cmocka_unit_test(shown_kinds_have_a_sentence),
		cmocka_unit_test(members_of_events),
		cmocka_unit_test(unseen_is_null),
		cmocka_unit_test(result_of_what_was_found),
		cmocka_unit_test(inert_kinds_change_nothing),
		TEST(control_is_not_shown),
		TEST(evidence_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
