# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# Machines that are directories: what is missing, and what it says about it.

machine() {
	rm -rf "$tmp/root"
	mkdir -p "$tmp/root"/proc/{4242,self,sys/kernel} "$tmp/root"/sys/{module,kernel/security}
	echo 6.1.0-test >"$tmp/root/proc/sys/kernel/osrelease"
	printf 'CapEff:\t0000000000000000\n' >"$tmp/root/proc/self/status"
	echo 'none [integrity] confidentiality' >"$tmp/root/sys/kernel/security/lockdown"
}

test_no_module() {
	machine
	status 4 "$tool" tables --root "$tmp/root" 4242
	says 'mmscope load'
	[[ ! $out ]] || wrong 'output without a source'
	status 4 "$tool" pgtable --root "$tmp/root" --source module 4242
	says 'not loaded'
	mkdir "$tmp/root/sys/module/mmscope"
	status 4 "$tool" tables --root "$tmp/root" 4242
	says 'there is no /proc/mmscope/raw'
	mkdir "$tmp/root/sys/module/mmscope/parameters"
	echo N >"$tmp/root/sys/module/mmscope/parameters/proc"
	status 4 "$tool" tables --root "$tmp/root" 4242
	says 'debugfs is not mounted'
	echo N >"$tmp/root/sys/module/mmscope/parameters/debugfs"
	status 4 "$tool" tables --root "$tmp/root" 4242
	says 'without its raw files'
	status 4 "$tool" attach --root "$tmp/root" 4242
	says 'mmscope load'
}

test_features_of_a_machine() {
	machine
	mm features --root "$tmp/root" --json
	json '.rows[0].detail' '"6.1.0-test"'
	json '.rows[] | select(.name == "no lockdown") | [.have, .detail]' '[false,"integrity"]'
	json '.rows[] | select(.name == "CAP_SYS_ADMIN") | .have' false
	json '.rows[] | select(.name == "loaded") | .todo' '"mmscope load (after make install)"'
	mkdir "$tmp/root/sys/module/mmscope"
	echo 0.1.0 >"$tmp/root/sys/module/mmscope/version"
	mm features --root "$tmp/root" --json
	json '.rows[] | select(.name == "loaded") | [.have, .detail]' '[true,"0.1.0"]'
}

test_attach_list() {
	machine
	mkdir -p "$tmp/root/proc/mmscope"
	echo '4242 fixture' >"$tmp/root/proc/mmscope/attach"
	mm attach --root "$tmp/root"
	is '4242 fixture'
	mm attach --root "$tmp/root" 7
	[[ $(<"$tmp/root/proc/mmscope/attach") == 7* ]] || wrong 'the PID is not in the file'
	mm detach --root "$tmp/root" 7
	[[ $(<"$tmp/root/proc/mmscope/attach") == -7* ]] || wrong 'the PID is not in the file'
}
