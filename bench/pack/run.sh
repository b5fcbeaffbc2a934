#!/usr/bin/env bash
# Usage: bash run.sh [--software] [--short] [--out FOLDER] [--seconds S] [--repeats K] [--peak TFLOPS] [doctor|parity|bench …]
#
# Finds a Vulkan driver of a GPU, then runs the steps named (all three by default) and writes what they say to FOLDER (results/). README.md
# says what each option is. Exit codes: 0 all passed, 1 a step failed, 2 wrong usage, 4 no adapter.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/results
software=no
short=()
seconds=10
repeats=3
peak=()
limits=()
steps=()

usage() {
  echo "run.sh: $1" >&2
  echo "usage: bash run.sh [--software] [--short] [--out FOLDER] [--seconds S] [--repeats K] [--peak TFLOPS] [doctor|parity|bench …]" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --software) software=yes ;;
    --short)
      short=(--short)
      limits=(--models 100 --batch-items 2048)
      ;;
    --out | --seconds | --repeats | --peak)
      [ $# -ge 2 ] || usage "$1 needs a value"
      case $1 in
        --out) out=$2 ;;
        --seconds) seconds=$2 ;;
        --repeats) repeats=$2 ;;
        --peak) peak=(--peak "$2") ;;
      esac
      shift
      ;;
    doctor | parity | bench) steps+=("$1") ;;
    *) usage "no such option or step: $1" ;;
  esac
  shift
done
[ ${#steps[@]} -gt 0 ] || steps=(doctor parity bench)

# nothing of the machine's own Node may get in
unset NODE_OPTIONS NODE_PATH
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp} MESA_NO_DEVICE_SELECT=1 NODEVICE_SELECT=1
node=$here/bin/node
libraries=$here/lib
for folder in /usr/local/nvidia/lib64 /usr/lib64-nvidia /run/opengl-driver/lib; do
  [ -d "$folder" ] && libraries=$libraries:$folder
done
given=${LD_LIBRARY_PATH:-}
export LD_LIBRARY_PATH=$libraries${given:+:$given}

# Node and Dawn need libstdc++ 6.0.30 (GCC 12): the packed one where the machine's is older or missing
loads() { "$node" -e "require(process.argv[1])" "$here/app/node_modules/webgpu/dist/linux-x64/dawn.node" 2>&1; }
if ! reason=$(loads); then
  export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$here/lib-fallback
  if ! reason=$(loads); then
    echo "run.sh: the packed Node or Dawn does not start here (it needs x86-64 Linux with glibc 2.34 or newer): ${reason%%$'\n'*}" >&2
    exit 1
  fi
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/stillpoint-gpu.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# manifests of drivers, likeliest first
candidates=()
if [ "$software" = yes ]; then
  candidates=("$here/swiftshader/vk_swiftshader_icd.json")
  if [ ! -e "${candidates[0]}" ]; then
    echo "run.sh: --software needs an archive that was packed with --software; this one has no software driver" >&2
    exit 4
  fi
elif [ -n "${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}" ]; then
  candidates=("${VK_DRIVER_FILES:-$VK_ICD_FILENAMES}")
else
  folders=(/etc/vulkan/icd.d /usr/share/vulkan/icd.d /usr/local/share/vulkan/icd.d /usr/local/nvidia/share/vulkan/icd.d
    /usr/local/etc/vulkan/icd.d /run/opengl-driver/share/vulkan/icd.d "${HOME:-/}/.local/share/vulkan/icd.d")
  for folder in "${folders[@]}"; do
    for file in "$folder"/*nvidia*.json; do [ -e "$file" ] && candidates+=("$file"); done
  done
  # NVIDIA's driver without a manifest, as in a container; that of EGL needs no X libraries
  for library in libEGL_nvidia.so.0 libGLX_nvidia.so.0; do
    for folder in /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib /usr/local/nvidia/lib64 /usr/lib64-nvidia; do
      [ -e "$folder/$library" ] || continue
      manifest=$work/$library.json
      printf '{"file_format_version":"1.0.0","ICD":{"library_path":"%s","api_version":"1.3.0"}}\n' "$folder/$library" > "$manifest"
      candidates+=("$manifest")
      break
    done
  done
  for folder in "${folders[@]}"; do
    for file in "$folder"/*.json; do
      case $file in *nvidia*) continue ;; esac
      [ -e "$file" ] && candidates+=("$file")
    done
  done
fi

adapter=
tried=()
for driver in ${candidates[@]+"${candidates[@]}"}; do
  export VK_DRIVER_FILES=$driver VK_ICD_FILENAMES=$driver
  if found=$(timeout 120 "$node" "$here/app/bench/probe.mjs" 2> "$work/reason"); then
    if [ "$software" = yes ] || [[ $found == *'"software":false'* ]]; then
      adapter=$found
      break
    fi
    tried+=("$driver: computes on the CPU: $found")
  else
    code=$?
    reason=$(tr '\n' ' ' < "$work/reason")
    tried+=("$driver: ${reason:-it ended Node (code $code), or hung}")
  fi
done
if [ -z "$adapter" ]; then
  {
    echo "run.sh: no GPU that Vulkan can use. Drivers tried:"
    if [ ${#tried[@]} -gt 0 ]; then printf '  %s\n' "${tried[@]}"; else echo "  none is installed in the usual places"; fi
    echo "Set VK_DRIVER_FILES to the manifest of the driver, for example /usr/share/vulkan/icd.d/nvidia_icd.json."
    [ -e "$here/swiftshader" ] && [ "$software" = no ] && echo "A dry run without a GPU: bash run.sh --software"
  } >&2
  exit 4
fi
echo "driver $driver"
echo "adapter $adapter"

mkdir -p "$out" || exit 1
printf '{"driver": "%s", "adapter": %s, "steps": "%s"}\n' "$driver" "$adapter" "${steps[*]}" > "$out/run.json"
status=0
step() {
  local name=$1 code
  shift
  echo "--- $name"
  "$@"
  code=$?
  if [ $code -ne 0 ]; then
    echo "run.sh: $name ended with code $code" >&2
    [ $status -eq 4 ] || status=1
    [ $code -eq 4 ] && status=4
  fi
}

doctor() {
  "$node" "$here/app/bin/stillpoint.js" doctor | tee "$out/doctor.txt"
  "$node" "$here/app/bin/stillpoint.js" doctor --format json > "$out/doctor.json"
}

for each in "${steps[@]}"; do
  case $each in
    doctor) step doctor doctor ;;
    parity)
      step parity "$node" "$here/app/bench/parity.mjs" ${short[@]+"${short[@]}"} --json "$out/parity.json" --markdown "$out/parity.md"
      ;;
    bench)
      step bench "$node" "$here/app/bench/gpu.mjs" --seconds "$seconds" --repeats "$repeats" ${peak[@]+"${peak[@]}"} \
        ${limits[@]+"${limits[@]}"} --json "$out/gpu.json" --markdown "$out/gpu.md"
      ;;
  esac
done
echo "results in $out"
exit $status
