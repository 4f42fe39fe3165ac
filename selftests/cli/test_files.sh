# shellcheck shell=bash disable=SC2034,SC2154	# variables of run.sh and of the tests
# SPDX-License-Identifier: GPL-2.0-only
#
# files, cache and kernel: the page cache and the kernel's tables.

test_files() {
	stream s files
	mm files --from "$tmp/s" --json
	json '.rows | map(.cached_bytes)' '[2097152,20480,12288]'	# largest first
	json '.rows[0].path | startswith("/a\nb") and endswith("\u001b[31m")' true
	json '.rows[1].path' null
	json '.totals | [.files, .cached_bytes, .dirty_bytes, .order9_bytes, .node1_bytes]' \
		'[3,2129920,8192,2097152,2097152]'
	mm files --from "$tmp/s" -n -r -o inode,cached,kind --top 2
	is $'11 2097152 file\n13 20480 block'
	mm files --from "$tmp/s" -n -r -o inode,path -s inode --top 1
	is '7 /small'
	mm files --from "$tmp/s"
	hasnt $'\033'
	has Total
	usage "--top x: how many rows?" files --top x
	usage "--top 0: how many rows?" files --top 0
}

test_cache() {
	stream s cache
	mm cache --from "$tmp/s" --json
	json '.totals | [.pages, .resident, .folios, .cached_bytes, .dirty_bytes, .mapped_bytes, .swapped_bytes, .evicted_bytes]' \
		'[12,6,3,24576,4096,4096,4096,4096]'
	json '.orders | map([.order, .folios])' '[[0,2],[2,1]]'
	json '.nodes | map([.node, .folios])' '[[0,2],[1,1]]'
	mm cache --from "$tmp/s" --ascii
	has '#D..####.s.e'
	has '12 pages; 6 cached (50.0 %)'
	mm cache --from "$tmp/s" --list -n -r -o index,pages,kind,swap,order,node,workingset
	is $'0 1 folio - 0 0 -\n1 1 folio - 0 0 -\n4 4 folio - 2 1 -\n9 1 swap 2:0x77 - - -\n11 1 shadow - - 1 yes'
	# many pages: a cell is more than one of them, and nothing is lost
	stream s -n 5000 cache
	mm cache --from "$tmp/s" --ascii
	has 'A cell is 128KiB, 32 pages.'
	has '(99.9 %)'
	usage "which FILE?" cache
	usage "add --list" cache -o index /dev/null
	status 1 "$tool" cache "$tmp"
	says "neither a regular file nor a block device"
	status 1 "$tool" cache "$tmp/nothing"
}

# Without the module: mincore() of a file one may write to
test_cache_of_a_file() {
	head -c 49152 /dev/zero >"$tmp/file"
	mm cache --source procfs --json "$tmp/file"
	json '.totals.pages' 12
	json '.totals.resident' 12
	json '.totals | has("folios")' false
	mm cache --source procfs --ascii "$tmp/file"
	has '12 pages; 12 cached (100.0 %), 48KiB'
	: >"$tmp/empty"
	mm cache --source procfs "$tmp/empty"
	has '0 pages; 0 cached'
}

test_kernel() {
	stream s kernel
	mm kernel --from "$tmp/s"
	has 'W+X: passed: no page of the kernel is writable and executable.'
	mm kernel --from "$tmp/s" --json
	json '.totals | [.wx_bytes, .wx_runs, .direct_pte_bytes, .direct_pmd_bytes]' '[0,0,12288,1071644672]'
	json .wx '[]'
	# the exit status is the verdict
	stream s -n 1 kernel
	status 1 "$tool" kernel --from "$tmp/s"
	has 'W+X: FAILED: 8KiB in 1 runs are writable and executable.'
	status 1 "$tool" kernel --from "$tmp/s" --json
	json '.wx | map([.region, .size_bytes])' '[["modules",8192]]'
	json '.rows | length' 2
	status 1 "$tool" kernel --from "$tmp/s" -n -o region,wx
	has modules
	hasnt FAILED
}
