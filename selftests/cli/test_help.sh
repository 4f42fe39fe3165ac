# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0-only
# Help, man pages and completions come from one row of the command table.

# "trace faults" as trace-faults
commands() { "$tool" help | sed -n 's/^  \([a-z]*\( [a-z][a-z]*\)\{0,1\}\)  .*/\1/p' | tr ' ' -; }

test_help_lists_every_command() {
	local c
	for c in $views load unload attach detach help man completion; do
		commands | grep -qx "$c" || wrong "mmscope help: no $c"
	done
}

test_help_has_options_and_example() {
	local c
	for c in $(commands); do
		mm "$c" --help
		has "Usage: mmscope ${c/-/ }"
		has '--help'
		has 'Examples:'
		mm help "$c"
		has "Usage: mmscope ${c/-/ }"
		[[ $(awk 'length > 80 && !/^  [#m.]/' "$tmp/out") ]] && wrong "$c --help: wider than 80"
	done
	return 0
}

test_man_has_every_option_of_help() {
	local c o
	mm man
	has '.TH MMSCOPE 8'
	for c in $(commands); do
		"$tool" "$c" --help | grep -oE -- '^  (-.,|   ) --[a-z-]+' | grep -oE -- '--[a-z-]+' >"$tmp/options"
		mm man "$c"
		has ".TH MMSCOPE-${c^^} 8"
		has '.SH EXAMPLES'
		while read -r o; do
			has "\\-\\-$(sed 's/^--//;s/-/\\-/g' <<<"$o")\\fR"
		done <"$tmp/options"
	done
}

test_man_is_good_roff() {
	local c
	command -v mandoc >/dev/null || { skip 'no mandoc'; return; }
	for c in '' $(commands); do
		# shellcheck disable=SC2086	# no argument for the main page
		"$tool" man $c >"$tmp/page"
		mandoc -Tlint -Werror "$tmp/page" >"$tmp/lint" || wrong "$c: $(head -n 3 "$tmp/lint")"
	done
}

test_man_has_every_column() {
	local c column
	for c in maps pgtable walk tables folios summary tlb features; do
		mm "$c" --list-columns
		awk 'NF > 2 && !/:$/ { print $1 }' "$tmp/out" >"$tmp/columns"
		mm man "$c"
		while read -r column; do
			has "\\fB$column\\fR"
		done <"$tmp/columns"
	done
}

test_version() {
	mm --version
	has 'mmscope '
	mm maps -V
	has 'ABI 1'
}

complete_bash() {
	bash --norc -c '
		. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_mmscope
		printf "%s\n" "${COMPREPLY[@]}"' "$tmp/bash" "$@"
}

test_completion_bash() {
	"$tool" completion bash >"$tmp/bash"
	out=$(complete_bash mmscope pg)
	is pgtable
	out=$(complete_bash mmscope pgtable --no-m)
	is --no-merge
	out=$(complete_bash mmscope pgtable --kind migr)
	is migration
	out=$(complete_bash mmscope maps -o start,rs)
	is start,rss
	out=$(complete_bash mmscope maps $$)
	has $$
	out=$(complete_bash mmscope completion z)
	is zsh
}

test_completion_zsh() {
	command -v zsh >/dev/null || { skip 'no zsh'; return; }
	"$tool" completion zsh >"$tmp/_mmscope"
	status 0 zsh -n "$tmp/_mmscope"
	out=$(<"$tmp/_mmscope")
	has '#compdef mmscope'
	has '{-a,--address}'
}

test_completion_fish() {
	command -v fish >/dev/null || { skip 'no fish'; return; }
	"$tool" completion fish >"$tmp/mmscope.fish"
	status 0 fish -n "$tmp/mmscope.fish"
	status 0 fish -c "source $tmp/mmscope.fish; complete -C 'mmscope pgt'"
	has pgtable
	status 0 fish -c "source $tmp/mmscope.fish; complete -C 'mmscope pgtable --no-f'"
	has --no-folio
}

test_usage_errors() {
	usage 'expects a command'
	usage "no command 'frob'" frob
	usage 'expects PID' maps
	usage "'x' is no PID" maps x
	usage "'0' is no PID" maps 0
	usage "'-1' is no PID" maps -- -1
	usage "'99999999999' is no PID" maps 99999999999
	usage 'no option --frob' maps --frob 1
	usage 'no option -Q' maps -Q 1
	usage 'expects an argument' maps -o
	usage 'does not expect' features 1
	usage 'expects PID ADDRESS' walk 1
	usage 'no completion' completion csh
	usage 'no file' maps --source /nonexistent 1
	usage '--color' maps --color=loud 1
	usage 'one process at a time' maps --save "$tmp/x" 1 2
}

test_install() {
	local c
	command -v make >/dev/null || { skip 'no make'; return; }
	status 0 make -s -C "$here/../../userspace" O="$(dirname "$tool")" DESTDIR="$tmp/d" PREFIX=/usr install
	for c in sbin/mmscope share/man/man8/mmscope.8 share/man/man8/mmscope-pgtable.8 \
		 share/bash-completion/completions/mmscope share/zsh/site-functions/_mmscope \
		 share/fish/vendor_completions.d/mmscope.fish; do
		[[ -s $tmp/d/usr/$c ]] || wrong "not installed: $c"
	done
	for c in $(commands); do
		[[ -s $tmp/d/usr/share/man/man8/mmscope-$c.8 ]] || wrong "no man page of $c"
	done
	[[ $(find "$tmp/d" -type f | wc -l) == $(($(commands | wc -l) + 5)) ]] || wrong "more is installed than these"
	status 0 make -s -C "$here/../../userspace" O="$(dirname "$tool")" DESTDIR="$tmp/d" PREFIX=/usr uninstall
	c=$(find "$tmp/d" ! -type d)
	[[ ! $c ]] || wrong "make uninstall leaves $c"
}
