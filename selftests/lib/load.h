/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading the module, and unloading it. */
#ifndef MMS_LOAD_H
#define MMS_LOAD_H

#include <stdbool.h>

/* The module that this run is about is named: MMSCOPE_MODULE. */
bool mms_module_named(void);
/* Load a file (NULL: that of MMSCOPE_MODULE) with @parameters. 0 or -errno. */
int mms_load(const char *path, const char *parameters);
/* Unload it, if nobody holds it. 0 or -errno. */
int mms_unload(void);
/* The same with some tries: a reference may be on its way out. */
int mms_unload_soon(void);

#endif /* MMS_LOAD_H */
