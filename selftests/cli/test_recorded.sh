# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# The views of the machine as a whole, over what selftests/cli/record saved of a small one
# with two nodes: 256 MiB, 32 KiB of it in no zone, zram as swap, a process with 1 MiB there.

# What a recording is of: NAME COMMAND [ARGUMENT]...
recorded='zones zones
buddy buddy
blocks buddy --blocks
pageblocks buddy --pageblocks
frag frag
ram ram
page page PFN
rmap rmap 0+0x100000
slab slab
slab-cache slab dentry
slab-object slab 0xSLAB
swap swap
swap-list swap --list
lru lru
lru-list lru --list
ps ps
ps-nodes ps --nodes'

# unpacked NAME: the recording, in a file; its name into $rec
unpacked() {
	rec=$tmp/recorded-$1.mms
	[[ -e $rec ]] || gzip -dc "$here/recorded/$1.mms.gz" >"$rec" || wrong "no recording $1"
}

# told NAME FIELD: what the text of a recording has of a field
told() { awk -v field="$2:" '$1 == field { print $2; exit }' "$here/recorded/$1.txt"; }

# each FUNCTION: call it for each recording as FUNCTION NAME COMMAND [ARGUMENT]...
each() {
	local words object pfn
	object=$(told slab-object object) pfn=$(told page pfn)
	while read -ra words; do
		unpacked "${words[0]}"
		words=("${words[@]//0xSLAB/0x$object}")
		"$1" "${words[@]/#PFN/$pfn}"
	done <<<"$recorded"
}

# ---- all of them ---------------------------------------------------------------

shown_again() {
	mm "${@:2}" --from "$rec"
	cmp -s "$tmp/out" "$here/recorded/$1.txt" || wrong "$1 is shown otherwise than when it was saved" \
		"$(diff "$here/recorded/$1.txt" "$tmp/out" | head -5)"
}
test_recorded_text() { each shown_again; }

# Not a test: what "record -t" does
show_again() { "$tool" "${@:2}" --from "$rec" >"$here/recorded/$1.txt"; }
text_again() { each show_again; }

# Columns that say how many bytes, pages or nanoseconds say so in their keys
keys_with_units() {
	local of
	mm "$2" --list-columns
	of=$(awk '$2 ~ /^(bytes|pages|ns)$/ { print $1, $2 }' "$tmp/out")
	# all that page blocks count are pages
	[[ $1 != pageblocks ]] || of=''
	mm "${@:2}" --from "$rec" --json
	json .schema "\"mmscope.$2\""
	json .version 1
	json .source '"capture"'
	jq -r '(.rows // .zones // [.page])[0] | keys[]' "$tmp/out" >"$tmp/keys" 2>/dev/null
	[[ -s $tmp/keys ]] || wrong "$1: there are no rows in the JSON"
	while read -r name unit; do
		! grep -qx "$name" "$tmp/keys" || [[ $name == pages ]] || wrong "$1: the key $name does not say that it is $unit"
	done <<<"$of"
	mm "${@:2}" --from "$rec" -J
	json .version 1
	mm "${@:2}" --from "$rec" --json-lines
	jq -e . "$tmp/out" >"$tmp/lines" 2>&1 || wrong "$1: --json-lines is no JSON"
	[[ $(wc -l <"$tmp/out") -ge 1 ]] || wrong "$1: --json-lines has no line"
}
test_recorded_json() { each keys_with_units; }

# The columns of the first table that the command has
columns_of() { "$tool" "$1" --list-columns | awk 'NF == 0 { exit } { print $1 }'; }

# Every column of the rows can be shown alone, and sorts both ways
sorted_both_ways() {
	local column up down
	case $1 in
	zones|slab|swap|lru|ps) ;;
	*) return ;;
	esac
	for column in $(columns_of "$2"); do
		mm "${@:2}" --from "$rec" -n -r -o "$column" -s "$column"
		up=$(sort <"$tmp/out")
		mm "${@:2}" --from "$rec" -n -r -o "$column" -s "-$column"
		down=$(sort <"$tmp/out")
		[[ $up && $up == "$down" ]] || wrong "$1 -s -$column: other rows than -s $column"
	done
}
test_recorded_columns() { each sorted_both_ways; }

