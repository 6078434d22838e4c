// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "seq.h"

/*
 * The words after the name: a, b slots; d device; p process; k the optional
 * word "keep"; o the optional word "down".
 */
static const struct {
	const char *name;
	const char *args;
	bool fills;
} kinds[OP_COUNT] = {
	[OP_VM] = { "vm", "a", true },
	[OP_KVMVFIO] = { "kvm-vfio", "ab", true },
	[OP_CONTAINER] = { "container", "ak", true },
	[OP_GROUP] = { "group", "adk", true },
	[OP_SETCONTAINER] = { "set-container", "ab", false },
	[OP_SETIOMMU] = { "set-iommu", "a", false },
	[OP_UNSET] = { "unset-container", "a", false },
	[OP_ADD] = { "add", "ab", false },
	[OP_DEL] = { "del", "ab", false },
	[OP_DEVICE] = { "device", "abd", true },
	[OP_DUP] = { "dup", "abk", true },
	[OP_PASS] = { "pass", "bpak", true },
	[OP_CLOSE] = { "close", "a", false },
	[OP_CLOSEALL] = { "close-all", "o", false },
	[OP_FORK] = { "fork", "p", false },
	[OP_EXEC] = { "exec", "", false },
	[OP_EXIT] = { "exit", "", false },
	[OP_KILL] = { "kill", "", false },
	[OP_FORGET] = { "forget", "a", false },
	[OP_PUT] = { "put", "a", false },
	[OP_CDEV] = { "cdev", "adk", true },
	[OP_IOMMUFD] = { "iommufd", "ak", true },
	[OP_BIND] = { "bind", "ab", false },
	[OP_ATTACH] = { "attach-pt", "ab", false },
	[OP_DETACH] = { "detach-pt", "a", false },
};

static const struct {
	char letter;
	uint8_t first, end;
} slots[] = {
	{ 'V', SLOT_V, SLOT_K }, { 'K', SLOT_K, SLOT_C }, { 'C', SLOT_C, SLOT_G },
	{ 'G', SLOT_G, SLOT_D }, { 'D', SLOT_D, SLOT_X }, { 'X', SLOT_X, SLOT_COUNT },
};

bool op_fills(enum op_kind kind)
{
	return kinds[kind].fills;
}

const char *op_name(enum op_kind kind)
{
	return kinds[kind].name;
}

static int put_slot(char *buf, size_t size, uint8_t slot)
{
	size_t i;

	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (slot >= slots[i].first && slot < slots[i].end)
			return snprintf(buf, size, " %c%d", slots[i].letter, slot - slots[i].first);
	return snprintf(buf, size, " bad");
}

static int put_arg(char *buf, size_t size, const struct op *op, char arg)
{
	switch (arg) {
	case 'a':
		return put_slot(buf, size, op->a);
	case 'b':
		return put_slot(buf, size, op->b);
	case 'd':
		if (op->dev == SEQ_DEVICES)
			return snprintf(buf, size, " none");
		return snprintf(buf, size, " %d", op->dev);
	case 'p':
		return snprintf(buf, size, " w%d", op->to);
	}
	if (!op->flag)
		return 0;
	return snprintf(buf, size, arg == 'k' ? " keep" : " down");
}

int op_text(char *buf, size_t size, const struct op *op)
{
	const char *arg;
	int n;

	n = snprintf(buf, size, "%sw%d %s", op->with ? "& " : "", op->proc, kinds[op->kind].name);
	for (arg = kinds[op->kind].args; *arg && (size_t)n < size; arg++)
		n += put_arg(buf + n, size - n, op, *arg);
	return n;
}

static bool take_number(const char *word, unsigned int end, uint8_t *value)
{
	if (word[0] < '0' || word[0] > '9' || word[1] || word[0] - '0' >= (int)end)
		return false;
	*value = word[0] - '0';
	return true;
}

static bool take_slot(const char *word, uint8_t *slot)
{
	size_t i;

	if (!strcmp(word, "bad")) {
		*slot = SLOT_BAD;
		return true;
	}
	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		if (word[0] != slots[i].letter ||
		    !take_number(word + 1, slots[i].end - slots[i].first, slot))
			continue;
		*slot += slots[i].first;
		return true;
	}
	return false;
}

static bool take_arg(struct op *op, char arg, const char *word)
{
	switch (arg) {
	case 'a':
		return take_slot(word, &op->a);
	case 'b':
		return take_slot(word, &op->b);
	case 'd':
		if (strcmp(word, "none"))
			return take_number(word, SEQ_DEVICES, &op->dev);
		op->dev = SEQ_DEVICES;
		return true;
	case 'p':
		return word[0] == 'w' && take_number(word + 1, SEQ_PROCS, &op->to);
	}
	op->flag = !strcmp(word, arg == 'k' ? "keep" : "down");
	return op->flag;
}

static bool take_kind(struct op *op, const char *word)
{
	for (op->kind = 0; op->kind < OP_COUNT; op->kind++)
		if (word && !strcmp(word, kinds[op->kind].name))
			return true;
	return false;
}

static bool is_optional(char arg)
{
	return arg == 'k' || arg == 'o';
}

bool op_parse(struct op *op, const char *text)
{
	char copy[128], *rest, *word;
	const char *arg;

	memset(op, 0, sizeof(*op));
	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	word = strtok_r(copy, " \t\n", &rest);
	op->with = word && !strcmp(word, "&");
	if (op->with)
		word = strtok_r(NULL, " \t\n", &rest);
	if (!word || word[0] != 'w' || !take_number(word + 1, SEQ_PROCS, &op->proc))
		return false;
	if (!take_kind(op, strtok_r(NULL, " \t\n", &rest)))
		return false;
	for (arg = kinds[op->kind].args; *arg; arg++) {
		word = strtok_r(NULL, " \t\n", &rest);
		if (!word)
			return is_optional(*arg);
		if (!take_arg(op, *arg, word))
			return false;
	}
	return !strtok_r(NULL, " \t\n", &rest);
}

void seq_print(FILE *to, const struct seq *seq)
{
	char text[128];
	unsigned int i;

	for (i = 0; i < seq->count; i++) {
		op_text(text, sizeof(text), &seq->ops[i]);
		fprintf(to, "%s\n", text);
	}
}

unsigned int seq_read(struct seq *seq, FILE *from)
{
	unsigned int number = 0;
	char line[256];

	seq->count = 0;
	while (fgets(line, sizeof(line), from)) {
		number++;
		line[strcspn(line, "#\n")] = '\0';
		if (!line[strspn(line, " \t")])
			continue;
		if (seq->count == SEQ_OPS || !op_parse(&seq->ops[seq->count], line))
			return number;
		seq->count++;
	}
	return 0;
}
