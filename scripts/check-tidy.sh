#!/usr/bin/env bash
# clang-tidy by .clang-tidy over the files given, or over every file that the host build compiles (some 20 minutes on two
# cores: not part of test.sh). Needs a configured and built `host` preset, for the generated headers.
#
#   scripts/check-tidy.sh                        everything
#   scripts/check-tidy.sh $(git diff --name-only main -- '*.cpp')
set -eu
cd "$(dirname "$0")/.."
[ -f build/host/compile_commands.json ] || { echo "build the host preset first: cmake --preset host" >&2; exit 1; }
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files '*.cpp' | grep -Fxf <(sed -n "s|.*\"file\": \"$PWD/\(.*\)\".*|\1|p" build/host/compile_commands.json))
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy -p build/host --quiet