# All of a column's rows are in order, as numbers
in_order() {
	sort ${1:+"$1"} -c "$tmp/out" 2>/dev/null || wrong "not in order: $2" "${out:0:200}"
}
test_recorded_sort() {
	unpacked slab
	mm slab --from "$rec" -n -r -o waste -s waste
	in_order -n 'slab -s waste'
	mm slab --from "$rec" -n -r -o objects -s -objects
	in_order -rn 'slab -s -objects'
	mm slab --from "$rec" -n -r -o name -s name
	in_order '' 'slab -s name'
	unpacked ps
	mm ps --from "$rec" -n -r -o pss -s -pss
	in_order -rn 'ps -s -pss'
	unpacked blocks
	mm buddy --blocks --from "$rec" -n -r -o order -s -order
	in_order -rn 'buddy --blocks -s -order'
	unpacked ram
	mm pages --from "$rec" -n -r -o pages -s -pages
	in_order -rn 'pages -s -pages'
	usage "no column 'nosuch'" slab --from "$rec" -s nosuch
	usage "no column 'nosuch'" slab --from "$rec" -o name,nosuch
}

# Cut anywhere, a file is said to be cut, or not to be one; it is never shown as if whole
cut_everywhere() {
	local size cut step
	size=$(stat -c %s "$rec")
	step=$((size / 37 / 8 * 8 + 8))
	for ((cut = 4; cut < size; cut += step)); do
		head -c "$cut" "$rec" >"$tmp/cut"
		"$tool" "${@:2}" --from "$tmp/cut" >"$tmp/out" 2>"$tmp/err"
		case $? in
		1) [[ -s $tmp/err ]] || wrong "$1 cut at $cut of $size: nothing is said" ;;
		0) [[ $2 == page ]] || wrong "$1 cut at $cut of $size: shown as if it were whole" ;;
		*) wrong "$1 cut at $cut of $size: status is not 1" "$(head -2 "$tmp/err")" ;;
		esac
	done
}
test_recorded_cut() { each cut_everywhere; }

# A byte that is another than it was is no reason to crash
damaged() {
	local size at
	size=$(stat -c %s "$rec")
	for ((at = 0; at < size; at += size / 29 + 1)); do
		cp "$rec" "$tmp/damaged"
		printf '\xff' | dd of="$tmp/damaged" bs=1 seek="$at" conv=notrunc status=none
		timeout 10 "$tool" "${@:2}" --from "$tmp/damaged" --json >"$tmp/out" 2>"$tmp/err"
		(($? < 124)) || wrong "$1 with a byte changed at $at: crashed or hung"
	done
}
test_recorded_damaged() { each damaged; }

# ---- zones, buddy, frag --------------------------------------------------------

test_recorded_zones() {
	unpacked zones
	mm zones --from "$rec" --json -l
	json '[.zones[] | select(.managed_pages > 0) | [.node, .zone]]' '[[0,"DMA"],[0,"DMA32"],[1,"DMA32"]]'
	json '[.zones[] | select(.managed_pages > 0) | .min_pages <= .low_pages and .low_pages <= .high_pages] | all' true
	json '[.nodes[].node]' '[0,1]'
	json '[.distances[] | [.node, .to_node, .distance]]' '[[0,0,10],[0,1,20],[1,0,20],[1,1,10]]'
	usage "no rows 'nosuch'" zones --from "$rec" --rows nosuch
}

test_recorded_buddy() {
	unpacked buddy
	mm buddy --from "$rec" --json
	json '[.rows[] | ([range(11) as $o | .["o\($o)"] * pow(2; $o)] | add) == .free_pages] | all' true
	mm buddy --from "$rec" --types --json
	cp "$tmp/out" "$tmp/types"
	mm buddy --from "$rec" --json
	[[ $(jq '[.rows[].free_pages] | add' "$tmp/out") == $(jq '[.rows[].free_pages] | add' "$tmp/types") ]] ||
		wrong 'migrate types do not add up to the zones'
	usage 'exclude each other' buddy --from "$rec" --types --list
	usage 'add --list or --blocks' buddy --from "$rec" -s node
	status 1 "$tool" buddy --blocks --from "$rec"
	says 'has no blocks, but buddy'
	unpacked blocks
	mm buddy --blocks --from "$rec" --json
	json '[.rows[] | select(.pfn % pow(2; .order) != 0)] | length' 0
	unpacked pageblocks
	mm buddy --pageblocks --from "$rec" --json
	json '.rows | length > 100' true
}

