// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "oracle.h"

/* The fleet */

static unsigned int parameter(const char *name)
{
	char path[96];
	unsigned int value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/vs_oracle/parameters/%s", name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%u", &value) != 1)
		value = 0;
	fclose(f);
	return value;
}

/* The device's own file, if this kernel has such: "" if not. */
static void find_node(const char *name, char *node, size_t size)
{
	char path[128];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/vs_oracle/devices/%s/vfio-dev", name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "vfio", 4))
			snprintf(node, size, "/dev/vfio/devices/%.16s", entry->d_name);
	if (dir)
		closedir(dir);
	if (access(node, F_OK))
		node[0] = '\0';
}

static bool device_find(struct lane_devices *d, int i, unsigned int number)
{
	char path[128], target[256];
	const char *last;
	ssize_t n;

	d->number[i] = number;
	snprintf(d->name[i], sizeof(d->name[i]), VS_ORACLE_UUID, number);
	snprintf(path, sizeof(path), "/sys/bus/vs_oracle/devices/%s/iommu_group", d->name[i]);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	last = strrchr(target, '/');
	d->group[i] = atoi(last ? last + 1 : target);
	find_node(d->name[i], d->node[i], sizeof(d->node[i]));
	return true;
}

bool fleet_find(struct fleet *fleet, unsigned int lanes)
{
	unsigned int strict = parameter("strict"), silent = parameter("silent");
	unsigned int l, i;

	if (strict / 2 < lanes)
		lanes = strict / 2;
	if (silent / 2 < lanes)
		lanes = silent / 2;
	fleet->lanes = lanes;
	for (l = 0; l < lanes; l++)
		for (i = 0; i < 2; i++)
			if (!device_find(&fleet->devices[l], i, 2 * l + i) ||
			    !device_find(&fleet->devices[l], 2 + i, strict + 2 * l + i))
				return false;
	return lanes > 0;
}

bool fleet_cdevs(const struct fleet *fleet)
{
	unsigned int l, i;

	for (l = 0; l < fleet->lanes; l++)
		for (i = 0; i < SEQ_DEVICES; i++)
			if (!fleet->devices[l].node[i][0])
				return false;
	return true;
}

int fleet_vms(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	int found = DEVICES_UNKNOWN;
	char line[512], name[256];

	while (f && found != DEVICES_HOLD && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %255s", name) != 1)
			continue;
		if (!strcmp(name + (*name == '_'), "vfio_device_get_kvm_safe"))
			found = DEVICES_HOLD;
		else if (!strcmp(name, "vfio_device_fops"))
			found = DEVICES_BORROW;
	}
	if (f)
		fclose(f);
	return found;
}

static bool fleet_by_number(const struct fleet *fleet, unsigned int number, int *lane, uint8_t *dev)
{
	unsigned int l, i;

	for (l = 0; l < fleet->lanes; l++)
		for (i = 0; i < SEQ_DEVICES; i++)
			if (fleet->devices[l].number[i] == number) {
				*lane = l;
				*dev = i;
				return true;
			}
	return false;
}

static bool fleet_by_group(const struct fleet *fleet, int group, int *lane, uint8_t *dev)
{
	unsigned int l, i;

	for (l = 0; l < fleet->lanes; l++)
		for (i = 0; i < SEQ_DEVICES; i++)
			if (fleet->devices[l].group[i] == group) {
				*lane = l;
				*dev = i;
				return true;
			}
	return false;
}

/* The module */

/* Room for one more at the end of a list. */
static void *grow(void *list, size_t count, size_t size)
{
	if (count & (count - 1))
		return list;
	list = realloc(list, (count ? 2 * count : 1) * size);
	if (!list)
		abort();
	return list;
}

