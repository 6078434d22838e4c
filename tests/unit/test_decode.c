// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "events.h"

/* A record whose every byte after the header is set. */
static union vs_record full_record(unsigned int kind)
{
	union vs_record ev = make_record(kind, 7 * SEC, 42);

	memset((char *)&ev + sizeof(ev.h), 'x', ev.h.size - sizeof(ev.h));
	return ev;
}

static void every_kind_round_trips(void **state)
{
	unsigned int kind;

	(void)state;
	for (kind = VS_NONE + 1; kind < VS_KIND_COUNT; kind++) {
		union vs_record in = make_record(kind, 7 * SEC, 42), out;

		assert_in_range(in.h.size, sizeof(struct ev_hdr), sizeof(in));
		memset(&out, 0xee, sizeof(out));
		assert_int_equal(vs_decode(&in, in.h.size, &out), 0);
		assert_memory_equal(&in, &out, sizeof(in));
	}
}

static void payload_survives(void **state)
{
	union vs_record in = make_record(VS_GROUP_ADD, 7 * SEC, 42), out;

	(void)state;
	in.h.ret = -17;
	in.h.dur = 1234;
	in.ev.attr.kvm = 0xffff888012345678;
	in.ev.attr.fd = -1;
	in.ev.attr.creator = 99;
	assert_int_equal(vs_decode(&in, in.h.size, &out), 0);
	assert_int_equal(out.h.ret, -17);
	assert_int_equal(out.h.dur, 1234);
	assert_true(out.ev.attr.kvm == 0xffff888012345678);
	assert_int_equal(out.ev.attr.fd, -1);
	assert_int_equal(out.ev.attr.creator, 99);
}

static void lengths_are_of_the_structs(void **state)
{
	(void)state;
	assert_int_equal(vs_record_size(VS_VM_CREATE), sizeof(struct ev_vm));
	assert_int_equal(vs_record_size(VS_DEV_CLOSE), sizeof(struct ev_dev));
	assert_int_equal(vs_record_size(VS_DEV_INFO), sizeof(struct ev_dev_info));
	assert_int_equal(vs_record_size(VS_FOUND_VM), sizeof(struct ev_found_vm));
	assert_int_equal(vs_record_size(VS_FOUND_REGISTRATION), sizeof(struct ev_registration));
	assert_int_equal(vs_record_size(VS_FOUND_GROUP), sizeof(struct ev_found_group));
	assert_int_equal(vs_record_size(VS_FOUND_CONTAINER), sizeof(struct ev_found_container));
	assert_int_equal(vs_record_size(VS_FOUND_DEVICE), sizeof(struct ev_dev));
	assert_int_equal(vs_record_size(VS_LOOK_DONE), sizeof(struct ev_look_done));
	assert_int_equal(vs_record_size(VS_NONE), 0);
	assert_int_equal(vs_record_size(VS_KIND_COUNT), 0);
	assert_int_equal(vs_record_size(255), 0);
	assert_int_equal(vs_record_size(UINT32_MAX), 0);
}

static void too_short_is_refused(void **state)
{
	union vs_record in = make_record(VS_DEV_OPEN, 1, 1), out;
	size_t size;

	(void)state;
	for (size = 0; size < in.h.size; size++)
		assert_int_equal(vs_decode(&in, size, &out), -EMSGSIZE);
}

/* The ring buffer rounds up: bytes after the record are no part of it. */
static void trailing_bytes_are_not_read(void **state)
{
	struct {
		union vs_record ev;
		char rest[8];
	} in;
	union vs_record out, expected = make_record(VS_VM_CREATE, 1, 1);

	(void)state;
	memset(&in, 'x', sizeof(in));
	memcpy(&in.ev, &expected, expected.h.size);
	assert_int_equal(vs_decode(&in, sizeof(in), &out), 0);
	assert_memory_equal(&out, &expected, sizeof(out));
}

static void wrong_size_is_refused(void **state)
{
	union vs_record in = make_record(VS_VM_CREATE, 1, 1), out;
	unsigned int right = in.h.size;

	(void)state;
	in.h.size = (uint16_t)(right - 8);
	assert_int_equal(vs_decode(&in, sizeof(in), &out), -EMSGSIZE);
	in.h.size = (uint16_t)(right + 8);
	assert_int_equal(vs_decode(&in, sizeof(in), &out), -EMSGSIZE);
	in.h.size = 0;
	assert_int_equal(vs_decode(&in, sizeof(in), &out), -EMSGSIZE);
	in.h.size = UINT16_MAX;
	assert_int_equal(vs_decode(&in, sizeof(in), &out), -EMSGSIZE);
}

