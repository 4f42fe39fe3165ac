// SPDX-License-Identifier: GPL-2.0-only
/* What most commands do with their command line. */
#include <dirent.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "lib/number.h"
#include "lib/words.h"
#include "model/symbols.h"
#include "model/vocab.h"

int mms_cl_source(const struct mms_cmdline *cl, struct mms_source_args *ret_args,
		  struct mms_err *err)
{
	const char *source = cl->val[MMS_OPT_SOURCE];
	struct mms_source_args args = {
		.from = cl->val[MMS_OPT_FROM],
		.save = cl->val[MMS_OPT_SAVE],
		.root = cl->val[MMS_OPT_ROOT] ?: "",
	};

	if (source && (!strcmp(source, "module") || !strcmp(source, "procfs")))
		args.source = source;
	else if (source && !strcmp(source, "proc"))
		args.source = "procfs";
	else if (source && !access(source, F_OK))
		args.from = source;
	else if (source)
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--source %s: not module, not procfs, and no file", source);
	if (args.from && args.source)
		return mms_err_set(err, MMS_EXIT_USAGE, "--source %s and --from exclude each other",
				   source);
	if (args.from && args.save)
		return mms_err_set(err, MMS_EXIT_USAGE, "what is read from a file is saved already");
	*ret_args = args;
	return 0;
}

int mms_cl_pid(const char *text, s32 *ret_pid, struct mms_err *err)
{
	u64 pid;

	if (!strcmp(text, "self")) {
		*ret_pid = getpid();
		return 0;
	}
	if (mms_parse_u64(text, strlen(text), &pid) || !pid || pid > 0x7fffffff)
		return mms_err_set(err, MMS_EXIT_USAGE, "'%s' is no PID", text);
	*ret_pid = pid;
	return 0;
}

int mms_cl_each_pid(const struct mms_cmdline *cl, int (*each)(s32 pid, void *data), void *data)
{
	int i, ret, status = MMS_EXIT_OK;
	struct mms_err err;
	s32 pid;

	for (i = 0; i < cl->nr_args; i++)
		if (mms_cl_pid(cl->args[i], &pid, &err))
			return mms_err_say(&err);
	for (i = 0; i < cl->nr_args; i++) {
		mms_cl_pid(cl->args[i], &pid, &err);
		ret = each(pid, data);
		status = status ?: ret;
		if (ret == MMS_EXIT_MISSING)
			break;
	}
	return status;
}

static int want_color(const struct mms_cmdline *cl, bool *ret_color, struct mms_err *err)
{
	const char *when = cl->val[MMS_OPT_COLOR] ?: "auto";
	const char *no = getenv("NO_COLOR");

	if (!strcmp(when, "always"))
		*ret_color = true;
	else if (!strcmp(when, "never"))
		*ret_color = false;
	else if (!strcmp(when, "auto"))
		*ret_color = isatty(STDOUT_FILENO) && !(no && *no);
	else
		return mms_err_set(err, MMS_EXIT_USAGE, "--color %s: not auto, always or never", when);
	return 0;
}

int mms_cl_render(const struct mms_cmdline *cl, const struct mms_model *model,
		  struct mms_render *r, char **ret_columns, struct mms_err *err)
{
	struct mms_render_opts opts = {
		.json = mms_cl_set(cl, MMS_OPT_JSON) || mms_cl_set(cl, MMS_OPT_JSON_LINES),
		.lines = mms_cl_set(cl, MMS_OPT_JSON_LINES),
		.raw = mms_cl_set(cl, MMS_OPT_RAW),
		.bytes = mms_cl_set(cl, MMS_OPT_BYTES),
		.no_headings = mms_cl_set(cl, MMS_OPT_NOHEADINGS),
	};
	const char *spec = cl->val[MMS_OPT_OUTPUT], *defaults, *bad;
	char *columns = NULL;
	char schema[64], with_pid[512];
	int ret;

	if (want_color(cl, &opts.color, err))
		return -1;
	defaults = mms_cl_set(cl, MMS_OPT_EXTENDED) && model->extended ? model->extended :
								  model->defaults;
	/* Rows of several processes say whose they are. */
	if (cl->nr_args > 1 && cl->cmd->max_args < 0 && mms_model_field(model, "pid", 3) >= 0 &&
	    strncmp(defaults, "pid,", 4) && !strstr(defaults, ",pid,")) {
		snprintf(with_pid, sizeof(with_pid), "pid,%s", defaults);
		defaults = with_pid;
	}
	if (!spec && !opts.json)
		spec = defaults;
	ret = spec ? mms_columns_parse(model, spec, defaults, &columns, &bad) : 0;
	if (ret == -EINVAL)
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "no column '%.*s': mmscope %s --list-columns lists them",
				   (int)strcspn(bad, ","), bad, cl->cmd->name);
	snprintf(schema, sizeof(schema), "mmscope.%s", cl->cmd->name);
	if (ret || mms_render_init(r, &opts, schema)) {
		free(columns);
		return mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
	}
	*ret_columns = columns;
	return 0;
}

bool mms_cl_ascii(const struct mms_cmdline *cl)
{
	locale_t locale;
	bool utf8;

	if (mms_cl_set(cl, MMS_OPT_ASCII))
		return true;
	locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (!locale)
		return true;
	utf8 = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
	freelocale(locale);
	return !utf8;
}

