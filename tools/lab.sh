#!/bin/sh
# Open filled copies of the last report's notebooks in JupyterLab, which has a place of its own.
# The kernel is that of .venv, so a cell runs as it ran in the build. `prepare` opens nothing.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
lab=$root/.build/lab

[ -d dist/current/notebooks ] || {
	echo "lab: there is no report yet whose notebooks could be opened: run 'make report' first" >&2
	exit 2
}
.venv/bin/uv venv --quiet --allow-existing --python .venv/bin/python "$lab/venv"
.venv/bin/uv pip sync --quiet --python "$lab/venv/bin/python" --require-hashes tools/lab.lock || {
	echo "lab: what tools/lab.lock names could not be installed. Is there a network?" >&2
	exit 2
}
# What was written into a copy stays: a copy is made only where there is none.
mkdir -p "$lab/notebooks" "$lab/jupyter/kernels/python3"
for notebook in dist/current/notebooks/*.ipynb; do
	copy=$lab/notebooks/$(basename "$notebook")
	[ -e "$copy" ] || cp "$notebook" "$copy"
done
cat >"$lab/jupyter/kernels/python3/kernel.json" <<END
{
 "argv": ["$root/.venv/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
 "display_name": "Python of the report",
 "language": "python",
 "env": {"LIVINGBRIEF_ROOT": "$root", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
}
END
[ "${1:-}" = prepare ] && exit
JUPYTER_PATH=$lab/jupyter exec "$lab/venv/bin/jupyter" lab --ip 127.0.0.1 --notebook-dir "$lab/notebooks"
