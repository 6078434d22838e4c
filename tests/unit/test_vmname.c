// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"
#include "../../user/core/text/vmname.h"

/* A command line as /proc shows it: literal with \0 between arguments. */
#define CMDLINE(literal, expected) check_cmdline(literal, sizeof(literal), expected)

static void check_cmdline(const char *cmdline, size_t len, const char *expected)
{
	char name[64] = "before", *copy = malloc(len ? len : 1);
	bool found;

	/* A copy of its exact length: a byte read too far is noticed. */
	memcpy(copy, cmdline, len);
	found = vs_vmname_from_cmdline(copy, len, name, sizeof(name));
	free(copy);
	assert_int_equal(found, *expected != '\0');
	assert_string_equal(name, expected);
}

static void plain_name(void **state)
{
	(void)state;
	CMDLINE("qemu-system-x86_64\0-name\0foo\0-m\0"
		"64",
		"foo");
	CMDLINE("qemu\0-name\0foo,debug-threads=on", "foo");
	CMDLINE("qemu\0--name\0foo", "foo");
	CMDLINE("qemu\0-name\0win 11", "win 11");
}

static void guest_key(void **state)
{
	(void)state;
	CMDLINE("qemu\0-name\0guest=foo,debug-threads=on\0-S", "foo");
	CMDLINE("qemu\0-name\0guest=foo", "foo");
	CMDLINE("qemu\0-name\0debug-threads=on,guest=foo", "foo");
	CMDLINE("qemu\0-name\0process=p,debug-threads=on,guest=foo", "foo");
	CMDLINE("qemu\0-name\0guest=k=v", "k=v");
}

/* qemu(1): a comma in a value is written twice. */
static void doubled_commas(void **state)
{
	(void)state;
	CMDLINE("qemu\0-name\0a,,b", "a,b");
	CMDLINE("qemu\0-name\0debug-threads=on,guest=a,,b", "a,b");
	CMDLINE("qemu\0-name\0guest=a,,b,debug-threads=on", "a,b");
	CMDLINE("qemu\0-name\0guest=a,,", "a,");
	CMDLINE("qemu\0-name\0guest=,,,,", ",,");
}

static void doubled_comma_before_the_name(void **state)
{
	(void)state;
	CMDLINE("qemu\0-name\0process=a,,b,guest=foo", "foo");
}

static void no_name(void **state)
{
	(void)state;
	CMDLINE("", "");
	CMDLINE("qemu", "");
	CMDLINE("qemu\0-m\0"
		"64",
		"");
	CMDLINE("qemu\0-name\0", "");
	CMDLINE("qemu\0-name\0debug-threads=on", "");
	CMDLINE("qemu\0-name\0guest=", "");
	CMDLINE("qemu\0-name\0guest=,debug-threads=on", "");
	CMDLINE("qemu\0-names\0foo", "");
	CMDLINE("qemu\0-nam\0foo", "");
	CMDLINE("-nam", "");
	check_cmdline("", 0, "");
}

/* The kernel cuts what is too long: half a name is no name. */
static void cut_command_line(void **state)
{
	static const char line[] = "qemu\0-name\0guest=foo";
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(line); len++)
		check_cmdline(line, len, "");
	check_cmdline(line, sizeof(line), "foo");
}

static void long_name_is_cut(void **state)
{
	static const char line[] = "qemu\0-name\0guest=0123456789";
	char name[8];

	(void)state;
	assert_true(vs_vmname_from_cmdline(line, sizeof(line), name, sizeof(name)));
	assert_string_equal(name, "0123456");
}

static void check_cgroup(const char *cgroup, const char *expected)
{
	char name[64] = "before";

	assert_int_equal(vs_vmname_from_cgroup(cgroup, name, sizeof(name)), *expected != '\0');
	assert_string_equal(name, expected);
}

static void libvirt_scope(void **state)
{
	(void)state;
	check_cgroup("0::/machine.slice/machine-qemu\\x2d3\\x2dwin\\x2d11.scope\n", "win-11");
	check_cgroup("0::/machine.slice/machine-qemu\\x2d3\\x2dwin.scope/libvirt/emulator\n",
		     "win");
	check_cgroup("0::/machine.slice/machine-qemu\\x2d12\\x2da\\x20b.scope", "a b");
}

static void other_machines(void **state)
{
	(void)state;
	check_cgroup("0::/machine.slice/machine-web.scope\n", "web");
	/* not libvirt's form: the name is left whole */
	check_cgroup("0::/machine.slice/machine-qemu\\x2dx.scope\n", "qemu-x");
	check_cgroup("0::/machine.slice/machine-qemu\\x2d3\\x2d.scope\n", "qemu-3-");
}

