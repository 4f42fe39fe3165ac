#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: run.sh [-o BUILD_DIR] [-w WORD] [TEST]...
#
# Test the command without root, module or VM, over streams made by mkstream and trees that
# stand for a machine. Says KTAP, with WORD before each test's name; its exit status is 0 if
# nothing failed.
#
set -u
here=$(dirname "$(realpath "$0")")
build=$here/../../build word=''
while getopts o:w: option; do
	case $option in
	o) build=$OPTARG ;;
	w) word="$OPTARG " ;;
	*) sed -n '4,/^[^#]/{/^#/!d;s/^# \{0,1\}//p}' "$0"; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
tool=$(realpath "$build/mmscope") mkstream=$(realpath "$build/selftests/cli/mkstream")
mktrace=$(realpath "$build/selftests/cli/mktrace")
for f in "$tool" "$mkstream" "$mktrace"; do
	[[ -x $f ]] || { echo "Bail out! not built: $f"; exit 1; }
done
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C NO_COLOR=1
bad=0 out='' err=''

# shellcheck source=selftests/cli/lib.sh
. "$here/lib.sh"
for f in "$here"/test_*.sh; do
	# shellcheck source=/dev/null
	. "$f"
done
tests=()
for t in "$@"; do
	# record asks for a function that is no test
	declare -F "test_$t" >/dev/null && t=test_$t
	declare -F "$t" >/dev/null || { echo "Bail out! there is no test $t"; exit 2; }
	tests+=("$t")
done
((${#tests[@]})) || mapfile -t tests < <(declare -F | awk '$3 ~ /^test_/ { print $3 }')

echo "KTAP version 1"
echo "1..${#tests[@]}"
n=0 failed=0
for t in "${tests[@]}"; do
	n=$((n + 1)) bad=0
	rm -f "$tmp/skip"
	"$t"
	if ((bad)); then
		failed=$((failed + 1))
		echo "not ok $n $word${t#test_}"
	elif [[ -e $tmp/skip ]]; then
		echo "ok $n $word${t#test_} # SKIP $(<"$tmp/skip")"
	else
		echo "ok $n $word${t#test_}"
	fi
done
((!failed))
