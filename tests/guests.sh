# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What run-all and matrix share: cases of tests/live in guests of the lab, a few
# at a time, each into a folder of its own below $OUT.
#
# A guest is named by a word; $OUT/NAME holds its results, $OUT/NAME.log what it
# printed, $OUT/NAME.deaths a line for each time it died.

GONE=77
declare -A NO_MODULE

# prepare_line LINE: fetch or make what its guests need, before two want it at
# the same time.  Returns GONE if the archive no longer has it; sets WHY then, and
# on any other failure.
prepare_line() {
	local line=$1 status=0 log

	log=$({ tests/lab/kernel "$line" && tests/lab/rootfs; } 2>&1 >/dev/null) || status=$?
	WHY=$(tail -n 1 <<<"$log")
	WHY=${WHY#kernel*: }
	return $status
}

# prepare_module LINE: the test module for its kernel, or the reason why there is
# none in NO_MODULE; without headers there can be none.
prepare_module() {
	local line=$1 status=0 log

	log=$(tests/oracle/build "$line" 2>&1 >/dev/null) || status=$?
	case $status in
	0) ;;
	"$GONE") NO_MODULE[$line]="no test module: ${log##*headers: }" ;;
	*)
		WHY=$log
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

# guest ARGUMENTS of boot…: a guest that dies is not a case that fails: it is
# booted once more, and goes on with the cases that have no result yet.
guest() {
	local name=$1 status

	boot "$@"
	status=$?
	if [ $status = 125 ]; then
		echo "guest died" >>"$OUT/$name.deaths"
		boot "$@"
		status=$?
	fi
	case $status in
	0 | 1) ;;
	*) echo "not ok - lab: guest \"$name\" ended with $status" >>"$OUT/$name/results" ;;
	esac
}

# in_parallel COMMAND…: in the background, once there is room: $JOBS guests at a
# time, as emulation is heavy.
in_parallel() {
	while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do wait -n; done
	"$@" &
}
