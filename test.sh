#!/usr/bin/env bash
# All tests, on a fresh Debian 12 machine as root: installs what is missing, builds for the host and the three board
# processors, and runs everything. Exits non-zero if anything fails; logs are in build/logs.
#
#   ./test.sh            everything (under half an hour on two cores), with one virtual board
#   ./test.sh --boards   all three virtual boards, and 50 power cuts instead of 3 (another quarter of an hour)
#   ./test.sh --quick    host tests and the demo network on an emulated aarch64 (under five minutes)
#
# Real networks are tested when TINAMIX_DATA (default ../shared/data) is there; otherwise that is said.
set -u
cd "$(dirname "$0")" || exit 1

quick=no
boards="arm64 --cuts 3"
case "${1:-}" in
    "") ;;
    --quick) quick=yes ;;
    --boards) boards="arm64 armhf riscv64 --cuts 50" ;;
    *) sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//'; [ "$1" = --help ]; exit $(($? * 2)) ;;
esac

logs=build/logs
mkdir -p "$logs"
passed=0
failed=0
skipped=0
jobs=$(nproc)

# step NAME COMMAND...: runs quietly; on failure shows the end of the log. Status 77 means skipped, with the reason.
step() {
    local name=$1 start=$SECONDS status
    shift
    "$@" >"$logs/$name.log" 2>&1 </dev/null
    status=$?
    if [ $status = 0 ]; then
        passed=$((passed + 1))
        printf 'ok    %-28s %4d s\n' "$name" $((SECONDS - start))
    elif [ $status = 77 ]; then
        skipped=$((skipped + 1))
        printf 'skip  %-28s %s\n' "$name" "$(tail -n 1 "$logs/$name.log")"
    else
        failed=$((failed + 1))
        printf 'FAIL  %-28s %4d s; the end of %s:\n' "$name" $((SECONDS - start)) "$logs/$name.log"
        tail -n 40 "$logs/$name.log"
    fi
}

build() { # PRESET [TARGET...]
    local preset=$1
    shift
    cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" ${@:+--target "$@"}
}
unit_tests() { ctest --preset "$1" -j "$jobs" "${@:2}"; }

# The kernels' exactness at the vector lengths that ctest does not already cover (128 and 256).
kernels_at_vlen() {
    qemu-riscv64 -cpu "rv64,v=true,vlen=$1,elen=64,vext_spec=v1.0" build/riscv64/tests/kernels/test_kernels
}

step packages scripts/install-packages.sh build test cross
step build-host build host
step tests-host unit_tests host
if [ $quick = yes ]; then
    step build-aarch64 build aarch64 tmx
    step demo-on-aarch64 tests/demo_check.sh aarch64
else
    step format scripts/check-format.sh
    for preset in aarch64 armv7 riscv64; do
        step "build-$preset" build $preset
        step "tests-$preset" unit_tests $preset
    done
    for vlen in 512 1024; do step "kernels-riscv64-vlen$vlen" kernels_at_vlen $vlen; done
    step demo-on-all-boards tests/demo_check.sh aarch64 armv7 riscv64
    step packages-boards scripts/install-packages.sh boards
    # shellcheck disable=SC2086
    step virtual-boards tests/boards_check.sh $boards
    step packages-report scripts/install-packages.sh report
    step report-pages tests/report/run.py
    step selected-ops tests/selected_ops_check.sh
    step networks tests/networks/run.py --networks small
    step build-sanitize build sanitize
    step tests-sanitize unit_tests sanitize
fi

echo
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed = 0 ]
