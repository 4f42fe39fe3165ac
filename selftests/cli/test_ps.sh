# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# ps over the files of a stock kernel, from a directory that stands for a machine.

# process PID NAME RSS PSS CLEAN DIRTY SWAP: one with three threads
ps_process() {
	local p=$root/proc/$1
	mkdir -p "$p"
	echo "$2" >"$p/comm"
	printf 'Name:\t%s\nState:\tS (sleeping)\nTgid:\t%s\nVmSize:\t  800 kB\nVmRSS:\t  90 kB\nVmPTE:\t 28 kB\nVmSwap:\t 7 kB\nThreads:\t3\n' "$2" "$1" >"$p/status"
	printf '00400000-7ffffffff000 ---p 00000000 00:00 0    [rollup]\nRss: %s kB\nPss: %s kB\nPss_Dirty: 1 kB\nShared_Clean: 4 kB\nPrivate_Clean: %s kB\nPrivate_Dirty: %s kB\nPrivate_Hugetlb: 2048 kB\nSwap: %s kB\nSwapPss: 0 kB\n' "${@:3:5}" >"$p/smaps_rollup"
	printf '00400000 default file=/bin/x mapped=2 N0=3 N1=5 kernelpagesize_kB=4\n01000000 default huge dirty=1 N1=1 kernelpagesize_kB=2048\n02000000 default anon=1 N1=2 kernelpagesize_kB=4\n' >"$p/numa_maps"
}

ps_machine() {
	root=$tmp/ps-root
	rm -rf "$root"
	mkdir -p "$root/proc/12" "$root/proc/13" "$root/proc/tty"
	printf 'flags\t\t: fpu\n' >"$root/proc/cpuinfo"
	printf 'Name:\tkworker\nState:\tI (idle)\nTgid:\t12\nThreads:\t1\n' >"$root/proc/12/status"
	printf 'Name:\tdone\nState:\tZ (zombie)\nTgid:\t13\nThreads:\t1\n' >"$root/proc/13/status"
	ps_process 101 'a b' 44 31 8 12 4
	ps_process 103 two 16 8 0 4 0
}

test_ps() {
	ps_machine
	mm ps --root "$root" -s pid -r
	is "PID RSS PSS USS SWAP PGTABLES THREADS COMM
101 45056 31744 2117632 4096 28672 3 a\x20b
103 16384 8192 2101248 0 28672 3 two"
	mm ps --root "$root" -s -pid -o pid,comm -n
	is "103 two
101 a b"
	mm ps --root "$root" --json
	json '[.rows[].pid] | sort' '[101,103]'
	json '.rows[] | select(.pid == 101) | .size_bytes' 819200
	json '.totals | [.processes,.threads,.kernel,.gone,.partial]' '[2,6,1,1,0]'
	json '.totals.pss_bytes' 39936
	json .source '"procfs"'
	mm ps --root "$root"
	has 'PROCESSES THREADS'
	mm ps --root "$root" 103 104
	hasnt 'a b'
	has two
}

test_ps_nodes() {
	ps_machine
	mm ps --root "$root" --nodes -r 101
	is "PID NODE RSS COMM
101 0 12288 a\x20b
101 1 28672 a\x20b"
}

test_ps_usage() {
	ps_machine
	usage 'is no PID' ps --root "$root" x
	usage "no column 'node'" ps --root "$root" -s node
	status 4 "$tool" ps --root "$root" --source module
	says 'the module is not loaded'
	status 1 "$tool" ps --root "$root" --source "$tool"
	says 'this is not a stream of mmscope'
}

# What was saved is shown as it was, and says so if it is cut anywhere.
test_ps_saved() {
	local f=$tmp/ps.mms cut size
	ps_machine
	mm ps --root "$root" --save "$f" -s pid
	cp "$tmp/out" "$tmp/ps-shown"
	mm ps --from "$f" -s pid
	is "$(<"$tmp/ps-shown")"
	"$tool" ps --from - --json <"$f" >"$tmp/out"
	json '[.source, .totals.kernel, .totals.gone, (.rows | length)]' '["capture",1,1,2]'
	mm ps --from "$f" 103
	hasnt 'a b'
	status 1 "$tool" ps --from "$f" --nodes
	says 'has no ps.nodes'
	mm ps --root "$root" --save "$f" --nodes -s pid -r
	cp "$tmp/out" "$tmp/ps-shown"
	mm ps --from "$f" --nodes -s pid -r
	is "$(<"$tmp/ps-shown")"
	mm ps --from "$f" 101 -o pid,rss -r
	is 'PID RSS
101 45056'
	size=$(stat -c %s "$f")
	for ((cut = 1; cut < size; cut += 61)); do
		head -c "$cut" "$f" >"$tmp/ps-cut"
		status 1 "$tool" ps --from "$tmp/ps-cut"
		[[ $err ]] || wrong "cut at $cut of $size: nothing is said"
	done
	usage 'is saved already' ps --from "$f" --save "$tmp/x"
	status 1 "$tool" slab --from "$f"
	says 'was saved by mmscope ps, not slab'
	status 1 "$tool" zones --from "$f"
	says 'has no zones, but tables'
}
