// SPDX-License-Identifier: GPL-2.0-only
/* The reasons are those of drivers/vfio/vfio_iommu_type1.c and drivers/iommu/iommufd/. */
#include <errno.h>

#include "maps.h"

const char *vs_memory_name(unsigned int memory)
{
	static const char *const names[VS_MEMORY_COUNT] = {
		[VS_MEMORY_NONE] = "none",	 [VS_MEMORY_ANONYMOUS] = "anonymous",
		[VS_MEMORY_HUGETLB] = "hugetlb", [VS_MEMORY_SHMEM] = "shmem",
		[VS_MEMORY_FILE] = "file",	 [VS_MEMORY_DEVICE] = "device",
		[VS_MEMORY_IO] = "io",
	};

	return memory < VS_MEMORY_COUNT ? names[memory] : NULL;
}

static void put_file(struct vs_text *t, const char *what, const struct ev_dma *map)
{
	vs_put(t, what);
	if (!*map->file)
		return;
	vs_put(t, " ");
	vs_put_escaped(t, map->file);
	vs_put(t, " (");
	vs_put_escaped(t, map->fs);
	vs_put(t, ")");
}

/* vfio-pci's regions: six BARs, then the ROM (enum in include/uapi/linux/vfio.h). */
void vs_put_region(struct vs_text *t, unsigned int region, const char *device)
{
	vs_put(t, region < 6 ? "BAR " : "region ");
	vs_put_uint(t, region);
	vs_put(t, " of ");
	vs_put_escaped(t, device);
}

void vs_put_memory(struct vs_text *t, const struct ev_dma *map)
{
	switch (map->memory) {
	case VS_MEMORY_NONE:
		vs_put(t, "no memory");
		break;
	case VS_MEMORY_ANONYMOUS:
		vs_put(t, "anonymous memory");
		break;
	case VS_MEMORY_HUGETLB:
		put_file(t, "huge pages", map);
		break;
	case VS_MEMORY_SHMEM:
	case VS_MEMORY_FILE:
		put_file(t, "file", map);
		break;
	case VS_MEMORY_DEVICE:
		vs_put_region(t, map->region, map->memory_device);
		break;
	case VS_MEMORY_IO:
		vs_put(t, "device memory");
		break;
	default:
		break;
	}
}

/* "0xfee00000..0xfeefffff" */
static void put_range(struct vs_text *t, uint64_t first, uint64_t last)
{
	vs_put_hex(t, first);
	vs_put(t, "..");
	vs_put_hex(t, last);
}

static uint64_t last_of(const struct ev_dma *map)
{
	return map->iova + map->bytes - 1;
}

static unsigned int bits_of(uint64_t last)
{
	unsigned int bits = 0;

	for (; last; last >>= 1)
		bits++;
	return bits;
}

static bool misaligned(const struct ev_dma *map)
{
	return map->iommu_page && (map->iova | map->bytes | map->vaddr) & (map->iommu_page - 1);
}

static bool put_invalid(struct vs_text *t, const struct ev_dma *map)
{
	if (map->no_iommu) {
		vs_put(t, "The container has no IOMMU yet: SET_IOMMU comes before the first map.");
	} else if (map->iommu_page && !map->bytes) {
		vs_put(t, "The size is 0.");
	} else if (misaligned(map)) {
		vs_put(t, "Address, iova and size must be multiples of ");
		vs_put_size(t, map->iommu_page);
		vs_put(t, ", the IOMMU's smallest page.");
	} else if (map->hole_last) {
		vs_put(t, "The range touches ");
		put_range(t, map->hole_first, map->hole_last);
		vs_put(t, ", which is reserved here and cannot be mapped: leave it out of the "
			  "guest's memory (/sys/kernel/iommu_groups/N/reserved_regions).");
	} else if (map->iova_last && last_of(map) > map->iova_last) {
		vs_put(t, "The range ends at ");
		vs_put_hex(t, last_of(map));
		vs_put(t, ", and the IOMMU can map up to ");
		vs_put_hex(t, map->iova_last);
		vs_put(t, " (");
		vs_put_uint(t, bits_of(map->iova_last));
		vs_put(t, " bits).");
	} else {
		return false;
	}
	return true;
}

static bool put_clash(struct vs_text *t, const struct ev_dma *map)
{
	if (!map->clash_bytes)
		return false;
	if (map->same) {
		vs_put(t, "The same memory is mapped there already: nothing is missing.");
		return true;
	}
	vs_put(t, "The range overlaps a map that exists: iova ");
	put_range(t, map->clash_iova, map->clash_iova + map->clash_bytes - 1);
	vs_put(t, ", ");
	vs_put_size(t, map->clash_bytes);
	vs_put(t, ". Unmap that first. A VMM that maps all memory for each device must map it only "
		  "once per container.");
	return true;
}

