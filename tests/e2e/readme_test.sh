#!/usr/bin/env bash
# Runs the blocks of a page that follow a line "<!-- run -->", in order, in one shell, as a reader would. What they
# print must have each TEXT.
#   readme_test.sh PAGE PROGRAM TEXT…
# The configuration is a copy with free ports; the blocks' ports follow.
set -euo pipefail
readme=$(realpath "$1") program=$(realpath "$2")
shift 2
export USER=${USER:-newcomer}
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Short: the path of a UNIX socket has at most 107 bytes.
dir=$(mktemp -d /tmp/lianqiao-readme.XXXXXX)
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir/build/release"
ln -s "$program" "$dir/build/release/lianqiao"
cp -r "$source_dir/config" "$dir/config"
# The blocks stop what they start; the trap is for when one has failed.
echo "trap 'jobs -p | xargs -r kill 2>/dev/null || true; wait' EXIT" >"$dir/blocks.sh"
awk '/^<!-- run -->$/ {wanted = 1; next}
     /^```sh$/ && wanted {inside = 1; wanted = 0; next}
     /^```$/ {inside = 0}
     inside {print}' "$readme" >>"$dir/blocks.sh"
[ "$(wc -l <"$dir/blocks.sh")" -gt 1 ] || { echo "$readme has no block that is marked to be run." >&2; exit 1; }

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
next=$((20000 + RANDOM % 10000))
for port in 8480 8481 18101 18102 18103 18104; do
  until port_is_free $next; do next=$((next + 1)); done
  { grep -rlE "[: ]$port\b" "$dir/config" || true; } | xargs -r sed -i -E "s/([: ])$port\b/\1$next/"
  sed -i -E "s/:$port\b/:$next/" "$dir/blocks.sh"
  next=$((next + 1))
done

cd "$dir"
if ! timeout 90 bash -euo pipefail blocks.sh >output 2>&1; then
  tail -n 40 output build/mine/*.log >&2
  exit 1
fi
cat output

for text; do
  grep -qF -- "$text" output || { echo "The commands of $readme did not show: $text" >&2; exit 1; }
done
