// SPDX-License-Identifier: GPL-2.0-only
/*
 * What findings and reasons say speaks of the path by which the device is used: nobody is
 * sent to GROUP_ADD and GET_DEVICE_FD who uses a cdev, nor to FILE_ADD who uses a group.
 */
#include <errno.h>

#include "events.h"
#include "../../user/core/rules/drivers.h"
#include "../../user/core/rules/errnos.h"
#include "../../user/core/rules/reasons.h"
#include "../../user/core/rules/rules.h"

static const char *const of_groups[] = { "GROUP_ADD",	  "GROUP_DEL",	"GET_DEVICE_FD",
					 "SET_CONTAINER", "group's fd", "the group's" };
static const char *const of_cdevs[] = { "FILE_ADD", "FILE_DEL", "BIND_IOMMUFD",
					"/dev/vfio/devices" };

static bool says_any(const char *text, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; text && i < count; i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

#define SAYS(text, words) says_any(text, words, ARRAY_SIZE(words))

/* Where both are named on purpose: the device is used by one path, registered by the other. */
static bool is_about_both(enum vs_rule_id rule)
{
	return rule == VS_RULE_ADD_WITHOUT_EFFECT;
}

static void cdev_texts_name_no_group(void **state)
{
	const struct vs_rule *r;

	(void)state;
	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++) {
		const struct vs_rule_text t = vs_rule_text(r, true);

		if (is_about_both(r->id))
			continue;
		if (SAYS(t.title, of_groups) || SAYS(t.harm, of_groups) || SAYS(t.fix, of_groups))
			fail_msg("%s: '%s', '%s', '%s'", r->name, t.title, t.harm ? t.harm : "",
				 t.fix);
		if (strstr(t.title, "group"))
			fail_msg("%s: '%s'", r->name, t.title);
	}
}

static void group_texts_name_no_cdev(void **state)
{
	const struct vs_rule *r;

	(void)state;
	for (r = vs_rules; r < vs_rules + VS_RULE_COUNT; r++)
		if (!is_about_both(r->id) &&
		    (SAYS(r->title, of_cdevs) || SAYS(r->harm, of_cdevs) || SAYS(r->fix, of_cdevs)))
			fail_msg("%s: '%s', '%s', '%s'", r->name, r->title, r->harm ? r->harm : "",
				 r->fix);
}

/* The two rules about the order say the right order. */
static void the_order_is_said(void **state)
{
	static const enum vs_rule_id rules[] = { VS_RULE_OPEN_BEFORE_ADD, VS_RULE_OPEN_WITHOUT_ADD,
						 VS_RULE_OPEN_REFUSED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		const char *cdev = vs_rule_text(&vs_rules[rules[i]], true).fix;
		const char *group = vs_rule_text(&vs_rules[rules[i]], false).fix;

		assert_true(strstr(cdev, "FILE_ADD") < strstr(cdev, "BIND_IOMMUFD"));
		assert_true(strstr(group, "GROUP_ADD") < strstr(group, "GET_DEVICE_FD"));
		assert_non_null(strstr(cdev, "FILE_ADD"));
		assert_non_null(strstr(group, "GROUP_ADD"));
	}
}

/* For a device of a group to be registered with its group; for a cdev with its file. */
static void add_without_effect_tells_them_apart(void **state)
{
	const char *fix = vs_rule_text(&vs_rules[VS_RULE_ADD_WITHOUT_EFFECT], true).fix;

	(void)state;
	assert_non_null(strstr(fix, "FILE_ADD"));
	assert_non_null(strstr(fix, "/dev/vfio/N"));
}

static void reasons_of_a_cdev_name_no_group(void **state)
{
	const struct vs_reason *r;

	(void)state;
	for (r = vs_reasons; r < vs_reasons + VS_REASON_COUNT; r++) {
		const char *text = r->cdev ? r->cdev : r->text;

		if (strstr(text, "group"))
			fail_msg("%s: '%s'", r->id, text);
		assert_true(!r->cdev || strcmp(r->cdev, r->text) != 0);
		assert_int_not_equal(text[strlen(text) - 1], '.');
	}
}

/* Drivers and their errnos are the same by both paths, and so is what is said of them. */
static void what_drivers_say_goes_for_both(void **state)
{
	static const int errs[] = { ESRCH, EINVAL };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		const char *why = vs_errno_why(VS_ERRNO_DRIVER_OPEN, errs[i]);

		assert_non_null(strstr(why, "GROUP_ADD"));
		assert_non_null(strstr(why, "FILE_ADD"));
	}
	assert_non_null(strstr(vs_errno_why(VS_ERRNO_BIND_IOMMUFD, ESRCH), "FILE_ADD"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cdev_texts_name_no_group),
		cmocka_unit_test(group_texts_name_no_cdev),
		cmocka_unit_test(the_order_is_said),
		cmocka_unit_test(add_without_effect_tells_them_apart),
		cmocka_unit_test(reasons_of_a_cdev_name_no_group),
		cmocka_unit_test(what_drivers_say_goes_for_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