test_recorded_frag() {
	unpacked frag
	mm frag --from "$rec" --list --json
	json '.rows | length' 33
	json '[.rows[] | select(.order == 0) | .unusable] | unique' '[0]'
	# More of the free memory is in blocks that are too small, the larger the order is
	json '[.rows | group_by([.node, .zone])[] | [sort_by(.order)[].unusable] | . == sort] | all' true
	mm frag --from "$rec" --order 11 --json
	json '[.rows[] | [.succeeds, .why]] | unique' '[[false,"the page allocator has no such order"]]'
	usage 'no order' frag --from "$rec" --order 64
	usage 'no order' frag --from "$rec" --order x
	usage 'leave out --order' frag --from "$rec" --list --order 1
	unpacked zones
	status 1 "$tool" frag --from "$rec"
	says 'has no buddy, but zones'
}

# ---- ram, pages, page ----------------------------------------------------------

test_recorded_ram() {
	unpacked ram
	mm ram --from "$rec" --json
	json '.totals.difference' 0
	json '([.rows[] | select(.use != "managed" and .use != "reserved") | .size_bytes] | add) == .totals.sum_bytes' true
	mm ram --from "$rec" --nodes --json
	json '.totals.difference' 0
	json '[.rows[].node] | unique' '[0,1]'
}

# pages_of OPTION...: how many pages pass
pages_of() { "$tool" pages --from "$rec" --json "$@" | jq .totals.pages; }

# equal A B TEXT
equal() { [[ $1 == "$2" ]] || wrong "$3: $1 and $2"; }

test_recorded_pages() {
	local all
	unpacked ram
	all=$(pages_of)
	equal "$all" 65536 'page frames of 256 MiB'
	equal "$all" $(($(pages_of -b lru) + $(pages_of -b '~lru'))) 'lru, and not'
	equal "$(pages_of -b lru,active)" $(($(pages_of -b active) + $(pages_of -b lru,~active))) 'any of two'
	equal "$(pages_of -b =buddy)" "$(pages_of --what free)" 'free blocks'
	equal "$(pages_of -b lru,mmap=lru)" "$(pages_of -b lru,~mmap)" 'two spellings'
	equal "$(pages_of -b 0x20)" "$(pages_of -b lru)" 'a flag by its number'
	equal "$(pages_of -b anon)" "$(pages_of -b anonymous)" 'the beginning of a name'
	equal "$(pages_of -a 0x100+0x20)" 32 'FROM+COUNT'
	equal "$(pages_of -a 0x100,0x120)" 32 'FROM,TO'
	equal "$(pages_of -b lru -b '~mmap')" "$(pages_of -b lru,~mmap)" 'both of two -b'
	equal "$(pages_of -b active,dirty -b lru -b '~active')" "$(pages_of -b lru,dirty,~active)" 'all of three'
	equal "$(pages_of -b lru -b '~lru')" 0 'none has both'
	equal "$(pages_of -a 0x100+0x20 -a 0x200+0x11)" 49 'two runs'
	usage "no page flag 'nosuch'" pages --from "$rec" -b lru -b nosuch
	usage 'no page frame' pages --from "$rec" -a 9 -a x
	usage 'no page frame' pages --from "$rec" -a 9,9
	usage 'no kind of page' pages --from "$rec" --what nosuch
}

test_recorded_pages_list() {
	unpacked ram
	mm pages -l --from "$rec" -a 0x120+1 -o pfn,count,order -r -n
	is '0x120 1 5'
	mm pages -L --from "$rec" -a 0x120+0x20 -o pfn,count,order,kpf -r -n
	is '0x120 1 5 buddy'
}