int mms_cl_render_end(struct mms_render *r, int status)
{
	int ret = mms_render_deinit(r);

	if (ret)
		return mms_err(MMS_EXIT_FAILED, "writing the output: %s", strerror(-ret));
	return status;
}

static int resolve(void *data, const char *name, size_t len, u64 *ret_start, u64 *ret_end)
{
	return data ? mms_symbols_find(data, name, len, ret_start, ret_end) : -ENOENT;
}

int mms_cl_range(const char *text, const struct mms_symbols *symbols,
		 struct mms_query *query, struct mms_err *err)
{
	u64 start, end;

	switch (mms_parse_range(text, resolve, (void *)symbols, &start, &end)) {
	case 0:
		break;
	case -ERANGE:
		return mms_err_set(err, MMS_EXIT_USAGE, "'%s': the range is empty or wraps", text);
	case -ENOENT:
		if (!symbols)
			return mms_err_set(err, MMS_EXIT_FAILED,
					   "'%s' is no number, and there are no names to look for it in: no such process, or its maps cannot be read",
					   text);
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "'%s': no number, and nothing mapped has that name", text);
	default:
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "'%s' is no range: ADDR, ADDR+SIZE, ADDR,END, START-END or a name", text);
	}
	query->start = start;
	query->end = end;
	return 0;
}

int mms_cl_sort(const struct mms_cmdline *cl, const struct mms_model *model,
		int *ret_field, bool *ret_down, struct mms_err *err)
{
	const char *key = cl->val[MMS_OPT_SORT];
	int field = -1;

	*ret_field = -1;
	if (!key)
		return 0;
	*ret_down = *key == '-';
	key += *key == '-' || *key == '+';
	field = mms_model_field(model, key, strlen(key));
	if (field < 0)
		return mms_err_set(err, MMS_EXIT_USAGE,
				   "--sort: no column '%s': mmscope %s --list-columns lists them",
				   key, cl->cmd->name);
	*ret_field = field;
	return 0;
}

struct mask {
	unsigned int unit;
	u32 bits;
	const char *bad;
	size_t len;
};

static int mask_word(void *data, const char *word, size_t len)
{
	struct mask *m = data;
	int number = mms_word_find(m->unit, word, len);

	if (number < 0) {
		m->bad = word;
		m->len = len;
		return -EINVAL;
	}
	m->bits |= BIT(number);
	return 0;
}

int mms_cl_words(const char *list, unsigned int unit, const char *what, u32 *ret_bits,
		 struct mms_err *err)
{
	struct mask m = { .unit = unit };

	if (list && mms_words_each(list, mask_word, &m))
		return mms_err_set(err, MMS_EXIT_USAGE, "no %s '%.*s'", what, (int)m.len, m.bad);
	*ret_bits = m.bits;
	return 0;
}

/* One -b. */
static int add_kpf(const char *spec, struct mms_query *q, struct mms_filters *filters,
		   struct mms_err *err)
{
	struct mms_filter *f = &filters->of[filters->nr];
	const char *bad = spec;

	if (filters->nr == MMS_MAX_FILTERS)
		return mms_err_set(err, MMS_EXIT_USAGE, "-b: more than %d times", MMS_MAX_FILTERS);
	if (mms_filter_kpf(spec, f, &bad))
		return mms_err_set(err, MMS_EXIT_USAGE, "-b: no page flag '%.*s'",
				   (int)strcspn(bad, ",="), bad);
	filters->nr++;
	if (!f->any) {
		q->kpf_mask = f->mask;
		q->kpf_value = f->value;
	}
	return 0;
}

int mms_cl_kpf(const struct mms_cmdline *cl, struct mms_query *q, struct mms_filters *filters,
	       struct mms_err *err)
{
	const char *specs = cl->val[MMS_OPT_BITS];
	char *words = specs ? strdup(specs) : NULL, *rest = words, *word;
	int ret = !specs || words ? 0 : mms_err_set(err, MMS_EXIT_FAILED, "out of memory");

	while (!ret && (word = strsep(&rest, MMS_CL_AGAIN)))
		ret = add_kpf(word, q, filters, err);
	free(words);
	return ret;
}

static int compare_pids(const void *a, const void *b)
{
	return *(const s32 *)a - *(const s32 *)b;
}

/* One more at the end of @pids, which may move; false: out of memory. */
static bool add_pid(s32 **pids, int *nr, s32 pid)
{
	s32 *more = *pids;

	if (!(*nr % 256)) {
		more = realloc(*pids, (*nr + 256) * sizeof(**pids));
		if (!more)
			return false;
	}
	*pids = more;
	more[(*nr)++] = pid;
	return true;
}

s32 *mms_all_pids(int *ret_nr, struct mms_err *err)
{
	DIR *dir = opendir("/proc");
	bool room = true;
	struct dirent *entry;
	s32 *pids = NULL;
	int nr = 0;

	while (dir && room && (entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			room = add_pid(&pids, &nr, atoi(entry->d_name));
	if (dir)
		closedir(dir);
	if (!room || !nr) {
		free(pids);
		if (room)
			mms_err_set(err, MMS_EXIT_MISSING, "there is no process in /proc: mount it");
		else
			mms_err_set(err, MMS_EXIT_FAILED, "out of memory");
		return NULL;
	}
	qsort(pids, nr, sizeof(*pids), compare_pids);
	*ret_nr = nr;
	return pids;
}
