# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the scripts that fetch, build for and boot the kernels of scripts/kernels.

scripts=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${MMSCOPE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mmscope}
PATH=$PATH:/usr/sbin:/sbin

say()   { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die()   { say "$*"; exit 1; }
usage_error() { say "$*; try ${0##*/} --help"; exit 2; }
# The comment block at the head of a script is its help.
usage() { sed -n '4,/^[^#]/{/^#/!d;s/^# \{0,1\}//p}' "$0"; }
need()  {
	command -v "$1" >/dev/null && return
	say "$1 is not installed: run scripts/setup"
	exit 4
}

# The rows that stand for supported kernels: those that are fetched, not built here.
rows() { awk '!/^#/ && NF && $5 != "-" { print $1 }' "$scripts/kernels"; }

# row_load ROW: set the row_* variables from the table
row_load() {
	local line
	line=$(awk -v row="$1" '!/^#/ && $1 == row' "$scripts/kernels")
	[[ $line ]] || usage_error "no kernel '$1' in scripts/kernels (there are: $(rows | xargs))"
	# shellcheck disable=SC2034	# each user takes what it needs
	read -r row row_arch row_suite row_image row_headers row_toolchain _ <<<"$line"
	row_dir=$cache/kernels/$row
}

# row_ready ROW: load the row, fetch it if it is not there
row_ready() {
	row_load "$1"
	[[ -e $row_dir/release ]] || "$scripts/kernel-fetch" "$row" >&2
	# shellcheck disable=SC2034
	row_release=$(<"$row_dir/release")
}

# mirror SUITE: the archive address for a Debian suite, from the machine's own apt configuration.
# A suite the machine does not list comes from where it gets another of the same kind.
mirror() {
	local kind='!~' uri
	[[ $1 == *-security ]] && kind='~'
	# shellcheck disable=SC2016	# apt's own variables
	uri=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
	      awk "\$1 $kind /-security\$/ && \$1 ~ /^(oldstable|stable|testing|sid|bookworm|trixie|forky)/ { print \$2; exit }")
	[[ $uri ]] || die "no Debian archive for $1 in the apt configuration: add one of Debian 12's to its sources"
	printf '%s\n' "$uri"
}
# shellcheck disable=SC2034	# for those who include this
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# apt_init DIR: a private apt for the row's suites, its own lists and no installed packages,
# so that the machine's suites, pins and state neither matter nor change. Sets apt_opts.
apt_init() {
	local suite tmp=$1
	mkdir -p "$tmp"/apt/{state/lists,cache/archives}/partial
	: >"$tmp/apt/status"
	for suite in ${row_suite//,/ }; do
		echo "deb [signed-by=$keyring] $(mirror "$suite") $suite main"
	done >"$tmp/apt/sources.list"
	apt_opts=(-qq -o "APT::Architecture=$row_arch" -o "APT::Architectures=$row_arch"
		  -o "Dir::Etc::sourcelist=$tmp/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		  -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
		  -o "Dir::State=$tmp/apt/state" -o "Dir::State::status=$tmp/apt/status"
		  -o "Dir::Cache=$tmp/apt/cache" -o APT::Sandbox::User=root
		  -o APT::Update::Error-Mode=any)
	apt-get "${apt_opts[@]}" update || die "$row: cannot read the package lists of $row_suite: is the mirror reachable?"
}

# root_ready SUITE: a small Debian root with what the headers' build tools and a module's build
# need, made if it is not there. Sets root.
root_ready() {
	local new packages=gcc,make,bc,libc6-dev,zlib1g,libzstd1,kmod,pahole,xz-utils
	case $1 in
	bookworm) packages+=,libelf1,libssl3 ;;
	*)        packages+=,libelf1t64,libssl3t64 ;;
	esac
	root=$cache/roots/$1
	[[ ! -e $root/usr/bin/make ]] || return 0
	((!EUID)) || { say "debootstrap must be root to make $root: run this once as root"; exit 4; }
	need debootstrap
	mkdir -p "$cache/roots"
	exec 9>"$cache/roots/.lock-$1"
	flock 9
	[[ ! -e $root/usr/bin/make ]] || { exec 9>&-; return 0; }
	new=$(mktemp -d "$cache/roots/.new-$1.XXXXXX")
	# shellcheck disable=SC2064	# the name as it is now
	trap "rm -rf '$new'" EXIT
	say "making the $1 root in $root (once, some 30 s)"
	# debootstrap mounts /proc in it: in a mount namespace, so that it cannot stay behind
	unshare -m debootstrap --variant=minbase --include="$packages" --keyring="$keyring" \
		"$1" "$new" "$(mirror "$1")" >"$new.log" 2>&1 ||
		die "debootstrap $1 failed: $(tail -n 3 "$new.log"); the log is $new.log"
	rm -rf "$new.log" "$new"/var/{cache/apt,lib/apt/lists}/*
	chmod 755 "$new"
	mv "$new" "$root"
	trap - EXIT
	exec 9>&-
}
