// SPDX-License-Identifier: GPL-2.0-only
/* Who has a device: what is answered, in words and by the exit code. */
#include "render.h"
#include "toy_cdev.h"
#include "toy_moment.h"

#define DEV 2 /* in group 1 */

/* What cannot be seen: enum vs_blind. */
static unsigned int blind;

/* What ps says of a device, and its exit code. */
struct said {
	char *text;
	enum vs_exit exit;
};

static int begin_moment(void **state)
{
	struct lab_config config = with_look;

	config.grace_ns = 0;
	return begin_with(state, &config);
}

#define USE_TEST(name) cmocka_unit_test_setup_teardown(name, begin_moment, end)

static void place(struct lab *l, unsigned int dev, const char *driver, bool vfio)
{
	union vs_record rec = make_record(VS_PLACE, l->now, 0);

	rec.place.iommu_group = l->dev[dev].group->number;
	rec.place.vfio = vfio;
	SET_STRING(rec.place.name, l->dev[dev].name);
	SET_STRING(rec.place.bus, "pci");
	SET_STRING(rec.place.driver, driver);
	lab_feed(l, &rec);
}

static struct vs_filter about(struct lab *l, unsigned int dev)
{
	struct vs_filter f = any;

	f.device = l->dev[dev].name;
	f.device_group = l->dev[dev].group->number;
	return f;
}

static struct said ask_as(struct lab *l, const struct vs_filter *f, bool json)
{
	const struct vs_ending ending = { .model = l->model, .losses = &l->losses };
	const struct vs_run run = { .start.h.ts = 1, .attached.blind = blind };
	struct vs_view_config config = { .command = "ps", .opens = true, .moment = true };
	struct vs_tally tally = { 0 };
	struct vs_sink *sink;
	struct said said;
	size_t length;

	if (!l->ended)
		finish(l);
	config.file = open_memstream(&said.text, &length);
	sink = json ? vs_view_json(&config) : vs_view_text(&config);
	sink = vs_moment_sink(f, vs_tally_sink(&tally, sink));
	assert_non_null(sink);
	VS_TELL(sink, start, &run);
	VS_TELL(sink, end, &ending);
	vs_sink_free(sink);
	assert_int_equal(fclose(config.file), 0);
	said.exit = vs_tally_exit(&tally, VS_WARNING);
	return said;
}

static void assert_said(struct lab *l, const struct vs_filter *f, enum vs_exit exit,
			const char *text)
{
	struct said said = ask_as(l, f, false);

	assert_string_equal(said.text, text);
	assert_int_equal(said.exit, exit);
	free(said.text);
}

/* One line, after the device's name. */
static void assert_line(struct lab *l, enum vs_exit exit, const char *line)
{
	const struct vs_filter f = about(l, DEV);
	char text[512];

	snprintf(text, sizeof(text), "%s  %s\n", l->dev[DEV].name, line);
	assert_said(l, &f, exit, text);
}

static void free_device(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "vfio-pci", true);
	look_done(l);
	assert_line(l, VS_EXIT_FINDINGS, "bound to vfio-pci, nobody holds it");
}

static void device_of_the_host(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "e1000e", false);
	look_done(l);
	assert_line(l, VS_EXIT_FINDINGS, "bound to e1000e (not a VFIO driver), nobody holds it");
}

static void device_without_a_driver(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "", false);
	look_done(l);
	assert_line(l, VS_EXIT_FINDINGS, "bound to no driver, nobody holds it");
}

static void no_such_device(void **state)
{
	struct lab *l = *state;
	struct vs_filter f;

	place(l, 0, "vfio-pci", true);
	look_done(l);
	f = about(l, DEV);
	assert_said(l, &f, VS_EXIT_USAGE, "");
}

/* Nobody was seen, and not everything was. */
static void not_all_was_seen(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "vfio-pci", true);
	look_ends(l, -EAGAIN);
	assert_line(
		l, VS_EXIT_INCONCLUSIVE,
		"bound to vfio-pci, nobody is seen to hold it, but not everything could be seen");
}

/* Who was seen has it, whatever else there is. */
static void held_and_not_all_was_seen(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "vfio-pci", true);
	found_group(l, 1, DPDK, 0);
	look_ends(l, -EAGAIN);
	assert_line(l, VS_EXIT_OK, "no VM (vmm, pid 300, fd 21), its group is open");
}

