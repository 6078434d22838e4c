// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <jansson.h>

#include "../capture/names.h"
#include "cli.h"

const struct vs_command vs_commands[] = {
	{ "audit", VS_CMD_AUDIT, "[options] [-- PROGRAM ARGS…]",
	  "was every device opened after its group was registered with its VM?", vs_cmd_audit },
	{ "trace", VS_CMD_TRACE, "[options] [-- PROGRAM ARGS…]",
	  "what the kernel does with devices and VMs, call by call", vs_cmd_trace },
	{ "ps", VS_CMD_PS, "[options]",
	  "which VM has which device now, and did each get its kvm pointer?", vs_cmd_ps },
	{ "doctor", VS_CMD_DOCTOR, "[options]",
	  "can this host be observed, and what would stay unseen?", vs_cmd_doctor },
	{ "explain", VS_CMD_EXPLAIN, "[RULE]",
	  "what a rule means, and how to fix it; without RULE: all", vs_cmd_explain },
};

const size_t vs_command_count = sizeof(vs_commands) / sizeof(vs_commands[0]);

/*
 * With stdin, stdout or stderr closed, the next file opened would take its
 * place: the kernel's BTF as stdout. An fd that refuses to be written keeps
 * the place, and writing still fails.
 */
static void hold_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void version(void)
{
	printf("vfioscope %s\n", VS_VERSION);
	printf("libbpf %s, jansson %s, device names by libpci: %s\n", libbpf_version_string(),
	       jansson_version_str(), vs_names_pci() ? "yes" : "not built in");
}

static const struct vs_command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < vs_command_count; i++)
		if (!strcmp(vs_commands[i].name, name))
			return &vs_commands[i];
	return NULL;
}

static enum vs_exit dispatch(int argc, char **argv)
{
	const struct vs_command *cmd;
	struct vs_options o;

	if (argc < 2) {
		vs_say("no command; see vfioscope --help");
		return VS_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		vs_usage();
		return VS_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		version();
		return VS_EXIT_OK;
	}
	cmd = find_command(argv[1]);
	if (!cmd) {
		vs_say("unknown command '%s'; expected audit, trace, ps, doctor or explain",
		       argv[1]);
		return VS_EXIT_USAGE;
	}
	if (vs_options_parse(&o, cmd, argc - 1, argv + 1))
		return VS_EXIT_USAGE;
	if (o.help) {
		vs_command_help(cmd);
		return VS_EXIT_OK;
	}
	vs_live_verbose(o.verbose);
	return cmd->run(&o);
}

int main(int argc, char **argv)
{
	static char output[256 * 1024]; /* must outlive main() */
	enum vs_exit code;

	hold_standard_fds();
	/* Much may come at a time, and it is flushed when it is time to. */
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	/* A reader that goes away is an error to report, after cleaning up. */
	signal(SIGPIPE, SIG_IGN);
	code = dispatch(argc, argv);
	/* An error has been told already, of stdout or of something graver. */
	return code == VS_EXIT_ERROR || vs_stdout_flush() ? (int)code : VS_EXIT_ERROR;
}
