# shellcheck shell=bash disable=SC2034,SC2154,SC2086
# SPDX-License-Identifier: GPL-2.0-only
# Each view, as text and as JSON, out of a saved stream.

test_text_of_each_view() {
	local v
	for v in $views; do
		stream s "$v"
		mm "$v" --from "$tmp/s"
		[[ $out ]] || wrong "$v: no output"
		grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$tmp/out" && wrong "$v: control characters"
	done
	return 0
}

test_json_of_each_view() {
	local v
	for v in $views; do
		stream s "$v"
		mm "$v" --from "$tmp/s" --json
		json '.schema' "\"mmscope.$v\""
		json '.version' 1
		python3 -m json.tool "$tmp/out" >/dev/null 2>&1 || wrong "$v: python takes it for no JSON"
		mm "$v" --from "$tmp/s" -J
		json '.version' 1
	done
}

test_json_lines() {
	stream s pgtable
	mm pgtable --from "$tmp/s" --json-lines
	[[ $(jq -c .start "$tmp/out" | wc -l) == $(wc -l <"$tmp/out") ]] || wrong 'not an object a line'
}

test_maps() {
	stream s maps
	mm maps --from "$tmp/s" -n -r --bytes -o range,perm,size,mapping
	has '400000-40b000 r-xp 45056 /usr/bin/fix\x20ture'
	has '1000000-1400000 rw-p 4194304 [heap]'
	mm maps --from "$tmp/s" --json
	json '.rows | length' 5
	json '.rows[1].rss_bytes' $((0x200000 + 13 * 4096))
	json '.totals.vmas' 5
	json '.totals.pss_bytes' $((4 * (0x200000 + 13 * 4096) + 5 * 4096))
	json '.rows[1].flags' '["rd","wr","sd"]'
	json '.rows[1].inode' null
	json '.streams[0].complete' true
	json '.streams[0].chunks' 3
}

test_maps_sorted() {
	stream s maps
	mm maps --from "$tmp/s" -n -r -s -size -o size
	is $'4194304\n135168\n45056\n12288\n4096'
	mm maps --from "$tmp/s" -n -r -s mapping -o name
	has $'file\nfile\nanon\nheap\nstack'
	usage "no column 'frob'" maps --from "$tmp/s" -s frob
}

test_pgtable() {
	stream s pgtable
	mm pgtable --from "$tmp/s" -r -n -o start,size,level,kind,bits,pfn
	has '1000000 53248 pte page PRESENT|RW|USER|ACCESSED|DIRTY|SOFT_DIRTY|NX 0x12345'
	has '1200000 2097152 pmd page PRESENT|RW|USER|ACCESSED|DIRTY|PSE|NX|PAT 0x12600'
	has 'protnone PROTNONE'
	has 'PKEY=7'
	mm pgtable --from "$tmp/s" --json
	json '.rows[0].entry' '"0x8000000012345867"'
	json '.rows[0].size_bytes' 53248
	json '.rows[0].kpf' '["uptodate","lru","mmap","anonymous","swapbacked"]'
	json '.rows[2].order' null
	json '[.rows[] | select(.kind == "swap")][0].swap' '"1:0x12345"'
	json '.rows[-1].region' '"direct"'
}

# entry VALUE BITS MEMTYPE MKSTREAM_OPTION...: what the words of an entry are
entry() {
	stream s "${@:4}" -w "$1" pgtable
	mm pgtable --from "$tmp/s" -r -n -o bits,memtype
	[[ $out == "$2 $3" ]] || wrong "$*: $out"
}

test_entry_bits() {
	# bit 58 is one thing before 6.6, another after, and nothing on what has neither
	entry 0x400000012345003 'PRESENT|RW|DEVMAP' WB -b 0x40
	entry 0x400000012345003 'PRESENT|RW|SAVED_DIRTY' WB -b 0x8
	entry 0x400000012345003 'PRESENT|RW' WB -b 0
	entry 0x200000012345003 'PRESENT|RW|DEVMAP' WB -b 0x4
	entry 0x200000012345003 'PRESENT|RW' WB -b 0x40
	entry 0x3800000012345003 'PRESENT|RW|PKEY=7' WB
	# dirty, but not writable
	entry 0x12345045 'PRESENT|USER|DIRTY|SHADOW_STACK' WB
	entry 0x12345047 'PRESENT|RW|USER|DIRTY' WB
	# PWT, PCD, PAT at both places
	entry 0x1234500b 'PRESENT|RW|PWT' WC
	entry 0x12345013 'PRESENT|RW|PCD' UC-
	entry 0x1234501b 'PRESENT|RW|PWT|PCD' UC
	entry 0x1260109b 'PRESENT|RW|PWT|PCD|PSE|PAT' WT
	entry 0x1260108b 'PRESENT|RW|PWT|PSE|PAT' WP
	entry 0x8000012345003 'PRESENT|RW|ENCRYPTED' WB -b 0x20 -m 0x8000000000000
	entry 0x3fffffffffc000e 'SWP_SOFT_DIRTY|SWP_UFFD_WP|SWP_EXCLUSIVE' - -b 3
	entry 0x3fffffffffc000e 'SWP_EXCLUSIVE' - -b 0
}

