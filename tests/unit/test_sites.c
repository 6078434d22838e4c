// SPDX-License-Identifier: GPL-2.0-only
/* The site table: names, programs, modules, architectures, and who asks for what. */
#include <errno.h>

#include "toy_facts.h"

#define S(id) VS_SITE_BIT(VS_SITE_##id)

static void sites_by_name(void **state)
{
	const struct vs_facts facts = good_kernel();
	struct vs_plan plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	size_t i, j;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(vs_sites[i].name, vs_sites[j].name);
	assert_int_equal(vs_plan_method(&plan, VS_SITE_DEVICE_OPEN), VS_METHOD_FENTRY);
	assert_int_equal(vs_plan_method(&plan, VS_SITE_KVM_TAKEN), VS_METHOD_NONE); /* not wanted */
}

static const vs_site_set phases = S(THREAD_END) | S(GROUP_PHASES) | S(CONTAINER_PHASES) |
				  S(REGISTER_PHASE) | S(COHERENCY_PHASE) | S(DEVICE_PHASES) |
				  S(CDEV_PHASE) | S(IOMMUFD_PHASES) | S(USE_IOMMU_PHASE) |
				  S(IOMMUFD_USE_PHASE) | S(DOMAIN_PHASE) | S(IOMMU_ATTACH_PHASE) |
				  S(PIN_PHASE) | S(DEVICE_MEMORY) | S(IOMMUFD_PIN_PHASE) |
				  S(PCI_PHASES) | S(RESET_PHASE) | S(UNPIN_PHASE) | S(LOCK_WAIT);

/* Each command attaches what it asks for, and nothing else. */
static void what_each_command_attaches(void **state)
{
	const vs_site_set audit =
		S(SNAPSHOT) | S(VM_CREATE) | S(VM_DESTROY) | S(KVM_VFIO_CREATE) |
		S(KVM_VFIO_RELEASE) | S(REGISTRATION) | S(SET_KVM) | S(COHERENCY_ON) |
		S(GROUP_OPEN) | S(GROUP_IOCTL) | S(SET_IOMMU) | S(DEVICE_OPEN) | S(DEVICE_CLOSE) |
		S(DEVICE_IOCTL) | S(REGION_MAP) | S(UNBIND) | S(CDEV_IOCTL) | S(IOMMUFD_BIND) |
		S(DMA_FAILURES) | S(IOMMUFD_FAILURES) | S(MODULE_LOAD) | S(MODULE_FREE);
	const vs_site_set trace = audit | S(COHERENCY_OFF) | S(GROUP_RELEASE) | S(KVM_TAKEN) |
				  S(KVM_DROPPED) | S(DRIVER_OPEN) | S(CDEV_OPEN) | S(CDEV_RELEASE) |
				  S(IOMMUFD_IOCTL);
	const vs_site_set dma = S(CONTAINER_IOCTL) | S(CONTAINER_RELEASE) | S(IOMMUFD_IOCTL) |
				S(IOMMUFD_RELEASE);
	const vs_site_set profile = S(SNAPSHOT) | S(VM_CREATE) | S(VM_DESTROY) | S(DEVICE_OPEN) |
				    S(DEVICE_CLOSE) | S(MODULE_LOAD) | S(MODULE_FREE) | phases;
	const struct {
		const struct vs_ask *ask;
		unsigned int more; /* --dma, --budget */
		vs_site_set attached, required;
	} commands[] = {
		{ &vs_ask_trace, 0, trace, 0 },
		{ &vs_ask_trace, VS_SERVE_DMA, trace | dma, 0 },
		{ &vs_ask_audit, 0, audit, S(DEVICE_OPEN) },
		{ &vs_ask_audit, VS_SERVE_DMA, audit | dma, S(DEVICE_OPEN) },
		{ &vs_ask_ps, 0, S(SNAPSHOT) | S(MAPPED), S(SNAPSHOT) },
		{ &vs_ask_audit, VS_SERVE_LATENCY, audit | phases, S(DEVICE_OPEN) },
		{ &vs_ask_profile, 0, profile, S(DEVICE_OPEN) },
		{ &vs_ask_doctor, 0, trace | dma | phases | S(MAPPED), S(DEVICE_OPEN) },
	};
	const struct vs_facts facts = good_kernel();
	size_t c, i;

	(void)state;
	for (c = 0; c < ARRAY_SIZE(commands); c++) {
		struct vs_policy policy = { .ask = *commands[c].ask };
		struct vs_plan plan;

		policy.ask.serves |= commands[c].more;
		vs_plan_make(&plan, &facts, &policy);
		for (i = 0; i < VS_SITE_COUNT; i++) {
			bool attached = commands[c].attached & VS_SITE_BIT(i);

			assert_int_equal(plan.site[i].wanted, attached);
			assert_int_equal(!!plan.site[i].method, attached);
		}
		assert_int_equal(plan.required, commands[c].required);
	}
}

