// SPDX-License-Identifier: GPL-2.0-only
#include "reasons.h"

#define REASON(name, id, text, cdev) [VS_REASON_##name] = { id, text, cdev },

const struct vs_reason vs_reasons[VS_REASON_COUNT] = { VS_REASONS(REASON) };
