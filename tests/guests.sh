# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What run-all and matrix share: cases of tests/live in guests of the lab, a few
# at a time, each into a folder of its own below $OUT.
#
# A guest is named by a word; $OUT/NAME holds its results, $OUT/NAME.log what it
# printed, $OUT/NAME.deaths a line for each time it died.

# shellcheck source=tests/results.sh
. tests/results.sh

GONE=77
declare -A NO_MODULE
GUESTS=$(mktemp -d) # a file for each guest that runs, with the path of its results

cleanup() {
	rm -rf "$GUESTS"
}

# The changing line names the guests that run, and how many results each has.
progress_text() {
	local guest running='' count

	for guest in "$GUESTS"/*; do
		[ -e "$guest" ] || continue
		count=$(grep -cs '^\(not \)\?ok - ' "$(cat "$guest")")
		running+="${running:+, }${guest##*/} (${count:-0})"
	done
	echo "${running:-$(cat "$RESULTS_STEP")}"
}

# lab_lines: the kernel lines of the file `kernels`.
lab_lines() {
	awk '!/^#/ && NF { print $1 }' tests/lab/kernels
}

# lab_line LINE: is it one of them, not one of a kernel tree?
lab_line() {
	lab_lines | grep -qxF -e "$1"
}

# known_lines: those and the ones of kernel trees, in one line.
known_lines() (
	# shellcheck source=tests/lab/lib.sh
	. tests/lab/lib.sh
	known_lines
)

# The reason among what a script of the lab said last.
why() {
	WHY=$(tail -n 1 <<<"$SAID")
	WHY=${WHY#*: }
}

# fetch_foreign LINE ARCH: emulator, compiler, kernel, user land and libraries of another
# architecture, which cannot be had everywhere and at all times.
fetch_foreign() {
	tests/install-deps build cross && tests/lab/kernel "$1" &&
		tests/lab/rootfs --arch "$2" && tests/lab/sysroot "$2" || return "$GONE"
}

# fetch LINE: what its guests need. Of this machine's own architecture the programs are
# there.
fetch() {
	local arch prefix

	read -r arch prefix < <(tests/lab/arch "$1")
	if [ "${arch:-x86}" = x86 ]; then
		tests/lab/kernel "$1" && tests/lab/rootfs
		return
	fi
	fetch_foreign "$1" "$arch" || return
	make -s -j2 ARCH="$arch" CROSS_COMPILE="$prefix" SYSROOT="$(tests/lab/sysroot "$arch")" \
		all workloads
}

# prepare_line LINE: fetch or make what its guests need, programs of their architecture
# included, before two want it at the same time.  Returns GONE if it cannot be had; sets
# WHY then, and on any other failure.
prepare_line() {
	local status=0

	during "kernel $1" fetch "$1" || status=$?
	why
	return $status
}

# prepare_module LINE: the test module for its kernel, or the reason why there is
# none in NO_MODULE; without headers there can be none.
prepare_module() {
	local status=0

	during "kernel $1: test module" tests/oracle/build "$1" || status=$?
	case $status in
	0) ;;
	"$GONE")
		why
		NO_MODULE[$1]="no test module: $WHY"
		;;
	*)
		WHY=$SAID
		return 1
		;;
	esac
}

# boot NAME LINE SECONDS OPTIONS ENVIRONMENT FILES: one guest; options,
# environment and files are words.
boot() {
	local name=$1 line=$2 limit=$3 options=$4 environment=$5 files=$6

	# shellcheck disable=SC2086  # words on purpose
	tests/lab/run --kernel "$line" --timeout "$limit" --out "$OUT/$name" $options -- \
		env RESULTS=/run/lab/results NO_MODULE="${NO_MODULE[$line]:-}" $environment \
		tests/live/run $files >>"$OUT/$name.log" 2>&1
}

# outcome FILE…: how many results of which kind.
outcome() {
	cat "$@" 2>/dev/null | awk '/^ok - .*# SKIP/ { skipped++; next } /^ok - / { ok++ } /^not ok - / { bad++ }
		END { printf "%d ok", ok; if (bad) printf ", %d not ok", bad; if (skipped) printf ", %d skipped", skipped }'
}

# guest ARGUMENTS of boot…: a guest that dies is not a case that fails: it is
# booted once more, and goes on with the cases that have no result yet.
#
# What it is called for people is in TITLE.
guest() {
	local name=$1 since=$EPOCHSECONDS status

	mkdir -p "$OUT/$name"
	announce "$TITLE: boots"
	echo "$OUT/$name/results" >"$GUESTS/$TITLE"
	boot "$@"
	status=$?
	if [ $status = 125 ]; then
		echo "guest died" >>"$OUT/$name.deaths"
		announce "$TITLE: the guest died, and boots once more"
		boot "$@"
		status=$?
	fi
	case $status in
	0 | 1) ;;
	*) echo "not ok - lab: guest \"$name\" ended with $status" >>"$OUT/$name/results" ;;
	esac
	rm "$GUESTS/$TITLE"
	announce "$TITLE: $(outcome "$OUT/$name/results") ($(span $((EPOCHSECONDS - since))))"
}

# in_parallel COMMAND…: in the background, once there is room: $JOBS guests at a
# time, as emulation is heavy.  After each that ends `collect` is called.
in_parallel() {
	while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
		wait -n
		collect
	done
	"$@" &
}

await_all() {
	while [ -n "$(jobs -rp)" ]; do
		wait -n
		collect
	done
	collect
}
