#!/usr/bin/env bash
# The demo, on a fresh Debian 12 machine as root: installs what is missing, builds, converts the digits network of demo/
# to int8, int16 and a mix of both, compares each with float, and checks each on an emulated 64-bit ARM processor.
#
#   ./demo.sh            results stay in build/demo
set -eu
cd "$(dirname "$0")"

case "${1:-}" in
    "") ;;
    --help | -h) sed -n '2,5p' "$0" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) echo "demo.sh: unknown argument \`$1\` (see ./demo.sh --help)" >&2; exit 2 ;;
esac

work=build/demo
logs=build/logs
mkdir -p "$work" "$logs"
tinamix=build/host/converter/tinamix
board_tmx=build/aarch64/runtime/tmx
emulator="qemu-aarch64 -cpu cortex-a53"

# quietly NAME COMMAND...: its output goes to a log, whose end is shown when it fails.
quietly() {
    local log=$logs/demo-$1.log
    shift
    if ! "$@" >"$log" 2>&1 </dev/null; then
        echo "failed: $*; the end of $log:" >&2
        tail -n 30 "$log" >&2
        exit 1
    fi
}

# member FILE.json EXPRESSION: of the JSON object `r`.
member() { python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$1" "$2"; }

build() { # PRESET TARGET...
    cmake --preset "$1" && cmake --build --preset "$1" -j "$(nproc)" --target "${@:2}"
}

echo "== packages and build (logs in $logs)"
scripts/install-packages.sh build aarch64 test
quietly build-host build host tinamix_program tmx
quietly build-aarch64 build aarch64 tmx

echo "== the float network on $(find demo/heldout -name '*.png' | wc -l) held-out pictures"
evaluate() { # MODEL NAME
    quietly "eval-$2" sh -c '"$1" eval "$2" --config demo/convert.yaml --data demo/heldout \
        --labels demo/heldout/labels.tsv --json >"$3"' sh "$tinamix" "$1" "$work/$2.eval.json"
}
accuracy() { member "$work/$1.eval.json" '"%d/%d = %.2f %%" % (r["top1"], r["samples"], 100 * r["top1"] / r["samples"])'; }
picture=demo/heldout/1500.png
evaluate demo/digits.onnx float
quietly run-float "$tinamix" run demo/digits.onnx --config demo/convert.yaml --input "$picture" --output "$work/float"

row() { printf '%-20s %18s %11s %12s %10s  %s\n' "$@"; }
table=$(row network "top-1" "file bytes" "arena bytes" "cosine" "on emulated aarch64")
right=$(accuracy float)
table+=$'\n'$(row "float (digits.onnx)" "$right" "$(stat -c %s demo/digits.onnx)" - 1.000000 -)

failed=no
for precision in int8 int16 mixed; do
    echo "== $precision"
    model=$work/digits-$precision.tmx
    options=(--precision "$precision")
    [ $precision = mixed ] && options=(--precision int8 --layers demo/mixed.yaml)
    quietly "convert-$precision" "$tinamix" convert demo/digits.onnx --config demo/convert.yaml "${options[@]}" --target a53 -o "$model"
    evaluate "$model" $precision
    "$tinamix" inspect "$model" --json >"$work/$precision.inspect.json"
    quietly "run-$precision" "$tinamix" run "$model" --config demo/convert.yaml --input "$picture" --output "$work/$precision"
    "$tinamix" compare "$work/float" "$work/$precision" --json >"$work/$precision.compare.json"
    quietly "golden-$precision" "$tinamix" golden demo/digits.onnx "$model" --config demo/convert.yaml --input "$picture" \
        -o "$work/digits-$precision.golden"
    if $emulator "$board_tmx" check "$model" "$work/digits-$precision.golden" >"$work/$precision.check.txt"; then
        check="every tensor exact"
        tail -n 1 "$work/$precision.check.txt"
    else
        check="FAILED"
        failed=yes
        cat "$work/$precision.check.txt"
    fi
    # One by one: a failure inside the arguments of another command would not end the script.
    right=$(accuracy $precision)
    file_bytes=$(member "$work/$precision.inspect.json" 'r["file_bytes"]')
    arena_bytes=$(member "$work/$precision.inspect.json" 'r["arena_bytes"]')
    cosine=$(member "$work/$precision.compare.json" '"%.6f" % r["least_cosine"]')
    table+=$'\n'$(row "$precision" "$right" "$file_bytes" "$arena_bytes" "$cosine" "$check")
done

echo
echo "$table"
echo "(cosine: the scores of $picture against float; mixed: demo/mixed.yaml)"
if [ $failed = yes ]; then
    echo "demo.sh: a check on the emulated board failed; see above" >&2
    exit 1
fi
cat <<'END'

Your own network:
  export PATH=$PWD/build/host/converter:$PATH
  tinamix inspect net.onnx
  tinamix convert net.onnx -o net.tmx --data pictures/ --resize 224x224 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375
  tinamix eval net.tmx --data test/ --labels test/labels.tsv --resize 224x224 --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375
  tinamix golden net.onnx net.tmx --input picture.npy -o net.golden
Then copy net.tmx, net.golden and build/aarch64/runtime/tmx (a static program) to the board:
  ./tmx check net.tmx net.golden
  ./tmx bench net.tmx --threads 2 --profile
Where int8 is not enough: --precision int16, or single layers with --layers LIST.yaml (demo/mixed.yaml shows how).
For a 32-bit ARM or a RISC-V board: cmake --preset armv7 (or riscv64) and cmake --build --preset armv7 --target tmx.
END
