// SPDX-License-Identifier: GPL-2.0-only
/* From text to steps: words and numbers. Nothing is executed here. */
#define _GNU_SOURCE 1
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfio-steps.h"

#define BLANKS " \t"
#define MAX_NUMBER 1000000000 /* repetitions, milliseconds */
#define MAX_ERRNO 4095
#define BAD_NAME "'%s' is no name: a letter, then letters, digits, _ or -"

int malformed(const struct script *sc, const struct step *s, const char *fmt, ...)
{
	va_list ap;

	if (sc->file)
		fprintf(stderr, "vfio-steps: %s:%u: ", sc->file, s->number);
	else
		fprintf(stderr, "vfio-steps: step %u: ", s->number);
	fprintf(stderr, "%s: ", s->text);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -EINVAL;
}

void *steps_alloc(size_t nr, size_t size)
{
	void *p = calloc(nr ? nr : 1, size);

	if (!p) {
		fprintf(stderr, "vfio-steps: out of memory\n");
		_Exit(STEPS_EX_FAILED);
	}
	return p;
}

static char *copy_text(const char *text, size_t len)
{
	char *copy = steps_alloc(len + 1, 1);

	memcpy(copy, text, len);
	return copy;
}

/* An array one element longer; the new element is zero. */
static void *grow(void *old, size_t nr, size_t size)
{
	char *p = steps_alloc(nr + 1, size);

	if (nr)
		memcpy(p, old, nr * size);
	free(old);
	return p;
}

static size_t name_slot(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->nr; i++)
		if (!strcmp(names->name[i], name))
			return i;
	names->name = grow(names->name, names->nr, sizeof(*names->name));
	names->name[names->nr] = copy_text(name, strlen(name));
	return names->nr++;
}

static bool name_valid(const char *name)
{
	if (!isalpha((unsigned char)*name))
		return false;
	while (isalnum((unsigned char)*name) || *name == '_' || *name == '-')
		name++;
	return !*name;
}

/* Operands may also be an end of a socket pair. */
static bool operand_valid(const char *name)
{
	size_t len = strlen(name);
	char stem[len + 1];

	memcpy(stem, name, len + 1);
	if (len > 2 && (!strcmp(name + len - 2, ".a") || !strcmp(name + len - 2, ".b")))
		stem[len - 2] = '\0';
	return name_valid(stem);
}

static bool parse_u64(const char *text, int base, uint64_t *num, char **end)
{
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*num = strtoull(text, end, base);
	return !errno;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *num)
{
	char *end;

	return parse_u64(text, 10, num, &end) && !*end && *num <= max;
}

static bool parse_size(const char *text, uint64_t *num)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift;
	char *end;

	if (!parse_u64(text, strncasecmp(text, "0x", 2) ? 10 : 16, num, &end))
		return false;
	if (!*end)
		return true;
	unit = strchr(units, *end);
	if (!unit || end[1])
		return false;
	shift = 10 * (unsigned int)(unit - units + 1);
	if (*num > UINT64_MAX >> shift)
		return false;
	*num <<= shift;
	return true;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *p = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* One escape, @p behind the backslash. Returns the character or -EINVAL. */
static int parse_escape(const char **p)
{
	int high, low;

	switch (*(*p)++) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case '"':
		return '"';
	case '\\':
		return '\\';
	case 'x':
		high = hex_digit(**p);
		low = high < 0 ? -1 : hex_digit((*p)[1]);
		if (low < 0 || !(high | low))
			return -EINVAL;
		*p += 2;
		return high << 4 | low;
	default:
		return -EINVAL;
	}
}

static int unescape(char *text)
{
	const char *in = text;
	char *out = text;
	int c;

	while (*in) {
		c = (unsigned char)*in++;
		if (c == '\\')
			c = parse_escape(&in);
		if (c < 0)
			return c;
		*out++ = (char)c;
	}
	*out = '\0';
	return 0;
}

static int errno_number(const char *name)
{
	const char *known;

	/* Second names of one number. */
	if (!strcmp(name, "EWOULDBLOCK"))
		return EWOULDBLOCK;
	if (!strcmp(name, "EOPNOTSUPP") || !strcmp(name, "ENOTSUP"))
		return EOPNOTSUPP;
	for (int i = 1; i <= MAX_ERRNO; i++) {
		known = strerrorname_np(i);
		if (known && !strcmp(name, known))
			return i;
	}
	return 0;
}

static char *skip_blanks_back(const char *text, char *p)
{
	while (p > text && strchr(BLANKS, p[-1]))
		p--;
	return p;
}

static char *skip_word_back(const char *text, char *p)
{
	while (p > text && !strchr(BLANKS, p[-1]))
		p--;
	return p;
}

