# SPDX-License-Identifier: GPL-2.0-only
#
# make                the tool, and the module for the kernel that runs
# make install        both, with man pages and completions (DESTDIR=, PREFIX=)
# make uninstall      take them away again
# make install-dkms   the module's sources for DKMS, instead of the module
# make uninstall-dkms take these away again
# make deb            the Debian packages mmscope and mmscope-dkms, in build/deb
# make demo           build everything, boot the test VM and show what mmscope shows
# make check          build everything and pass all tests on all kernels of scripts/kernels
# make check-debug    the tests in the VM on a kernel that looks for faults in itself
# make check-deb      what is installed and packaged, and that two builds give the same bytes
# make lint           the checks of the sources alone
# make fuzz           the fuzzers, for SECONDS=600 in all
# make stress         everything at once in the test VM: SECONDS=600, ROWS="6.12 debug ..."
# make bench          what it costs, in executed instructions, beside the stock files
# make modules        the module for every kernel of scripts/kernels
# make clean          remove build/
#
# make demo, bench and all that check install what they need (scripts/setup) and fetch the
# kernels; later runs need no network.

O := $(CURDIR)/build
KDIR ?= /lib/modules/$(shell uname -r)/build
MODDIR ?= /lib/modules/$(shell uname -r)/updates
VERSION := $(shell sed -n 's/^MMS_VERSION := //p' Kbuild)
DKMSDIR ?= /usr/src/mmscope-$(VERSION)
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

# What building the module needs, and no more.
dkms_files := Kbuild $(wildcard module/*.[ch] module/compat/*.h module/compat/probe/*.c module/uapi/*.h) \
	      scripts/lib.sh
install-dkms:
	set -e; for f in $(dkms_files); do install -D -m 644 $$f $(DESTDIR)$(DKMSDIR)/$$f; done
	set -e; for f in scripts/module-build scripts/probe; do \
		install -D -m 755 $$f $(DESTDIR)$(DKMSDIR)/$$f; done
	sed 's/#MODULE_VERSION#/$(VERSION)/' scripts/dkms.conf >$(DESTDIR)$(DKMSDIR)/dkms.conf
	chmod 644 $(DESTDIR)$(DKMSDIR)/dkms.conf
	@test -n "$(DESTDIR)" || echo "Now: dkms install mmscope/$(VERSION)"

uninstall-dkms:
	rm -rf $(DESTDIR)$(DKMSDIR)

deb:
	scripts/deb

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
	selftests/run-rows -c default -c numa4 -e MMSCOPE_STARTS=10 debug

check-deb: setup
	selftests/install/run.sh install deb 'root bookworm' 'root trixie' reproducible

lint: setup
	scripts/lint

SECONDS ?= 600
fuzz: setup
	$(MAKE) -C selftests/fuzz O=$(O)
	selftests/fuzz/run -o $(O) -s $(SECONDS)

stress: setup modules
	selftests/run-rows --parallel -c default -c numa4 -t test_stress -t test_races -t test_pressure \
		-e MMSCOPE_STRESS_SECONDS=$(SECONDS) -e MMSCOPE_RACE_SECONDS=$$(($(SECONDS) / 10 + 1)) \
		--timeout $$(($(SECONDS) * 3 + 600)) $(ROWS)

bench: setup
	scripts/bench

clean:
	rm -rf $(O)

help:
	@sed -n '3,/^$$/s/^# \?//p' Makefile

.PHONY: all tools module modules install uninstall install-dkms uninstall-dkms deb setup demo \
	check check-debug check-deb lint fuzz stress bench clean help
