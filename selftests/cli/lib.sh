# shellcheck shell=bash disable=SC2034,SC2154	# variables of run.sh and of the tests
# SPDX-License-Identifier: GPL-2.0-only
#
# What the tests of the command share. A test is a function test_* of a file test_*.sh; it
# fails when something it said with these was not so, and goes on to say the next thing.

# A failed statement of the running test
wrong() { printf '# %s\n' "$@"; bad=1; }

skip() { printf '%s' "$*" >"$tmp/skip"; }

# status N COMMAND...: run it, output into $out, errors into $err; N is its exit status
status() {
	local want=$1 got
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	out=$(<"$tmp/out") err=$(<"$tmp/err")
	((got == want)) || wrong "$*: exit status $got, not $want" "${err:0:300}"
}

# mm ARGS...: the command, which succeeds and has nothing to say on stderr
mm() {
	status 0 "$tool" "$@"
	[[ ! $err ]] || wrong "mmscope $*: says $err"
}

# has TEXT, hasnt TEXT: the output
has() { [[ $out == *"$1"* ]] || wrong "not in the output: $1" "${out:0:600}"; }
hasnt() { [[ $out != *"$1"* ]] || wrong "in the output: $1"; }
# says TEXT: the errors
says() { [[ $err == *"$1"* ]] || wrong "not said: $1" "${err:0:300}"; }
is() { [[ $out == "$1" ]] || wrong "output is: ${out:0:600}" "not: $1"; }

# json FILTER VALUE: the output is JSON, and jq's FILTER of it is VALUE
json() {
	local got
	got=$(jq -c "$1" "$tmp/out" 2>"$tmp/jq") || wrong "no JSON: $(<"$tmp/jq")" "${out:0:200}"
	[[ $got == "$2" ]] || wrong "$1 is $got, not $2"
}

# usage TEXT ARGS...: the command line makes no sense, because of TEXT
usage() {
	local text=$1
	shift
	status 2 "$tool" "$@"
	says "$text"
	[[ ! $out ]] || wrong "mmscope $*: output in spite of the error"
}

# stream FILE ARGS...: a stream made by mkstream, into $tmp
stream() { "$mkstream" "${@:2}" >"$tmp/$1" || wrong "mkstream ${*:2}"; }

views='maps pgtable walk tables folios summary features'
