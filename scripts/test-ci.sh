#!/usr/bin/env bash
# Tests that need Debian packages: installs what is missing, then runs them.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
/usr/bin/python3 -c 'import numpy' 2>/dev/null || missing+=(python3-numpy)
/usr/bin/python3 -c 'import h5py' 2>/dev/null || missing+=(python3-h5py)
# what makes and installs the wheel of Python, and what its tests use
for package in pip venv setuptools wheel torch pandas matplotlib tqdm; do
  dpkg -s "python3-$package" > /dev/null 2>&1 || missing+=("python3-$package")
done
# a scheduler of one machine
command -v sbatch slurmctld slurmd > /dev/null || missing+=(slurm-wlm)
command -v munged > /dev/null || missing+=(munge)
command -v parallel > /dev/null || missing+=(parallel)
# a browser, and a driver that reorders float sums, for the parity suite
[ -x /usr/bin/chromium ] || missing+=(chromium)
[ -e /usr/share/vulkan/icd.d/lvp_icd.x86_64.json ] || missing+=(mesa-vulkan-drivers)

if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq < /dev/null
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" < /dev/null
fi

# one file more than there are cores, as all wait for other programs
exec npx vitest run --project ci --maxWorkers $(($(nproc) + 1))
