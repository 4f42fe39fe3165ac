// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel is locked down (confidentiality) while the module is in it: nothing can be opened any
 * more, and who asks is told why. There is no way back: configuration numa4 runs this last.
 */
#include <sys/mount.h>
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

/* all in one, as it can be done once */
TEST(confidentiality_closes_everything)
{
	static const char *const texts[] = {
		MMS_PROC "/attach", MMS_PROC "/self/maps", MMS_PROC "/self/pgtable", MMS_PROC "/regions", MMS_PROC "/zones",
		MMS_PROC "/features", MMS_DEBUGFS "/self/maps", MMS_DEBUGFS "/attach", MMS_DEBUGFS "/abi", MMS_RAW "/maps",
		MMS_RAW "/pfns",
	};
	char text[4096], buf[64];
	int fd, open_before;

	if (access(LOCKDOWN, F_OK))
		mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	if (access(LOCKDOWN, F_OK))
		SKIP(return, "this kernel cannot be locked down: CONFIG_SECURITY_LOCKDOWN_LSM, lsm=");
	open_before = open(MMS_PROC "/self/maps", O_RDONLY);
	ASSERT_LE(0, open_before);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		fd = open(texts[i], O_RDONLY);
		EXPECT_LE(0, fd) TH_LOG("%s: %s", texts[i], strerror(errno));
		close(fd);
	}

	ASSERT_EQ(0, file_write(LOCKDOWN, "confidentiality"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		fd = open(texts[i], O_RDONLY);
		EXPECT_EQ(-1, fd) TH_LOG("%s", texts[i]);
		EXPECT_EQ(EPERM, errno) TH_LOG("%s: %s", texts[i], strerror(errno));
	}
	EXPECT_EQ(4, mms_tool(text, sizeof(text), "pgtable 1 --source module"));
	EXPECT_NE(NULL, strstr(text, "locked down")) TH_LOG("%s", text);
	EXPECT_EQ(4, mms_tool(text, sizeof(text), "trace faults -d 0.1"));
	EXPECT_NE(NULL, strstr(text, "locked down")) TH_LOG("%s", text);
	EXPECT_EQ(4, mms_tool(text, sizeof(text), "slab"));
	EXPECT_NE(NULL, strstr(text, "locked down")) TH_LOG("%s", text);
	/* what needs neither works as before */
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "maps 1 --source procfs")) TH_LOG("%s", text);
	/* as with the kernel's own files, it is asked at open */
	EXPECT_LT(0, read(open_before, buf, sizeof(buf)));
	close(open_before);
}

TEST_HARNESS_MAIN
