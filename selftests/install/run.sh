#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Usage: run.sh [TEST]...
#
# Test what is installed, as KTAP. TESTs are:
#
#   install       make install and uninstall: module, command, man pages, completions
#   deb           make deb, and lintian over what it made
#   root SUITE    the packages in a clean Debian root: installed, the module built by DKMS for
#                 each kernel of scripts/kernels that this root's tools build, purged
#   reproducible  the packages and the module twice, in two directories: the same bytes
#
# Without one: deb and the roots of bookworm and trixie, which are in make check; make check-deb
# runs all. Nothing of this machine is changed: roots are overlays, their mounts those of
# another namespace.
#
set -u
here=$(dirname "$(realpath "$0")")
cd "$here/../.." || exit
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
out=$PWD/build/install
version=$(sed -n 's/^MMS_VERSION := //p' Kbuild)
n=0 failed=0 tmp=''

result() {	# result STATUS NAME: one line of KTAP, with the log $out/log if it failed
	n=$((n + 1))
	if (($1)); then
		failed=$((failed + 1))
		tail -n 40 "$out/log" | sed 's/^/# /'
		echo "not ok $n $2"
	else
		echo "ok $n $2"
	fi
}

# Each test puts what it says into $out/log, and what is wrong as its last lines.

# The module is that of a kernel of the table, so that it does not matter what runs here.
test_install() {
	local dir=$tmp/install where c
	row_ready 6.12
	where=lib/modules/$row_release/updates
	local make=(make -s "DESTDIR=$dir" PREFIX=/usr "KDIR=$(realpath "$row_dir/kdir")" "MODDIR=/$where")
	"${make[@]}" install || return
	[[ $(modinfo -F vermagic "$dir/$where/mmscope.ko") == "$row_release "* ]] || { echo "the module is not for $row_release"; return 1; }
	[[ $(modinfo -F version "$dir/$where/mmscope.ko") == "$version" ]] || { echo "the module's version is not $version"; return 1; }
	[[ $("$dir/usr/sbin/mmscope" --version) == "mmscope $version "* ]] || { echo "the command's version is not $version"; return 1; }
	for c in share/bash-completion/completions/mmscope share/zsh/site-functions/_mmscope \
		 share/fish/vendor_completions.d/mmscope.fish share/man/man8/mmscope.8 \
		 share/man/man8/mmscope-{maps,trace-faults,load}.8; do
		[[ -s $dir/usr/$c ]] || { echo "not installed: /usr/$c"; return 1; }
	done
	c=$(find "$dir" -type f | grep -cE '/mmscope[^/]*\.8$')
	[[ $(find "$dir" -type f | wc -l) == $((c + 5)) ]] || { echo "more than that is installed:"; find "$dir" -type f; return 1; }
	"${make[@]}" uninstall || return
	c=$(find "$dir" ! -type d)
	[[ ! $c ]] || { echo "make uninstall leaves $c"; return 1; }
}

test_deb() {
	local warnings
	make -s deb || return
	warnings=$(lintian --allow-root --display-info "build/deb/mmscope_$version"-*.changes 2>&1)
	[[ ! $warnings ]] || { echo "$warnings"; return 1; }
}

# The packages that dkms wants, in a package cache of the root's own, so that no later run needs
# a network: root_debs SUITE
root_debs() {
	local dir=$cache/roots/apt-$1 key status=$root/var/lib/dpkg/status
	# shellcheck disable=SC2034	# of apt_init
	local row=$1 row_suite=$1 row_arch=amd64 apt_opts
	key=$(for deb in build/deb/mmscope{,-dkms}_*.deb; do dpkg-deb -f "$deb" Depends; done; sha256sum <"$status")
	[[ "$key" != "$(cat "$dir/key" 2>/dev/null)" ]] || return 0
	rm -rf "$dir"
	(apt_init "$dir") || return
	apt_init "$dir"
	local get=(apt-get "${apt_opts[@]}" -o "Dir::State::status=$status" -o Debug::NoLocking=1 -y -d --no-install-recommends)
	"${get[@]}" dist-upgrade && "${get[@]}" install ./build/deb/mmscope{,-dkms}_*.deb openssl || return
	echo "$key" >"$dir/key"
}

