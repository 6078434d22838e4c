// SPDX-License-Identifier: GPL-2.0-only
/* Loads floor.bpf.c and empties its buffer ten times a second; says when it is armed. */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <bpf/libbpf.h>

#include "vs_floor.skel.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int on_record(void *ctx, void *data, size_t size)
{
	(void)data;
	(void)size;
	++*(unsigned long *)ctx;
	return 0;
}

static int watch(struct vs_floor *skel)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	unsigned long records = 0;
	struct ring_buffer *ring =
		ring_buffer__new(bpf_map__fd(skel->maps.events), on_record, &records, NULL);

	if (!ring)
		return 1;
	fprintf(stderr, "floor: armed\n");
	while (!stop) {
		nanosleep(&tenth, NULL);
		ring_buffer__consume(ring);
	}
	printf("%lu records\n", records);
	ring_buffer__free(ring);
	return 0;
}

int main(void)
{
	struct vs_floor *skel = vs_floor__open_and_load();
	int status = 1;

	signal(SIGINT, on_signal);
	if (skel && !vs_floor__attach(skel))
		status = watch(skel);
	vs_floor__destroy(skel);
	return status;
}
