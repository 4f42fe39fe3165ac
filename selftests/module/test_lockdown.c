// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel is locked down: first for integrity, where it takes no module but one that is signed
 * with a key it knows; then for confidentiality while the module is in it: nothing can be opened
 * any more, and who asks is told why. There is no way back: configuration numa4 runs this last.
 */
#include <sys/mount.h>
#include "../lib/load.h"
#include "../lib/mms_test.h"
#include "../lib/tool.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"
#define CHANGED	"/tmp/mmscope-changed.ko"
#define NOT_HERE "this kernel cannot be locked down: CONFIG_SECURITY_LOCKDOWN_LSM, lsm="

static bool can_be_locked_down(void)
{
	if (access(LOCKDOWN, F_OK))
		mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	return !access(LOCKDOWN, F_OK);
}

/* As with Secure Boot. module-build has signed one for the kernel whose key is there. */
TEST(integrity_wants_a_signature)
{
	char text[4096], with[600], without[600], *changed;
	size_t size;
	int fd;

	if (!can_be_locked_down())
		SKIP(return, NOT_HERE);
	if (!mms_module_named())
		SKIP(return, "MMSCOPE_MODULE does not say which module to load again");
	snprintf(without, sizeof(without), "%s", getenv("MMSCOPE_MODULE"));
	snprintf(with, sizeof(with), "%.*s-signed.ko", (int)(strlen(without) - strlen(".ko")), without);
	if (access(with, R_OK))
		SKIP(return, "nobody here has the key this kernel trusts: the debug kernel has one of its own");
	ASSERT_EQ(0, file_write(LOCKDOWN, "integrity"));
	ASSERT_EQ(0, mms_unload_soon());
	EXPECT_EQ(-EPERM, mms_load(without, ""));
	EXPECT_NE(0, mms_tool(text, sizeof(text), "load %s", without));
	EXPECT_NE(NULL, strstr(text, "sign")) TH_LOG("%s", text);
	/* a byte of its code is another */
	changed = file_text(with, &size);
	ASSERT_NE(NULL, changed);
	changed[size / 2] ^= 1;
	fd = open(CHANGED, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ASSERT_EQ(size, write(fd, changed, size));
	close(fd);
	free(changed);
	EXPECT_GT(0, mms_load(CHANGED, ""));
	unlink(CHANGED);
	ASSERT_EQ(0, mms_load(with, ""));
	/* by /proc: debugfs is closed */
	EXPECT_EQ(-1, open(MMS_RAW "/maps", O_RDWR));
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "maps 1 --source module")) TH_LOG("%s", text);
	EXPECT_EQ(0, mms_tool(text, sizeof(text), "zones --source module")) TH_LOG("%s", text);
}

/* all in one, as it can be done once */
TEST(confidentiality_closes_everything)
{
	static const char *const texts[] = {
		MMS_PROC "/attach", MMS_PROC "/self/maps", MMS_PROC "/self/pgtable", MMS_PROC "/regions", MMS_PROC "/zones",
		MMS_PROC "/features", MMS_PROC_RAW "/maps", MMS_PROC_RAW "/pfns", MMS_DEBUGFS "/self/maps",
		MMS_DEBUGFS "/attach", MMS_DEBUGFS "/abi", MMS_RAW "/maps", MMS_RAW "/pfns",
	};
	/* debugfs closes files that can be written to sooner */
	bool integrity;
	char text[4096], buf[64], *now;
	int fd, open_before;

	if (!can_be_locked_down())
		SKIP(return, NOT_HERE);
	now = file_text(LOCKDOWN, NULL);
	integrity = now && strstr(now, "[integrity]");
	free(now);
	open_before = open(MMS_PROC "/self/maps", O_RDONLY);
	ASSERT_LE(0, open_before);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (integrity && !strncmp(texts[i], MMS_DEBUGFS, strlen(MMS_DEBUGFS)))
			continue;
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