# shellcheck disable=SC2016	# expanded by the shell inside
inside='
	root=$1 tmp=$2 apt=$3 kernels=$4 top=$5; shift 5
	mount -t overlay overlay -o "lowerdir=$root,upperdir=$tmp/upper,workdir=$tmp/work" "$tmp/root" &&
	mount --rbind /proc "$tmp/root/proc" && mount --rbind /dev "$tmp/root/dev" &&
	mkdir -p "$tmp/root/var/lib/apt/lists" "$tmp/root/var/cache/apt/archives" &&
	mount --bind "$apt/state/lists" "$tmp/root/var/lib/apt/lists" &&
	mount --bind "$apt/cache/archives" "$tmp/root/var/cache/apt/archives" || exit
	for path in "$kernels" "$top"; do
		mkdir -p "$tmp/root$path" && mount --bind -o ro "$path" "$tmp/root$path" || exit
	done
	# no HOME: a package manager that is run by a timer has none either
	exec env -i LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$tmp/root" "$top/selftests/install/in-root" "$@"'

# Says a line for each step; those are counted, not the test itself.
test_root() {
	local row kernels=() line seen=''
	((!EUID)) || { n=$((n + 1)); echo "ok $n root $1 # SKIP only root can use a root"; return; }
	ls build/deb/mmscope{,-dkms}_*.deb >/dev/null 2>&1 || scripts/deb >"$out/log" 2>&1 || { result 1 "root $1: make deb"; return; }
	for row in $(rows); do
		row_ready "$row"
		[[ ${row_toolchain/native/bookworm} != "$1" ]] || kernels+=("$row_release=$(realpath "$row_dir/kdir")")
	done
	root_debs "$1" >"$out/log" 2>&1 || { result 1 "root $1: what the packages need, from the archive"; return; }
	mkdir -p "$tmp/$1/"{upper,work,root}
	: >"$out/log"
	while IFS= read -r line; do
		case $line in
		'ok '*) result 0 "root $1: ${line#ok }" ;;
		'not ok '*) result 1 "root $1: ${line#not ok }" ;;
		end) seen=1 ;;
		*) printf '%s\n' "$line" >>"$out/log" ;;
		esac
	done < <(unshare -m --propagation private sh -c "$inside" sh "$root" "$tmp/$1" \
		"$cache/roots/apt-$1/apt" "$(realpath "$cache/kernels")" "$PWD" \
		"$version" "${kernels[@]}" 2>&1)
	[[ $seen ]] || result 1 "root $1: ended early"
}

# In directories whose names are of different lengths, one after the other.
test_reproducible() {
	local dir file files row bad=0
	SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
	export SOURCE_DATE_EPOCH
	for dir in "$tmp/one" "$tmp/another/place"; do
		mkdir -p "$dir"
		git ls-files -co --exclude-standard -z | tar -c --null -T - | tar -x -C "$dir" || return
		for row in $(rows); do "$dir/scripts/module-build" "$row" || return; done
		make -s -C "$dir" tools && "$dir/scripts/deb" || return
	done
	mapfile -t files < <(cd "$tmp/one" && printf '%s\n' build/mmscope build/*/mmscope.ko build/deb/*.{deb,dsc,tar.xz})
	((${#files[@]} == 1 + $(rows | wc -l) + 6)) || { echo "these files only: ${files[*]}"; return 1; }
	for file in "${files[@]}"; do
		cmp "$tmp/one/$file" "$tmp/another/place/$file" || bad=1
	done
	((!bad))
}

case ${1-} in
-h|--help) usage; exit ;;
esac
tests=("$@")
(($#)) || tests=(deb 'root bookworm' 'root trixie')
rm -rf "$out"
mkdir -p "$out"
for t in "${tests[@]}"; do
	declare -F "test_${t%% *}" >/dev/null || usage_error "no test '$t'"
	[[ $t != root* ]] || ((EUID)) || root_ready "${t#root }"	# before the trap, as it has one
done
tmp=$(mktemp -d "$out/XXXXXX")
trap 'rm -rf "$tmp"' EXIT
echo "KTAP version 1"
for t in "${tests[@]}"; do
	if [[ $t == root* ]]; then
		root=$cache/roots/${t#root }
		test_root "${t#root }"
	else
		("test_$t") >"$out/log" 2>&1
		result $? "$t"
	fi
done
echo "1..$n"
((!failed))