static void pod_systemd(void **state)
{
	(void)state;
	check_cgroup("0::/kubepods-burstable-pod1234_5678_9abc.slice/cri-containerd-0.scope\n",
		     "pod 1234-5678-9abc");
}

/* As the kubelet with the systemd driver really nests its slices. */
static void pod_systemd_nested(void **state)
{
	(void)state;
	check_cgroup("0::/kubepods.slice/kubepods-burstable.slice/"
		     "kubepods-burstable-pod1234_5678_9abc.slice/cri-containerd-0.scope\n",
		     "pod 1234-5678-9abc");
	check_cgroup("0::/kubepods.slice/kubepods-pod1234_5678_9abc.slice/crio-0.scope\n",
		     "pod 1234-5678-9abc");
	check_cgroup("0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
		     "kubelet-kubepods-besteffort-pod12_34.slice/cri-containerd-0.scope\n",
		     "pod 12-34");
}

static void pod_cgroupfs(void **state)
{
	(void)state;
	check_cgroup("0::/kubepods/burstable/pod1234-5678/0123456789abcdef\n", "pod 1234-5678");
	check_cgroup("0::/kubepods/pod1234-5678/0123456789abcdef\n", "pod 1234-5678");
	check_cgroup("0::/kubepods/besteffort/pod1234-5678\n", "pod 1234-5678");
}

#define UID "01234567-89ab-cdef-0123-456789abcdef"
#define UID_IN_SLICE "01234567_89ab_cdef_0123_456789abcdef"
#define STATIC_UID "0123456789abcdef0123456789abcdef"

/* From a container with a cgroup namespace of its own, kubepods is above the root. */
static void pod_from_another_pod(void **state)
{
	(void)state;
	check_cgroup("0::/../../pod" UID "/0123\n", "pod " UID);
	check_cgroup("0::/../../../pod" UID "/0123\n", "pod " UID);
	check_cgroup("0::/../../burstable/pod" UID "/0123\n", "pod " UID);
	check_cgroup("0::/../../../besteffort/pod" UID "/0123\n", "pod " UID);
	check_cgroup("0::/../../../burstable/pod" UID "\n", "pod " UID);
	check_cgroup("0::/../../../burstable/pod" STATIC_UID "/0123\n", "pod " STATIC_UID);
	check_cgroup("4:cpu,cpuacct:/../../pod" UID "/0123\n0::/\n", "pod " UID);
	check_cgroup("0::/../../../kubepods-burstable.slice/kubepods-burstable-pod" UID_IN_SLICE
		     ".slice/cri-containerd-0.scope\n",
		     "pod " UID);
	check_cgroup("0::/../../kubepods-pod" UID_IN_SLICE ".slice/crio-0.scope\n", "pod " UID);
}

/* It begins with pod, and is none. */
static void no_pod_from_another_pod(void **state)
{
	(void)state;
	check_cgroup("0::/../0123456789abcdef\n", "");
	check_cgroup("0::/../../podman/0123\n", "");
	check_cgroup("0::/../../pod/0123\n", "");
	check_cgroup("0::/../../podcafe/0123\n", "");
	check_cgroup("0::/../../pod-" UID "/0123\n", "");
	check_cgroup("0::/../../pod" UID "0/0123\n", "");
	check_cgroup("0::/../../pod0123456789abcdef0123456789abcdeg/0123\n", "");
	check_cgroup("0::/../../user.slice/pod" UID "/0123\n", "");
	check_cgroup("0::/../../burstable.slice\n", "");
	check_cgroup("0::/pod" UID "/0123\n", "");
	check_cgroup("0::/burstable/pod" UID "/0123\n", "");
	check_cgroup("0::/kubepods/burstable/podman/0123\n", "");
	check_cgroup("0::/kubepods.slice/podman-1.slice\n", "");
	/* kubepods in one line, pod in another */
	check_cgroup("4:cpu:/kubepods/burstable\n0::/user.slice/pod12-34\n", "");
}

static void version_1_has_many_lines(void **state)
{
	(void)state;
	check_cgroup("12:pids:/user.slice\n"
		     "5:memory:/machine.slice/machine-qemu\\x2d1\\x2ddb.scope\n"
		     "1:name=systemd:/machine.slice/machine-qemu\\x2d1\\x2ddb.scope\n",
		     "db");
	check_cgroup("12:pids:/\n4:cpu:/kubepods/burstable/pod12-34/56\n0::/\n", "pod 12-34");
}