/* The device counts for more than its group. A violation is another question. */
static void one_line_for_each_process(void **state)
{
	struct lab *l = *state;
	const struct vs_filter f = about(l, DEV);
	char text[512];

	place(l, DEV, "vfio-pci", true);
	had_vm(l, 0, VMM);
	vm_name(l, 0, VMM, "web\n1");
	was_open(l, VMM, DEV);
	had_group(l, 0, 1); /* too late */
	found_vm(l, 0);
	found_registration(l, 0, 1);
	found_group(l, 1, VMM, 0);
	found_group(l, 1, OTHER, 0);
	found_device(l, DEV);
	look_done(l);
	snprintf(text, sizeof(text),
		 "%s  vm1 \"web\\n1\" (vmm, pid 200, fd 21), its group is open\n"
		 "%s  vm1 \"web\\n1\" (vmm, pid 100, fd 42), open\n",
		 l->dev[DEV].name, l->dev[DEV].name);
	assert_said(l, &f, VS_EXIT_OK, text);
}

/* It is not free: nobody else can have its group. */
static void another_device_of_the_group(void **state)
{
	struct lab *l = *state;
	const struct vs_filter f = about(l, 0);
	char text[256];

	assert_ptr_equal(l->dev[0].group, l->dev[1].group);
	place(l, 0, "vfio-pci", true);
	was_open(l, DPDK, 1);
	found_device(l, 1);
	look_done(l);
	snprintf(text, sizeof(text), "%s  no VM (vmm, pid 300, fd 41), %s of its group is open\n",
		 l->dev[0].name, l->dev[1].name);
	assert_said(l, &f, VS_EXIT_OK, text);
}

/* Nobody has a descriptor, but a VM keeps the file. */
static void registered_only(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "vfio-pci", true);
	had_vm(l, 0, VMM);
	had_group(l, 0, 1);
	found_registration(l, 0, 1);
	look_done(l);
	assert_line(l, VS_EXIT_OK, "vm1 (?, pid 100), registered");
}

/* Its driver is being taken away from it: sysfs has it no more. */
static void held_and_not_in_sysfs(void **state)
{
	struct lab *l = *state;

	was_open(l, DPDK, DEV);
	found_device(l, DEV);
	look_done(l);
	assert_line(l, VS_EXIT_OK, "no VM (vmm, pid 300, fd 42), open");
}

/* As far as it is known; an open that was not seen began no earlier than its process. */
static void since_when_and_where(void **state)
{
	struct lab *l = *state;
	const struct vs_filter f = about(l, DEV);
	struct said said;

	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	place(l, DEV, "vfio-pci", true);
	was_open(l, DPDK, DEV);
	met(l, DPDK, 86402 * SEC, "01\n23", "/a");
	l->flags = VS_F_EXITING;
	found_device(l, DEV);
	l->flags = 0;
	met(l, OTHER, 0, "", "/b\n");
	found_group(l, 1, OTHER, 0);
	look_done(l);
	said = ask_as(l, &f, false);
	assert_non_null(strstr(said.text, "open, process since 1970-01-02 00:00:01, exiting, pod "
					  "01\\n23\n"));
	assert_non_null(strstr(said.text, "its group is open, cgroup /b\\n\n"));
	free(said.text);
	said = ask_as(l, &f, true);
	assert_non_null(strstr(said.text, "\"opened_ns\":null,\"started_ns\":86402000000000,"
					  "\"exiting\":true,\"pod\":\"01\\\\n23\","
					  "\"cgroup\":\"/a\"}"));
	free(said.text);
}

static void mapped_without_a_descriptor(void **state)
{
	struct lab *l = *state;

	place(l, DEV, "vfio-pci", true);
	was_open(l, DPDK, DEV);
	found_mapped_at(l, lab_reserve(l), DEV, DPDK);
	look_done(l);
	assert_line(l, VS_EXIT_OK, "no VM (vmm, pid 300), mapped, without a descriptor");
}

/* What this kernel does not show may be so. */
static void a_kernel_that_shows_no_mappings(void **state)
{
	struct lab *l = *state;

	blind = VS_BLIND_MAPPED;
	place(l, DEV, "vfio-pci", true);
	look_done(l);
	assert_line(l, VS_EXIT_INCONCLUSIVE,
		    "bound to vfio-pci, nobody has it open; this kernel does not show who maps it");
	blind = 0;
}

