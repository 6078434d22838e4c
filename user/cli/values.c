// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

int vs_value_number(const char *value, unsigned long max, unsigned long *out)
{
	char *end;

	if (*value < '0' || *value > '9')
		return -EINVAL;
	errno = 0;
	*out = strtoul(value, &end, 10);
	return errno || *end || *out > max ? -EINVAL : 0;
}

/* The digits that @value begins with. Return: the unit after them, NULL if there are none. */
static const char *leading_number(const char *value, unsigned long max, unsigned long *out)
{
	char digits[16];
	size_t len = strspn(value, "0123456789");

	if (!len || len >= sizeof(digits))
		return NULL;
	memcpy(digits, value, len);
	digits[len] = '\0';
	return vs_value_number(digits, max, out) ? NULL : value + len;
}

int vs_value_duration(const char *value, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ms", 1000000ULL },
		{ "s", 1000000000ULL },
		{ "m", 60000000000ULL },
		{ "h", 3600000000000ULL },
	};
	unsigned long n;
	const char *unit = leading_number(value, 1000000000, &n);
	size_t i;

	for (i = 0; unit && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name))
			continue;
		if (n > UINT64_MAX / 2 / units[i].ns)
			return -EINVAL;
		*ns = n * units[i].ns;
		return 0;
	}
	return -EINVAL;
}

int vs_value_size(const char *value, uint32_t *bytes)
{
	unsigned long n, factor;
	const char *unit = leading_number(value, 1024UL * 1024, &n);

	if (!unit || (strcmp(unit, "K") && strcmp(unit, "M")))
		return -EINVAL;
	factor = *unit == 'K' ? 1024UL : 1024UL * 1024;
	if (n < 4096 / factor || n > 1024UL * 1024 * 1024 / factor || !n || n & (n - 1))
		return -EINVAL;
	*bytes = (uint32_t)(n * factor);
	return 0;
}
