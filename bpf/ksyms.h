/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the kernel's variables, which ksyms.bpf.c finds for those who use MMS_KSYM(). */
#ifndef MMS_BPF_KSYMS_H
#define MMS_BPF_KSYMS_H

/* Where a program has them: a __u64 each, by the name of the kernel's variable. */
#define MMS_KSYMS_SECTION	".rodata.ksyms"

#define MMS_KSYM_MAX_NAME	64	/* with its NUL */
#define MMS_KSYM_EVERYWHERE "init_task"	/* every kernel has it */
#define MMS_KSYM_AMBIGUOUS	(~0ULL)	/* more than one variable has the name */

#endif /* MMS_BPF_KSYMS_H */
