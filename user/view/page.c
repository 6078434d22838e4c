// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <time.h>

#include "page.h"

const char *vs_paint(const struct vs_page *p, enum vs_paint paint)
{
	static const char *const codes[] = { "\033[0m", "\033[32m", "\033[1;31m", "\033[1;33m",
					     "\033[2m" };
	return p->config.color ? codes[paint] : "";
}

void vs_page_start(struct vs_page *p, const struct vs_run *run)
{
	p->boottime_ns = run->start.h.ts;
	p->realtime_ns = run->start.realtime_ns;
}

void vs_put_clock(struct vs_page *p, struct vs_text *t, uint64_t ns)
{
	uint64_t wall = p->realtime_ns + ns - p->boottime_ns;
	time_t second = (time_t)(wall / 1000000000ULL);
	struct tm tm;

	if (!*p->clock || second != p->second) {
		if (!localtime_r(&second, &tm))
			memset(&tm, 0, sizeof(tm));
		strftime(p->clock, sizeof(p->clock), "%T", &tm);
		p->second = second;
	}
	vs_put(t, p->clock);
	vs_put(t, ".");
	vs_put_digits(t, wall % 1000000000ULL / 1000, 6);
}

void vs_put_date(const struct vs_page *p, struct vs_text *t, uint64_t ns)
{
	time_t second = (time_t)((p->realtime_ns + ns - p->boottime_ns) / 1000000000ULL);
	char date[32];
	struct tm tm;

	if (!localtime_r(&second, &tm))
		memset(&tm, 0, sizeof(tm));
	strftime(date, sizeof(date), "%F %T", &tm);
	vs_put(t, date);
}

void vs_put_process_of(const struct vs_page *p, struct vs_text *t, const struct vs_hold *h)
{
	const struct vs_process *of = &h->process;

	if (h->opened_ns || of->started_ns) {
		vs_put(t, h->opened_ns ? ", open since " : ", process since ");
		vs_put_date(p, t, h->opened_ns ? h->opened_ns : of->started_ns);
	}
	if (of->exiting)
		vs_put(t, ", exiting");
	if (*of->pod || *of->cgroup) {
		vs_put(t, *of->pod ? ", pod " : ", cgroup ");
		vs_put_escaped(t, *of->pod ? of->pod : of->cgroup);
	}
}

void vs_put_word(struct vs_page *p, struct vs_text *t, uint64_t ns, enum vs_paint color,
		 const char *word)
{
	size_t at;

	vs_put_clock(p, t, ns);
	vs_put(t, "  ");
	vs_put(t, vs_paint(p, color));
	at = t->used;
	vs_put(t, word);
	vs_put_left(t, at, 9);
	vs_put(t, vs_paint(p, PLAIN));
	vs_put(t, "  ");
}

void vs_put_headline(struct vs_page *p, struct vs_text *t, const struct vs_finding *f)
{
	const char *severity = vs_severity_name(f->severity);
	enum vs_paint color = f->severity == VS_ERROR	? BAD :
			      f->severity == VS_WARNING ? WARN :
							  PLAIN;

	vs_put_word(p, t, f->ts, color, f->rule->breaks_order ? "violation" : severity);
	vs_put(t, f->rule->name);
	if (f->rule->breaks_order) {
		vs_put(t, " (");
		vs_put(t, severity);
		vs_put(t, ")");
	}
	vs_put(t, ": ");
	vs_put(t, f->title);
	vs_put(t, f->pending ? " (so far)" : "");
}

void vs_put_process(struct vs_text *t, const char *comm, uint32_t pid)
{
	vs_put_escaped(t, comm);
	vs_put(t, ", pid ");
	vs_put_uint(t, pid);
}

void vs_put_path(struct vs_text *t, enum vs_path path, enum vs_backend backend)
{
	const char *name = vs_backend_name(backend);

	vs_put(t, ", by ");
	vs_put(t, vs_path_name(path));
	if (!name)
		return;
	vs_put(t, " (");
	vs_put(t, name);
	vs_put(t, ")");
}

void vs_print_losses(const struct vs_page *p, const struct vs_ledger *l)
{
	char buf[256];
	struct vs_text t;
	int cause;

	for (cause = 0; cause < VS_LOSS_COUNT; cause++) {
		if (!l->by_cause[cause])
			continue;
		vs_text_init(&t, buf, sizeof(buf));
		vs_put(&t, vs_paint(p, WARN));
		vs_put(&t, "lost ");
		vs_put_uint(&t, l->by_cause[cause]);
		vs_put(&t, l->by_cause[cause] == 1 ? " record: " : " records: ");
		vs_put(&t, vs_losses[cause].text);
		vs_put(&t, vs_paint(p, PLAIN));
		vs_print_folded(p->config.file, 0, 2, p->config.width, buf);
	}
}