/* A command cannot require a site without its being attached. */
static void what_is_required_is_wanted(void **state)
{
	const struct vs_facts facts = good_kernel();
	const struct vs_policy policy = {
		.ask = { .serves = VS_SERVE_STATE, .required = S(DEVICE_CLOSE) },
	};
	struct vs_plan plan;

	(void)state;
	vs_plan_make(&plan, &facts, &policy);
	assert_attached(&plan, VS_SITE_DEVICE_CLOSE, VS_METHOD_FENTRY, 0);
	assert_false(plan.site[VS_SITE_DEVICE_OPEN].wanted);
}

/* A site of another architecture is not missed: what it shows cannot happen here. */
static void sites_of_other_architectures(void **state)
{
	const vs_site_set x86 = S(COHERENCY_ON) | S(COHERENCY_OFF) | S(COHERENCY_PHASE);
	struct vs_facts facts = good_kernel();
	struct vs_policy policy = { .ask = vs_ask_doctor, .without = S(COHERENCY_ON) };
	struct vs_plan plan;
	size_t i;

	(void)state;
	facts.arch = VS_ARCH_X86;
	plan = make_plan(&facts, &vs_ask_doctor, VS_PROBE_AUTO);
	for (i = 0; i < VS_SITE_COUNT; i++)
		assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
	assert_int_equal(vs_plan_inapplicable(&plan), 0);

	facts.arch = VS_ARCH_ARM64;
	take_away(&facts, VS_SITE_COHERENCY_ON);
	take_away(&facts, VS_SITE_COHERENCY_OFF);
	vs_plan_make(&plan, &facts, &policy); /* left out or not: it is not there */
	for (i = 0; i < VS_SITE_COUNT; i++) {
		if (!(x86 & VS_SITE_BIT(i))) {
			assert_attached(&plan, i, best_method(&vs_sites[i]), 0);
			continue;
		}
		assert_false(plan.site[i].wanted);
		assert_int_equal(plan.site[i].method, VS_METHOD_NONE);
		assert_int_equal(plan.site[i].why_id, VS_WHY_OTHER_ARCH);
		assert_string_not_equal(plan.site[i].why, "");
	}
	assert_int_equal(vs_plan_blind(&plan), 0);
	assert_int_equal(vs_plan_silent(&plan), 0);
	assert_int_equal(vs_plan_inapplicable(&plan), VS_RULE_BIT(VS_RULE_NONCOHERENT_DMA));

	/* Nobody asks ps for it. */
	plan = make_plan(&facts, &vs_ask_ps, VS_PROBE_AUTO);
	assert_int_equal(vs_plan_inapplicable(&plan), 0);
}

static void architectures_by_name(void **state)
{
	(void)state;
	assert_int_equal(vs_arch_find("x86_64"), VS_ARCH_X86);
	assert_int_equal(vs_arch_find("aarch64"), VS_ARCH_ARM64);
	assert_int_equal(vs_arch_find("ppc64le"), VS_ARCH_POWERPC);
	assert_int_equal(vs_arch_find("s390x"), VS_ARCH_S390);
	assert_int_equal(vs_arch_find("riscv64"), VS_ARCH_OTHER);
	assert_int_equal(vs_arch_find(""), VS_ARCH_OTHER);
}

