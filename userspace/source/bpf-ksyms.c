// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of the kernel's variables, for the programs that use them: bpf/ksyms.bpf.c. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include "bpf.h"
#include "ksyms.skel.h"
#include "../../bpf/ksyms.h"

/**
 * struct ksyms - what a program wants to know
 * @btf: the program's types, which have the names
 * @vars: the variables of MMS_KSYMS_SECTION, @nr of them
 * @nr: see @vars
 * @map: the section's
 * @values: what is in there now
 * @size: bytes of @values
 */
struct ksyms {
	const struct btf *btf;
	const struct btf_var_secinfo *vars;
	u32 nr;
	struct bpf_map *map;
	const void *values;
	size_t size;
};

/* The kernel tells where none of its variables is. */
static bool none_told;

/* False: it wants nothing. */
static bool ksyms_of(const struct bpf_object *obj, struct ksyms *ret)
{
	const struct btf_type *section;
	s32 id;

	ret->btf = bpf_object__btf(obj);
	ret->map = bpf_object__find_map_by_name(obj, MMS_KSYMS_SECTION);
	if (!ret->map || !ret->btf)
		return false;
	id = btf__find_by_name_kind(ret->btf, MMS_KSYMS_SECTION, BTF_KIND_DATASEC);
	if (id < 0)
		return false;
	section = btf__type_by_id(ret->btf, id);
	ret->vars = btf_var_secinfos(section);
	ret->nr = btf_vlen(section);
	ret->values = bpf_map__initial_value(ret->map, &ret->size);
	return ret->values;
}

/* As the program asks for it: padded with zeros. */
static void name_of(const struct ksyms *syms, u32 i, char ret_name[MMS_KSYM_MAX_NAME])
{
	const struct btf_type *var = btf__type_by_id(syms->btf, syms->vars[i].type);
	const char *name = btf__name_by_offset(syms->btf, var->name_off);

	memset(ret_name, 0, MMS_KSYM_MAX_NAME);
	strncpy(ret_name, name, MMS_KSYM_MAX_NAME - 1);
}

static int want(struct mms_ksyms_bpf *skel, const char name[MMS_KSYM_MAX_NAME])
{
	const u64 address = 0;

	return bpf_map__update_elem(skel->maps.wanted, name, MMS_KSYM_MAX_NAME, &address,
				    sizeof(address), BPF_ANY);
}

/* 0: there is none, or more than one */
static u64 found(struct mms_ksyms_bpf *skel, const char name[MMS_KSYM_MAX_NAME])
{
	u64 address = 0;

	bpf_map__lookup_elem(skel->maps.wanted, name, MMS_KSYM_MAX_NAME, &address,
			     sizeof(address), 0);
	return address == MMS_KSYM_AMBIGUOUS ? 0 : address;
}

/* @syms: NULL: whether there are any is all that is asked. */
static int find(struct mms_ksyms_bpf *skel, const struct ksyms *syms, struct mms_err *err)
{
	static const char everywhere[MMS_KSYM_MAX_NAME] = MMS_KSYM_EVERYWHERE;
	char name[MMS_KSYM_MAX_NAME];
	int ret = mms_ksyms_bpf__load(skel);
	u32 i;

	if (ret == -ESRCH)
		return mms_err_set(err, MMS_EXIT_MISSING,
				   "the kernel has no BPF iterator over symbols: it needs CONFIG_KALLSYMS and Linux 6.0");
	if (!ret)
		ret = want(skel, everywhere);
	for (i = 0; !ret && syms && i < syms->nr; i++) {
		name_of(syms, i, name);
		ret = want(skel, name);
	}
	if (ret)
		return mms_bpf_error(-ret, err);
	if (mms_bpf_iter(skel->progs.each, err))
		return -1;
	none_told = !found(skel, everywhere);
	return 0;
}

static int fill(struct mms_ksyms_bpf *skel, const struct ksyms *syms, struct mms_err *err)
{
	u64 values[syms->size / sizeof(u64)];
	char name[MMS_KSYM_MAX_NAME];
	int ret;
	u32 i;

	if (find(skel, syms, err))
		return -1;
	for (i = 0; i < syms->nr; i++) {
		name_of(syms, i, name);
		values[syms->vars[i].offset / sizeof(u64)] = found(skel, name);
	}
	ret = bpf_map__set_initial_value(syms->map, values, sizeof(values));
	return ret ? mms_bpf_error(-ret, err) : 0;
}

int mms_ksyms_fill(struct bpf_object *obj, struct mms_err *err)
{
	struct mms_ksyms_bpf *skel;
	struct ksyms syms;
	int ret;

	if (!ksyms_of(obj, &syms))
		return 0;
	skel = mms_ksyms_bpf__open();
	if (!skel)
		return mms_bpf_error(errno, err);
	ret = fill(skel, &syms, err);
	mms_ksyms_bpf__destroy(skel);
	return ret;
}

u64 mms_ksyms_of(const struct bpf_object *obj, const char *want)
{
	char name[MMS_KSYM_MAX_NAME];
	struct ksyms syms;
	u32 i;

	for (i = 0; ksyms_of(obj, &syms) && i < syms.nr; i++) {
		name_of(&syms, i, name);
		if (!strcmp(name, want))
			return ((const u64 *)syms.values)[syms.vars[i].offset / sizeof(u64)];
	}
	return 0;
}

bool mms_ksyms_unknown(const struct bpf_object *obj)
{
	struct ksyms syms;

	return none_told && ksyms_of(obj, &syms);
}

int mms_ksyms_try(struct mms_err *err)
{
	struct mms_ksyms_bpf *skel = mms_ksyms_bpf__open();
	int ret;

	if (!skel)
		return mms_bpf_error(errno, err);
	ret = find(skel, NULL, err);
	mms_ksyms_bpf__destroy(skel);
	if (!ret && none_told)
		ret = mms_err_set(err, MMS_EXIT_MISSING,
				  "this kernel does not say where its variables are: it needs CONFIG_KALLSYMS_ALL");
	return ret;
}