/* Each of them locks all of the guest's memory. */
static void put_containers(struct vs_text *t, const struct ev_dma *map)
{
	if (map->containers < 2)
		return;
	vs_put(t, "It has ");
	vs_put_uint(t, map->containers);
	vs_put(t, " containers, and memory counts in each: a virtual IOMMU makes VMMs take one per "
		  "group. ");
}

static bool put_too_many(struct vs_text *t, const struct ev_dma *map)
{
	if (!map->beside_bytes)
		return false;
	vs_put(t,
	       "The container may have no more maps: dma_entry_limit of vfio_iommu_type1, as it was "
	       "when the container was opened (65535 by default). The map beside the range is of ");
	vs_put_size(t, map->beside_bytes);
	vs_put(t, ": map larger ranges, or raise the limit and open the container again.");
	return true;
}

static bool put_no_memory(struct vs_text *t, const struct ev_dma *map)
{
	bool limited = map->memlock != VS_NOT_SEEN;

	if (limited && map->locked + map->bytes > map->memlock) {
		vs_put(t, "The process may lock ");
		vs_put_size(t, map->memlock);
		vs_put(t, " of memory (RLIMIT_MEMLOCK), ");
		vs_put_size(t, map->locked);
		vs_put(t, " are locked, and the map wants ");
		vs_put_size(t, map->bytes);
		vs_put(t, " more. ");
		put_containers(t, map);
		vs_put(t, "Raise the limit above all guest memory, once per container: "
			  "ulimit -l, LimitMEMLOCK=infinity, libvirt's <hard_limit>.");
		return true;
	}
	vs_put(t, "The host is short of memory: ");
	vs_put(t, limited ? "the limit of locked memory was not reached." :
			    "the process has no limit of locked memory.");
	return true;
}

static bool put_tmpfs(struct vs_text *t, const struct ev_dma *map)
{
	if (!map->fs_bytes || map->fs_free >= map->bytes)
		return false;
	put_file(t, "The memory is file", map);
	vs_put(t, " on a file system of ");
	vs_put_size(t, map->fs_bytes);
	vs_put(t, ", of which ");
	vs_put_size(t, map->fs_free);
	vs_put(t, " were free: it is full. Enlarge it (mount -o remount,size=...), or give the "
		  "guest less memory.");
	return true;
}

static bool put_unpinnable(struct vs_text *t, const struct ev_dma *map)
{
	if (map->memory == VS_MEMORY_NONE) {
		vs_put(t, "Nothing is mapped at address ");
		vs_put_hex(t, map->vaddr);
		vs_put(t, " of the process.");
	} else if (map->memory != VS_MEMORY_UNKNOWN && map->vaddr && !map->writable) {
		vs_put(t, "The process maps the memory for reading only, and a device must be able "
			  "to write it.");
	} else if (map->memory == VS_MEMORY_SHMEM) {
		return put_tmpfs(t, map);
	} else if (map->memory == VS_MEMORY_HUGETLB) {
		put_file(t, "A huge page cannot be had for", map);
		vs_put(t, ": see HugePages_Free in /proc/meminfo.");
	} else if (map->memory == VS_MEMORY_FILE && map->shared) {
		put_file(t, "The memory is a shared mapping of file", map);
		vs_put(t, ": from 6.5 on, kernels do not pin such for a device to write, as "
			  "file systems do not expect it. Back guest memory with a memfd, tmpfs or "
			  "hugetlbfs, or map the file privately.");
	} else {
		return false;
	}
	return true;
}

static bool put_device_memory(struct vs_text *t, const struct ev_dma *map, int err)
{
	if (map->memory != VS_MEMORY_DEVICE && map->memory != VS_MEMORY_IO)
		return false;
	vs_put(t, "The memory is ");
	vs_put_memory(t, map);
	vs_put(t, ". ");
	if (err != EINVAL || !put_invalid(t, map))
		vs_put(t, "The kernel cannot pin it for DMA.");
	return true;
}

bool vs_put_map_cause(struct vs_text *t, const struct ev_dma *map)
{
	int err = (int)-map->h.ret;

	if (put_device_memory(t, map, err))
		return true;
	switch (err) {
	case EINVAL:
		return put_invalid(t, map);
	case EEXIST:
		return put_clash(t, map);
	case ENOMEM:
		return put_no_memory(t, map);
	case ENOSPC:
		return put_too_many(t, map);
	case EFAULT:
		return put_unpinnable(t, map);
	default:
		return false;
	}
}
