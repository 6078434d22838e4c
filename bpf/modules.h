/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which modules' loads and unloads are recorded: those whose name begins with one
 * of these words. User space takes them from the modules of its sites.
 */
#ifndef VS_MODULES_H
#define VS_MODULES_H

#define VS_FAMILY_MAX 16
#define VS_FAMILY_LEN 16 /* with the final zero */

#endif
