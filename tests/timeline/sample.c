// SPDX-License-Identifier: GPL-2.0-only
/* usage: timeline-sample FILE: a timeline of attaches, for tests/timeline/open. */
#include "sample.h"

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
	bool written;

	if (!file) {
		fprintf(stderr, "usage: timeline-sample FILE\n");
		return 2;
	}
	written = sample_write(file);
	return fclose(file) || !written;
}