static void only_those_asked_for(void **state)
{
	struct lab *l = *state;
	struct vs_filter f;
	char text[256];

	place(l, DEV, "vfio-pci", true);
	was_open(l, DPDK, DEV);
	found_device(l, DEV);
	look_done(l);
	f = about(l, DEV);
	f.pid = VMM;
	snprintf(text, sizeof(text), "%s  bound to vfio-pci, held by others than those asked for\n",
		 f.device);
	assert_said(l, &f, VS_EXIT_FINDINGS, text);
	f.pid = 0;
	f.vm = "vm7";
	assert_said(l, &f, VS_EXIT_FINDINGS, text);
	f.vm = NULL;
	f.pid = DPDK;
	assert_line(l, VS_EXIT_OK, "no VM (vmm, pid 300, fd 42), open");
}

/* A file that is not bound keeps nobody from the group, but it is held. */
static void file_of_a_cdev(void **state)
{
	struct lab *l = *state;
	union vs_event ev;

	place(l, DEV, "vfio-pci", true);
	use_cdev(l, DEV);
	ev = lab_event(l, VS_FOUND_CDEV, DPDK);
	ev.h.flags |= VS_F_CDEV;
	ev.found_cdev.group = l->dev[DEV].group->ptr;
	ev.found_cdev.dev = l->dev[DEV].ptr;
	ev.found_cdev.iommu_group = l->dev[DEV].group->number;
	ev.found_cdev.fd = 5;
	SET_STRING(ev.found_cdev.name, l->dev[DEV].name);
	lab_emit(l, &ev);
	look_done(l);
	assert_line(l, VS_EXIT_OK, "no VM (vmm, pid 300, fd 5), its file is open, not bound");
}

static void for_programs(void **state)
{
	struct lab *l = *state;
	const struct vs_filter f = about(l, DEV);
	struct said said;

	place(l, DEV, "vfio-pci", true);
	found_group(l, 1, DPDK, 0);
	look_done(l);
	said = ask_as(l, &f, true);
	assert_non_null(strstr(said.text, "{\"type\":\"use\",\"schema\":1,\"device\":"));
	assert_non_null(strstr(said.text,
			       "\"answer\":\"held\",\"driver\":\"vfio-pci\",\"vfio\":true,"
			       "\"group\":13,\"holders\":[{\"hold\":\"group\",\"pid\":300,"));
	assert_int_equal(said.exit, VS_EXIT_OK);
	free(said.text);
}

/* With what nobody uses: by group, the open ones left out; for programs all. */
static void idle_devices(void **state)
{
	struct lab *l = *state;
	struct vs_filter f = any;
	struct said said;
	char text[512];

	f.idle = true;
	place(l, DEV, "vfio-pci", true);
	place(l, 1, "snd\n", false);
	place(l, 0, "vfio-pci", true);
	place(l, 3, "", false);
	was_open(l, DPDK, 0);
	found_device(l, 0);
	look_done(l);
	said = ask_as(l, &f, false);
	snprintf(text, sizeof(text),
		 "not in use\n"
		 "  group 12\n"
		 "    %s, driver snd\\n (not of VFIO)\n"
		 "  group 13\n"
		 "    %s, driver vfio-pci\n"
		 "  group 14\n"
		 "    %s, no driver\n",
		 l->dev[1].name, l->dev[DEV].name, l->dev[3].name);
	assert_non_null(strstr(said.text, text));
	free(said.text);
	said = ask_as(l, &f, true);
	snprintf(text, sizeof(text),
		 "{\"type\":\"member\",\"schema\":1,\"device\":\"%s\",\"bus\":\"pci\","
		 "\"driver\":\"vfio-pci\",\"vfio\":true,\"group\":12,\"open\":true}\n",
		 l->dev[0].name);
	assert_non_null(strstr(said.text, text));
	free(said.text);
	f.idle = false;
	said = ask_as(l, &f, false);
	assert_null(strstr(said.text, "not in use"));
	free(said.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		USE_TEST(free_device),
		USE_TEST(device_of_the_host),
		USE_TEST(device_without_a_driver),
		USE_TEST(no_such_device),
		USE_TEST(not_all_was_seen),
		USE_TEST(held_and_not_all_was_seen),
		USE_TEST(one_line_for_each_process),
		USE_TEST(another_device_of_the_group),
		USE_TEST(registered_only),
		USE_TEST(held_and_not_in_sysfs),
		USE_TEST(since_when_and_where),
		USE_TEST(mapped_without_a_descriptor),
		USE_TEST(a_kernel_that_shows_no_mappings),
		USE_TEST(only_those_asked_for),
		USE_TEST(file_of_a_cdev),
		USE_TEST(for_programs),
		USE_TEST(idle_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
