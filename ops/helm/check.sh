#!/usr/bin/env bash
# Lints and renders the chart with Helm's own engine (a Python package carries it) and validates the documents against the
# schemas of Kubernetes: check.sh [FOLDER FOR PYTHON PACKAGES]
set -euo pipefail
helm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$helm/../../tests/.work/helm}
if [ ! -x "$folder/bin/python" ]; then
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet helm-python-sdk==0.2.2 kubernetes-validate==1.37.0
fi
"$folder/bin/python" "$helm/check.py"
