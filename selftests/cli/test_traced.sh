# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Recordings of tracers, over what selftests/cli/record saved: the faults of a small program, with
# its stacks, and what a write to memory.reclaim did.

# traced NAME: the recording, in a file; its name into $rec
traced() {
	rec=$tmp/$1.mmstrace
	[[ -e $rec ]] || gzip -dc "$here/recorded/$1.mmstrace.gz" >"$rec" || wrong "no recording $1"
}

# What is said of a recording that is whole is how many events it has
mmt() {
	status 0 "$tool" "$@"
	[[ $err =~ ^mmscope:\ [0-9]+\ events,\ 0\ lost$ ]] || wrong "mmscope $*: says $err"
}

# Not a test: what "record -t" does
show_traced_again() {
	local name
	for name in faults reclaim; do
		traced "trace-$name"
		"$tool" trace "$name" --from "$rec" >"$here/recorded/trace-$name.txt" 2>/dev/null
	done
}

test_traced_text() {
	local name
	for name in faults reclaim; do
		traced "trace-$name"
		mmt trace "$name" --from "$rec"
		cmp -s "$tmp/out" "$here/recorded/trace-$name.txt" || wrong "$name is shown otherwise than when it was recorded" \
			"$(diff "$here/recorded/trace-$name.txt" "$tmp/out" | head -5)"
	done
}

test_traced_json() {
	local events
	traced trace-faults
	mm trace faults --from "$rec" -j
	events=$(($(wc -l <"$here/recorded/trace-faults.txt") - 1))
	[[ $(jq -c . "$tmp/out" | wc -l) == $((events + 2)) ]] || wrong "not a line for each event, and two"
	[[ $(head -n 1 "$tmp/out" | jq -r .schema) == mmscope.trace.faults ]] || wrong "no schema in the first line"
	[[ $(tail -n 1 "$tmp/out" | jq -c '[.end.events, .end.lost]') == "[$events,0]" ]] || wrong "the end does not agree"
	[[ $(jq -s '[.[] | select(.cause == "anon" or .cause == "file")] | length > 7' "$tmp/out") == true ]] ||
		wrong "no faults of the usual causes"
}

# Sums, of the same events, have as many; flame graphs, too
test_traced_sums() {
	local events
	traced trace-faults
	events=$(($(wc -l <"$here/recorded/trace-faults.txt") - 1))
	mm trace faults --from "$rec" --by cause --json
	json '[.rows[].count] | add' "$events"
	mm trace faults --from "$rec" --summary --json
	json '[.rows[].count] | add' "$events"
	json '[.arch, .levels]' '[null,null]'	# of no page tables
	status 0 "$tool" trace faults --from "$rec" --folded
	[[ $(awk '{ n += $NF } END { print n }' <<<"$out") == "$events" ]] || wrong "not all are in the flame graph"
	has ';'
}

test_traced_perfetto() {
	traced trace-reclaim
	mmt trace reclaim --from "$rec" --perfetto "$tmp/perfetto"
	[[ $(jq '.traceEvents | length > 1' "$tmp/perfetto") == true ]] || wrong "no trace for Perfetto"
}

# What was to be said when it was recorded is refused, and so is what is no recording of this tracer
test_traced_refused() {
	traced trace-faults
	usage '--from and --pid exclude each other' trace faults --from "$rec" -p 1
	usage 'no INTERVAL' trace faults --from "$rec" 1
	usage '--from and --breakpoint exclude each other' trace faults --from "$rec" --breakpoint
	usage 'it is for one process' trace faults --breakpoint
	usage 'it is for one process' trace faults --breakpoint -p 1,2
	usage '--breakpoint and --sample exclude each other' trace faults --breakpoint -p 1 --sample 2
	usage '--breakpoint and --allow-missed exclude each other' trace faults --breakpoint -p 1 --allow-missed
	usage '--from and --allow-missed exclude each other' trace faults --from "$rec" --allow-missed
	usage 'breakpoint' trace mmap --breakpoint -p 1
	usage "there is no '*'" trace faults --cause '*'
	usage "there is no 'cow-a*'" trace faults --cause 'anon,cow-a*'
	status 2 "$tool" trace reclaim --from "$rec"
	says "recorded by trace faults"
	status 1 "$tool" trace faults --from "$here/test_traced.sh"
	status 1 "$tool" trace faults --from "$tmp/nothing"
	says 'No such file'
	: >"$tmp/empty"
	status 1 "$tool" trace faults --from "$tmp/empty"
}

# Cut anywhere: what there is is told, and that it is not all
test_traced_cut() {
	local size n want
	traced trace-faults
	size=$(stat -c %s "$rec")
	for ((n = 1; n < size; n += size / 29)); do
		head -c "$n" "$rec" >"$tmp/cut"
		status 1 "$tool" trace faults --from "$tmp/cut"
		[[ $err ]] || wrong "cut at $n of $size bytes: nothing is said"
	done
}

# A byte is another one: that is told or it is not, but nothing worse
test_traced_flipped() {
	local size n got
	traced trace-faults
	size=$(stat -c %s "$rec")
	for ((n = 0; n < size; n += size / 53)); do
		cp "$rec" "$tmp/flipped"
		printf '\xff' | dd of="$tmp/flipped" bs=1 seek="$n" conv=notrunc status=none
		timeout 20 "$tool" trace faults --from "$tmp/flipped" -o +symbol,line,stack >"$tmp/out" 2>"$tmp/err"
		got=$?
		((got == 0 || got == 1)) || wrong "byte $n of $size: exit status $got" "$(head -c 300 "$tmp/err")"
	done
}