test_recorded_page() {
	unpacked ram
	mm page --from "$rec" 0x123
	has 'Page 3 of a free block of 32 pages (128KiB), which begins at 0x120.'
	status 1 "$tool" page --from "$rec" 0x999999999
	says 'there is no page frame 0x999999999'
	usage 'no page frame' page --from "$rec" x
	usage "'y' is no PID" page --from "$rec" y:0x1000
	unpacked page
	mm page --from "$rec" "$(told page pfn)" --json
	json '[.page.kind, .page.mapcount, (.mappers | length)]' '["anon",1,1]'
}

# ---- slab, swap, lru, ps -------------------------------------------------------

test_recorded_slab() {
	unpacked slab
	mm slab --from "$rec" --json
	json '[.rows[] | select(.in_use > .objects)] | length' 0
	json '([.rows[].memory_bytes] | add) == .totals.memory_bytes' true
	status 1 "$tool" slab --from "$rec" nosuch
	says "there is no slab cache 'nosuch'"
	status 1 "$tool" slab --from "$rec" dentry
	says "has no more of 'dentry' than its row"
	usage 'one cache at a time' slab --from "$rec" dentry bdev_cache
	unpacked slab-cache
	mm slab --from "$rec" dentry --json
	json '([.nodes[].objects] | add) == .rows[0].objects' true
	status 1 "$tool" slab --from "$rec" 0xffff888000000000
	says 'it was not asked for when it was saved'
}

test_recorded_swap() {
	unpacked swap
	mm swap --from "$rec" --json
	json '[.totals.areas, (.rows | length), (.zram | length)]' '[1,1,1]'
	json '.rows[0].used_bytes == .totals.used_bytes' true
	status 1 "$tool" swap --from "$rec" --list
	says 'it was not asked for when it was saved'
	unpacked swap-list
	mm swap --list --from "$rec" --json
	json '[.rows[].pages] | add' 256
	json '[.owners[] | select(.pid > 0) | .pages]' '[256]'
	usage "does not expect 'x'" swap x
}

test_recorded_lru() {
	unpacked lru
	mm lru --from "$rec" --json
	json '[.nodes[].node]' '[0,1]'
	json '[.rows[].cgroup] | contains(["/recorded"])' true
	usage 'leave out' lru --from "$rec" recorded
	mm lru --from "$rec" --list --json
	json '[.rows[] | select(.seq < 0)] | length' 0
}

test_recorded_ps() {
	unpacked ps
	mm ps --from "$rec" --json
	json '([.rows[].pss_bytes] | add) == .totals.pss_bytes' true
	json '[.rows[] | select(.uss_bytes > .pss_bytes or .pss_bytes > .rss_bytes)] | length' 0
	mm ps --from "$rec" 1 -r -o pid,comm
	is 'PID COMM
1 busybox'
	unpacked ps-nodes
	mm ps --from "$rec" --nodes --json
	json '[.rows[].node] | unique' '[0,1]'
}

# ---- who may look --------------------------------------------------------------

# What needs root says so, once, with status 4
test_recorded_permission() {
	local as=() command root=$tmp/no-machine
	if ((!EUID)); then
		command -v setpriv >/dev/null || { skip 'this needs setpriv, or not to be root'; return; }
		as=(setpriv --reuid 65534 --clear-groups)
		chmod 755 "$tmp"
	fi
	"${as[@]}" "$tool" --version >/dev/null 2>&1 || { skip 'another user cannot run the command here'; return; }
	for command in 'pages' 'ram' 'page 0' 'slab' 'swap' 'lru'; do
		# shellcheck disable=SC2086	# words
		status 4 "${as[@]}" "$tool" $command
		says root
		(($(wc -l <"$tmp/err") == 1)) || wrong "$command: says more than one line" "$err"
	done
	mkdir -p "$root/proc" "$root/sys"
	for command in 'zones' 'buddy' 'frag' 'ram' 'pages' 'page 0' 'rmap 0' 'files' 'kernel' 'ps'; do
		# shellcheck disable=SC2086	# words
		status 4 "$tool" $command --root "$root" --source module
		says 'the module is not loaded'
	done
}
