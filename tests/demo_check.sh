#!/usr/bin/env bash
# The demo network in int8, int16, float and a mix: every tensor on each emulated board equals the host simulation, with
# one and two threads.   tests/demo_check.sh aarch64 [armv7] [riscv64]
set -eu
cd "$(dirname "$0")/.."
tinamix=build/host/converter/tinamix
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

emulators() {
    case $1 in
        aarch64) echo "qemu-aarch64 -cpu cortex-a53" ;;
        armv7) echo "qemu-arm -cpu cortex-a7" ;;
        riscv64) for vlen in 128 256; do echo "qemu-riscv64 -cpu rv64,v=true,vlen=$vlen,elen=64,vext_spec=v1.0"; done ;;
    esac
}

picture=$(find demo/heldout -name '*.png' | sort | head -n 1)
for precision in int8 int16 float mixed; do
    options=(--precision "$precision")
    [ $precision = mixed ] && options=(--precision int8 --layers demo/mixed.yaml)
    $tinamix convert demo/digits.onnx --config demo/convert.yaml "${options[@]}" -o "$work/digits.tmx"
    $tinamix golden demo/digits.onnx "$work/digits.tmx" --input "$picture" --config demo/convert.yaml -o "$work/digits.golden"
    build/host/runtime/tmx check "$work/digits.tmx" "$work/digits.golden"
    for board in "$@"; do
        emulators "$board" | while read -r emulator; do
            for threads in 1 2; do
                echo "== $precision on $emulator, $threads thread(s)"
                $emulator "build/$board/runtime/tmx" check "$work/digits.tmx" "$work/digits.golden" --threads $threads
            done
        done
    done
done
