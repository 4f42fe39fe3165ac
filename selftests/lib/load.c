// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "load.h"

bool mms_module_named(void)
{
	const char *path = getenv("MMSCOPE_MODULE");

	return path && *path;
}

int mms_load(const char *path, const char *parameters)
{
	int fd = open(path ? path : getenv("MMSCOPE_MODULE"), O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return err;
}

int mms_unload(void)
{
	return syscall(SYS_delete_module, "mmscope", O_NONBLOCK) ? -errno : 0;
}

int mms_unload_soon(void)
{
	int err = -EAGAIN;

	for (int i = 0; i < 100 && err; i++) {
		err = mms_unload();
		if (err)
			usleep(10000);
	}
	return err;
}