/* Cuts a final `=> ERRNO` off @text. */
static int parse_expect(const struct script *sc, struct step *s, char *text)
{
	const size_t arrow_len = strlen("=>");
	char *word = skip_word_back(text, text + strlen(text));
	char *arrow_end = skip_blanks_back(text, word);
	char *arrow = skip_word_back(text, arrow_end);

	if (!strcmp(word, "=>"))
		return malformed(sc, s, "an errno name or * must follow =>");
	if ((size_t)(arrow_end - arrow) != arrow_len || memcmp(arrow, "=>", arrow_len))
		return 0;
	s->expect = strcmp(word, "*") ? errno_number(word) : EXPECT_ANY;
	if (!s->expect)
		return malformed(sc, s, "'%s' is no errno name (in text write \\x3d for =)", word);
	*skip_blanks_back(text, arrow) = '\0';
	return 0;
}

/* Replaces a word $NAME by the environment variable. */
static int expand_env(const struct script *sc, const struct step *s, struct arg *a)
{
	const char *value;

	if (*a->text != '$')
		return 0;
	value = getenv(a->text + 1);
	if (!value || !*value)
		return malformed(sc, s, "environment variable '%s' is not set", a->text + 1);
	free(a->text);
	a->text = copy_text(value, strlen(value));
	return 0;
}

static int parse_new(struct script *sc, const struct step *s, struct names *names, struct arg *a)
{
	if (!name_valid(a->text))
		return malformed(sc, s, BAD_NAME, a->text);
	a->slot = name_slot(names, a->text);
	return 0;
}

static int parse_new_pair(struct script *sc, const struct step *s, struct arg *a)
{
	char end[strlen(a->text) + sizeof(".a")];

	if (!name_valid(a->text))
		return malformed(sc, s, BAD_NAME, a->text);
	snprintf(end, sizeof(end), "%s.a", a->text);
	a->slot = name_slot(&sc->objects, end);
	snprintf(end, sizeof(end), "%s.b", a->text);
	a->slot_b = name_slot(&sc->objects, end);
	return 0;
}

static int parse_object(struct script *sc, const struct step *s, struct arg *a)
{
	if (!operand_valid(a->text))
		return malformed(sc, s, "'%s' is no object name", a->text);
	a->slot = name_slot(&sc->objects, a->text);
	return 0;
}

static int parse_raw_fd(const struct script *sc, const struct step *s, struct arg *a)
{
	const char *digits = a->text + strlen("fd:");
	bool negative = *digits == '-';

	a->form = FORM_RAW_FD;
	if (!parse_number(digits + negative, INT_MAX, &a->num))
		return malformed(sc, s, "'%s': fd: takes a decimal number", a->text);
	if (negative)
		a->num = -a->num;
	return 0;
}

static int parse_raw_pointer(const struct script *sc, const struct step *s, struct arg *a)
{
	a->form = FORM_RAW_POINTER;
	if (!parse_size(a->text + strlen("ptr:"), &a->num))
		return malformed(sc, s, "'%s': ptr: takes an address", a->text);
	return 0;
}

static int parse_fd(struct script *sc, const struct step *s, struct arg *a)
{
	if (!strncmp(a->text, "fd:", strlen("fd:")))
		return parse_raw_fd(sc, s, a);
	if (!strncmp(a->text, "ptr:", strlen("ptr:")))
		return parse_raw_pointer(sc, s, a);
	return parse_object(sc, s, a);
}

static int parse_id(struct script *sc, const struct step *s, struct arg *a)
{
	if (strncmp(a->text, "id:", strlen("id:")))
		return parse_object(sc, s, a);
	a->form = FORM_RAW_ID;
	if (!parse_number(a->text + strlen("id:"), UINT32_MAX, &a->num))
		return malformed(sc, s, "'%s': id: takes a decimal number", a->text);
	return 0;
}

static int parse_word(const struct script *sc, const struct step *s, enum arg_kind kind,
		      struct arg *a)
{
	if (word_find(kind, a->text, &a->num))
		return 0;
	if (kind == ARG_HOW)
		return malformed(sc, s, "'%s' is not get, set, probe or none", a->text);
	if (!parse_number(a->text, kind == ARG_FEATURE ? UINT16_MAX : UINT32_MAX, &a->num))
		return malformed(sc, s, "'%s' is no %s, nor the number of one", a->text,
				 kind == ARG_FEATURE ? "feature" : "state");
	return 0;
}

static int parse_addr(const struct script *sc, const struct step *s, struct arg *a)
{
	if (expand_env(sc, s, a))
		return -EINVAL;
	if (strchr(a->text, '/'))
		return malformed(sc, s, "'%s' is no PCI address or UUID", a->text);
	return 0;
}

