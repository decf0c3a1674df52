# For tests/lint/tidy and thread_safety, which source it in the root once the preset clang is configured.

# Sources of the product, one a line.
product() { find gateway plugins -name '*.cpp' -not -path '*/tests/*' | sort; }

# held SOURCE...: fails where no unit of the preset holds one of them, and names it: nobody would look at it.
held() {
  local lost
  lost=$(printf '%s\n' "$@" | grep -vFx -f <(jq -r '.[].file' build/clang/compile_commands.json |
    while read -r unit; do echo "${unit#"$PWD"/}"; sed -n "s|^#include \"$PWD/\(.*\)\"|\1|p" "$unit"; done)) || return 0
  echo "No unit of the preset clang holds what follows; name it in its CMakeLists.txt:"$'\n'"$lost" >&2
  return 1
}
