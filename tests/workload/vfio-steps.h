// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-steps: performs real KVM and VFIO system calls in the order it is told.
 * README.md describes the language.
 *
 * vfio-steps-parse.c turns text into steps, vfio-steps-words.c words into the kernel's
 * numbers, vfio-steps-check.c matches blocks and names, vfio-steps-verbs.c has what each
 * verb does, vfio-steps-calls.c and vfio-steps-iommufd.c the single calls on KVM, VFIO
 * and iommufd for it, vfio-steps.c runs the script: blocks, processes, threads, expected
 * results.
 */
#ifndef VFIO_STEPS_H
#define VFIO_STEPS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Exit status, besides 0 and what `exit N` asks for. */
#define STEPS_EX_FAILED 2 /* a step did not do what was expected */
#define STEPS_EX_TIMEOUT 3 /* `wait` gave up */
#define STEPS_EX_SCRIPT 64 /* malformed script or command line */

#define STEPS_TIMEOUT_MS 300000 /* of `wait` and `recvfd` */
#define STEPS_MAX_ARGS 6
#define STEPS_MAX_ARGSZ 4096 /* that `argsz` may ask for */

/* What a verb takes: one kind per word after the verb. */
enum arg_kind {
	ARG_NONE,
	ARG_NEW, /* object to define */
	ARG_NEW_PAIR, /* socket pair to define: NAME.a and NAME.b */
	ARG_OBJECT, /* object defined by an earlier step */
	ARG_FD, /* object, fd:NUMBER or ptr:ADDRESS */
	ARG_ID, /* object or id:NUMBER, in an iommufd */
	ARG_NEW_WORKER, /* process or thread to start */
	ARG_WORKER, /* process or thread started by an earlier step */
	ARG_ADDR, /* PCI address or UUID */
	ARG_PATH,
	ARG_NUMBER,
	ARG_STATUS, /* exit status */
	ARG_ARGSZ, /* number up to STEPS_MAX_ARGSZ */
	ARG_SIZE, /* 64-bit number, hexadecimal or with K, M, G */
	ARG_FEATURE, /* of a device, by name or number */
	ARG_HOW, /* what to do with it */
	ARG_STATE, /* of migration, by name or number */
	ARG_TEXT, /* the rest of the step, with C escapes */
};

enum arg_form {
	FORM_NAME,
	FORM_RAW_FD,
	FORM_RAW_POINTER,
	FORM_RAW_ID,
};

struct arg {
	char *text;
	size_t slot; /* of an object or a worker */
	size_t slot_b; /* ARG_NEW_PAIR: of NAME.b, slot is of NAME.a */
	uint64_t num;
	enum arg_form form;
};

enum verb_op {
	OP_CALL, /* a system call or several: verb->run */
	OP_FORK,
	OP_THREAD,
	OP_REPEAT,
	OP_END,
	OP_JOIN,
};

struct run;
struct step;

struct verb {
	const char *name;
	const char *usage;
	enum arg_kind args[STEPS_MAX_ARGS];
	enum verb_op op;
	bool never_fails; /* takes no `=> ERRNO` */
	int (*run)(struct run *r, const struct step *s);
};

#define EXPECT_SUCCESS 0
#define EXPECT_ANY (-1) /* any other value is the errno expected */

struct step {
	const struct verb *verb;
	struct arg arg[STEPS_MAX_ARGS];
	int expect;
	unsigned int number; /* of the argument or of the line in the file */
	size_t end; /* block verbs: index of the matching `end` */
	char *text;
};

struct names {
	char **name;
	size_t nr;
};

struct script {
	const char *file; /* NULL: steps are arguments */
	struct step *steps;
	size_t nr;
	struct names objects;
	struct names workers;
};

/*
 * A descriptor under the script's name for it; and an id in an iommufd: of an IOAS, which
 * has no descriptor, or of a device that was bound.
 */
struct object {
	int fd; /* stays known after the close */
	bool open;
	uint32_t id; /* 0: none */
};

enum worker_kind {
	WORKER_NONE,
	WORKER_CHILD,
	WORKER_THREAD,
};

struct worker {
	enum worker_kind kind;
	pid_t pid;
	pthread_t thread;
};

/* Memory given to a container or an IOAS. */
struct mapping {
	struct mapping *next;
	size_t container; /* or iommufd */
	uint32_t ioas; /* 0: a container's own */
	uint64_t iova;
	uint64_t size;
	void *mem;
};

/* All state of one process; threads share it. */
struct context {
	const struct script *script;
	bool echo;
	pthread_mutex_t lock; /* objects, workers, mappings; held across fork */
	struct object *objects;
	struct worker *workers;
	struct mapping *mappings;
};

/* What the next call that has such a field is to give in it. */
struct lie {
	bool told;
	uint32_t num;
};

/* One flow of execution. */
struct run {
	struct context *ctx;
	struct lie argsz;
	struct lie flags;
	const char *worker; /* NULL: the main program */
	char where[192]; /* which call of the step failed, or a remark */
};

/* vfio-steps-parse.c; malformed reports on stderr and returns -EINVAL. */
int script_add(struct script *sc, unsigned int number, const char *text);
void script_free(struct script *sc);
void *steps_alloc(size_t nr, size_t size);
int malformed(const struct script *sc, const struct step *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* vfio-steps-check.c: matches the blocks, checks the names. 0 or -EINVAL. */
int script_finish(struct script *sc);

/* vfio-steps-words.c: false if there is no such word for arguments of this kind. */
bool word_find(enum arg_kind kind, const char *name, uint64_t *num);

/* vfio-steps-verbs.c */
const struct verb *verb_find(const char *name);

/* vfio-steps.c */
int object_fd(struct context *ctx, size_t slot);
void object_bind(struct context *ctx, size_t slot, int fd);
void object_set_id(struct context *ctx, size_t slot, uint32_t id);
uint32_t object_id(struct context *ctx, size_t slot);
int object_close(struct context *ctx, size_t slot);
/* The truth, unless a lie was asked for; that holds for one call. */
uint32_t run_lie(struct lie *lie, uint32_t truth);
void run_where(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void run_die(const struct run *r, const struct step *s, int status, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 4, 5)));

#endif
