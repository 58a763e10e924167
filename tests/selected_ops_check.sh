#!/usr/bin/env bash
# A build for one model (TINAMIX_OPS_FROM): the armv7 runtime with the ops and kernels of a keyword spotter (with the test
# data; otherwise the demo network) is small, computes what the whole runtime computes, and refuses other models.
#   tests/selected_ops_check.sh
set -eu
cd "$(dirname "$0")/.."
data=${TINAMIX_DATA:-../shared/data}
tinamix=build/host/converter/tinamix
tmx="qemu-arm -cpu cortex-a7 build/armv7-selected/runtime/tmx"
largest=$((96 * 1024))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -d "$data" ]; then
    scripts/unpack_test_data.py --data "$data" "$work" dscnn_kws
    network=$data/models/dscnn_kws.onnx
    options=(--data "$work/dscnn_kws_calibration.npy" --samples 20 --config tests/networks/dscnn_kws.yaml)
    input=$(find "$data/golden/dscnn_kws" -name 'in_0.npy' | sort | head -n 1)
else
    network=demo/digits.onnx
    options=(--config demo/convert.yaml)
    input=$(find demo/heldout -name '*.png' | sort | head -n 1)
fi
$tinamix convert "$network" "${options[@]}" --target v853 -o "$work/selected.tmx"
$tinamix convert "$network" "${options[@]}" --target v853 --precision int16 -o "$work/other.tmx"

cmake --preset armv7 -B build/armv7-selected -DTINAMIX_TESTS=OFF -DTINAMIX_OPS_FROM="$work/selected.tmx"
cmake --build build/armv7-selected -j "$(nproc)" --target tmx
bytes=$(arm-linux-gnueabihf-size build/armv7-selected/runtime/libtinamix_selected.o | awk 'NR == 2 { print $1 }')
echo "selected runtime: $bytes bytes, at most $largest"
[ "$bytes" -le $largest ]

config=()
[ -d "$data" ] || config=(--config demo/convert.yaml)
$tinamix golden "$network" "$work/selected.tmx" --input "$input" "${config[@]}" -o "$work/selected.golden"
$tmx check "$work/selected.tmx" "$work/selected.golden"
if $tmx info "$work/other.tmx" 2>"$work/refusal"; then
    echo "a model of another precision was not refused"
    exit 1
fi
grep TMX_UNSUPPORTED_OP "$work/refusal"

# The same on the host for networks with other ops (all of them: --networks all).
[ ! -d "$data" ] || tests/networks/run.py --data "$data" --networks resnet8,ppocr_cls --isas selected --precisions int8,float
