# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# scripts/bench-compare: what make bench measured beside what is kept of it.

# measured NAME UNIT VALUE...: results as the bench writes them, three words a case
measured() {
	local rows='' sep=''
	while (($#)); do
		rows+="$sep{\"case\": \"$1\", \"unit\": \"$2\", \"ours\": $3, \"peers\": {\"stock\": 1}}" sep=,
		shift 3
	done
	echo "[$rows]" >"$tmp/results"
}

# compared STATUS [OPTION]: of the row 6.12, by what $kept_of says its kernel is
compared() {
	status "$1" "$here/../../scripts/bench-compare" "${@:2}" 6.12 "${kept_of-6.12.1}" "$tmp/results" "$tmp/baseline"
}

keep() {
	rm -f "$tmp/baseline"
	measured rows instr/PTE 100 small instr/PTE 2 stream '+ instr' 200 scan instr 10000 gone instr null
	compared 0 --update
}

test_bench_same() {
	keep
	compared 0
	has '5 cases compared'
	# 3 %, and more of what is small
	measured rows instr/PTE 102.9 small instr/PTE 2.4 stream '+ instr' 214 scan instr 10450 gone instr null
	compared 0
	hasnt ' -> '
}

test_bench_growth() {
	keep
	measured rows instr/PTE 103.2 small instr/PTE 2.6 stream '+ instr' 216 scan instr 10400 gone instr null
	compared 1
	has '+3.2 %'
	has '+30.0 %'
	has '+8.0 %'
	hasnt scan
	hasnt gone
	# with the figures kept all is well again
	compared 0 --update
	compared 0
}

# What is a difference of two large ones
test_bench_error() {
	keep
	jq '.[2].ours = 230 | .[2].error = 31' "$tmp/results" >"$tmp/other"
	mv "$tmp/other" "$tmp/results"
	compared 0
	hasnt ' -> '
	jq '.[2].ours = 232' "$tmp/results" >"$tmp/other"
	mv "$tmp/other" "$tmp/results"
	compared 1
	has '+16.0 %'
}

test_bench_less() {
	keep
	measured rows instr/PTE 90 small instr/PTE 2 stream '+ instr' 200 scan instr 10000 gone instr null
	compared 0
	has 'cost less'
	has '-10.0 %'
	hasnt 'cost more'
}

test_bench_new_and_gone() {
	keep
	measured rows instr/PTE 100 small instr/PTE 2 stream '+ instr' null another instr 5 gone instr 7
	compared 1
	has 'another'
	has 'is new'
	has 'scan '
	has 'is not there any more'
	has 'was measured before'
	has 'was not measured before'
}

test_bench_other_kernel() {
	local kept_of
	keep
	kept_of=6.12.2
	measured rows instr/PTE 150 small instr/PTE 2 stream '+ instr' 200 scan instr 10000 gone instr null
	compared 1
	has 'This is Linux 6.12.2'
	has 'measured on 6.12.1'
	has '+50.0 %'
}

test_bench_no_baseline() {
	keep
	jq '{"6.1": ."6.12"}' "$tmp/baseline" >"$tmp/other"
	mv "$tmp/other" "$tmp/baseline"
	compared 1
	has 'has nothing of 6.12'
	compared 0 --update
	compared 0
	# what is kept of others stays
	[[ $(jq -c 'keys' "$tmp/baseline") == '["6.1","6.12"]' ]] || wrong 'the other row is gone'
	rm "$tmp/baseline"
	compared 1
	says 'is not there'
	echo '[' >"$tmp/results"
	compared 2
}
