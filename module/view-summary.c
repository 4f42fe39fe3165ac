// SPDX-License-Identifier: GPL-2.0-only
/* summary: the counters, bounds and settings that an mm_struct holds, in one record. */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "arch.h"
#include "compat/mm.h"
#include "compat/vma.h"
#include "session.h"
#include "view.h"

static u64 summary_bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

static void summary_bounds(struct mms_summary_rec *rec, struct mm_struct *mm)
{
	spin_lock(&mm->arg_lock);
	rec->start_code = mm->start_code;
	rec->end_code = mm->end_code;
	rec->start_data = mm->start_data;
	rec->end_data = mm->end_data;
	rec->start_brk = mm->start_brk;
	rec->brk = mm->brk;
	rec->start_stack = mm->start_stack;
	rec->arg_start = mm->arg_start;
	rec->arg_end = mm->arg_end;
	rec->env_start = mm->env_start;
	rec->env_end = mm->env_end;
	spin_unlock(&mm->arg_lock);
	rec->mmap_base = mm->mmap_base;
	rec->task_size = mm->task_size;
}

static void summary_counters(struct mms_summary_rec *rec, struct mm_struct *mm)
{
	rec->rss_anon = summary_bytes(mms_mm_counter(mm, MM_ANONPAGES));
	rec->rss_file = summary_bytes(mms_mm_counter(mm, MM_FILEPAGES));
	rec->rss_shmem = summary_bytes(mms_mm_counter(mm, MM_SHMEMPAGES));
	rec->swap = summary_bytes(mms_mm_counter(mm, MM_SWAPENTS));
	rec->total_vm = summary_bytes(mm->total_vm);
	rec->locked_vm = summary_bytes(mm->locked_vm);
	rec->pinned_vm = summary_bytes(atomic64_read(&mm->pinned_vm));
	rec->data_vm = summary_bytes(mm->data_vm);
	rec->exec_vm = summary_bytes(mm->exec_vm);
	rec->stack_vm = summary_bytes(mm->stack_vm);
	rec->pgtables = mm_pgtables_bytes(mm);
	/* the marks are only raised when a counter falls: the counter may be higher */
	rec->hiwater_rss = max(summary_bytes(mm->hiwater_rss),
			       rec->rss_anon + rec->rss_file + rec->rss_shmem);
	rec->hiwater_vm = max(summary_bytes(mm->hiwater_vm), rec->total_vm);
	rec->map_count = mm->map_count;
	rec->mm_users = atomic_read(&mm->mm_users) - 1;		/* without this reader */
	rec->mm_count = atomic_read(&mm->mm_count) - 1;		/* without the open file */
}

static void summary_settings(struct mms_summary_rec *rec, struct mm_struct *mm)
{
	rec->cpus = cpumask_bits(mm_cpumask(mm))[0];
	rec->nr_cpus = cpumask_weight(mm_cpumask(mm));
	rec->def_flags = mms_vma_flags(mm->def_flags);
	rec->thp_disabled = mms_mm_thp_disabled(mm);
	rec->ksm_merge = mms_mm_ksm_merge(mm);
#ifdef CONFIG_NUMA_BALANCING
	rec->numa_scan_seq = mm->numa_scan_seq;
	rec->numa_scan_offset = mm->numa_scan_offset;
	rec->numa_next_scan_ms = jiffies_to_msecs(mm->numa_next_scan - INITIAL_JIFFIES);
#endif
}

/* The thread-group leader's name and NUMA policy, and how many are in its group. */
static void summary_task(struct mms_summary_rec *rec, struct mms_out *out, struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	char comm[TASK_COMM_LEN] = "";

	rec->policy = MMS_NO_POLICY;
	if (!task)
		return;
	task_lock(task);
#ifdef CONFIG_NUMA
	if (task->mempolicy) {
		rec->policy = task->mempolicy->mode;
		rec->policy_nodes = nodes_addr(task->mempolicy->nodes)[0];
	}
#endif
	strscpy(comm, task->comm, sizeof(comm));
	task_unlock(task);
	rec->threads = get_nr_threads(task);
	put_task_struct(task);
	mms_out_text(out, rec, comm, strlen(comm));
}

static int summary_fill(struct mms_session *s, struct mms_out *out)
{
	struct mm_struct *mm = mms_session_get_mm(s);
	struct mms_summary_rec *rec;

	if (!mm)
		return -ESRCH;
	rec = mms_out_row(out);
	rec->pid = pid_nr_ns(s->pid, s->ns);
	summary_bounds(rec, mm);
	summary_counters(rec, mm);
	summary_settings(rec, mm);
	mms_arch_summary(rec, mm);
	summary_task(rec, out, s->pid);
	mmput(mm);
	return 0;
}

static const struct mms_field summary_fields[] = {
#define MMS_F(f, u, t) MMS_FIELD_OF(mms_summary_rec, f, u, t)
	MMS_SUMMARY_FIELDS(MMS_F)
#undef MMS_F
};

const struct mms_view mms_view_summary = {
	MMS_VIEW_OF(summary),
	.scope = MMS_SCOPE_PROCESS,
	.surfaces = MMS_ON_TEXT | MMS_ON_RAW,
	.upright = true,
	.fill = summary_fill,
};
