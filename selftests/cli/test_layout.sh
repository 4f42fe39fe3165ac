# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# layout: the drawing, and that nothing is left out. The machine is that of test_procfs.sh.

test_layout_adds_up() {
	recorded
	mm layout --root "$root" --json 4242
	json '.totals | [.user_bytes, .mapped_bytes + .gap_bytes == .user_bytes]' '[140737488355328,true]'
	json '.totals | .kernel_regions_bytes + .kernel_unused_bytes == .kernel_bytes' true
	json '.totals | [.vmas, .gaps, .largest_gap_bytes, .largest_gap_at]' \
		'[4,5,139637959933952,"0x1004000"]'
	json '[.rows[] | select(.half == "user") | .size_bytes] | add' 140737488355328
	json '[.rows[] | select(.half == "kernel") | .size_bytes] | add' 140737488355328
	# each begins where the one before ends, from 0 to the end of memory
	json '[.rows[:-1], .rows[1:]] | transpose | all(.[0].end == .[1].start)' true
	json '[.rows[0].start, .rows[-1].end]' '["0x0","0x0"]'
	json '[.rows[] | select(.kind == "mapping") | .name]' \
		'["/usr/bin/fix ture","[heap]","/tmp/a\nb","[stack]"]'
}

test_layout_five_levels() {
	recorded
	printf 'flags\t\t: fpu la57 nx\n' >"$root/proc/cpuinfo"
	mm layout --root "$root" --json 4242
	json '[.totals.user_bytes, .totals.kernel_bytes] | map(. == pow(2; 56))' '[true,true]'
	json '.rows[-1].end' '"0x0"'
	mm layout --root "$root" 4242
	has '64PiB user'
	has '5 levels'
}

test_layout_drawing() {
	recorded
	echo 28 >"$root/proc/sys/vm/mmap_rnd_bits"
	echo 2 >"$root/proc/sys/kernel/randomize_va_space"
	mm layout --root "$root" 4242
	has 'fix ture, process 4242'
	has '[heap]'
	has 'a\nb'
	has 'As they are without KASLR'
	has 'where it is linked to, not random'
	has '22 bits'
	[[ $out != *[^[:ascii:]]* ]] || wrong 'more than ASCII in the C locale'
	((${#out} < 8000)) || wrong "${#out} bytes of output"
	if grep -q '^.\{80\}' "$tmp/out"; then
		wrong 'a line of more than 79 columns'
	fi
	echo 0 >"$root/proc/sys/kernel/randomize_va_space"
	mm layout --root "$root" 4242
	hasnt '22 bits'
	LC_ALL=C.UTF-8 mm layout --root "$root" 4242
	has '█'
	LC_ALL=C.UTF-8 mm layout --ascii --root "$root" 4242
	hasnt '█'
	mm layout --color always --root "$root" 4242
	has $'\e['
}

test_layout_locate() {
	recorded
	mm layout --root "$root" --locate heap+0x1010 4242
	has '> 0x1001010 is heap+0x1010, in [heap]'
	mm layout --root "$root" --locate 0x500000 4242
	has 'is in a gap of'
	mm layout --root "$root" --locate 0x800000000000 4242
	has 'is not canonical'
	mm layout --root "$root" --locate 0xffffffff81000000 4242
	has 'kernel text'
	mm layout --root "$root" --locate stack --json 4242
	json '[.rows[] | select(.located) | .name]' '["[stack]"]'
	usage 'nothing mapped has that name' layout --root "$root" --locate nothing 4242
}

test_layout_list() {
	recorded
	mm layout --root "$root" --list -n -r -o start,size,kind,perm 4242
	has $'400000 12288 mapping r-xp\n403000 12570624 gap -'
	mm layout --root "$root" -o range -n 4242
	has 'ffffffffff600000-ffffffffff601000'
}

test_check_needs_the_module() {
	[[ ! -e /sys/module/mmscope ]] || { skip 'the module is loaded'; return; }
	status 4 "$tool" check
	[[ ! $out ]] || wrong 'output without the module'
}
