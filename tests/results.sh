# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# How tests say what came out, and what they do meanwhile.
#
# Results go to stdout, a line for each, with details below:
#
#     ok - NAME
#     ok - NAME # SKIP WHY
#     not ok - NAME
#     # why
#
# and `report` ends them with the line "N passed, N failed, N skipped".
#
# Steps go to stderr, with the time since the start. On a terminal they are one line
# that changes, else a line when a step begins and one when it ends:
#
#     # [ 3:12] kernel 6.12: verdicts: 24 ok (2:07)
#
# The script that a person starts calls `progress_begin`; the scripts it runs leave
# their steps to it. One that has to clean up names the function for it `cleanup`.

passed=0
failed=0
skipped=0

# Results

# put TEXT: on stdout, not into the middle of the changing line.
put() {
	if [ -n "${TICKER:-}" ] && [ -t 1 ]; then
		{
			flock 9
			printf '\r\033[K' >&"$RESULTS_FD"
			printf '%s\n' "$1"
		} 9<"$RESULTS_STEP"
	else
		printf '%s\n' "$1"
	fi
}

# result_line LINE [DETAIL…]: each may be several lines, or empty.
result_line() {
	local line=$1 detail
	shift

	for detail; do
		detail=${detail%$'\n'}
		[ -z "$detail" ] || line+=$'\n'"# ${detail//$'\n'/$'\n'# }"
	done
	put "$line"
}

pass() {
	passed=$((passed + 1))
	result_line "ok - $1"
}

# fail NAME [DETAIL…]
fail() {
	failed=$((failed + 1))
	result_line "not ok - $1" "${@:2}"
}

# skip NAME WHY
skip() {
	skipped=$((skipped + 1))
	result_line "ok - $1 # SKIP $2"
}

# result NAME [WHY…]: it failed if there is a reason.
result() {
	local IFS=

	if [ -z "${*:2}" ]; then pass "$1"; else fail "$@"; fi
}

# check NAME COMMAND…: one result, by the exit code; what it printed are the details.
check() {
	local name=$1 log
	shift

	step "$name"
	if log=$("$@" 2>&1 </dev/null); then
		pass "$name"
	else
		fail "$name" "$(tail -n 60 <<<"$log")"
	fi
}

# take SUITE COMMAND…: the results a command prints are ours, with the suite before
# their names if it has one. TAP will do, with numbers and a plan. A command that ends
# badly without a failed result, or before its last one, has failed itself.
take() {
	local suite=${1:+$1: } line errors name bad=0 seen=0 planned='' last='' code fd
	shift

	errors=$(mktemp)
	exec {fd}< <("$@" </dev/null 2>"$errors")
	while IFS= read -r line <&"$fd"; do
		if [[ $line =~ ^(not\ )?ok\ ([0-9]+\ )?-\ (.*)$ ]]; then
			seen=$((seen + 1))
			last=${BASH_REMATCH[1]}
			name=$suite${BASH_REMATCH[3]}
			if [ -n "$last" ]; then
				bad=$((bad + 1))
				fail "$name"
			elif [[ $name == *' # SKIP '* ]]; then
				skip "${name%% \# SKIP *}" "${name#* \# SKIP }"
			else
				pass "$name"
			fi
		elif [[ $line =~ ^1\.\.([0-9]+)$ ]]; then
			planned=${BASH_REMATCH[1]}
		elif [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
			planned=$((BASH_REMATCH[1] + BASH_REMATCH[2] + BASH_REMATCH[3]))
		elif [[ $last && $line == '# '* && $line != '# not ok - '* ]]; then
			put "$line"
		fi
	done
	wait $!
	code=$?
	exec {fd}<&-
	if ((!seen || ${planned:-seen} != seen || code >= 124 || (code && !bad))); then
		fail "${suite}runs to its end" "exit code $code after $seen${planned:+ of $planned} results" \
			"$(tail -n 60 "$errors")"
	fi
	rm -f "$errors"
}

# report: the last line; false if something failed.
report() {
	progress_end
	put "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# Steps

# span SECONDS: as minutes and seconds.
span() {
	printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

with_time() {
	printf '# [%5s] %s' "$(span $((EPOCHSECONDS - ${RESULTS_SINCE:-EPOCHSECONDS})))" "$1"
}

# announce TEXT: what happens now, or just has.
announce() {
	if [ -n "${RESULTS_STEP:-}" ]; then
		printf '%s\n' "$1" >"$RESULTS_STEP"
	else
		printf '%s\n' "$(with_time "$1")" >&"${RESULTS_FD:-2}"
	fi
}

# step TEXT … step_end [OUTCOME]: an end that follows at once is not worth a line.
step() {
	STEP=$1
	STEP_SINCE=$EPOCHSECONDS
	announce "$1"
}

step_end() {
	local took=$((EPOCHSECONDS - STEP_SINCE))

	[ -z "${1:-}" ] && ((took < 2)) || announce "$STEP: ${1:-done} ($(span $took))"
}

# during TEXT COMMAND…: a step. What the command says on stderr is announced as it
# comes, and is in $SAID afterwards; its stdout is dropped.
during() {
	local text=$1 line fd code
	shift

	step "$text"
	SAID=
	exec {fd}< <("$@" 2>&1 >/dev/null </dev/null)
	while IFS= read -r line <&"$fd"; do
		SAID+=${SAID:+$'\n'}$line
		# Which script says it does not matter here.
		[[ ! $line =~ ^([a-z-]+:)?\ *(.*) ]] || announce "$text: ${BASH_REMATCH[2]}"
	done
	wait $!
	code=$?
	exec {fd}<&-
	step_end "$([ $code = 0 ] || echo failed)"
	return $code
}

# progress_text: what the changing line shows; for those to override who have more.
progress_text() {
	cat "$RESULTS_STEP"
}

ticker() {
	local text width

	width=$(tput cols 2>/dev/null) || width=80
	while kill -0 $$ 2>/dev/null; do
		text=$(with_time "$(progress_text | tail -n 1)")
		{
			flock 9
			printf '\r\033[K%s' "${text:0:width-1}" >&"$RESULTS_FD"
		} 9<"$RESULTS_STEP"
		sleep 1
	done
}

progress_begin() {
	[ -z "${RESULTS_SINCE:-}" ] || return 0
	exec {RESULTS_FD}>&2
	export RESULTS_SINCE=$EPOCHSECONDS RESULTS_FD
	trap results_exit EXIT
	[ -t 2 ] && [ "${TERM:-dumb}" != dumb ] || return 0
	RESULTS_STEP=$(mktemp)
	export RESULTS_STEP
	ticker >/dev/null 2>&1 &
	TICKER=$!
	disown
}

progress_end() {
	[ -n "${TICKER:-}" ] || return 0
	kill "$TICKER" 2>/dev/null
	TICKER=
	printf '\r\033[K' >&"$RESULTS_FD"
	rm -f "$RESULTS_STEP"
	unset RESULTS_STEP
}

results_exit() {
	progress_end
	! declare -F cleanup >/dev/null || cleanup
}
