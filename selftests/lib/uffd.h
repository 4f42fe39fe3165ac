/* SPDX-License-Identifier: GPL-2.0-only */
/* <linux/userfaultfd.h>, with what its newer versions have. */
#ifndef MMS_TEST_UFFD_H
#define MMS_TEST_UFFD_H

#include <linux/userfaultfd.h>

#ifndef UFFDIO_REGISTER_MODE_RWP	/* 7.3 */
#define UFFD_FEATURE_RWP		(1 << 17)
#define UFFD_FEATURE_RWP_ASYNC		(1 << 18)
#define UFFD_PAGEFAULT_FLAG_RWP		(1 << 3)
#define UFFDIO_REGISTER_MODE_RWP	((__u64)1 << 3)
#define UFFDIO_RWPROTECT_MODE_RWP	((__u64)1 << 0)
#define uffdio_rwprotect		uffdio_writeprotect
#define UFFDIO_RWPROTECT		_IOWR(UFFDIO, 0x09, struct uffdio_rwprotect)
#endif

#endif
