# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# Streams that are cut, damaged, older, newer or full of hostile names.

test_cut_at_every_record() {
	local size=104 header=56 total i	# record and header of pgtable
	stream s pgtable
	size=$(od -An -tu2 -j8 -N2 "$tmp/s") header=$(od -An -tu2 -j6 -N2 "$tmp/s")
	total=$(stat -c %s "$tmp/s")
	for ((i = header; i < total; i += size)); do
		head -c "$i" "$tmp/s" >"$tmp/cut"
		status 1 "$tool" pgtable --from "$tmp/cut" --json
		says "cut after $(((i - header) / size)) rows"
		json '.rows | length' $(((i - header) / size))
		json '.streams[0].complete' false
		# and in the middle of the next
		head -c $((i + size / 2)) "$tmp/s" >"$tmp/cut"
		status 1 "$tool" pgtable --from "$tmp/cut"
		says "cut after $(((i - header) / size)) rows"
	done
}

test_cut_in_text() {
	local v i total
	for v in maps summary; do
		stream s "$v"
		total=$(stat -c %s "$tmp/s")
		for ((i = 56; i < total; i += 37)); do
			head -c "$i" "$tmp/s" >"$tmp/cut"
			status 1 "$tool" "$v" --from "$tmp/cut" --json
			[[ ! $out ]] || json '.version' 1
			says 'mmscope: '
		done
	done
}

test_cut_in_header() {
	local i
	stream s maps
	for i in 0 1 4 11 12 40 55; do
		head -c "$i" "$tmp/s" >"$tmp/cut"
		status 1 "$tool" maps --from "$tmp/cut"
		[[ ! $out ]] || wrong "output from $i bytes"
	done
}

test_no_end() {
	stream s -N maps
	status 1 "$tool" maps --from "$tmp/s"
	says 'cut after 5 rows'
	has '[stack]'
}

test_wrong_number_of_rows() {
	stream s -e 6 maps
	status 1 "$tool" maps --from "$tmp/s"
	says '5 rows came of 6'
}

# What the END record says of lists that changed is not kept from anybody.
test_flags_of_the_end() {
	stream s -f 2 maps		# walked in pieces: nothing is missing
	mm maps --from "$tmp/s"
	stream s -f 6 maps
	status 0 "$tool" maps --from "$tmp/s"
	says 'was begun anew'
	stream s -f 0xe maps
	status 0 "$tool" maps --from "$tmp/s" --json
	says 'there is more on it'
	json '.streams[0] | [.restarted, .capped, .raced, .complete]' '[true,true,false,true]'
}

test_longer_records() {
	local v
	for v in maps pgtable walk tables folios summary; do
		stream s "$v"
		"$tool" "$v" --from "$tmp/s" --json >"$tmp/want" || wrong "$v"
		stream s -s 1024 "$v"
		mm "$v" --from "$tmp/s" --json
		cmp -s "$tmp/out" "$tmp/want" || wrong "$v: what is appended to a record changes the output"
	done
}

test_shorter_records() {
	stream s -s 48 maps	# up to dev_minor: nothing is counted
	mm maps --from "$tmp/s" --json
	json '.rows | length' 5
	json '.rows[1].start' '"0x1000000"'
	json '.rows[1].rss_bytes' null
	json '.missing.rss_bytes' '"the stream was made by an older module"'
	json '.missing | has("start")' false
	json '.totals.rss_bytes' null
	json '.totals.size_bytes > 0' true
	json '.rows[2].mapping | length > 5' true
	mm maps --from "$tmp/s" -n -r -o start,rss
	has '1000000 n/a'
	stream s -s 24 pgtable
	mm pgtable --from "$tmp/s" --json
	json '.rows[0].start' '"0x1000000"'
	json '.rows[0].entry' null
	json '.rows[0].pfn' null
	json '.rows[0].level' '"pte"'
}

test_damaged() {
	stream s maps
	printf 'frob' | dd of="$tmp/s" conv=notrunc status=none
	status 1 "$tool" maps --from "$tmp/s"
	says 'not a stream of mmscope'
	stream s maps
	printf '\x09' | dd of="$tmp/s" bs=1 seek=4 conv=notrunc status=none
	status 1 "$tool" maps --from "$tmp/s"
	says 'ABI 9'
	stream s maps
	printf '\x07\x00' | dd of="$tmp/s" bs=1 seek=8 conv=notrunc status=none
	status 1 "$tool" maps --from "$tmp/s"
	says 'makes no sense'
	stream s maps
	printf '\x77' | dd of="$tmp/s" bs=1 seek=12 conv=notrunc status=none
	status 1 "$tool" maps --from "$tmp/s"
	says 'architecture 119'
	stream s maps	# the first row's type
	printf '\x09' | dd of="$tmp/s" bs=1 seek=56 conv=notrunc status=none
	status 1 "$tool" maps --from "$tmp/s"
	says 'type 9'
	stream s maps	# more text than there is
	printf '\xff\xff' | dd of="$tmp/s" bs=1 seek=58 conv=notrunc status=none
	status 1 "$tool" maps --from "$tmp/s"
	says 'damaged'
}