test_entry_bits_filter() {
	stream s -b 0x40 -w 0x400000012345003 pgtable
	mm pgtable --from "$tmp/s" -r -n -o start --entry-bits DEVMAP
	is 1000000
	mm pgtable --from "$tmp/s" -r -n -o start --entry-bits RW,~DEVMAP
	is ''
	# bit 58 is no DEVMAP here, and nothing is
	stream s -b 0x8 -w 0x400000012345003 pgtable
	mm pgtable --from "$tmp/s" -r -n -o start --entry-bits DEVMAP
	is ''
	mm pgtable --from "$tmp/s" -r -n -o start --entry-bits SAVED_DIRTY,~DEVMAP
	is 1000000
}

test_pgtable_filters() {
	stream s pgtable
	mm pgtable --from "$tmp/s" -r -n -o kind --kind swap,migration
	is $'swap\nmigration'
	mm pgtable --from "$tmp/s" -r -n -o start --level pmd
	is 1200000
	mm pgtable --from "$tmp/s" -r -n -o start --entry-bits PSE,~PCD
	is 1200000
	mm pgtable --from "$tmp/s" -r -n -o start --entry-bits PKEY=7
	is ffff888000000000
	mm pgtable --from "$tmp/s" -r -n -o start -a 0x1001000+4096 --kind page
	is 1000000
	usage "no kind 'frob'" pgtable --from "$tmp/s" --kind page,frob
	usage "no level 'ptx'" pgtable --from "$tmp/s" --level ptx
	usage "no bit 'FROB'" pgtable --from "$tmp/s" --entry-bits RW,FROB
	usage "no bit 'PKEY'" pgtable --from "$tmp/s" --entry-bits PKEY
	usage "no bit 'PKEY=16'" pgtable --from "$tmp/s" --entry-bits PKEY=16
	usage 'not step or attr' pgtable --from "$tmp/s" --merge frob
	usage 'exclude' pgtable --from "$tmp/s" --merge step --no-merge
	usage 'no --kind' pgtable --from "$tmp/s" --raw-entries --kind page
}

# page-types' grammar over the page flags
test_pgtable_page_flags() {
	stream s pgtable
	mm pgtable --from "$tmp/s" -r -n -o start -b thp
	is 1200000
	mm pgtable --from "$tmp/s" -r -n -o start -b anon,~thp	# a name cut short
	is $'1000000\nffff888000000000'
	mm pgtable --from "$tmp/s" -r -n -o start -b thp,ksm	# any of them
	is 1200000
	mm pgtable --from "$tmp/s" -r -n -o start -b =uptodate,lru,mmap,anonymous,swapbacked
	is $'1000000\nffff888000000000'
	mm pgtable --from "$tmp/s" -r -n -o start -b thp,lru=lru
	is $'1000000\nffff888000000000'
	mm pgtable --from "$tmp/s" -r -n -o start -b 0x400000	# a number is bits
	is 1200000
	usage "no page flag 'frob'" pgtable --from "$tmp/s" -b lru,frob
	usage "no page flag ''" pgtable --from "$tmp/s" -b lru,,thp
	usage "no page flag '~'" pgtable --from "$tmp/s" -b '~'
	usage 'exclude' pgtable --from "$tmp/s" -b lru --no-folio
}

test_entries() {
	stream s entries
	mm pgtable --raw-entries --from "$tmp/s" -r -n
	is $'1000000 pte 0x8000000012345867 PRESENT|RW|USER|ACCESSED|DIRTY|SOFT_DIRTY|NX
1001000 pte 0x3fffffffffc0006 SWP_SOFT_DIRTY|SWP_UFFD_WP
1001000 pmd 0x12346067 PRESENT|RW|USER|ACCESSED|DIRTY'
}

test_walk() {
	stream s walk
	mm walk --from "$tmp/s"
	has '0x1201234 -> physical 0x12601234 = 0x12600 << 12 (frame) + 0x1234 (offset)'
	mm walk --from "$tmp/s" --json
	json '.rows | map(.level)' '["pgd","p4d","pud","pmd"]'
	json '.rows[1].entry' null
	json '.rows[3].phys' '"0x12601234"'
	stream s -n 1 walk
	mm walk --from "$tmp/s"
	has 'no physical address: the entry is not present'
}

test_walk_explained() {
	stream s walk
	mm walk --from "$tmp/s" --explain
	has '0000000000000000 000000000 000000000 000001001 000000001 001000110100'
	has 'Bits 29-21 of the address are 000001001, that is entry 9'
	has '0x4000 + 8 * 9 = 0x4048'
	has 'a huge page of 2MiB'
	has 'anonymous, thp'
	mm walk --from "$tmp/s" --explain --json
	json '.explain | length > 10' true
	stream s -n 1 walk
	mm walk --from "$tmp/s" --explain
	has 'swap area 1, at slot 0x11'
}

