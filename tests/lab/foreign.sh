# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Roots of another architecture, made without running any of its code: packages are
# unpacked, not installed, so no maintainer script has run in them.

# proxy_options: mmdebstrap does not read the machine's apt configuration, and
# behind a proxy the archive is out of reach without these.
proxy_options() {
	apt-config dump | sed -nE '/^Acquire::https?::.*Proxy/s/^/--aptopt=/p'
}

# packages_for LIST ARCH: the list as arguments; a pattern must be alone in its
# own.  Architectures may follow a name: it is for those only.
packages_for() {
	awk -v arch="$2" '/^(#|$)/ { next }
		NF == 1 || index(" " $0 " ", " " arch " ") { print "--include=" $1 }' "$1"
}

# extract_root DIR ARCH SUITE MIRROR LIST [TAR-OPTION...]: unpack the packages of
# the list into the new folder DIR; passing through tar keeps device nodes out, and
# leaves an ordinary user owner of everything.
#
# /bin and its kin are links, as an installer makes them.
extract_root() {
	local dir=$1 arch=$2 suite=$3 mirror=$4 list=$5 options
	shift 5

	mapfile -t options < <(packages_for "$list" "$arch" && proxy_options)
	mkdir "$dir"
	# shellcheck disable=SC2016  # for the hook's own shell
	mmdebstrap --quiet --variant=extract --format=tar --architectures="$arch" \
		--setup-hook='for d in bin sbin lib lib64; do
			mkdir -p "$1/usr/$d" && ln -s "usr/$d" "$1/$d" || exit; done' \
		"${options[@]}" \
		--aptopt='APT::Install-Recommends "false"' \
		"$suite" - "deb [signed-by=$LAB_KEYRING] $mirror $suite main" |
		tar -x -C "$dir" --exclude='./dev/*' "$@"
}
