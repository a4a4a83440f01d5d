#!/bin/sh
# Make .venv and install exactly what requirements.lock names. No root, nothing outside the project.
set -eu
cd "$(dirname "$0")/.."

fail() {
	echo "setup: $1" >&2
	exit 2
}

suits() {
	"$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

python=""
for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
	if command -v "$name" >/dev/null 2>&1 && suits "$name"; then
		python=$name
		break
	fi
done
[ -n "$python" ] || fail "no Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make report PYTHON=/path/to/python3.12"

if [ -d .venv ] && ! suits .venv/bin/python; then
	echo "setup: .venv has no fitting Python; making it anew"
	rm -rf .venv
fi
if [ ! -d .venv ]; then
	echo "setup: making .venv with $("$python" --version)"
	"$python" -m venv .venv || {
		rm -rf .venv
		fail "$python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"
	}
fi

# uv comes first, at the version and hash that the lock names.
if [ ! -x .venv/bin/uv ]; then
	awk '/^uv==/{keep=1} keep{print; if ($0 !~ /\\$/) exit}' requirements.lock >.venv/uv.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock ||
		fail "uv could not be installed from PyPI. Is there a network, and is PyPI reachable by pip?"
fi
# Where Python may not write bytecode, each process of each build would compile the libraries anew.
compile=""
[ -z "${PYTHONDONTWRITEBYTECODE:-}" ] || compile="--compile-bytecode"
# shellcheck disable=SC2086
.venv/bin/uv pip sync --quiet $compile --python .venv/bin/python --require-hashes requirements.lock ||
	fail "what requirements.lock names could not be installed. Is there a network, and is PyPI reachable?"
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable . ||
	fail "the project itself could not be installed"
touch .venv/.ready
