#!/usr/bin/env bash
# Boards for people without hardware: whole Linux systems under QEMU, from Debian packages, with ssh (and adb on arm64).
#
#   boards/virtual/board.sh start arm64|armhf|riscv64    boots one in seconds; builds its image the first time
#   boards/virtual/board.sh stop|kill arm64|...           shuts it down; kill pulls the plug
#   boards/virtual/board.sh status                        which run, and how to reach them
#   boards/virtual/board.sh ssh arm64 [COMMAND]           a shell there
#   boards/virtual/board.sh clean                         stops all and removes images and key
#
# `tinamix flash net.tmx --board virtual/arm64` then finds it: boards/virtual/*/board.yaml. Images, key and disks lie in
# ~/.cache/tinamix/virtual, where those profiles look for the key. /var/lib/tinamix is an ext4 disk that survives stop and
# kill.
# Packages: qemu-system-arm qemu-system-misc opensbi mmdebstrap cpio e2fsprogs openssh-client adb.
set -eu

# The home of ssh, which takes ~ in the profiles from the system and not from HOME.
work=$(getent passwd "$(id -u)" | cut -d: -f6)/.cache/tinamix/virtual
# One mirror, without updates and security: those are sometimes half synchronized, and nothing here is exposed.
mirror=${TINAMIX_DEBIAN_MIRROR:-http://deb.debian.org/debian}
here=$(cd "$(dirname "$0")/../.." && pwd)

usage() { sed -n '2,13p' "$0" | sed 's/^# \{0,1\}//'; }
fail() {
    echo "board.sh: $*" >&2
    exit 1
}
# Status of a start that could not fetch what the image is made of: no fault of the board.
no_packages=3

# Kernel modules in the order in which they are loaded. Those of other_modules wait in /modules for somebody to try other
# file systems than the disk's (tests/boards_check.sh).
modules=(failover net_failover virtio_mmio virtio_net virtio_blk crc16 libcrc32c crc32c_generic mbcache jbd2 ext4)

# settings BOARD: what differs between the boards.
settings() {
    board=$1 other_modules=() packages=libc6,libcrypt1,dropbear-bin,busybox-static
    case $board in
        arm64)
            qemu=(qemu-system-aarch64 -M virt -cpu cortex-a53)
            console=ttyAMA0 port=22101 adb_port=23101 preset=aarch64
            kernel_suite=bookworm kernel_package=linux-image-arm64
            packages+=,adbd,libstdc++6
            other_modules=(overlay)
            ;;
        armhf)
            qemu=(qemu-system-arm -M virt,highmem=off -cpu cortex-a7)
            console=ttyAMA0 port=22102 adb_port=23102 preset=armv7
            kernel_suite=bookworm kernel_package=linux-image-armmp-lpae
            packages+=,mtd-utils
            other_modules=(nandsim zstd_compress zstd deflate ubi ubifs)
            ;;
        riscv64)
            qemu=(qemu-system-riscv64 -M virt -bios default -cpu rv64,v=true,vlen=256,elen=64,vext_spec=v1.0)
            console=ttyS0 port=22103 adb_port=23103 preset=riscv64
            kernel_suite=trixie kernel_package=linux-image-riscv64
            ;;
        *) fail "unknown board \`$board\` (boards are arm64, armhf, riscv64)" ;;
    esac
    folder=$work/$board
    ssh=(ssh -i "$work/id" -p $port -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
        -o LogLevel=ERROR -o ConnectTimeout=3 root@127.0.0.1)
}

# debian SUITE INCLUDE FOLDER: unpacks packages of the board's architecture, without running anything of it.
debian() {
    mmdebstrap --quiet --variant=extract --architectures="$board" --include="$2" "$1" "$3" "$mirror" && return
    echo "board.sh: cannot fetch $2 for $board from Debian $1 at $mirror (TINAMIX_DEBIAN_MIRROR names another)" >&2
    exit $no_packages
}

write_init() {
    cat >"$1" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/bin:/bin:/usr/sbin:/sbin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /run /tmp /var/lib/tinamix; mount -t devpts pts /dev/pts
for module in ${modules[*]}; do
    [ -f /modules/\$module.ko ] && insmod /modules/\$module.ko 2>/dev/null
done
ifconfig lo 127.0.0.1 up; ifconfig eth0 10.0.2.15 up; route add default gw 10.0.2.2
mount -t ext4 -o data=ordered /dev/vda /var/lib/tinamix || echo "board: no disk"
dropbear -R -s -E 2>/dev/null
[ -x /usr/bin/adbd ] && (adbd >/dev/null 2>&1 &)
[ -x /usr/lib/android-sdk/platform-tools/adbd ] && (/usr/lib/android-sdk/platform-tools/adbd >/dev/null 2>&1 &)
echo "board: ready"
while :; do sleep 1000; done
INIT
    chmod 755 "$1"
}