/* What is attached for a part, by name. */
static void programs_of_a_part(void **state)
{
	const struct vs_part call = { "f", VS_HOW_CALL, 1, NULL };
	const struct vs_part point = { "f", VS_HOW_POINT, 1, "g" };
	const struct vs_part tracepoint = { "f", VS_HOW_RAW_TP, 1, NULL };
	const struct vs_part iterator = { "f", VS_HOW_ITER, 0, "look" };
	const struct vs_part mark = { "f", VS_HOW_MARK, 1, NULL };
	char name[VS_PROGRAM_NAME];

	(void)state;
	assert_int_equal(vs_part_slots(&call, VS_METHOD_FENTRY),
			 1u << VS_SLOT_FENTRY | 1u << VS_SLOT_FEXIT);
	assert_int_equal(vs_part_slots(&call, VS_METHOD_KPROBE),
			 1u << VS_SLOT_KPROBE | 1u << VS_SLOT_KRETPROBE);
	assert_int_equal(vs_part_slots(&point, VS_METHOD_FENTRY), 1u << VS_SLOT_FENTRY);
	assert_int_equal(vs_part_slots(&point, VS_METHOD_KPROBE), 1u << VS_SLOT_KPROBE);
	assert_int_equal(vs_part_slots(&tracepoint, VS_METHOD_RAW_TP), 1u << VS_SLOT_ONLY);
	assert_int_equal(vs_part_slots(&iterator, VS_METHOD_ITER), 1u << VS_SLOT_ONLY);
	assert_int_equal(vs_part_slots(&mark, VS_METHOD_FENTRY), 0);
	assert_int_equal(vs_part_slots(&call, VS_METHOD_NONE), 0);
	assert_string_equal(vs_part_program(&call, VS_SLOT_FENTRY, name), "f_fentry");
	assert_string_equal(vs_part_program(&call, VS_SLOT_FEXIT, name), "f_fexit");
	assert_string_equal(vs_part_program(&point, VS_SLOT_KPROBE, name), "g_kprobe");
	assert_string_equal(vs_part_program(&call, VS_SLOT_KRETPROBE, name), "f_kretprobe");
	assert_string_equal(vs_part_program(&iterator, VS_SLOT_ONLY, name), "look");
}

/* What vfioscope cannot do is missing, as what the kernel cannot. */
static void a_program_that_is_not_there(void **state)
{
	struct vs_facts facts = good_kernel();
	struct vs_func_facts *open = &facts.func[VS_SITE_DEVICE_OPEN][0][0];
	struct vs_plan plan;

	(void)state;
	open->program[VS_SLOT_FEXIT].absent = true;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_attached(&plan, VS_SITE_DEVICE_OPEN, VS_METHOD_KPROBE, 0);
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_FENTRY);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_PROGRAM);
	assert_string_equal(plan.site[VS_SITE_DEVICE_OPEN].why,
			    "vfioscope has no program vfio_df_open_fexit for this site");
	open->program[VS_SLOT_KPROBE].absent = true;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_PROGRAM);
	assert_ptr_equal(vs_plan_blocker(&plan), &vs_sites[VS_SITE_DEVICE_OPEN]);
	/* Also where the kernel would refuse it. */
	facts.fentry = facts.kprobe = VS_FACT_NO;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_DEVICE_OPEN, VS_WHY_NO_PROGRAM);

	facts = good_kernel();
	facts.func[VS_SITE_SNAPSHOT][0][0].program[VS_SLOT_ONLY].absent = true;
	facts.func[VS_SITE_MODULE_LOAD][0][0].program[VS_SLOT_ONLY].absent = true;
	plan = make_plan(&facts, &vs_ask_audit, VS_PROBE_AUTO);
	assert_missing(&plan, VS_SITE_SNAPSHOT, VS_WHY_NO_PROGRAM);
	assert_missing(&plan, VS_SITE_MODULE_LOAD, VS_WHY_NO_PROGRAM);
}

