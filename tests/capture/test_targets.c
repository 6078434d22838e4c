// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers of programs, registered with libbpf and removed again, as often as
 * probes are loaded. Needs no kernel rights; meant to run under AddressSanitizer.
 */
#include "../unit/events.h"
#include "../../user/capture/targets.h"

static void again_and_again(void **state)
{
	struct vs_targets targets;
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		assert_int_equal(vs_targets_begin(&targets), 0);
		vs_targets_end(&targets);
	}
}

/* Handlers of others, too, come and go. */
static void one_within_another(void **state)
{
	struct vs_targets outer, inner;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(vs_targets_begin(&outer), 0);
		assert_int_equal(vs_targets_begin(&inner), 0);
		vs_targets_end(&inner);
		vs_targets_end(&outer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(again_and_again),
		cmocka_unit_test(one_within_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