build() {
    local program
    for program in mmdebstrap cpio mkfs.ext4 ssh-keygen "${qemu[0]}"; do
        command -v $program >/dev/null || fail "$program is missing: scripts/install-packages.sh boards"
    done
    echo "board.sh: building the image of $board (once, half a minute)" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    [ -f "$work/id" ] || ssh-keygen -q -t ed25519 -N '' -C tinamix-virtual -f "$work/id"
    debian "$kernel_suite" "$kernel_package" "$folder/kernel"
    local root=$folder/root module
    debian trixie "$packages" "$root"
    for module in lib bin sbin; do [ -e "$root/$module" ] || ln -s usr/$module "$root/$module"; done
    mkdir -p "$root"/{proc,sys,dev,root/.ssh,etc/dropbear,etc/tinamix,modules,tmp,run,var/lib/tinamix}
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    echo /bin/sh >"$root/etc/shells"
    cp "$work/id.pub" "$root/root/.ssh/authorized_keys"
    chmod 700 "$root/root" "$root/root/.ssh"
    for module in "${modules[@]}" "${other_modules[@]}"; do
        find "$folder/kernel" -name "$module.ko" -exec cp {} "$root/modules/" \;
        find "$folder/kernel" -name "$module.ko.xz" -exec sh -c 'xz -dc "$1" >"$2"' sh {} "$root/modules/$module.ko" \;
    done
    rm -rf "$root"/usr/share/{doc,man,locale,info} "$root"/var/{cache,lib/apt,lib/dpkg}
    write_init "$root/init"
    (cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.gz"
    find "$folder/kernel/boot" -name 'vmlinu*' -exec cp {} "$folder/vmlinuz" \;
    [ -s "$folder/vmlinuz" ] || fail "no kernel in $kernel_package"
    rm -rf "$root" "$folder/kernel"
    truncate -s 256M "$folder/disk"
    mkfs.ext4 -q -F "$folder/disk"
    recipe >"$folder/recipe"
}

# What an image was made by: another recipe makes it again.
recipe() { sha256sum <"$here/boards/virtual/board.sh"; }
built() { [ -f "$folder/recipe" ] && [ "$(recipe)" = "$(cat "$folder/recipe")" ]; }

running() { [ -f "$folder/pid" ] && kill -0 "$(cat "$folder/pid")" 2>/dev/null; }

start() {
    running && return 0
    built || build
    "${qemu[@]}" -smp 2 -m 768 -kernel "$folder/vmlinuz" -initrd "$folder/initrd.gz" \
        -append "console=$console quiet rdinit=/init" -display none -serial "file:$folder/console.log" -monitor none \
        -drive "file=$folder/disk,format=raw,if=none,id=d0,cache=writeback" -device virtio-blk-device,drive=d0 \
        -netdev "user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22,hostfwd=tcp:127.0.0.1:$adb_port-:5555" \
        -device virtio-net-device,netdev=n0 -pidfile "$folder/pid" -daemonize
    local second
    for ((second = 0; second < 120; ++second)); do
        if "${ssh[@]}" true 2>/dev/null; then
            install_tmx
            return 0
        fi
        running || fail "$board ended while it booted: see $folder/console.log"
        sleep 1
    done
    fail "$board does not answer over ssh: see $folder/console.log"
}

# tmx of this tree, where it has been built: as a firmware would bring it.
install_tmx() {
    local tmx=$here/build/$preset/runtime/tmx
    [ -f "$tmx" ] || return 0
    "${ssh[@]}" 'mkdir -p /usr/bin && cat > /usr/bin/tmx && chmod 755 /usr/bin/tmx' <"$tmx"
}

stop() {
    running || return 0
    "${ssh[@]}" 'sync; umount /var/lib/tinamix' 2>/dev/null || true
    pull_plug
}

pull_plug() {
    running || return 0
    local pid
    pid=$(cat "$folder/pid")
    kill -KILL "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    rm -f "$folder/pid"
}

case "${1:-}" in
    start | stop | kill)
        [ $# = 2 ] || fail "which board? arm64, armhf or riscv64"
        settings "$2"
        case $1 in
            start) start ;;
            stop) stop ;;
            kill) pull_plug ;;
        esac
        ;;
    status)
        for name in arm64 armhf riscv64; do
            settings $name
            if running; then echo "$name runs: ssh -i $work/id -p $port root@127.0.0.1, adb connect 127.0.0.1:$adb_port"; else echo "$name is off"; fi
        done
        ;;
    ssh)
        settings "${2:-}"
        shift 2
        exec "${ssh[@]}" "$@"
        ;;
    clean)
        for name in arm64 armhf riscv64; do
            settings $name
            pull_plug
        done
        rm -rf "$work"
        ;;
    --help | -h) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
