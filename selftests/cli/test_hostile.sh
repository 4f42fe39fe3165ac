# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Names that somebody chose to do harm with: newlines, quotes, escapes of terminals, bytes that are no
# UTF-8, paths of 4096 bytes. Text has no control characters, JSON is JSON in UTF-8.

hostile=$'a\nb\t"q\'\\\033[31m\x07\xff\xc2\x9b\xe2\x80\xaeend'

# shown ARGS...: text and JSON of a command, and what it says, to be looked at by all_tame
shown() {
	local form name
	mkdir -p "$tmp/shown"
	for form in '' --json; do
		name=$tmp/shown/${*//[^a-z0-9-]/_}$form
		"$tool" "$@" $form >"$name.out" 2>"$name.err" </dev/null
		(($? < 2)) || wrong "$* $form: exit status" "$(head -c 200 "$name.err")"
		[[ -s $name.out ]] || wrong "$* $form: no output" "$(head -c 200 "$name.err")"
	done
}

# All that was shown, and the files named: UTF-8 without control characters but newlines; JSON,
# one document behind the other, by a reader that takes nothing amiss
all_tame() {
	python3 - "$@" "$tmp"/shown/* <<'END' >"$tmp/untame" || wrong "$(<"$tmp/untame")"
import json, os, re, sys
bad = False
for path in sys.argv[1:]:
    if not os.path.exists(path):
        continue
    try:
        text, at = open(path, "rb").read().decode("utf-8", "strict"), 0
        found = re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
        if found:
            raise ValueError("%r is in it: %r" % (found.group(), text[max(0, found.start() - 40):found.end()]))
        while at < len(text) and path.endswith("json.out"):
            _, at = json.JSONDecoder().raw_decode(text, at)
            while at < len(text) and text[at].isspace():
                at += 1
    except ValueError as e:
        bad = True
        print("%s: %s" % (os.path.basename(path), e))
sys.exit(bad)
END
	rm -rf "$tmp/shown"
}

# A machine whose process, files, mappings and mount points have such names
hostile_machine() {
	local long p
	recorded
	p=$root/proc/4242
	long=/$(printf 'x%.0s' {1..2000})$(printf '\xff\033%.0s' {1..1047})y	# 4096 bytes
	printf '%s\n' "${hostile//$'\n'/\\n}" >"$p/comm"
	sed -i "1s/.*/Name:\t${hostile//[$'\n'\\\/]/?}/" "$p/status"
	{
		vma 00400000-00403000 r-xp 00000000 08:01 131 "                 $long" 8 6 0 'rd ex mr mw me'
		vma 01000000-01004000 rw-p 00000000 00:00 0 "                 [anon:${hostile//$'\n'/\\012}]" 4 4 8 'rd wr'
		vma 7f0000000000-7f0000001000 r--s 00001000 08:01 7 "          /tmp/${hostile//$'\n'/\\012}" 0 0 0 'rd mr me ms'
	} >"$p/smaps"
	grep -aE '^[0-9a-f]+-' "$p/smaps" >"$p/maps"
	printf 'Rss: 8 kB\nPss: 6 kB\n' | sed '1i 00400000-7ffffffff000 ---p 00000000 00:00 0 [rollup]' >"$p/smaps_rollup"
	mkdir -p "$root/proc/self"
	printf '21 1 8:1 / /%s rw - ext4 /dev/%s rw\n' "${hostile//[$'\n'\t ]/_}" "${hostile//[$'\n'\t ]/_}" >"$root/proc/self/mountinfo"
}

test_hostile_machine() {
	local command
	hostile_machine
	for command in maps 'maps -x' pgtable summary layout 'layout --list' ps; do
		# shellcheck disable=SC2086	# a command and its options
		shown $command --root "$root" 4242
	done
	all_tame
	mm maps --root "$root" -n -r -o mapping 4242
	[[ $out == *'/tmp/a\nb\t"q'*'\x1b[31m\x07\xff\xc2\x9b'* ]] || wrong "not escaped: ${out:(-200)}"
	mm maps --root "$root" --json 4242
	json '.rows[0].mapping | length' 4096
	json '.rows[2].mapping | startswith("/tmp/a\nb\t\"q")' true
}

test_hostile_streams() {
	local view
	for view in $views pfns files cache slab; do
		"$mkstream" "$view" >"$tmp/s" 2>/dev/null || continue
		shown "$view" --from "$tmp/s"
	done
	for view in 'walk --explain' 'layout --list' 'folios --list' 'tables --list'; do
		"$mkstream" "${view%% *}" >"$tmp/s" 2>/dev/null || stream s maps
		# shellcheck disable=SC2086
		shown $view --from "$tmp/s"
	done
	all_tame
}

# Every tracer: events, sums, stacks, a trace for Perfetto, of a recording whose names are such
test_hostile_recordings() {
	local tracer trace=$tmp/hostile.mmstrace n=0
	for tracer in $("$tool" trace | awk '{ print $2 }'); do
		n=$((n + 1))
		"$mktrace" -s "$n" "$tracer" >"$trace" || wrong "mktrace $tracer"
		shown trace "$tracer" --from "$trace"
		shown trace "$tracer" --from "$trace" --by comm,cause
		"$tool" trace "$tracer" --from "$trace" --folded >"$tmp/shown/$tracer-folded.out" 2>/dev/null
		"$tool" trace "$tracer" --from "$trace" --perfetto "$tmp/shown/$tracer-perfetto-json.out" >/dev/null 2>&1
	done
	((n >= 14)) || wrong "only $n tracers"
	all_tame
}

# What is said of an error may have a name in it, too
test_hostile_errors() {
	status 2 "$tool" "$hostile"
	says 'a\nb\t"q'
	cp "$tmp/err" "$tmp/command"
	status 2 "$tool" maps --from x -o "$hostile"
	cp "$tmp/err" "$tmp/column"
	status 1 "$tool" maps --from "/nowhere/$hostile"
	says '\x1b[31m\x07\xff'
	all_tame "$tmp/command" "$tmp/column" "$tmp/err"
}

# Names of zones are the file's
test_hostile_zones() {
	unpacked buddy
	sed 's/Normal/No\x1bm"l/g; s/DMA32/D\xff"32/g' "$rec" >"$tmp/zones.mms"
	shown buddy --from "$tmp/zones.mms"
	all_tame
	mm buddy --from "$tmp/zones.mms" --json
	json '[.rows[].zone] | unique | length > 1' true
}

# A page has to be named, though a saved stream knows its process
test_page_of_nothing() {
	stream s pgtable
	usage 'page: expects PFN|PID:ADDRESS' page --from "$tmp/s"
}

# patched OFFSET BYTE: the stream, with another byte there
patched() { cp "$tmp/s" "$tmp/patched"; printf '%b' "\\x$2" | dd of="$tmp/patched" bs=1 seek="$1" conv=notrunc status=none; }

test_impossible_values() {
	local at
	stream s -n 1 folios
	# header_size, which records are behind; page_shift
	patched 6 39
	status 1 "$tool" folios --from "$tmp/patched"
	says 'makes no sense'
	patched 14 4c
	status 1 "$tool" folios --from "$tmp/patched"
	says 'makes no sense: pages of 1 << 76 bytes'
	# an order above all memory, wherever it is in the record
	for ((at = 56 + 4; at < 56 + 64; at++)); do
		patched "$at" f0
		"$tool" folios --list --from "$tmp/patched" >"$tmp/out" 2>"$tmp/err"
		! grep -q 'no order can be as in row 1' "$tmp/err" || return 0
	done
	wrong 'no order is refused'
}
