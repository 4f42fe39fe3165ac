# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# The stock kernel's own files as a source, from a directory that stands for a machine.

# word FILE INDEX HEX: put a 64-bit word into a file
word() {
	local i bytes='' hex
	hex=$(printf '%016x' "$3")
	for ((i = 14; i >= 0; i -= 2)); do
		bytes+="\\x${hex:i:2}"
	done
	printf '%b' "$bytes" | dd of="$1" bs=8 seek=$(($2)) conv=notrunc status=none
}

# vma RANGE PERMS OFFSET DEV INODE NAME RSS PSS SWAP VMFLAGS: a VMA of smaps
vma() {
	printf '%s %s %s %s %s %s\n' "$1" "$2" "$3" "$4" "$5" "$6"
	printf 'Size: 12 kB\nKernelPageSize: 4 kB\nMMUPageSize: 4 kB\nRss: %s kB\nPss: %s kB\n' "$7" "$8"
	printf 'Shared_Clean: 4 kB\nShared_Dirty: 0 kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: 4 kB\n'
	printf 'Referenced: 8 kB\nAnonymous: 4 kB\nLazyFree: 0 kB\nAnonHugePages: 0 kB\n'
	printf 'ShmemPmdMapped: 0 kB\nFilePmdMapped: 0 kB\nShared_Hugetlb: 0 kB\nPrivate_Hugetlb: 0 kB\n'
	printf 'Swap: %s kB\nSwapPss: 0 kB\nLocked: 0 kB\nTHPeligible: 0\nVmFlags: %s \n' "$9" "${10}"
}

# A process with a program, a heap, a file with a newline in its name, and a stack.
recorded() {
	local p i
	root=$tmp/root
	p=$root/proc/4242
	rm -rf "$root"
	mkdir -p "$p" "$root"/proc/sys/{vm,kernel} "$root"/sys/module
	printf 'flags\t\t: fpu pti nx\n' >"$root/proc/cpuinfo"
	echo fix ture >"$p/comm"
	printf 'Name:\tfix ture\nTgid:\t4242\nVmPeak:\t  100 kB\nVmSize:\t   80 kB\nVmLck:\t 4 kB\nVmHWM:\t 40 kB\nRssAnon:\t 8 kB\nRssFile:\t 12 kB\nRssShmem:\t 0 kB\nVmData:\t 16 kB\nVmStk:\t 132 kB\nVmExe:\t 8 kB\nVmLib:\t 16 kB\nVmPTE:\t 28 kB\nVmSwap:\t 8 kB\nTHP_enabled:\t0\n' >"$p/status"
	printf '4242 (fix) ture) S 1 4242 0 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 7 80 5 0 4194304 4202496 140737488347136 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 4206592 4210688 16777216 140737488347200 140737488347210 140737488347210 140737488347220 0\n' >"$p/stat"
	{
		vma 00400000-00403000 r-xp 00000000 08:01 131 '                 /usr/bin/fix ture' 8 6 0 'rd ex mr mw me'
		vma 01000000-01004000 rw-p 00000000 00:00 0 '                 [heap]' 4 4 8 'rd wr mr mw me ac qq'
		vma 7f0000000000-7f0000001000 r--s 00001000 08:01 7 '          /tmp/a\012b' 0 0 0 'rd mr me ms'
		vma 7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 '          [stack]' 0 0 0 'rd wr mr mw me gd ac'
		vma ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 '  [vsyscall]' 0 0 0 'ex'
	} >"$p/smaps"
	grep -E '^[0-9a-f]+-' "$p/smaps" >"$p/maps"
	printf '00400000 default file=/usr/bin/fix\\040ture mapped=2\n01000000 bind=static:0,2-3 heap anon=1\n' >"$p/numa_maps"
	# program: two pages that follow each other; heap: a page, two swap slots, a guard region
	word "$p/pagemap" 0x400 0xa100000000000100
	word "$p/pagemap" 0x401 0xa100000000000101
	word "$p/pagemap" 0x1000 0x8180000000000110
	word "$p/pagemap" 0x1001 0x40000000000000e1
	word "$p/pagemap" 0x1002 0x4000000000000101
	word "$p/pagemap" 0x1003 0x440000000000009f
	# uptodate, lru, mmap; the heap's page is the first of a folio of four
	for i in 0x100 0x101; do
		word "$root/proc/kpageflags" $i 0x828
	done
	word "$root/proc/kpageflags" 0x110 0x9828
	for i in 0x111 0x112 0x113; do
		word "$root/proc/kpageflags" $i 0x11828
	done
	word "$root/proc/kpageflags" 0x114 0x0
	for i in 0x100 0x101 0x110; do
		word "$root/proc/kpagecount" $i 3
		word "$root/proc/kpagecgroup" $i 77
	done
}