bool log_open(struct log *log, const struct fleet *fleet)
{
	struct vs_oracle_record old[64];
	ssize_t n;

	memset(log, 0, sizeof(*log));
	log->fleet = fleet;
	log->module_fd = open(VS_ORACLE_PATH, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (log->module_fd < 0)
		return false;
	/* Whatever happened before is nobody's. */
	while ((n = read(log->module_fd, old, sizeof(old))) > 0)
		;
	return true;
}

void log_forget(struct log *log)
{
	log->seen_count = log->open_count = log->finding_count = 0;
}

static void take_record(struct log *log, const struct vs_oracle_record *r)
{
	struct seen_at *at;

	if (log->counted)
		log->seen_lost += r->seq - log->next_seq;
	log->counted = true;
	log->next_seq = r->seq + 1;
	log->seen = grow(log->seen, log->seen_count, sizeof(*log->seen));
	at = &log->seen[log->seen_count];
	memset(at, 0, sizeof(*at));
	if (!fleet_by_number(log->fleet, r->device, &at->lane, &at->seen.dev))
		return;
	log->seen_count++;
	at->seen.ns = r->boottime_ns;
	at->seen.kvm = r->kvm;
	at->seen.tgid = r->tgid;
	at->seen.ret = r->ret;
	at->seen.open = r->what == VS_ORACLE_OPEN;
	at->seen.iommufd = r->flags & VS_ORACLE_IOMMUFD;
}

void log_module(struct log *log)
{
	struct vs_oracle_record records[64];
	ssize_t n, i;

	while ((n = read(log->module_fd, records, sizeof(records))) > 0)
		for (i = 0; i < n / (ssize_t)sizeof(records[0]); i++)
			take_record(log, &records[i]);
}

/*
 * The tool. Most of a line is evidence and advice, which is of no interest here,
 * and this runs on an emulated processor: the line is not parsed into a tree,
 * only its own fields are looked at, in one pass.
 */

struct field {
	const char *key, *value; /* of a string: without the quotes */
	size_t key_length, length;
	char type; /* first character of the value */
};

/* @p at the opening quote; returns what follows the closing one. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		else if (!depth && *p == ',')
			break;
		if (depth < 0)
			break;
		p++;
	} while (*p && (depth || (*p != ',' && *p != '}')));
	return p;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t,");
}

/* The next field of the outermost object; NULL at its end. */
static const char *next_field(const char *p, struct field *f)
{
	const char *end;

	p = skip_blanks(p);
	if (*p != '"')
		return NULL;
	end = skip_string(p);
	f->key = p + 1;
	f->key_length = end - p - 2;
	p = skip_blanks(end);
	if (*p != ':')
		return NULL;
	p = skip_blanks(p + 1);
	f->type = *p;
	f->value = p;
	end = skip_value(p);
	f->length = end - p;
	if (f->type == '"') {
		f->value++;
		f->length = skip_string(p) - p - 2;
	}
	return end;
}

static bool is(const struct field *f, const char *key)
{
	return f->key_length == strlen(key) && !memcmp(f->key, key, f->key_length);
}

static bool means(const struct field *f, const char *text)
{
	return f->length == strlen(text) && !memcmp(f->value, text, f->length);
}

static int64_t number(const struct field *f)
{
	return f->type == '-' || (f->type >= '0' && f->type <= '9') ? strtoll(f->value, NULL, 10) :
								      -1;
}

static void place(const struct log *log, const struct field *f, int *lane, uint8_t *dev)
{
	unsigned int n;

	if (f->type == '"' && f->length == 36 &&
	    sscanf(f->value, "00000000-0000-4000-8000-%12x", &n) == 1)
		fleet_by_number(log->fleet, n, lane, dev);
}

/* Which of the names it is; -1: none. */
static int word(const struct field *f, const char *(*name)(unsigned int), unsigned int count)
{
	unsigned int i;

	for (i = 0; f->type == '"' && i < count; i++)
		if (means(f, name(i)))
			return i;
	return -1;
}

static void open_field(const struct log *log, const struct field *f, struct open_at *o)
{
	unsigned int v;

	if (is(f, "open"))
		o->said.number = number(f);
	else if (is(f, "opened_ns"))
		o->said.opened_ns = number(f);
	else if (is(f, "closed_ns"))
		o->said.closed_ns = number(f);
	else if (is(f, "opens"))
		o->said.opens = number(f);
	else if (is(f, "pid"))
		o->said.pid = number(f);
	else if (is(f, "vm_pid"))
		o->said.vm_pid = number(f);
	else if (is(f, "path"))
		o->said.path = word(f, path_name, PATHS);
	else if (is(f, "backend"))
		o->said.backend = word(f, backend_name, BACKENDS);
	else if (is(f, "device"))
		place(log, f, &o->lane, &o->said.dev);
	else if (is(f, "kvm_pointer")) {
		o->said.has_pointer = true;
		o->said.pointer = f->type == '"' ? strtoull(f->value, NULL, 16) : 0;
	} else if (is(f, "verdict"))
		for (v = 0; v < SAID_VERDICTS; v++)
			if (means(f, verdict_name(v)))
				o->said.verdict = v;
}

static void finding_field(const struct log *log, const struct field *f, struct finding_at *o)
{
	int r;

	if (is(f, "open"))
		o->said.number = number(f);
	else if (is(f, "ts_ns"))
		o->said.ts_ns = number(f);
	else if (is(f, "pid"))
		o->said.pid = number(f);
	else if (is(f, "group"))
		o->said.group = number(f);
	else if (is(f, "pending"))
		o->said.pending = f->type == 't';
	else if (is(f, "device"))
		place(log, f, &o->lane, &o->said.dev);
	else if (is(f, "rule"))
		for (r = 0; r < RULE_COUNT; r++)
			if (means(f, rule_name(r)))
				o->said.rule = r;
}

static void take_open_line(struct log *log, const char *p)
{
	struct open_at *o;
	struct field f;

	log->opens = grow(log->opens, log->open_count, sizeof(*log->opens));
	o = &log->opens[log->open_count];
	*o = (struct open_at){ .lane = -1,
			       .said = { .number = -1,
					 .verdict = SAID_VERDICTS,
					 .opened_ns = -1,
					 .closed_ns = -1,
					 .judged_ns = -1,
					 .pid = -1,
					 .vm_pid = -1,
					 .path = -1,
					 .backend = -1 } };
	while ((p = next_field(p, &f)))
		open_field(log, &f, o);
	/* Other devices of the guest are nobody's. */
	log->open_count += o->lane >= 0;
}

static void take_finding_line(struct log *log, const char *p)
{
	struct finding_at *o;
	struct field f;

	log->findings = grow(log->findings, log->finding_count, sizeof(*log->findings));
	o = &log->findings[log->finding_count++];
	*o = (struct finding_at){ .lane = -1,
				  .said = { .number = -1,
					    .rule = RULE_COUNT,
					    .ts_ns = -1,
					    .pid = -1,
					    .group = -1,
					    .dev = SEQ_DEVICES } };
	while ((p = next_field(p, &f)))
		finding_field(log, &f, o);
	if (o->lane < 0 && o->said.group >= 0)
		fleet_by_group(log->fleet, o->said.group, &o->lane, &o->said.dev);
}

static void take_start(struct log *log, const char *p)
{
	struct field f;

	while ((p = next_field(p, &f)))
		if (is(&f, "boottime_ns"))
			log->started_ns = number(&f);
}

/* Every number in it is of something that was lost. */
static void take_summary(struct log *log, const char *p)
{
	struct field f, cause;
	const char *q;

	log->summary = true;
	while ((p = next_field(p, &f))) {
		if (!is(&f, "lost"))
			continue;
		for (q = f.value + 1; (q = next_field(q, &cause));)
			log->said_lost += number(&cause);
	}
}

void log_line(struct log *log, const char *line)
{
	struct field type;

	if (*line != '{' || !next_field(line + 1, &type) || !is(&type, "type"))
		log->malformed++;
	else if (means(&type, "open"))
		take_open_line(log, line + 1);
	else if (means(&type, "finding"))
		take_finding_line(log, line + 1);
	else if (means(&type, "start"))
		take_start(log, line + 1);
	else if (means(&type, "summary"))
		take_summary(log, line + 1);
}
