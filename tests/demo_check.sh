#!/usr/bin/env bash
# The demo network in int8, int16, float and a mix, packed for any board, for each board's own kernels and for two boards
# in one file: every tensor on the emulated board equals the host simulation, with one and two threads. A file for two
# boards is fast on both; a third one whose kernels do not read it says so, and computes the same.
#   tests/demo_check.sh aarch64 [armv7] [riscv64]
set -eu
cd "$(dirname "$0")/.."
tinamix=build/host/converter/tinamix
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Targets of a board and the emulators that stand for it.
targets() {
    case $1 in
        aarch64) echo "generic t527 a53 v853,t527" ;;
        armv7) echo "generic v853 v853,t527" ;;
        riscv64) echo "generic k1 v853,t527" ;;
    esac
}
emulators() {
    case $1 in
        aarch64) for cpu in cortex-a53 cortex-a76; do echo "qemu-aarch64 -cpu $cpu"; done ;;
        armv7) echo "qemu-arm -cpu cortex-a7" ;;
        riscv64) for vlen in 128 256; do echo "qemu-riscv64 -cpu rv64,v=true,vlen=$vlen,elen=64,vext_spec=v1.0"; done ;;
    esac
}

# convert PRECISION TARGET: the model and its golden file
convert() {
    local options=(--precision "$1")
    [ "$1" = mixed ] && options=(--precision int8 --layers demo/mixed.yaml)
    $tinamix convert demo/digits.onnx --config demo/convert.yaml "${options[@]}" --target "$2" -o "$work/digits.tmx"
    $tinamix golden demo/digits.onnx "$work/digits.tmx" --input "$picture" --config demo/convert.yaml -o "$work/digits.golden"
}

# Which kernels ran the convolutions, and what is said, of a file for v853 and t527.
check_packing() { # EMULATOR BOARD
    local kernels notice
    # shellcheck disable=SC2086
    notice=$($1 "build/$2/runtime/tmx" bench "$work/digits.tmx" --runs 1 --warmup 0 --profile 2>&1 >"$work/profile")
    kernels=$(grep -Eo '[a-z0-9]+_conv_[a-z0-9]*_*[a-z0-9]+' "$work/profile" | sort -u)
    echo "kernels: $kernels; ${notice:-no notice}"
    case $1 in
        *a53*) # neither packing is its own
            [ -z "${kernels##*conv__reference*}" ] && [ -z "${notice##*run the slow reference*v853,t527*}" ] ;;
        *) [ -n "${kernels##*reference*}" ] && [ -z "$notice" ] ;;
    esac || { echo "that is not what a file for v853 and t527 must say on $1"; exit 1; }
}

picture=$(find demo/heldout -name '*.png' | sort | head -n 1)
for precision in int8 int16 float mixed; do
    for board in "$@"; do
        for target in $(targets "$board"); do
            convert $precision "$target"
            emulators "$board" | while read -r emulator; do
                [ "$precision $target" != "int8 v853,t527" ] || check_packing "$emulator" "$board"
                for threads in 1 2; do
                    echo "== $precision for $target on $emulator, $threads thread(s)"
                    $emulator "build/$board/runtime/tmx" check "$work/digits.tmx" "$work/digits.golden" --threads $threads
                done
            done
        done
    done
done
