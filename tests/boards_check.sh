#!/usr/bin/env bash
# Virtual boards (boards/virtual/board.sh), with the real ssh and adb: flash a network, golden check of every tensor, bench,
# update, rollback, list, remove; on each board over ssh, on arm64 also over adb; on arm64 once more on an overlay and on armhf on
# UBIFS. Then the plug of arm64 is pulled at random moments of a flash.
#   tests/boards_check.sh arm64 [armhf] [riscv64] [--cuts N] [--seed N]     (default 50 cuts)
# The network is mobilenetv2 where TINAMIX_DATA has it, else the demo network. Status 77: an emulator is missing, or Debian's
# packages for the first image cannot be fetched.
set -eu
cd "$(dirname "$0")/.."
tinamix=build/host/converter/tinamix
virtual=boards/virtual/board.sh
data=${TINAMIX_DATA:-../shared/data}
cuts=50
seed=$$
boards=()
while [ $# -gt 0 ]; do
    case $1 in
        --cuts) cuts=$2; shift ;;
        --seed) seed=$2; shift ;;
        *) boards+=("$1") ;;
    esac
    shift
done
for program in qemu-system-aarch64 qemu-system-riscv64 mmdebstrap ssh adb; do
    command -v $program >/dev/null || { echo "$program is missing (scripts/install-packages.sh boards)"; exit 77; }
done

work=$(mktemp -d)
cleanup() {
    for board in "${boards[@]}"; do $virtual kill "$board"; done
    adb disconnect 127.0.0.1:23101 >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# prepare: versions 1 (int8) and 2 (int16) of the network for all boards, with golden files.
prepare() {
    local version precision network config picture samples
    if [ -f "$data/models/mobilenetv2.onnx" ]; then
        name=mobilenetv2 network=$data/models/mobilenetv2.onnx config=tests/networks/mobilenetv2.yaml
        picture=$(find "$data/images/imagenet500" -name '*.jpg' | sort | head -n 1)
        samples=(--data "$data/images/imagenet500" --samples 8)
    else
        name=digits network=demo/digits.onnx config=demo/convert.yaml picture=demo/heldout/1500.png samples=()
    fi
    for version in 1 2; do
        precision=int8
        [ $version = 2 ] && precision=int16
        $tinamix convert "$network" --config $config "${samples[@]}" -o "$work/v$version.tmx" --precision $precision \
            --target virtual/arm64,virtual/armhf,virtual/riscv64 --model-version $version >/dev/null
        $tinamix golden "$network" "$work/v$version.tmx" --config $config --input "$picture" -o "$work/v$version.golden"
    done
}

# says TEXT COMMAND...: that the command works and prints the text.
says() {
    local text=$1 out
    shift
    out=$("$@" 2>&1) || fail "$*: $out"
    grep -q -- "$text" <<<"$out" || fail "$* did not say \`$text\`: $out"
    tail -n 1 <<<"$out"
}

# start BOARD: boots it, and says how long that took.
start() {
    local begin=$SECONDS status=0
    $virtual start "$1" || status=$?
    if [ $status = 3 ]; then
        echo "the packages of the virtual board $1 cannot be fetched"
        exit 77
    fi
    [ $status = 0 ] || fail "$1 does not start"
    echo "$1 booted in $((SECONDS - begin)) s"
}

# walk BOARD OPTION...: everything that a user does, by one way of reaching the board.
walk() {
    local board=$1 begin=$SECONDS
    shift
    local to=(--board "virtual/$board" "$@" --timeout 300)
    on_board() { $virtual ssh "$board" "TMX_STORE=/var/lib/tinamix tmx $*"; }
    on_board remove $name >/dev/null 2>&1 || true
    says "golden check: all [0-9]* tensors exact" $tinamix flash "$work/v1.tmx" "${to[@]}" --golden "$work/v1.golden" --name $name
    says "all [0-9]* tensors exact" $tinamix check "$work/v1.tmx" "$work/v1.golden" "${to[@]}" --html "$work/check.html"
    says "p50" $tinamix bench "$work/v1.tmx" "${to[@]}" --runs 3
    says "golden check: all [0-9]* tensors exact, on trial" \
        $tinamix flash "$work/v2.tmx" "${to[@]}" --golden "$work/v2.golden" --name $name
    says "active, on trial" on_board list --verify
    says "active again" on_board rollback $name
    says "removed" on_board remove $name
    says "empty" on_board list --verify
    echo "$board: flash, check, bench, update, rollback, list and remove took $((SECONDS - begin)) s"
}

# other_medium BOARD: the store on another file system than ext4. arm64: an overlay, its lower layer a store that came with the
# firmware; armhf: UBIFS on a simulated NAND.
other_medium() {
    local board=$1 begin=$SECONDS medium
    sed 's|^models: .*|models: /run/medium|' "boards/virtual/$board/board.yaml" >"$work/medium.yaml"
    local to=(--board "$work/medium.yaml" --timeout 300 --name $name)
    on_medium() { $virtual ssh "$board" "TMX_STORE=/run/medium tmx $*"; }
    case $board in
        arm64)
            medium=overlay
            says "installed and active" $tinamix flash "$work/v1.tmx" "${to[@]}"
            $virtual ssh "$board" 'cd /run && mv medium lower && mkdir -p medium /var/lib/tinamix/.o/up /var/lib/tinamix/.o/work &&
                insmod /modules/overlay.ko && o=/var/lib/tinamix/.o &&
                mount -t overlay -o lowerdir=/run/lower,upperdir=$o/up,workdir=$o/work overlay medium' || fail "no overlay"
            ;;
        armhf)
            medium=UBIFS
            # 128 MB in pages of 2 KB.
            $virtual ssh "$board" 'cd /modules && mkdir -p /run/medium && insmod zstd_compress.ko && insmod zstd.ko &&
                insmod deflate.ko && insmod nandsim.ko id_bytes=0x20,0xa1,0x00,0x15 && insmod ubi.ko mtd=0 &&
                insmod ubifs.ko && ubimkvol /dev/ubi0 -N models -m && mount -t ubifs ubi0:models /run/medium' || fail "no UBIFS"
            says "installed and active" $tinamix flash "$work/v1.tmx" "${to[@]}"
            ;;
    esac
    says "active" on_medium list --verify
    says "golden check: all [0-9]* tensors exact, on trial" $tinamix flash "$work/v2.tmx" "${to[@]}" --golden "$work/v2.golden"
    says "active again" on_medium rollback $name
    says "removed" on_medium remove $name --version "$(on_medium list | awk '/previous/ { print $2 }')"
    says "active" on_medium list --verify
    says "removed" on_medium remove $name
    says "empty" on_medium list --verify
    $virtual ssh "$board" 'umount /run/medium; rm -rf /var/lib/tinamix/.o'
    echo "$board: the same on $medium took $((SECONDS - begin)) s"
}

