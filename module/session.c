// SPDX-License-Identifier: GPL-2.0-only
/* One open file: access, target, query, its buffer and the loop that fills it. */
#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include "arch.h"
#include "session.h"

/* ---- the buffer a view fills ------------------------------------------- */

/**
 * mms_out_row() - a new row
 * @out: the buffer
 *
 * Return: the record, its type set and the rest zero, or NULL if it is full.
 */
void *mms_out_row(struct mms_out *out)
{
	struct mms_rec *rec = (struct mms_rec *)(out->buf + out->used);

	if (!mms_out_room(out, 0))
		return NULL;
	memset(rec, 0, out->record_size);
	rec->type = MMS_REC_ROW;
	out->used += out->record_size;
	out->rows++;
	return rec;
}

/**
 * mms_out_put() - a row that was put together elsewhere
 * @out: the buffer
 * @row: the record; if it says that it raced, that is counted
 *
 * Return: the record in the buffer, or NULL if it is full.
 */
void *mms_out_put(struct mms_out *out, const void *row)
{
	struct mms_rec *rec = (struct mms_rec *)(out->buf + out->used);

	if (!mms_out_room(out, 0))
		return NULL;
	memcpy(rec, row, out->record_size);
	out->used += out->record_size;
	out->rows++;
	out->raced += !!(rec->flags & MMS_RF_RACED);
	return rec;
}

/**
 * mms_out_text() - put text behind a row
 * @out: the buffer, with room as told by mms_out_room()
 * @row: the row, the last in the buffer
 * @text: the text, any bytes
 * @len: bytes at @text; what is over MMS_TEXT_MAX is cut, and said so
 */
void mms_out_text(struct mms_out *out, void *row, const char *text, size_t len)
{
	size_t payload = out->record_size - sizeof(struct mms_rec);
	struct mms_rec *rec = row;

	if (len > MMS_TEXT_MAX) {
		len = MMS_TEXT_MAX;
		rec->flags |= MMS_RF_CUT;
	}
	rec->text = len;
	while (len) {
		size_t part = min(len, payload);

		rec = (struct mms_rec *)(out->buf + out->used);
		memset(rec, 0, out->record_size);
		rec->type = MMS_REC_TEXT;
		rec->text = part;
		memcpy(rec + 1, text, part);
		out->used += out->record_size;
		text += part;
		len -= part;
	}
}

/* ---- open, target, query, close ---------------------------------------- */

/**
 * mms_may_open() - may the opener of a file see what the module shows?
 * @file: the file; its opener's credentials count
 * @kernel: it shows kernel addresses
 *
 * Root of the initial user namespace only, whatever the mode of the file says:
 * a page table tells of other processes' memory. Lockdown in confidentiality
 * mode closes /proc/kcore for the same reason.
 *
 * Return: 0, EACCES, or EPERM under lockdown.
 */
int mms_may_open(struct file *file, bool kernel)
{
	if (!file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN))
		return -EACCES;
	if (kernel && !file_ns_capable(file, &init_user_ns, CAP_SYSLOG))
		return -EACCES;
	return security_locked_down(LOCKDOWN_KCORE);
}

/**
 * mms_session_create() - a session for a file that is being opened
 * @view: what the file shows
 * @file: the file; its opener's credentials and pid namespace count
 *
 * Return: the session, to be ended by mms_session_destroy(), or an ERR_PTR:
 * EACCES without the capabilities, EPERM under lockdown, ENOMEM.
 */
struct mms_session *mms_session_create(const struct mms_view *view, struct file *file)
{
	struct mms_session *s;
	int err;

	err = mms_may_open(file, view->kernel);
	if (err)
		return ERR_PTR(err);

	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->out.buf = kvmalloc(MMS_OUT_SIZE, GFP_KERNEL_ACCOUNT);
	if (!s->out.buf)
		goto free_session;
	s->scratch = (void *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!s->scratch)
		goto free_buf;
	if (view->state_size) {
		s->state = kvzalloc(view->state_size, GFP_KERNEL_ACCOUNT);
		if (!s->state)
			goto free_scratch;
	}
	mutex_init(&s->lock);
	s->view = view;
	s->out.record_size = view->record_size;
	s->bits = mms_arch_bits();
	s->ns = get_pid_ns(task_active_pid_ns(current));
	s->syslog = file_ns_capable(file, &init_user_ns, CAP_SYSLOG);
	return s;

free_scratch:
	free_page((unsigned long)s->scratch);
free_buf:
	kvfree(s->out.buf);
free_session:
	kfree(s);
	return ERR_PTR(-ENOMEM);
}

static void mms_session_end(struct mms_session *s)
{
	if (s->phase != MMS_PHASE_IDLE && s->view->end)
		s->view->end(s);
	s->phase = MMS_PHASE_IDLE;
	s->out.used = 0;
	s->out.taken = 0;
}

static void mms_session_drop_target(struct mms_session *s)
{
	if (s->mm)
		mmdrop(s->mm);
	put_pid(s->pid);
	s->mm = NULL;
	s->pid = NULL;
}

