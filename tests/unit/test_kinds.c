// SPDX-License-Identifier: GPL-2.0-only
/* What holds for every kind of record, so that a kind more is not half there. */
#include "events.h"
#include "../../user/core/model/model.h"
#include "../../user/core/text/describe.h"

/* Shown, and nothing follows from them: a kind that is on this list is so on purpose. */
static bool is_inert(unsigned int kind)
{
	switch (kind) {
	case VS_NONCOHERENT_OFF:
	case VS_GROUP_OPEN:
	case VS_GROUP_GET_STATUS:
	case VS_UNSET_CONTAINER:
	case VS_GROUP_IOCTL:
	case VS_DMA_UNMAP:
	case VS_DMA_TOTALS:
	case VS_DRIVER_OPEN:
	case VS_KVM_TAKEN:
	case VS_KVM_DROPPED:
	case VS_SET_IRQS:
	case VS_DEV_RESET:
	case VS_MODULE_LOAD:
	case VS_MODULE_UNLOAD:
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model_learns_or_kind_is_listed),
		cmocka_unit_test(names_are_of_one_kind),
		cmocka_unit_test(ids_are_words),
		cmocka_unit_test(records_fit),
		cmocka_unit_test(made_records_are_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
