// SPDX-License-Identifier: GPL-2.0-only
/* All else is a library to the fuzzers: see selftests/fuzz. */
#include "cmd.h"

int main(int argc, char **argv)
{
	return mms_main(argc, argv);
}