void mms_session_destroy(struct mms_session *s)
{
	mms_session_end(s);
	mms_session_drop_target(s);
	put_pid_ns(s->ns);
	kvfree(s->state);
	free_page((unsigned long)s->scratch);
	kvfree(s->out.buf);
	kfree(s);
}

/**
 * mms_session_target() - say whose address space the session is about
 * @s: the session, between streams
 * @pid: the process or one of its threads; a reference of the caller's
 *
 * Return: 0; ESRCH if it is gone or about to go; EINVAL for a kernel thread,
 * which has no address space of its own. The old target stays on error.
 */
int mms_session_target(struct mms_session *s, struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm;
	struct pid *tgid;
	int err = 0;

	if (!task)
		return -ESRCH;
	if (task->flags & PF_KTHREAD) {
		err = -EINVAL;
		goto put_task;
	}
	mm = get_task_mm(task);
	if (!mm) {
		err = -ESRCH;
		goto put_task;
	}
	rcu_read_lock();
	tgid = get_pid(task_tgid(task));
	rcu_read_unlock();
	mmgrab(mm);
	mmput(mm);
	mms_session_drop_target(s);
	s->pid = tgid;
	s->mm = mm;
put_task:
	put_task_struct(task);
	return err;
}

/**
 * mms_session_kernel() - let a session of the system walk the kernel's half
 * @s: the session, between streams
 *
 * Every address space has the kernel's half, so the reader's own will do.
 *
 * Return: 0, or ESRCH for a reader without one.
 */
int mms_session_kernel(struct mms_session *s)
{
	if (!current->mm)
		return -ESRCH;
	mmgrab(current->mm);
	mms_session_drop_target(s);
	s->mm = current->mm;
	return 0;
}

static int mms_session_lookup(struct mms_session *s, pid_t nr)
{
	struct pid *pid;
	int err;

	if (!nr)
		return mms_session_target(s, task_tgid(current));
	rcu_read_lock();
	pid = get_pid(find_pid_ns(nr, s->ns));
	rcu_read_unlock();
	if (!pid)
		return -ESRCH;
	err = mms_session_target(s, pid);
	put_pid(pid);
	return err;
}

/* What no view understands, and what this one does not. */
static int mms_query_check(const struct mms_session *s, const struct mms_query *q)
{
	const struct mms_view *view = s->view;
	bool range = q->levels || q->start || q->end;
	u8 by_kinds = view->filters & MMS_BY_FOLIO ? MMS_BY_FOLIO : MMS_BY_KIND;
	unsigned int nr_kinds = view->filters & MMS_BY_FOLIO ? MMS_NR_FOLIO_KINDS : MMS_NR_KINDS;
	u8 filters = (q->kinds ? by_kinds : 0) |
		     (q->entry_mask | q->entry_value ? MMS_BY_ENTRY : 0) |
		     (q->kpf_mask | q->kpf_value ? MMS_BY_KPF : 0);

	if (q->pad || q->pad1 || q->pid < 0 || (q->flags & ~view->flags))
		return -EINVAL;
	if ((range && !view->uses_range) || (filters & ~view->filters))
		return -EINVAL;
	if (view->scope == MMS_SCOPE_SYSTEM && q->pid)
		return -EINVAL;
	/* descriptor 0 is a file like any other: a query without the field names none */
	if (view->uses_file ? q->size < offsetofend(struct mms_query, fd) : q->fd)
		return -EINVAL;
	if (q->levels & ~(u32)(BIT(MMS_LEVEL_PGD + 1) - BIT(MMS_LEVEL_PTE)))
		return -EINVAL;
	if (q->kinds & ~(u32)(BIT(nr_kinds) - 1))
		return -EINVAL;
	/* A filter that nothing can pass is a mistake, not an empty answer. */
	if ((q->entry_value & ~q->entry_mask) || (q->kpf_value & ~q->kpf_mask))
		return -EINVAL;
	if ((q->flags & MMS_Q_KERNEL) && !s->syslog)
		return -EACCES;
	return 0;
}

/**
 * mms_session_begin() - start a stream
 * @s: the session; a stream that was under way is ended
 * @q: the query, complete and checked
 *
 * Context: process context, s->lock held or the file not yet shared.
 * Return: 0 or -errno, as the view's begin() gives it or EINVAL.
 */
int mms_session_begin(struct mms_session *s, const struct mms_query *q)
{
	int err;

	mms_session_end(s);
	s->query = *q;
	s->out.rows = 0;
	s->out.raced = 0;
	s->error = 0;
	s->chunks = 0;
	s->max_hold_ns = 0;
	s->end_flags = 0;
	s->time_ns = ktime_get_boottime_ns();
	if (s->state)
		memset(s->state, 0, s->view->state_size);
	if (s->view->begin) {
		err = s->view->begin(s);
		if (err)
			return err;
	}
	s->phase = MMS_PHASE_ROWS;
	return 0;
}

