#!/usr/bin/env bash
# Every C and C++ file of the repository is formatted by .clang-format. With --fix, makes it so.
set -eu
cd "$(dirname "$0")/.."
mode=(--dry-run --Werror)
[ "${1:-}" = --fix ] && mode=(-i)
git ls-files -co --exclude-standard '*.h' '*.cpp' '*.c' | xargs clang-format "${mode[@]}"
