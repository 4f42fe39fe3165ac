// SPDX-License-Identifier: GPL-2.0-only
/* mmscope load, unload: the module in and out of the kernel. */
#include <errno.h>
#include <libkmod.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"

#define MODULE	"mmscope"

static int load_error(int error, const char *what)
{
	switch (error) {
	case EPERM:
	case EACCES:
		if (geteuid())
			return mms_err(MMS_EXIT_MISSING, "loading a module needs root (CAP_SYS_MODULE)");
		return mms_err(MMS_EXIT_MISSING,
			       "the kernel refuses to load %s: it is locked down, as it is with Secure Boot, and takes only modules that are signed with a key it knows (sign it, and enrol the key: mokutil), or it takes no more modules at all (kernel.modules_disabled); see mmscope features",
			       what);
	case ENOKEY:
	case EKEYREJECTED:
		return mms_err(MMS_EXIT_MISSING,
			       "%s is not signed with a key this kernel knows: Secure Boot wants one; sign the module and enrol the key (mokutil), or switch Secure Boot off",
			       what);
	case ENOEXEC:
	case EINVAL:
		return mms_err(MMS_EXIT_FAILED,
			       "%s was built for another kernel: build it again for the running one (the kernel log says what differs)",
			       what);
	case ENOENT:
		return mms_err(MMS_EXIT_MISSING,
			       "no module %s, or a symbol it needs is not in this kernel: make install puts it in place; the kernel log names a symbol",
			       what);
	default:
		return mms_err(MMS_EXIT_FAILED, "loading %s: %s", what, strerror(error));
	}
}

static int load_path(struct kmod_ctx *ctx, const char *path)
{
	struct kmod_module *mod;
	int ret;

	ret = kmod_module_new_from_path(ctx, path, &mod);
	if (ret < 0)
		return ret;
	ret = kmod_module_insert_module(mod, 0, NULL);
	kmod_module_unref(mod);
	return ret;
}

static int load_name(struct kmod_ctx *ctx)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod;
	int ret;

	ret = kmod_module_new_from_lookup(ctx, MODULE, &list);
	if (ret < 0)
		return ret;
	if (!list)
		return -ENOENT;
	mod = kmod_module_get_module(list);
	ret = kmod_module_probe_insert_module(mod, KMOD_PROBE_FAIL_ON_LOADED,
					       NULL, NULL, NULL, NULL);
	kmod_module_unref(mod);
	kmod_module_unref_list(list);
	return ret;
}

int mms_cmd_load(const struct mms_cmdline *cl)
{
	const char *path = cl->nr_args ? cl->args[0] : NULL;
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	int ret;

	if (!ctx)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	kmod_set_log_priority(ctx, 0);
	ret = path ? load_path(ctx, path) : load_name(ctx);
	kmod_unref(ctx);
	if (!ret)
		return MMS_EXIT_OK;
	if (ret == -EEXIST) {
		mms_warn("the module is loaded already");
		return MMS_EXIT_OK;
	}
	return load_error(ret < 0 ? -ret : EPERM, path ?: MODULE);
}

int mms_cmd_unload(const struct mms_cmdline *cl __unused)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_module *mod;
	int ret;

	if (!ctx)
		return mms_err(MMS_EXIT_FAILED, "out of memory");
	kmod_set_log_priority(ctx, 0);
	ret = kmod_module_new_from_name(ctx, MODULE, &mod);
	if (!ret) {
		ret = kmod_module_remove_module(mod, 0);
		kmod_module_unref(mod);
	}
	kmod_unref(ctx);
	switch (ret < 0 ? -ret : 0) {
	case 0:
		return MMS_EXIT_OK;
	case ENOENT:
		mms_warn("the module is not loaded");
		return MMS_EXIT_OK;
	case EPERM:
		return mms_err(MMS_EXIT_MISSING, "unloading a module needs root (CAP_SYS_MODULE)");
	case EWOULDBLOCK:
	case EBUSY:
		return mms_err(MMS_EXIT_FAILED, "the module is in use: one of its files is open");
	default:
		return mms_err(MMS_EXIT_FAILED, "unloading the module: %s", strerror(-ret));
	}
}
