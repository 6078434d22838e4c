# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Compiling for the kernel happens in the lab's own userland (build.packages),
# whose C library and compiler are the ones its sources and headers want.

# enter_userland USERLAND SRC WORK COMMAND...: in the userland, with SRC as
# /usr/src and the work folder as /mnt.  The mounts are seen by nobody else and
# go with the command; an ordinary user needs to be root of a user namespace for
# them.
#
# The variables are for the inner shell.
enter_userland() {
	local unshare=(unshare --mount) folders=("$1" "$2" "$3")
	shift 3

	((EUID == 0)) || unshare+=(--map-root-user)
	# shellcheck disable=SC2016
	"${unshare[@]}" sh -ec '
		root=$1
		mount --bind "$2" "$root/usr/src"
		mount --bind "$3" "$root/mnt"
		mount --rbind /dev "$root/dev"
		mount --rbind /proc "$root/proc"
		shift 3
		exec chroot "$root" "$@"
	' sh "${folders[@]}" \
		/usr/bin/env -i PATH=/usr/sbin:/usr/bin LC_ALL=C TMPDIR=/mnt/tmp "$@"
}
