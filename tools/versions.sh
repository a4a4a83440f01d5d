#!/bin/sh
# Run the tests marked core of the last commit on each Python that the project allows, is found here,
# and is not the one of .venv: they compute today's numbers anew and build the toy brief, HTML and
# PDF. One that is not found is named, not failed.
set -eu
cd "$(dirname "$0")/.."

version='import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'
own=$(.venv/bin/python -c "$version")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A shim of pyenv stands for a version that may not be there: each candidate is asked.
found() {
	for candidate in "python$1" "${PYENV_ROOT:-${HOME:-/root}/.pyenv}/versions/$1".*/bin/python; do
		if [ "$("$candidate" -c "$version" 2>/dev/null)" = "$1" ]; then
			echo "$candidate"
			return
		fi
	done
}

for wanted in 3.11 3.12 3.13; do
	[ "$wanted" = "$own" ] && continue
	python=$(found "$wanted")
	if [ -z "$python" ]; then
		echo "versions: Python $wanted was not found here: not tried"
		continue
	fi
	echo "versions: Python $wanted, $python"
	git clone -q . "$work/report $wanted"
	(cd "$work/report $wanted" && make core PYTHON="$python")
	rm -rf "$work/report $wanted"
done