# pull_plugs BOARD: kills the emulator at random moments of a flash; after each restart one version is active and whole.
pull_plugs() {
    local board=$1 begin=$SECONDS cut moment listing old=0 new=0 to=(--board "virtual/$1" --timeout 300 --name $name --force --trial 0)
    $tinamix flash "$work/v1.tmx" "${to[@]}" >/dev/null 2>&1
    # How long a flash takes here, so that the cuts fall all over it.
    local start=$(date +%s%N)
    $tinamix flash "$work/v2.tmx" "${to[@]}" >/dev/null 2>&1
    local length=$((($(date +%s%N) - start) / 1000000))
    RANDOM=$seed
    for ((cut = 1; cut <= cuts; ++cut)); do
        $tinamix flash "$work/v$((cut % 2 + 1)).tmx" "${to[@]}" >/dev/null 2>&1 &
        local flash=$!
        moment=$((RANDOM % (length + length / 4)))
        sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
        $virtual kill "$board"
        wait $flash || true
        $virtual start "$board" || fail "cut $cut, after $moment ms: $board does not start again"
        listing=$($virtual ssh "$board" "TMX_STORE=/var/lib/tinamix tmx list --verify") || fail "cut $cut, after $moment ms: $listing"
        [ "$(grep -c ' active' <<<"$listing")" = 1 ] || fail "cut $cut, after $moment ms: $listing"
        if grep ' active' <<<"$listing" | grep -q "  $((cut % 2 + 1))  "; then new=$((new + 1)); else old=$((old + 1)); fi
    done
    echo "plug pulled $cuts times during a flash of $length ms (--seed $seed, $((SECONDS - begin)) s): $old times the old version was active, $new times the new one, 0 failures"
}

prepare
for board in "${boards[@]}"; do
    echo "== $board"
    start "$board"
    walk "$board"
    [ "$board" = riscv64 ] || other_medium "$board"
    if [ "$board" = arm64 ]; then
        echo "== $board over adb"
        walk "$board" --transport adb --address 127.0.0.1:23101
        if [ "$cuts" -gt 0 ]; then
            pull_plugs "$board"
        fi
    fi
    $virtual stop "$board"
done
