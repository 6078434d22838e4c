// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <jansson.h>

#include "../capture/names.h"
#include "../capture/verbose.h"
#include "cli.h"
#include "help.h"
#include "parse.h"

/*
 * If stdin, stdout or stderr is closed, the next file opened would take its
 * number, and the kernel's BTF be stdout. A read-only fd keeps the number, and
 * writing still fails.
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

/* vfioscope --help, --version */
static enum vs_exit without_command(int argc, char **argv)
{
	struct vs_options o;

	if (vs_parse_arguments(&o, &vs_no_command, argc, argv))
		return VS_EXIT_USAGE;
	if (o.version)
		version();
	else
		vs_help();
	return VS_EXIT_OK;
}

/* vfioscope help [COMMAND] */
static enum vs_exit help(const char *name)
{
	const struct vs_command *cmd = name ? vs_parse_command(name) : NULL;

	if (name && !cmd)
		return VS_EXIT_USAGE;
	if (cmd)
		vs_help_command(cmd);
	else
		vs_help();
	return VS_EXIT_OK;
}

static enum vs_exit dispatch(int argc, char **argv)
{
	const struct vs_command *cmd;
	struct vs_options o;

	if (argc < 2) {
		vs_say("no command; 'vfioscope --help' lists all commands");
		return VS_EXIT_USAGE;
	}
	if (argv[1][0] == '-')
		return without_command(argc, argv);
	if (!strcmp(argv[1], "help"))
		return help(argv[2]);
	cmd = vs_parse_command(argv[1]);
	if (!cmd || vs_parse_arguments(&o, cmd, argc - 1, argv + 1))
		return VS_EXIT_USAGE;
	if (o.help) {
		vs_help_command(cmd);
		return VS_EXIT_OK;
	}
	vs_libbpf_verbose(o.verbose);
	return cmd->run(&o);
}

int main(int argc, char **argv)
{
	static char output[256 * 1024]; /* must outlive main() */
	enum vs_exit code;

	hold_standard_fds();
	/* Output comes in bursts; commands flush it when it is due. */
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	/* A reader that goes away is an error to report, after cleaning up. */
	signal(SIGPIPE, SIG_IGN);
	/* Whoever started us may ignore it; then the end of a child cannot be waited for. */
	signal(SIGCHLD, SIG_DFL);
	code = dispatch(argc, argv);
	/* After an error, of stdout or a graver one, there is nothing to add. */
	return code == VS_EXIT_ERROR || vs_stdout_flush() ? (int)code : VS_EXIT_ERROR;
}
