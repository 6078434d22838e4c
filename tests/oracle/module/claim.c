// SPDX-License-Identifier: GPL-2.0-only
/*
 * A range of the host's addresses that this module keeps, as the boot framebuffer keeps a
 * part of a graphics card's BAR: claim=START SIZE, claim= to give it up.
 */
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>

#include "vs_oracle.h"

static unsigned long long claimed, claimed_bytes; /* under the lock of parameters */

static int claim_set(const char *value, const struct kernel_param *param)
{
	unsigned long long start, bytes;

	if (claimed_bytes)
		release_mem_region(claimed, claimed_bytes);
	claimed_bytes = 0;
	if (sscanf(value, "%llx %llx", &start, &bytes) != 2)
		return 0;
	if (!request_mem_region(start, bytes, "efifb"))
		return -EBUSY;
	claimed = start;
	claimed_bytes = bytes;
	return 0;
}

static int claim_get(char *buffer, const struct kernel_param *param)
{
	return claimed_bytes ? sprintf(buffer, "%llx %llx\n", claimed, claimed_bytes) :
			       sprintf(buffer, "\n");
}

static const struct kernel_param_ops claim_ops = { .set = claim_set, .get = claim_get };

module_param_cb(claim, &claim_ops, NULL, 0644);
MODULE_PARM_DESC(claim, "addresses of the host to keep, in hexadecimal: START SIZE");

void vs_claim_end(void)
{
	claim_set("", NULL);
}
