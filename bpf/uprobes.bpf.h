/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tracers of functions of user mode, with filter.child: before a process that is
 * followed runs code of a file for the first time it is stopped, and the tool told, which
 * looks into the file, puts uprobes into it, and lets the process go on. common.bpf.h comes
 * before.
 */
#ifndef MMS_BPF_UPROBES_H
#define MMS_BPF_UPROBES_H

#define VM_EXEC		0x4
#define SIGCONT		18
#define SIGSTOP		19

/* Files that the tool has looked into: its to fill. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct mms_trace_code);
	__type(value, __u8);
} looked SEC(".maps");

static __always_inline void look(struct file *file, u32 tgid)
{
	struct mms_trace_look rec = { .type = MMS_TRACE_LOOK, .tgid = tgid };
	struct mms_trace_count *count = trace_count();

	if (!file || !count)
		return;
	rec.code.inode = file->f_inode->i_ino;
	rec.code.dev = file->f_inode->i_sb->s_dev;
	if (bpf_map_lookup_elem(&looked, &rec.code))
		return;
	/* Stopped first: the tool may be faster than this. It stops on its way to user mode. */
	if (bpf_send_signal(SIGSTOP)) {
		count->lost++;
		return;
	}
	if (bpf_ringbuf_output(&events, &rec, sizeof(rec), BPF_RB_FORCE_WAKEUP)) {
		count->lost++;
		bpf_send_signal(SIGCONT);
	}
}

static __always_inline bool is_followed(u32 tgid)
{
	return tgid == filter.child || bpf_map_lookup_elem(&tgids, &tgid);
}

/* A file of a new program, with the interpreter that is mapped by then. */
static __always_inline void look_exec(struct task_struct *task, struct linux_binprm *bprm)
{
	u32 tgid = task->tgid;

	if (filter.child && is_followed(tgid))
		look(bprm->file, tgid);
}

/* The kernel comes through here with each mapping of a file that uprobes might be in. */
SEC("fentry/uprobe_mmap")
int BPF_PROG(mapped, struct vm_area_struct *vma)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 tgid = task->tgid;

	if (!filter.child || !(vma->vm_flags & VM_EXEC) || !is_followed(tgid))
		return 0;
	/* exec is not to be disturbed by signals: look_exec() comes behind it. */
	if (!BPF_CORE_READ_BITFIELD(task, in_execve))
		look(vma->vm_file, tgid);
	return 0;
}

#endif /* MMS_BPF_UPROBES_H */
