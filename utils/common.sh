# Shared by the scripts in this folder: where things are, and how a step is
# announced and run. Sourced, never run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
log_dir="$root/build/log"
mkdir -p "$log_dir"

say() { printf '[lowbit] %s\n' "$*"; }
die() { printf '[lowbit] error: %s\n' "$*" >&2; exit 1; }

# quietly NAME COMMAND...: run a chatty command with its output in
# build/log/NAME.log; show the end of that log only when the command fails.
quietly() {
  local log="$log_dir/$1.log" rc=0
  shift
  "$@" >"$log" 2>&1 </dev/null || rc=$?
  if ((rc != 0)); then
    printf '[lowbit] failed (exit %d): %s\n' "$rc" "$*" >&2
    tail -n 60 "$log" >&2
    printf '[lowbit] full log: %s\n' "$log" >&2
  fi
  return "$rc"
}

# build PRESET [TARGET...]: configure once, then build. On a terminal ninja's
# own status line is the progress; elsewhere the output goes to a log.
build() {
  local preset="$1" rc=0
  shift
  local dir="$root/build/$preset"
  local stamp="$dir/.configured"
  # CMake notices changed CMakeLists by itself; the stamp covers what it does
  # not watch: the presets and a rebuilt virtual environment.
  local key
  key="$(cat "$root/CMakePresets.json" "$root/.venv/.stamp" 2>/dev/null | sha256sum)"
  if [[ ! -f $dir/build.ninja || "$(cat "$stamp" 2>/dev/null)" != "$key" ]]; then
    say "configuring build/$preset"
    (cd "$root" && quietly "configure-$preset" cmake --preset "$preset") || return
    echo "$key" >"$stamp"
  fi
  say "building build/$preset${*:+: $*}"
  local jobs="${LOWBIT_JOBS:-$(nproc)}"
  if [[ -t 1 ]]; then
    ninja -C "$dir" -j "$jobs" "$@" || rc=$?
  else
    quietly "build-$preset" ninja -C "$dir" -j "$jobs" "$@" || rc=$?
  fi
  return "$rc"
}
