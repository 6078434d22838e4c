/* SPDX-License-Identifier: GPL-2.0-only */
/* What every command needs. */
#ifndef VS_CLI_H
#define VS_CLI_H

#include "commands.h"
#include "log.h"
#include "options.h"

#ifndef VS_VERSION
#define VS_VERSION "0.1.0"
#endif

#endif
