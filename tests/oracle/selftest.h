/* SPDX-License-Identifier: GPL-2.0-only */
/* Can the judge fail? Hand-made histories, judged. */
#ifndef ORACLE_SELFTEST_H
#define ORACLE_SELFTEST_H

/* Returns how many cases were judged otherwise than they should be. */
int selftest(void);

#endif
