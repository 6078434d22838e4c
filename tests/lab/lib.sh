# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the lab's scripts share: the cache, locks, and packages of any Debian
# suite fetched with a private apt state, so that the machine's own package
# lists and sources are never touched.

set -euo pipefail
shopt -s inherit_errexit

# depmod and modprobe live in sbin, which an ordinary user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LAB_PROJECT=$(cd "$LAB_DIR/../.." && pwd)
LAB_CACHE=${VFIOSCOPE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vfioscope}
LAB_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
export LAB_DIR LAB_PROJECT LAB_CACHE LAB_KEYRING PATH

# Exit codes of the scripts that fill the cache.
LAB_EXIT_FAIL=1
LAB_EXIT_GONE=77
export LAB_EXIT_FAIL LAB_EXIT_GONE

die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	exit "${2:-$LAB_EXIT_FAIL}"
}

say() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
}

# need COMMAND...: what the lab runs on this machine.
need() {
	local command

	for command; do
		command -v "$command" >/dev/null ||
			die "$command is missing; run: tests/install-deps lab"
	done
}

# hash_of FILE...: a short name for the contents, to key a cache entry with.
hash_of() {
	cat -- "$@" | sha256sum | cut -c1-12
}

# find_arch ARCH: set DEB_ARCH, what Debian calls an architecture, FLAVOUR, what it calls
# the architecture's kernel, MAKE_ARCH, what the Makefile calls it, and TRIPLET, with
# which its compilers' names begin; takes the words of each of them and those of uname.
# Returns 1 if the lab does not know it.
find_arch() {
	# shellcheck disable=SC2034  # for the caller
	case $1 in
	x86 | x86_64 | amd64) DEB_ARCH=amd64 FLAVOUR=amd64 MAKE_ARCH=x86 TRIPLET=x86_64-linux-gnu ;;
	arm64 | aarch64) DEB_ARCH=arm64 FLAVOUR=arm64 MAKE_ARCH=arm64 TRIPLET=aarch64-linux-gnu ;;
	powerpc | powerpc64le | ppc64le | ppc64el)
		DEB_ARCH=ppc64el FLAVOUR=powerpc64le MAKE_ARCH=powerpc TRIPLET=powerpc64le-linux-gnu
		;;
	*) return 1 ;;
	esac
}

# with_lock NAME COMMAND...: run COMMAND while nobody else holds NAME.
#
# The lock's file descriptor is closed for COMMAND, or a child that outlives it
# would go on holding the lock.
with_lock() {
	local name=$1
	shift

	mkdir -p "$LAB_CACHE/locks"
	(
		flock -n 9 || {
			say "waiting for another run that prepares $name"
			flock 9
		}
		"$@" 9>&-
	) 9>"$LAB_CACHE/locks/$name"
}

# work_dir: a new folder inside the cache, so that a finished entry can be
# renamed into its place.
work_dir() {
	mkdir -p "$LAB_CACHE/tmp"
	mktemp -d "$LAB_CACHE/tmp/XXXXXXXX"
}

# publish DIR TARGET: put a finished entry into its place.
#
# An older one is moved aside first: rename() cannot replace a filled folder.
# Its neighbours that nobody has used for a month make room.
publish() {
	local dir=$1 target=$2 old

	mkdir -p "$(dirname "$target")"
	find "$(dirname "$target")" -mindepth 1 -maxdepth 1 -mtime +30 \
		-exec rm -rf -- {} +
	if [[ -e $target ]]; then
		old=$(work_dir)
		mv -T -- "$target" "$old/old"
		mv -T -- "$dir" "$target"
		rm -rf -- "$old"
	else
		mv -T -- "$dir" "$target"
	fi
}

# use_entry TARGET: print it, and note that it is in use.
use_entry() {
	touch -c "$1" 2>/dev/null || true
	printf '%s\n' "$1"
}

# debian_mirror_in APT_OPTION...: the Debian archive among the apt sources.
#
# Other repositories, and Debian's security and updates suites (which may be on
# other servers), do not carry the other releases and are passed over.
debian_mirror_in() {
	# shellcheck disable=SC2016  # apt expands these fields, not the shell
	apt-get "$@" indextargets --format \
		'$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" &&
			$4 !~ /-/ && !found { print $5; found = 1 }'
}

# debian_mirror: the address of the Debian archive this machine uses.
#
# On a machine whose package lists have been cleaned away apt does not know
# which source is Debian's, so they are fetched into a private state first.
debian_mirror() {
	local mirror state

	mirror=$(debian_mirror_in) || true
	if [[ -z $mirror ]]; then
		state=$LAB_CACHE/apt/machine
		prepare_apt_state "$state"
		apt-get "${APT_PRIVATE[@]}" -qq update >/dev/null 2>&1 || true
		mirror=$(debian_mirror_in "${APT_PRIVATE[@]}") || true
	fi
	[[ -n $mirror ]] ||
		die "no Debian archive found in this machine's apt sources, or no network"
	printf '%s\n' "$mirror"
}

# prepare_apt_state DIR: make DIR a private apt state, named by APT_PRIVATE.
#
# Hooks that the machine runs after an update have no business here, and as
# root apt would drop to a user who may not be able to enter the cache.
prepare_apt_state() {
	local dir=$1

	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	cat >"$dir/apt.conf" <<-CONF
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Dir::State "$dir";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Acquire::Languages "none";
		APT::Sandbox::User "root";
		APT::Get::List-Cleanup "false";
	CONF
	APT_PRIVATE=(-c "$dir/apt.conf")
}

