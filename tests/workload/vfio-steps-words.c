// SPDX-License-Identifier: GPL-2.0-only
/* Words that stand for a number of the kernel's, by kind of argument. */
#include <string.h>

#include <linux/types.h>

#include "../../vmlinux/ioctl.h"
#include "vfio-steps.h"

struct word {
	enum arg_kind kind;
	const char *name;
	uint64_t num;
};

static const struct word words[] = {
	{ ARG_FEATURE, "PCI_VF_TOKEN", VFIO_DEVICE_FEATURE_PCI_VF_TOKEN },
	{ ARG_FEATURE, "MIGRATION", VFIO_DEVICE_FEATURE_MIGRATION },
	{ ARG_FEATURE, "MIG_DEVICE_STATE", VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE },
	{ ARG_FEATURE, "LOW_POWER_ENTRY", VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY },
	{ ARG_FEATURE, "LOW_POWER_EXIT", VFIO_DEVICE_FEATURE_LOW_POWER_EXIT },
	{ ARG_FEATURE, "DMA_LOGGING_START", VFIO_DEVICE_FEATURE_DMA_LOGGING_START },
	{ ARG_FEATURE, "DMA_LOGGING_STOP", VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP },
	{ ARG_FEATURE, "MIG_DATA_SIZE", VFIO_DEVICE_FEATURE_MIG_DATA_SIZE },
	{ ARG_FEATURE, "BUS_MASTER", VFIO_DEVICE_FEATURE_BUS_MASTER },
	{ ARG_HOW, "get", VFIO_DEVICE_FEATURE_GET },
	{ ARG_HOW, "set", VFIO_DEVICE_FEATURE_SET },
	{ ARG_HOW, "probe", VFIO_DEVICE_FEATURE_PROBE },
	{ ARG_HOW, "none", 0 },
	{ ARG_STATE, "ERROR", VS_MIG_STATE_ERROR },
	{ ARG_STATE, "STOP", VS_MIG_STATE_STOP },
	{ ARG_STATE, "RUNNING", VS_MIG_STATE_RUNNING },
	{ ARG_STATE, "STOP_COPY", VS_MIG_STATE_STOP_COPY },
	{ ARG_STATE, "RESUMING", VS_MIG_STATE_RESUMING },
	{ ARG_STATE, "RUNNING_P2P", VS_MIG_STATE_RUNNING_P2P },
	{ ARG_STATE, "PRE_COPY", VS_MIG_STATE_PRE_COPY },
	{ ARG_STATE, "PRE_COPY_P2P", VS_MIG_STATE_PRE_COPY_P2P },
};

bool word_find(enum arg_kind kind, const char *name, uint64_t *num)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (words[i].kind != kind || strcmp(words[i].name, name))
			continue;
		*num = words[i].num;
		return true;
	}
	return false;
}