static void check_path(const char *cgroup, const char *expected)
{
	char path[32] = "before";

	assert_int_equal(vs_cgroup_path(cgroup, path, sizeof(path)), *expected != '\0');
	assert_string_equal(path, expected);
}

static void path_of_a_cgroup(void **state)
{
	(void)state;
	check_path("0::/system.slice/x.service\n", "/system.slice/x.service");
	check_path("12:pids:/p\n1:name=systemd:/user.slice\n", "/user.slice");
	check_path("1:name=systemd:/kubepods/pod1/2\n0::/system.slice/containerd.service\n",
		   "/kubepods/pod1/2");
	check_path("1:name=systemd:/\n0::/a\n", "/a");
	check_path("1:name=systemd:/user.slice\n0::/\n", "/user.slice");
	check_path("0::/../a", "/../a");
	check_path("0::/\n", "");
	check_path("12:pids:/p\n", "");
	check_path("", "");
	check_path("0::/0123456789012345678901234567890123456789\n",
		   "/012345678901234567890123456789");
}

static void uid_of_a_pod(void **state)
{
	char uid[64] = "before";

	(void)state;
	assert_true(vs_pod_from_cgroup("0::/kubepods/pod12-34/5\n", uid, sizeof(uid)));
	assert_string_equal(uid, "12-34");
	assert_false(vs_pod_from_cgroup("0::/machine.slice/machine-web.scope\n", uid, sizeof(uid)));
	assert_string_equal(uid, "");
}

static void no_machine(void **state)
{
	(void)state;
	check_cgroup("", "");
	check_cgroup("0::/\n", "");
	check_cgroup("0::/user.slice/user-1000.slice/session-2.scope\n", "");
	check_cgroup("0::/machine.slice\n", "");
	check_cgroup("0::/machine.slice/machine-.scope\n", "");
	check_cgroup("0::/machine.slice/machine-foo.service\n", "");
	check_cgroup("0::/machine.slice/machine-foo\n", "");
	check_cgroup("0::/kubepods/burstable\n", "");
	check_cgroup("0::/kubepods/pod\n", "");
}

/* A slice above the pods, as of the kubelet's own helpers. */
static void no_pod_in_nested_slices(void **state)
{
	(void)state;
	check_cgroup("0::/kubepods.slice/kubepods-burstable.slice\n", "");
}

/* Whatever stands there, the result is a string within its room. */
static void random_input(void **state)
{
	static const char *const words[] = {
		"-name",     "--name", "guest=",   ",,",  ",",	    "=",    "/machine-",
		"qemu\\x2d", ".scope", "kubepods", "pod", "\\x",    "/",    "\n",
		"3-",	     "a",      "..",	   "::",  ".slice", "-pod",
	};
	uint32_t seed = 0x4a3e, round, n;
	char in[256], name[24];
	size_t len;

	(void)state;
	for (round = 0; round < 100000; round++) {
		for (len = 0, n = next_random(&seed) % 12; n; n--) {
			const char *word = words[next_random(&seed) % ARRAY_SIZE(words)];

			strcpy(in + len, word);
			len += strlen(word) + next_random(&seed) % 2;
		}
		in[len] = '\0';
		memset(name, 'x', sizeof(name));
		vs_vmname_from_cmdline(in, len, name, sizeof(name));
		assert_non_null(memchr(name, '\0', sizeof(name)));
		memset(name, 'x', sizeof(name));
		vs_vmname_from_cgroup(in, name, sizeof(name));
		assert_non_null(memchr(name, '\0', sizeof(name)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_name),
		cmocka_unit_test(guest_key),
		cmocka_unit_test(doubled_commas),
		cmocka_unit_test(doubled_comma_before_the_name),
		cmocka_unit_test(no_name),
		cmocka_unit_test(cut_command_line),
		cmocka_unit_test(long_name_is_cut),
		cmocka_unit_test(libvirt_scope),
		cmocka_unit_test(other_machines),
		cmocka_unit_test(pod_systemd),
		cmocka_unit_test(pod_systemd_nested),
		cmocka_unit_test(pod_cgroupfs),
		cmocka_unit_test(pod_from_another_pod),
		cmocka_unit_test(no_pod_from_another_pod),
		cmocka_unit_test(version_1_has_many_lines),
		cmocka_unit_test(path_of_a_cgroup),
		cmocka_unit_test(uid_of_a_pod),
		cmocka_unit_test(no_machine),
		cmocka_unit_test(no_pod_in_nested_slices),
		cmocka_unit_test(random_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
