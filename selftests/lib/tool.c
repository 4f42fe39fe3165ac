// SPDX-License-Identifier: GPL-2.0-only
#include <grp.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

int mms_tool(char *text, size_t size, const char *format, ...)
{
	char self[4096] = "", args[4096], command[9000];
	size_t n = 0;
	va_list ap;
	FILE *f;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = 0;
	va_start(ap, format);
	vsnprintf(args, sizeof(args), format, ap);
	va_end(ap);
	snprintf(command, sizeof(command), "exec %s/mmscope %s 2>&1", self, args);
	f = popen(command, "r");
	if (!f)
		return -1;
	while (n < size - 1 && !feof(f))
		n += fread(text + n, 1, size - 1 - n, f);
	text[n] = 0;
	return WEXITSTATUS(pclose(f));
}

int mms_be_nobody(void)
{
	return setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ? -1 : 0;
}

const char *mms_kmod_load(const char *name)
{
	const char *module = getenv("MMSCOPE_MODULE");
	char path[4096], command[4200];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	if (!access(path, F_OK))
		return NULL;
	if (!module || !*module)
		return "no module was given, and this one lies beside it";
	snprintf(command, sizeof(command), "%s", module);
	if ((size_t)snprintf(path, sizeof(path), "%s/kmod/%s.ko", dirname(command), name) >= sizeof(path) || access(path, R_OK))
		return "it is not there: scripts/module-build makes it";
	snprintf(command, sizeof(command), "insmod %s", path);
	return system(command) ? "the kernel does not take it" : NULL;
}

void mms_kmod_unload(const char *name)
{
	char command[200];

	snprintf(command, sizeof(command), "rmmod %s 2>/dev/null", name);
	if (system(command))
		fprintf(stderr, "# rmmod %s failed\n", name);
}