# suite_state SUITE: its folder for DEB_ARCH.
suite_state() {
	local dir=$LAB_CACHE/apt/$1

	[[ $DEB_ARCH == amd64 ]] || dir+=.$DEB_ARCH
	printf '%s\n' "$dir"
}

# open_suite SUITE: point APT_PRIVATE at the private state of one suite, for DEB_ARCH.
open_suite() {
	local dir

	dir=$(suite_state "$1")
	prepare_apt_state "$dir"
	cat >>"$dir/apt.conf" <<-CONF
		APT::Architecture "$DEB_ARCH";
		APT::Architectures { "$DEB_ARCH"; };
	CONF
	APT_PRIVATE+=(-o "Dir::Etc::SourceList=$dir/sources.list"
		-o Dir::Etc::SourceParts=/dev/null)
}

# update_suite SUITE: fetch the package list of one suite, for DEB_ARCH.
#
# Returns LAB_EXIT_GONE when the archive no longer has the suite.
update_suite() {
	local suite=$1 mirror log foreign=

	mirror=$(debian_mirror) || exit
	[[ $DEB_ARCH == amd64 ]] || foreign=" for $DEB_ARCH"
	say "fetching the package list of Debian $suite$foreign"
	open_suite "$suite"
	echo "deb [arch=$DEB_ARCH target=Packages signed-by=$LAB_KEYRING] $mirror $suite main" \
		>"$(suite_state "$suite")/sources.list"
	if log=$(LC_ALL=C apt-get "${APT_PRIVATE[@]}" -qq \
		-o APT::Update::Error-Mode=any update 2>&1); then
		return 0
	fi
	if grep -qE ' 404 |does not have a Release file' <<<"$log" &&
		! grep -qE 'Could not|Temporary failure' <<<"$log"; then
		return "$LAB_EXIT_GONE"
	fi
	die "cannot fetch the package list of Debian $suite: $(grep -m1 '^[EW]:' <<<"$log" || echo 'no network?')"
}

# enter_suite SUITE: bring its package list up to date and point APT_PRIVATE at
# it; sets SUITE, and SUITE_PACKAGES, the names of its kernel packages.
#
# Returns LAB_EXIT_GONE when the archive no longer has the suite.
enter_suite() {
	local rc=0

	with_lock "apt-$(basename "$(suite_state "$1")")" update_suite "$1" || rc=$?
	((rc != LAB_EXIT_GONE)) || return "$rc"
	((!rc)) || exit "$rc"
	SUITE=$1
	open_suite "$SUITE"
	SUITE_PACKAGES=$(apt-cache "${APT_PRIVATE[@]}" pkgnames linux-) || exit
}

# has_package NAME: is it in the suite that was entered?
has_package() {
	grep -qxF "$1" <<<"$SUITE_PACKAGES"
}

# fetch_packages DIR PACKAGE...: packages of the suite that was entered, into the new
# folder DIR.  Returns LAB_EXIT_GONE when one that is listed is not there.
fetch_packages() {
	local dir=$1 log
	shift

	mkdir "$dir"
	log=$(cd "$dir" && LC_ALL=C apt-get "${APT_PRIVATE[@]}" -qq \
		download "$@" 2>&1) && return 0
	! grep -q ' 404 ' <<<"$log" || return "$LAB_EXIT_GONE"
	die "cannot fetch $* from Debian $SUITE: $(tail -n1 <<<"$log")"
}

# unpack_fetched DIR: unpack the packages in it, there.
unpack_fetched() {
	local deb

	for deb in "$1"/*.deb; do
		dpkg -x "$deb" "$1"
		rm "$deb"
	done
}

# unpack_packages DIR PACKAGE...: fetch packages of the suite that was entered
# and unpack them into the new folder DIR.
unpack_packages() {
	fetch_packages "$@" ||
		die "$2 is listed in Debian $SUITE, but the archive has lost it" "$LAB_EXIT_GONE"
	unpack_fetched "$1"
}

# all_lines: the file `kernels`, and the lines of this machine, which are compiled from
# kernel trees (kernel-build --source): a file each, with one line that has options of
# the tree for suites, and ends with the path of the tree.
all_lines() {
	local file

	cat "$LAB_DIR/kernels"
	for file in "$LAB_CACHE"/lines/*; do
		[[ ! -f $file ]] || cat "$file"
	done
}

# known_lines: the kernel lines there are, in one line.
known_lines() {
	all_lines | awk '!/^#/ { printf "%s%s", sep, $1; sep = " " }'
}

# find_line LINE: set SUITES, REGEX, CONFIG, MACHINE and TREE of a kernel line, and what
# find_arch sets, or return 1.
find_line() {
	# shellcheck disable=SC2034  # for the caller
	read -r SUITES REGEX CONFIG MACHINE TREE < <(all_lines |
		awk -v line="$1" '$1 == line { sub(/^[^ \t]+[ \t]+/, ""); print }') || return
	[[ $CONFIG != - ]] || CONFIG=
	case $MACHINE in
	pseries | powernv) find_arch powerpc ;;
	*) find_arch "$MACHINE" ;;
	esac
}

# is_compiled: is the kernel of the line that was found one of kernel-build's?
is_compiled() {
	[[ $REGEX == source:* || $REGEX == tree:* ]]
}

# module_lists: the files that name the modules the lab keeps, for DEB_ARCH.
module_lists() {
	printf '%s\n' "$LAB_DIR/modules"
	[[ ! -e $LAB_DIR/modules.$DEB_ARCH ]] || printf '%s\n' "$LAB_DIR/modules.$DEB_ARCH"
}
