/* SPDX-License-Identifier: GPL-2.0-only */
/* Can the judge fail? Hand-made histories, judged. */
#ifndef ORACLE_SELFTEST_H
#define ORACLE_SELFTEST_H

#include <stdbool.h>

enum { LINES = 24, SAYINGS = 10 };

struct saying {
	bool right;
	/*
	 * Words: an answer per open in the order of their closes (ordered, no-vm,
	 * unknown, before, without, mismatch, lost, gone, nothing), where a "+" joins
	 * two and "@OPERATION" may say when each was found; "RULE@OPERATION" for other
	 * findings, with a "~" if it comes a grace period later, with a "!" if it has the
	 * latest time that the clocks allow; "pointer" for a wrong kvm pointer, "again" for
	 * an open too many.
	 * Of the open just said: "early" if its beginning was not seen, "still" if its
	 * end was not, "joined" if it ended with the last one, "twice" if it was opened
	 * twice, "rest" if its end was taken for that of another; "path", "backend" if
	 * these are wrong, "silent" if they are not said.
	 */
	const char *words;
	bool lenient;
};

struct test {
	const char *name;
	/* Operations with results; "=" joins one to what the module saw meanwhile. */
	const char *lines[LINES];
	struct saying sayings[SAYINGS];
	/* Just before which operation the tool was armed, and stopped; 0: it was there. */
	unsigned int armed, stopped;
	unsigned int pause; /* just before which operation 6 seconds pass; 0: never */
	/* The kernel: */
	bool uncounted; /* devices hold no reference on their VM */
	bool mended; /* BIND takes no pointers */
};

/*
 * cases.c; where devices have files of their own: cdev_cases.c, group_cases.c. They end
 * with one without a name.
 */
extern const struct test tests[], cdev_tests[], group_tests[];

/* Returns how many cases were judged otherwise than they should be. */
int selftest(void);

#endif
