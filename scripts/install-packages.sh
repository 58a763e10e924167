#!/usr/bin/env bash
# The Debian 12 packages that tinamix needs, by purpose. Installs what is missing and nothing else; where all is there,
# apt is not even asked.
#
#   scripts/install-packages.sh GROUP...
#
#   build     the converter and the runtime on this machine
#   aarch64   cross compiler and emulator for 64-bit ARM
#   cross     the same for all three boards: aarch64, armv7, riscv64 (clang, for its vectors)
#   test      the tests, and the tools that check the sources
#   boards    virtual boards: system emulators, ssh, adb (boards/virtual/board.sh)
#   report    a browser, to test the pages of reports
#   train     training the demo network again (demo/train.py)
set -eu

declare -A groups=(
    [build]="cmake ninja-build ccache g++ libc6-dev flatbuffers-compiler libflatbuffers-dev libonnx-dev libprotobuf-dev
        protobuf-compiler libsodium-dev libxnnpack-dev libpthreadpool-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev libfmt-dev libstb-dev zlib1g-dev"
    [aarch64]="g++-aarch64-linux-gnu qemu-user"
    [cross]="g++-aarch64-linux-gnu g++-arm-linux-gnueabihf g++-riscv64-linux-gnu clang-19 lld-19 llvm-19 qemu-user"
    [test]="libgtest-dev googletest libbenchmark-dev binutils clang-format git libonnx-testdata python3 python3-numpy"
    [boards]="qemu-system-arm qemu-system-misc opensbi mmdebstrap cpio xz-utils e2fsprogs openssh-client adb"
    [report]="chromium"
    [train]="python3-sklearn python3-torch python3-onnx python3-numpy"
)
order="build aarch64 cross test boards report train"

usage() { sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; }

case "${1:-}" in
    --help | -h) usage; exit 0 ;;
    "") usage >&2; exit 2 ;;
esac

wanted=()
for group in "$@"; do
    if [ -z "${groups[$group]+known}" ]; then
        echo "install-packages.sh: unknown group \`$group\` (groups are $order)" >&2
        exit 2
    fi
    read -r -d '' -a packages <<<"${groups[$group]}" || true
    wanted+=("${packages[@]}")
done

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in "${wanted[@]}"; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} = 0 ] && exit 0

echo "installing: ${missing[*]}"
if [ "$(id -u)" != 0 ]; then
    echo "install-packages.sh: run it as root, or: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