static void mms_session_header(const struct mms_session *s, struct mms_header *h)
{
	memset(h, 0, sizeof(*h));
	h->magic = MMS_MAGIC;
	h->abi = MMS_ABI;
	h->header_size = sizeof(*h);
	h->record_size = s->view->record_size;
	h->view = s->view->id;
	h->page_shift = PAGE_SHIFT;
	h->pid = s->pid ? pid_nr_ns(s->pid, s->ns) : 0;
	h->flags = s->query.flags;
	h->time_ns = s->time_ns;
	mms_arch_header(h);
}

/**
 * mms_session_query() - take a query from user space
 * @s: the session
 * @buf: a struct mms_query, perhaps of another length than ours
 * @len: bytes at @buf
 *
 * Return: 0; EINVAL for a length, a flag, a tail or a range that is not
 * understood; ESRCH, EACCES, EFAULT, ENOMEM.
 */
int mms_session_query(struct mms_session *s, const char __user *buf, size_t len)
{
	struct mms_query q = {};
	u32 size;
	int err;

	mms_session_end(s);
	if (len < MMS_QUERY_MIN || len > PAGE_SIZE)
		return -EINVAL;
	if (get_user(size, (const u32 __user *)buf))
		return -EFAULT;
	if (size != len)
		return -EINVAL;
	err = copy_struct_from_user(&q, sizeof(q), buf, len);
	if (err)
		return err == -E2BIG ? -EINVAL : err;
	err = mms_query_check(s, &q);
	if (!err && s->view->scope == MMS_SCOPE_PROCESS)
		err = mms_session_lookup(s, q.pid);
	if (!err)
		err = mms_session_begin(s, &q);
	if (err)
		return err;
	mms_session_header(s, (struct mms_header *)s->out.buf);
	s->out.used = sizeof(struct mms_header);
	return 0;
}

static void mms_session_put_end(struct mms_session *s)
{
	struct mms_end *end = (struct mms_end *)(s->out.buf + s->out.used);

	memset(end, 0, s->out.record_size);
	end->rec.type = MMS_REC_END;
	end->flags = s->end_flags | (s->out.raced ? MMS_END_RACED : 0);
	end->rows = s->out.rows;
	end->chunks = s->chunks;
	end->max_hold_ns = s->max_hold_ns;
	s->out.used += s->out.record_size;
}

/**
 * mms_session_fill() - gather the next records; the buffer must be taken empty
 * @s: the session, s->lock held
 *
 * Return: bytes in s->out, 0 at the end of the stream, or -errno: EINVAL before
 * a query, ESRCH when the target is gone, EINTR when the reader was killed,
 * ERESTARTSYS for another signal while nothing was found. The END record comes
 * with the last rows: views leave room for it.
 */
int mms_session_fill(struct mms_session *s)
{
	int more;

	if (s->error)
		return s->error;
	if (s->phase == MMS_PHASE_IDLE)
		return -EINVAL;
	s->out.used = 0;
	s->out.taken = 0;
	while (s->phase == MMS_PHASE_ROWS && !s->out.used) {
		more = s->view->fill(s, &s->out);
		s->chunks++;
		if (more < 0) {
			s->error = more;
			return more;
		}
		if (!more)
			s->phase = MMS_PHASE_END;
		else if (!s->out.used && signal_pending(current))
			return -ERESTARTSYS;	/* nothing is lost: it goes on from there */
		cond_resched();
	}
	if (s->phase == MMS_PHASE_END && s->out.used + s->out.record_size <= MMS_OUT_SIZE) {
		mms_session_put_end(s);
		s->phase = MMS_PHASE_DONE;
	}
	return s->out.used;
}

/**
 * mms_session_get_mm() - the target's address space, for a chunk of work
 * @s: the session
 *
 * Return: the mm with mm_users raised, to be given back with mmput(); NULL when
 * the target has exited or called exec since the file was opened.
 */
struct mm_struct *mms_session_get_mm(struct mms_session *s)
{
	return s->mm && mmget_not_zero(s->mm) ? s->mm : NULL;
}

/* ---- raw files --------------------------------------------------------- */

/**
 * mms_raw_read() - read on in a raw stream
 * @s: the session
 * @buf: where to
 * @count: how much at most; any number of bytes, records may be cut
 *
 * Return: bytes read, 0 at the end of the stream, or -errno. An error after
 * the first bytes of a call is given at the next one.
 */
ssize_t mms_raw_read(struct mms_session *s, char __user *buf, size_t count)
{
	ssize_t done = 0;
	int n;

	if (mutex_lock_interruptible(&s->lock))
		return -EINTR;
	while (done < (ssize_t)count) {
		size_t part = min(count - done, s->out.used - s->out.taken);

		if (!part) {
			if (done && s->phase == MMS_PHASE_ROWS && signal_pending(current))
				break;
			n = mms_session_fill(s);
			if (n <= 0) {
				if (!done)
					done = n;
				break;
			}
			continue;
		}
		if (copy_to_user(buf + done, s->out.buf + s->out.taken, part)) {
			if (!done)
				done = -EFAULT;
			break;
		}
		s->out.taken += part;
		done += part;
	}
	mutex_unlock(&s->lock);
	return done;
}
