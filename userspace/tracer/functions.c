// SPDX-License-Identifier: GPL-2.0-only
/* Where functions are in a file, for uprobes: by the names it offers to other files. */
#include <errno.h>
#include <gelf.h>
#include <string.h>
#include "uprobes.h"

/* Uprobes know places of a file, symbols addresses. 0: it is in no segment. */
static u64 offset_of(Elf *elf, u64 address)
{
	size_t nr = 0, i;
	GElf_Phdr ph;

	elf_getphdrnum(elf, &nr);
	for (i = 0; i < nr; i++)
		if (gelf_getphdr(elf, i, &ph) && ph.p_type == PT_LOAD && ph.p_flags & PF_X &&
		    address >= ph.p_vaddr && address - ph.p_vaddr < ph.p_filesz)
			return address - ph.p_vaddr + ph.p_offset;
	return 0;
}

static bool has_segment(Elf *elf, u32 type)
{
	size_t nr = 0, i;
	GElf_Phdr ph;

	elf_getphdrnum(elf, &nr);
	for (i = 0; i < nr; i++)
		if (gelf_getphdr(elf, i, &ph) && ph.p_type == type)
			return true;
	return false;
}

/* One that others may call. What it is at run time is not known of STT_GNU_IFUNC. */
static bool is_function(const GElf_Sym *sym)
{
	const unsigned int bind = GELF_ST_BIND(sym->st_info);

	return GELF_ST_TYPE(sym->st_info) == STT_FUNC && sym->st_shndx != SHN_UNDEF &&
	       (bind == STB_GLOBAL || bind == STB_WEAK);
}

static unsigned int find_in(Elf *elf, u32 type, const char *const *names, unsigned int nr,
			    u64 *ret_offsets)
{
	unsigned int found = 0, n;
	Elf_Scn *scn = NULL;
	const char *name;
	Elf_Data *data;
	GElf_Shdr sh;
	GElf_Sym sym;
	size_t i;

	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != type || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (i = 0; data && i < sh.sh_size / sh.sh_entsize; i++) {
			if (!gelf_getsym(data, i, &sym) || !is_function(&sym))
				continue;
			name = elf_strptr(elf, sh.sh_link, sym.st_name);
			for (n = 0; name && n < nr; n++) {
				if (ret_offsets[n] || strcmp(name, names[n]))
					continue;
				ret_offsets[n] = offset_of(elf, sym.st_value);
				found += !!ret_offsets[n];
			}
		}
	}
	return found;
}

int mms_functions_find(int fd, bool program, const char *const *names, unsigned int nr,
		       u64 *ret_offsets, bool *ret_alone)
{
	GElf_Ehdr eh;
	Elf *elf;

	memset(ret_offsets, 0, nr * sizeof(*ret_offsets));
	*ret_alone = false;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh) ||
	    eh.e_machine != EM_X86_64 || gelf_getclass(elf) != ELFCLASS64) {
		elf_end(elf);
		return -ENOEXEC;
	}
	*ret_alone = program && !has_segment(elf, PT_INTERP);
	/* A static program offers nothing: all that it has of the C library is its own. */
	if (!find_in(elf, SHT_DYNSYM, names, nr, ret_offsets) && *ret_alone)
		find_in(elf, SHT_SYMTAB, names, nr, ret_offsets);
	elf_end(elf);
	return 0;
}
