#!/bin/sh
# Build the report of the last commit and run the tests marked core on each Python that the project
# allows, is found here, and is not the one of .venv. One that is not found is named, not failed.
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
	(cd "$work/report $wanted" && make report core PYTHON="$python")
	rm -rf "$work/report $wanted"
done