test_random_bytes() {
	local i v
	for i in {1..200}; do
		for v in maps pgtable; do
			stream s "$v"
			printf '%b' "\\x$(printf %02x $((RANDOM % 256)))" |
				dd of="$tmp/s" bs=1 seek=$((RANDOM % 900)) conv=notrunc status=none
			"$tool" "$v" --from "$tmp/s" --json >"$tmp/out" 2>"$tmp/err"
			(($? < 3)) || wrong "$v: exit status $?"
			[[ ! -s $tmp/out ]] || jq . "$tmp/out" >/dev/null 2>"$tmp/jq" ||
				wrong "$v: no JSON: $(<"$tmp/jq")"
		done
	done
}

test_hostile_names() {
	stream s maps
	mm maps --from "$tmp/s"
	has '/tmp/a\nb\t"q\\\x1b[31mred\xff'
	hasnt $'\033'
	hasnt $'\xe2\x80\xae'	# turns the direction of the text round
	[[ $(wc -l <"$tmp/out") == 10 ]] || wrong 'a name makes a line of its own'
	mm maps --from "$tmp/s" --json
	json '.rows[2].mapping' '"/tmp/a\nb\t\"q\\\u001b[31mred�é‮.so"'
	json '.rows[3].mapping' '"[anon:\"},{\"x\":1]"'
	json '.rows | length' 5
	iconv -f UTF-8 -t UTF-8 "$tmp/out" >/dev/null || wrong 'JSON is no UTF-8'
}

test_several_streams_in_a_file() {
	stream a maps
	stream b -s 200 pgtable
	stream c summary
	cat "$tmp/a" "$tmp/b" "$tmp/c" >"$tmp/s"
	mm pgtable --from "$tmp/s" --json
	json '.rows[0].symbol' '"heap+0x0"'
	json '.rows[0].mapping' '"[heap]"'
	mm summary --from "$tmp/s" -n -r -o pid
	is 4242
	status 1 "$tool" folios --from "$tmp/s"
	says 'has no folios'
	mm maps --from "$tmp/s" 4242
	status 1 "$tool" maps --from "$tmp/s" 7
	says 'has no maps of process 7'
}

test_standard_input() {
	stream s maps
	"$tool" maps --from - -n -r -o start <"$tmp/s" >"$tmp/out" 2>"$tmp/err" || wrong 'failed'
	[[ $(head -n 1 "$tmp/out") == 400000 ]] || wrong 'no row'
}

test_source_is_a_file() {
	stream s maps
	mm maps --source "$tmp/s" -n -r -o start
	has 400000
	usage exclude maps --source module --from "$tmp/s"
	usage 'saved already' maps --from "$tmp/s" --save "$tmp/t"
}

test_addresses() {
	local a
	stream a maps
	stream b pgtable
	cat "$tmp/a" "$tmp/b" >"$tmp/s"
	for a in heap '[heap]' 0x1000000+4M 0x1000000,0x1400000 1000000-1400000 \
		 16777216+4096 heap+0x1000 heap,0x1400000 00001000000-00001400000; do
		mm pgtable --from "$tmp/s" -a "$a" -r -n -o start
		[[ $out == 1000000* ]] || wrong "-a $a: ${out:0:80}"
	done
	mm pgtable --from "$tmp/s" -a ffff888000000000 -r -n -o start
	is ffff888000000000
	usage 'nothing mapped has that name' pgtable --from "$tmp/s" -a frob
	usage 'nothing mapped has that name' pgtable --from "$tmp/s" -a frob+0x10
	status 1 "$tool" pgtable --from "$tmp/b" -a frob
	says 'no names to look for it in'
	usage 'empty or wraps' pgtable --from "$tmp/s" -a 0x2000,0x1000
	usage 'empty or wraps' pgtable --from "$tmp/s" -a 0x2000+0
	usage 'empty or wraps' pgtable --from "$tmp/s" -a 0xffffffffffffffff+2
	usage 'empty or wraps' pgtable --from "$tmp/s" -a 0x1ffffffffffffffff
	usage 'is no range' pgtable --from "$tmp/s" -a 0x1000,frob
	usage "''" pgtable --from "$tmp/s" -a ''
}

test_memory_does_not_grow_with_rows() {
	local small large
	command -v python3 >/dev/null || { skip 'no python3'; return; }
	stream small -n 1000 pgtable
	stream large -n 300000 pgtable
	peak() {
		python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
	}
	for format in --json --color=never; do
		small=$(peak "$tool" pgtable --from "$tmp/small" $format)
		large=$(peak "$tool" pgtable --from "$tmp/large" $format)
		# sanitizers keep what was freed for a while: some 0.5 MiB; 8 bytes a row would be 2.3
		((large < small + 2048)) || wrong "$format: $small KiB, then $large KiB"
	done
}

test_output_errors() {
	[[ -w /dev/full ]] || { skip 'no /dev/full'; return; }
	stream s -n 5000 pgtable
	"$tool" pgtable --from "$tmp/s" >/dev/full 2>"$tmp/err"
	(($? == 1)) || wrong "exit status $?"
	err=$(<"$tmp/err")
	says 'No space left'
}
