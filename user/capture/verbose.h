/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VS_VERBOSE_H
#define VS_VERBOSE_H

/* libbpf's own messages on stderr from now on: 0 none, 1 no debugging, 2 all. */
void vs_libbpf_verbose(int level);

#endif