static void unknown_kind_is_refused(void **state)
{
	union vs_record in = make_record(VS_VM_CREATE, 1, 1), out;
	unsigned int kind;

	(void)state;
	in.h.kind = VS_NONE;
	assert_int_equal(vs_decode(&in, sizeof(in), &out), -ENOMSG);
	for (kind = VS_KIND_COUNT; kind <= UINT16_MAX; kind++) {
		in.h.kind = (uint16_t)kind;
		assert_int_equal(vs_decode(&in, sizeof(in), &out), -ENOMSG);
	}
}

/* A field full of 'x' is cut by one; what is no string is left alone. */
#define NO_FIELD(type, member, role, pair, form, key) \
	assert_memory_equal(&o->member, &i->member, sizeof(o->member));
#define NO_FLAG(flag, form, key)
#define STRING_ENDS(length, member, role, form, key) \
	assert_int_equal(strnlen(o->member, length), (length)-1);

#define CHECK_STRUCT(name, FIELDS, member)                          \
	static void check_##member(const void *in, const void *out) \
	{                                                           \
		const struct name *i = in, *o = out;                \
                                                                    \
		(void)i;                                            \
		(void)o;                                            \
		FIELDS(NO_FIELD, STRING_ENDS, NO_FLAG)              \
	}

VS_STRUCTS(CHECK_STRUCT)

#define CHECK_KIND(number, name, member, id, label, traits) [VS_##name] = check_##member,

static void (*const check[VS_KIND_COUNT])(const void *in,
					  const void *out) = { VS_KINDS(CHECK_KIND) };

static void strings_are_ended(void **state)
{
	union vs_record in, out;
	unsigned int kind;

	(void)state;
	FOR_KINDS(kind)
	{
		in = full_record(kind);
		assert_int_equal(vs_decode(&in, in.h.size, &out), 0);
		check[kind](&in, &out);
	}

	in = make_record(VS_VM_CREATE, 1, 1);
	memset(in.h.comm, 'y', sizeof(in.h.comm));
	assert_int_equal(vs_decode(&in, in.h.size, &out), 0);
	assert_int_equal(strlen(out.h.comm), VS_COMM_LEN - 1);
}

static void any_alignment_will_do(void **state)
{
	char bytes[sizeof(union vs_record) + 8];
	union vs_record in = full_record(VS_SET_IRQS), out;
	size_t shift;

	(void)state;
	for (shift = 0; shift < 8; shift++) {
		memcpy(bytes + shift, &in, in.h.size);
		assert_int_equal(vs_decode(bytes + shift, in.h.size, &out), 0);
		assert_int_equal(out.ev.set_irqs.irq_count, in.ev.set_irqs.irq_count);
	}
}

/* What is accepted is a known kind of the right length; nothing crashes. */
static void random_bytes(void **state)
{
	uint32_t seed = 0x5eed, round, accepted = 0;
	unsigned char bytes[sizeof(union vs_record)];
	union vs_record out;
	struct ev_hdr h;
	size_t i, size;

	(void)state;
	for (round = 0; round < 200000; round++) {
		size = next_random(&seed) % (sizeof(bytes) + 1);
		for (i = 0; i < size; i++)
			bytes[i] = (unsigned char)next_random(&seed);
		/* Else hardly any would come past the first check. */
		if (round % 2 && size >= sizeof(h)) {
			memcpy(&h, bytes, sizeof(h));
			h.kind %= VS_KIND_COUNT;
			h.size = (uint16_t)vs_record_size(h.kind);
			memcpy(bytes, &h, sizeof(h));
		}
		if (vs_decode(bytes, size, &out))
			continue;
		accepted++;
		assert_int_equal(out.h.size, vs_record_size(out.h.kind));
		assert_true(out.h.size <= size);
		assert_non_null(memchr(out.h.comm, '\0', sizeof(out.h.comm)));
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_round_trips),
		cmocka_unit_test(payload_survives),
		cmocka_unit_test(lengths_are_of_the_structs),
		cmocka_unit_test(too_short_is_refused),
		cmocka_unit_test(trailing_bytes_are_not_read),
		cmocka_unit_test(wrong_size_is_refused),
		cmocka_unit_test(unknown_kind_is_refused),
		cmocka_unit_test(strings_are_ended),
		cmocka_unit_test(any_alignment_will_do),
		cmocka_unit_test(random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