static int parse_arg(struct script *sc, const struct step *s, enum arg_kind kind, struct arg *a)
{
	switch (kind) {
	case ARG_NEW:
		return parse_new(sc, s, &sc->objects, a);
	case ARG_NEW_PAIR:
		return parse_new_pair(sc, s, a);
	case ARG_NEW_WORKER:
	case ARG_WORKER:
		return parse_new(sc, s, &sc->workers, a);
	case ARG_OBJECT:
		return parse_object(sc, s, a);
	case ARG_FD:
		return parse_fd(sc, s, a);
	case ARG_ID:
		return parse_id(sc, s, a);
	case ARG_FEATURE:
	case ARG_HOW:
	case ARG_STATE:
		return parse_word(sc, s, kind, a);
	case ARG_ADDR:
		return parse_addr(sc, s, a);
	case ARG_PATH:
		return expand_env(sc, s, a);
	case ARG_NUMBER:
		if (!parse_number(a->text, MAX_NUMBER, &a->num))
			return malformed(sc, s, "'%s' is no number from 0 to %d", a->text,
					 MAX_NUMBER);
		return 0;
	case ARG_STATUS:
		if (!parse_number(a->text, UINT8_MAX, &a->num))
			return malformed(sc, s, "'%s' is no exit status from 0 to 255", a->text);
		return 0;
	case ARG_ARGSZ:
		if (!parse_number(a->text, STEPS_MAX_ARGSZ, &a->num))
			return malformed(sc, s, "'%s' is no number from 0 to %d", a->text,
					 STEPS_MAX_ARGSZ);
		return 0;
	case ARG_SIZE:
		if (!parse_size(a->text, &a->num))
			return malformed(sc, s, "'%s' is no number such as 4096, 0x1000 or 16M",
					 a->text);
		return 0;
	case ARG_TEXT:
		if (unescape(a->text))
			return malformed(sc, s,
					 "known escapes are \\n \\t \\r \\\" \\\\ and \\xHH");
		return 0;
	case ARG_NONE:
		break;
	}
	return 0;
}

/* Cuts the next word off *p; NULL at the end. */
static char *next_word(char **p)
{
	char *word = *p + strspn(*p, BLANKS);

	if (!*word)
		return NULL;
	*p = word + strcspn(word, BLANKS);
	if (**p)
		*(*p)++ = '\0';
	return word;
}

/* Of verbs that define several names. */
static int check_distinct(const struct script *sc, const struct step *s, int arg)
{
	for (int i = 0; i < arg; i++)
		if (s->verb->args[i] == ARG_NEW && s->verb->args[arg] == ARG_NEW &&
		    s->arg[i].slot == s->arg[arg].slot)
			return malformed(sc, s, "'%s' is named twice", s->arg[i].text);
	return 0;
}

static int parse_args(struct script *sc, struct step *s, char *rest)
{
	const enum arg_kind *kind = s->verb->args;
	char *word;

	for (int i = 0; i < STEPS_MAX_ARGS && kind[i] != ARG_NONE; i++) {
		rest += strspn(rest, BLANKS);
		word = rest;
		if (kind[i] == ARG_TEXT)
			rest += strlen(rest);
		else
			word = next_word(&rest);
		if (!word || !*word)
			return malformed(sc, s, "argument missing, usage: %s", s->verb->usage);
		s->arg[i].text = copy_text(word, strlen(word));
		if (parse_arg(sc, s, kind[i], &s->arg[i]) || check_distinct(sc, s, i))
			return -EINVAL;
	}
	word = next_word(&rest);
	if (word)
		return malformed(sc, s, "'%s' is too much, usage: %s", word, s->verb->usage);
	return 0;
}

static int parse_step(struct script *sc, struct step *s, char *text)
{
	const char *name;

	if (parse_expect(sc, s, text))
		return -EINVAL;
	name = next_word(&text);
	if (!name)
		return malformed(sc, s, "empty step");
	s->verb = verb_find(name);
	if (!s->verb)
		return malformed(sc, s, "unknown verb '%s'", name);
	if (s->expect && s->verb->never_fails)
		return malformed(sc, s, "'%s' takes no =>", name);
	return parse_args(sc, s, text);
}

int script_add(struct script *sc, unsigned int number, const char *text)
{
	struct step *s;
	char *work;
	int err;

	sc->steps = grow(sc->steps, sc->nr, sizeof(*sc->steps));
	s = &sc->steps[sc->nr++];
	s->number = number;
	text += strspn(text, BLANKS);
	s->text = copy_text(text, strlen(text));
	*skip_blanks_back(s->text, s->text + strlen(s->text)) = '\0';
	work = copy_text(s->text, strlen(s->text));
	err = parse_step(sc, s, work);
	free(work);
	return err;
}

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->nr; i++)
		free(names->name[i]);
	free(names->name);
}

void script_free(struct script *sc)
{
	for (size_t i = 0; i < sc->nr; i++) {
		for (int j = 0; j < STEPS_MAX_ARGS; j++)
			free(sc->steps[i].arg[j].text);
		free(sc->steps[i].text);
	}
	free(sc->steps);
	free_names(&sc->objects);
	free_names(&sc->workers);
}
