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

# own_suite: this machine's release, if it is Debian's; else trixie.  Its cross
# compilers bring the C library that programs are linked with.
own_suite() {
	# shellcheck disable=SC1091
	. /etc/os-release
	if [[ $ID == debian && ${VERSION_CODENAME:-} ]]; then
		printf '%s\n' "$VERSION_CODENAME"
	else
		echo trixie
	fi
}

# packages_for ARCH LIST...: the lists as arguments; a pattern must be alone in its
# own.  Architectures may follow a name: it is for those only.  A name with a minus is
# not wanted, whichever list has it.
packages_for() {
	local arch=$1
	shift

	awk -v arch="$arch" '
		/^(#|$)/ || (NF > 1 && !index(" " $0 " ", " " arch " ")) { next }
		sub(/^-/, "", $1) { drop[$1]; next }
		{ names[++n] = $1 }
		END {
			for (i = 1; i <= n; i++)
				if (!(names[i] in drop)) print "--include=" names[i]
		}' "$@"
}

# extract_root DIR ARCH SUITE MIRROR [OPTION...]: unpack packages into the new folder
# DIR, without documentation.  Passing through tar keeps device nodes out, and leaves an
# ordinary user owner of everything.  The options are mmdebstrap's.
#
# /bin and its kin are links, as an installer makes them.
extract_root() {
	local dir=$1 arch=$2 suite=$3 mirror=$4 options
	shift 4

	mapfile -t options < <(proxy_options)
	mkdir "$dir"
	# shellcheck disable=SC2016  # for the hook's own shell
	mmdebstrap --variant=extract --format=tar --architectures="$arch" \
		--setup-hook='for d in bin sbin lib lib64; do
			mkdir -p "$1/usr/$d" && ln -s "usr/$d" "$1/$d" || exit; done' \
		"${options[@]}" "$@" \
		--aptopt='APT::Install-Recommends "false"' \
		"$suite" - "deb [signed-by=$LAB_KEYRING] $mirror $suite main" |
		tar -x -C "$dir" --exclude='./dev/*' \
			--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
			--exclude='./usr/share/info/*' --exclude='./usr/share/locale/*'
}