test_tables() {
	stream s tables
	mm tables --from "$tmp/s"
	has 'pgd        1 4KiB    3  512  0.5'
	mm tables --from "$tmp/s" --json
	json '.levels | map(.level)' '["pgd","pte"]'
	json '.nodes | map([.node, .tables])' '[[0,1],[1,2]]'
	json '.totals.size_bytes' 12288
	json '.totals.single' 1
	json '.totals.huge' 1
	mm tables --from "$tmp/s" --list -r -n -o start,used -s -used
	is $'1200000 512\n0 3\n1000000 1'
	mm tables --from "$tmp/s" --level pgd --json
	json '.totals.tables' 1
	usage 'add --list' tables --from "$tmp/s" -o used
}

test_folios() {
	stream s folios
	mm folios --from "$tmp/s" --json
	json '.rows | map([.kind, .order, .folios, .full, .partial])' \
		'[["anon",0,1,1,0],["anon",4,2,1,1],["hugetlb",9,1,1,0]]'
	json '.rows[1].mapped_bytes' $((23 * 4096))
	json '.totals.folios' 4
	mm folios --from "$tmp/s" --list -r -n -o pfn,mapped,again
	is $'0x1001 1 no\n0x2000 5 no\n0x2000 6 yes\n0x2000 5 yes\n0x3000 7 no\n0x4000 512 no'
}

test_summary() {
	local column
	stream s summary
	mm summary --from "$tmp/s" --json
	json '.rows[0].rss_bytes' $((59 * 4096))
	json '.rows[0].comm' '"evil\u001b]0;x\u0007\n"'
	mm summary --from "$tmp/s" -n -r -o pid,rss,swap
	is "4242 241664 118784"
	# every field is in one of the groups
	mm summary --list-columns
	awk 'NF > 2 { print $1 }' "$tmp/out" >"$tmp/columns"
	mm summary --from "$tmp/s"
	hasnt 'Other:'
	while read -r column; do
		has $'\n'"$column:"
	done <"$tmp/columns"
}

test_features() {
	stream s features
	mm features --from "$tmp/s" --json
	json '.rows | map([.name, .have])' '[["soft_dirty",true],["swap_pss",false]]'
	# by one for whom the kernel of this machine takes no BPF program
	local powerless=()
	((EUID)) || powerless=(setpriv --bounding-set -all --inh-caps -all)
	status 0 "${powerless[@]}" "$tool" features --json
	json '.rows[0].name' '"release"'
	json '.rows | map(select(.name == "loaded")) | length' 1
	json '.rows | map(select(.group == "bpf" and .name == "programs") | .have)' '[false]'
}

test_columns() {
	stream s maps
	mm maps --from "$tmp/s" -n -r -o RSS,Start	# in any case of letters
	has '28672 400000'
	mm maps --from "$tmp/s" -o +inode
	has INODE
	has MAPPING
	mm maps -o help
	has 'rss'
	has 'resident'
	usage "no column 'frob'" maps --from "$tmp/s" -o start,frob
	usage "no column ''" maps --from "$tmp/s" -o start,,end
	usage "no column" maps --from "$tmp/s" -o ''
	usage "no column" maps --from "$tmp/s" -o start,
	mm maps --from "$tmp/s" --json -o start,rss
	json '.rows[0] | keys' '["rss_bytes","start"]'
}

test_text_options() {
	stream s maps
	mm maps --from "$tmp/s" --bytes
	has 4194304
	mm maps --from "$tmp/s" -r
	has '/usr/bin/fix\x20ture'
	hasnt Total
	mm maps --from "$tmp/s" -n
	hasnt RANGE
	mm maps --from "$tmp/s" --color=always
	has $'\033[1m'
	mm maps --from "$tmp/s" --color=auto
	hasnt $'\033['
	mm maps --from "$tmp/s" -x
	has PRIVATE_CLEAN
}

test_rmap_frames() {
	stream rmap.mms rmap
	mm rmap --from "$tmp/rmap.mms" -r
	is "PFN COUNT STATE FOLIO PID COMM START OFFSET FILE
0x1f3a7 1 mapped file 4242 first 7f0000001000 0x5000 /lib/libfix.so
0x1f3a7 1 mapped file 7 all\x20of\x2016\x20bytes! 1000 0x5000 /lib/other\x20name
0x1f3a8 24 free free - - - - -"
	mm rmap --from "$tmp/rmap.mms" -s pid -o pid -n -r
	is "-
7
4242"
	mm rmap --from "$tmp/rmap.mms" --json
	json '[.rows[].pid]' '[4242,7,null]'
	json '.rows[0] | [.dev,.inode,.index,.mapcount,.entry]' '["08:01",131,5,2,"0x800000001f3a7025"]'
	json '.rows[1] | [.comm,.file,.offset]' '["all of 16 bytes!","/lib/other name","0x5000"]'
	json '.rows[2] | [.start,.level,.inode,.comm,.file,.size_bytes]' '[null,null,null,null,null,98304]'
	usage 'is no page frame' rmap 12x
	usage 'is no page frame' rmap 9+0
	usage 'is no PID' rmap x:0x1000
	usage 'expects FRAMES' rmap
}