test_procfs_maps() {
	recorded
	mm maps --root "$root" --json 4242
	json .source '"procfs"'
	json '.rows | length' 4
	json '.rows[0] | [.start, .mapping, .rss_bytes, .pss_bytes, .inode, .dev, .perm]' \
		'["0x400000","/usr/bin/fix ture",8192,6144,131,"08:01","r-xp"]'
	json '.rows[1] | [.swap_bytes, .policy, .policy_nodes, .page_size_bytes]' '[8192,"bind",[0,2,3],4096]'
	json '.rows[1].flags | [index("ac"), length] | .[0] != null' true
	json '.rows[2] | [.mapping, .perm, .offset]' '["/tmp/a\nb","r--s","0x1000"]'
	json '.rows[0] | [.zero_bytes, .pss_dirty_bytes, .shmem_swap_bytes]' '[null,null,null]'
	json '.missing.zero_bytes | contains("mmscope load")' true
	json '.missing.pss_dirty_bytes' '"this kernel'"'"'s smaps does not have it"'
	json '.missing | has("rss_bytes")' false
	mm maps --root "$root" -a heap -n -o mapping 4242
	is '[heap]'
}

test_procfs_maps_alone() {
	recorded
	rm "$root/proc/4242/smaps"
	mm maps --root "$root" --json 4242
	json '.rows[0] | [.perm, .rss_bytes]' '["r-xp",null]'
	json .missing.rss_bytes '"/proc/PID/smaps is not there, only maps"'
}

test_procfs_summary() {
	recorded
	mm summary --root "$root" --json 4242
	json '.rows[0] | [.comm, .pid, .rss_anon_bytes, .swap_bytes, .pgtables_bytes, .exec_vm_bytes]' \
		'["fix ture",4242,8192,8192,28672,24576]'
	json '.rows[0] | [.start_code, .start_brk, .env_end]' '["0x400000","0x1000000","0x7fffffffe054"]'
	json '.rows[0] | [.map_count, .pti, .thp_disabled, .mmap_base]' '[4,true,true,null]'
	json '.missing.mmap_base | contains("mmscope load")' true
}

test_procfs_pgtable() {
	recorded
	mm pgtable --root "$root" --json 4242
	json '.rows | length' 4
	json '.rows[0] | [.start, .count, .kind, .pfn, .step, .order, .mapcount, .cgroup]' \
		'["0x400000",2,"page",256,1,0,3,77]'
	json '.rows[1] | [.start, .count, .order, .folio_page]' '["0x1000000",1,2,0]'
	json '.rows[2] | [.start, .count, .kind, .swap_type, .pfn, .kpf]' '["0x1001000",2,"swap",1,7,null]'
	json '.rows[3] | [.kind, .pfn]' '["guard",null]'
	json '.rows[0] | [.entry, .refcount, .node]' '[null,null,null]'
	json '.missing.entry | contains("sudo mmscope load")' true
	mm pgtable --root "$root" --no-merge -n -o start,pfn 4242
	is $' 400000 0x100\n 401000 0x101\n1000000 0x110\n1001000   0x7\n1002000   0x8\n1003000     -'
	mm pgtable --root "$root" -a heap --kind swap -n -r -o start 4242
	is 1001000
	mm pgtable --root "$root" -b thp,compound_head -n -r -o start 4242
	is 1000000
}

# A node that is not online has no column in the others' files.
test_procfs_distances() {
	local root=$tmp/root node
	rm -rf "$root"
	mkdir -p "$root"/proc "$root"/sys/devices/system/node/node{0,2}
	for node in 0 2; do
		printf 'Node %d, zone   Normal\n  pages free     100\n        present  200\n        managed  150\n  start_pfn:           0\n' $node
	done >"$root/proc/zoneinfo"
	echo 0,2 >"$root/sys/devices/system/node/online"
	echo 10 21 >"$root/sys/devices/system/node/node0/distance"
	echo 31 10 >"$root/sys/devices/system/node/node2/distance"
	mm zones --root "$root" --json -l
	json '[.distances[] | [.node, .to_node, .distance]]' '[[0,0,10],[0,2,21],[2,0,31],[2,2,10]]'
}

test_procfs_refuses() {
	recorded
	for option in --kernel --user-pgd --tables '--merge attr' '--entry-bits RW'; do
		# shellcheck disable=SC2086
		status 4 "$tool" pgtable --root "$root" $option 4242
		says 'mmscope load'
	done
	status 1 "$tool" maps --root "$root" 4243
	says 'no process 4243'
	printf 'Name:\tkthreadd\nTgid:\t4242\n' >"$root/proc/4242/status"
	status 1 "$tool" maps --root "$root" 4242
	says 'no address space'
}

test_procfs_without_kpage_files() {
	recorded
	rm "$root"/proc/kpage*
	mm pgtable --root "$root" --json 4242
	json '.rows[0] | [.pfn, .kpf, .mapcount]' '[256,null,null]'
	json '.missing.kpf' '"/proc/kpageflags cannot be read: it needs root"'
}