/* Each once, and every site's module is among them. */
static void modules_of_all_sites(void **state)
{
	char families[VS_FAMILY_MAX][VS_FAMILY_LEN];
	const char *modules[VS_SITE_COUNT];
	size_t count = vs_site_modules(modules), site, i, other, family;

	(void)state;
	assert_int_equal(vs_site_families(families), 0);
	assert_string_equal(families[0], "kvm");
	assert_string_equal(families[1], "vfio");
	assert_string_equal(families[2], "iommufd");
	for (i = 0; i < count; i++) {
		for (other = 0; other < i; other++)
			assert_string_not_equal(modules[i], modules[other]);
		for (family = 0; family < VS_FAMILY_MAX && *families[family]; family++)
			if (!strncmp(modules[i], families[family], strlen(families[family])))
				break;
		assert_true(family < VS_FAMILY_MAX && *families[family]);
	}
	for (site = 0; site < VS_SITE_COUNT; site++) {
		for (i = 0; vs_sites[site].module && i < count; i++)
			if (!strcmp(modules[i], vs_sites[site].module))
				break;
		assert_true(!vs_sites[site].module || i < count);
	}
}

/* Everything can be said of each site, and each depends on earlier ones only. */
static void site_table_is_sound(void **state)
{
	size_t i, other;

	(void)state;
	for (i = 0; i < VS_SITE_COUNT; i++) {
		const struct vs_site *s = &vs_sites[i];

		assert_non_null(s->name);
		assert_non_null(s->what);
		assert_non_null(s->without);
		assert_non_null(s->way[0].part[0].func);
		assert_true(s->serves);
		assert_int_equal(s->serves & ~VS_SERVE_ALL, 0);
		for (other = 0; other < VS_WAY_MAX; other++)
			assert_int_equal(s->way[other].needs & ~(VS_SITE_BIT(i) - 1), 0);
		for (other = 0; other < i; other++)
			assert_string_not_equal(s->name, vs_sites[other].name);
	}
}

/* Readers of --json rely on the ids; people read the sentences. */
static void reasons_have_ids(void **state)
{
	char say[64], cut[8];
	int why, other;

	(void)state;
	assert_null(vs_why_id(VS_WHY_NONE));
	for (why = VS_WHY_NONE + 1; why < VS_WHY_COUNT; why++) {
		assert_non_null(vs_why_id(why));
		for (other = VS_WHY_NONE + 1; other < why; other++)
			assert_string_not_equal(vs_why_id(why), vs_why_id(other));
		vs_why_say(say, sizeof(say), why, "f", 0);
		assert_string_not_equal(say, "");
	}
	vs_why_say(say, sizeof(say), VS_WHY_NONE, NULL, 0);
	assert_string_equal(say, "");
	vs_why_say(say, sizeof(say), VS_WHY_NO_FUNCTION, "f", 0);
	assert_string_equal(say, "this kernel has no function f");
	vs_why_say(say, sizeof(say), VS_WHY_LOAD_REFUSED, "f", 524);
	assert_string_equal(say, "the kernel refused to load the program f (error 524)");
	vs_why_say(cut, sizeof(cut), VS_WHY_LOAD_REFUSED, "f", EBUSY);
	assert_string_equal(cut, "the ker");
}

static void methods_have_names(void **state)
{
	(void)state;
	assert_string_equal(vs_method_name(VS_METHOD_NONE), "none");
	assert_string_equal(vs_method_name(VS_METHOD_FENTRY), "fentry");
	assert_string_equal(vs_method_name(VS_METHOD_KPROBE), "kprobe");
	assert_string_equal(vs_method_name(VS_METHOD_RAW_TP), "tracepoint");
	assert_string_equal(vs_method_name(VS_METHOD_ITER), "iterator");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sites_by_name),
		cmocka_unit_test(what_each_command_attaches),
		cmocka_unit_test(what_is_required_is_wanted),
		cmocka_unit_test(sites_of_other_architectures),
		cmocka_unit_test(architectures_by_name),
		cmocka_unit_test(programs_of_a_part),
		cmocka_unit_test(a_program_that_is_not_there),
		cmocka_unit_test(modules_of_all_sites),
		cmocka_unit_test(site_table_is_sound),
		cmocka_unit_test(reasons_have_ids),
		cmocka_unit_test(methods_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
