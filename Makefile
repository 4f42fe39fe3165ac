# SPDX-License-Identifier: GPL-2.0-only
#
# make              the tool, and the module for the kernel that runs
# make install      both, with man pages and completions (DESTDIR=, PREFIX=)
# make uninstall    take them away again
# make demo         build everything, boot the test VM and show what mmscope shows
# make check        build everything and pass all tests on all kernels of scripts/kernels
# make check-debug  the tests in the VM on a kernel that looks for faults in itself
# make lint         the checks of the sources alone
# make bench        what it costs, in executed instructions, beside the stock files
# make modules      the module for every kernel of scripts/kernels
# make clean        remove build/
#
# make demo, check, check-debug and bench install what they need (scripts/setup) and fetch the
# kernels; later runs need no network.

O := $(CURDIR)/build
KDIR ?= /lib/modules/$(shell uname -r)/build
MODDIR ?= /lib/modules/$(shell uname -r)/updates
ROWS := $(shell awk '!/^\#/ && NF && $$5 != "-" { print $$1 }' scripts/kernels)

all: tools module

tools:
	$(MAKE) -C userspace O=$(O)

module:
	@test -e $(KDIR)/Makefile || { \
		echo "no headers for the running kernel in $(KDIR): install linux-headers-$$(uname -r)," \
		     "or say KDIR=DIR; 'make tools' builds the tool alone" >&2; exit 1; }
	+scripts/module-build --kdir $(KDIR)

modules: $(ROWS:%=module-%)
module-%:
	+scripts/module-build $*

install: all
	$(MAKE) -C userspace O=$(O) install
	install -D -m 644 $(O)/native/mmscope.ko $(DESTDIR)$(MODDIR)/mmscope.ko
	test -n "$(DESTDIR)" || depmod

uninstall:
	$(MAKE) -C userspace O=$(O) uninstall
	rm -f $(DESTDIR)$(MODDIR)/mmscope.ko
	test -n "$(DESTDIR)" || depmod

setup:
	scripts/setup

demo: setup
	scripts/demo

check: setup
	scripts/check

check-debug: setup
	$(MAKE) tools
	scripts/debug-kernel
	scripts/module-build debug
	selftests/run-rows -c default debug

lint: setup
	scripts/lint

bench: setup
	scripts/bench

clean:
	rm -rf $(O)

help:
	@sed -n 's/^# \?//; 3,16p' Makefile

.PHONY: all tools module modules install uninstall setup demo check check-debug lint bench clean help
