#!/usr/bin/env bash
# setup.sh [--tests]: everything a build of attnsweep needs, and the build itself.
#   1. Debian packages that are missing (root or sudo; elsewhere it lists what is needed)
#   2. a Rust toolchain new enough for the tokenizer
#   3. the Python environment build/venv for figures and pages
#   4. the Release build in build/release; with --tests the test programs too
# A second call finds nothing to do and ends in seconds. CI=true makes compiler warnings errors.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=jobs/common.sh
. "$root/jobs/common.sh"

with_tests=no
for argument in "$@"; do
  case $argument in
    --tests) with_tests=yes ;;
    -h | --help)
      sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) fail "unknown argument '$argument'; usage: bash jobs/setup.sh [--tests]" 2 ;;
  esac
done

# libopenblas-dev is not optional: without it libtorch-dev runs on the reference BLAS, which is
# ten times slower.
packages=(
  g++ cmake ninja-build pkg-config git ca-certificates zlib1g-dev
  libopenmpi-dev openmpi-bin libtorch-dev libopenblas-dev liblapacke-dev libxsmm-dev libhdf5-dev
  libeigen3-dev libceres-dev libboost-dev libyaml-cpp-dev libspdlog-dev nlohmann-json3-dev
  libcli11-dev libb2-dev librandom123-dev libarchive-dev libcsv-dev libgtest-dev libgmock-dev
  python3 python3-venv fortunes fortunes-min
)

is_debian() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

# missing_packages PACKAGE …: those that are not installed, one a line
missing_packages() {
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^ii *//p' || true)
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || echo "$package"
  done
}

# as_root COMMAND …
as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}
may_be_root() { ((EUID == 0)) || command -v sudo >/dev/null; }

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y "$@"
}
update_package_lists() {
  if [[ ${lists_updated:-no} == no ]]; then
    logged apt-update apt_get update
    lists_updated=yes
  fi
}

install_packages() {
  local missing
  if ! is_debian; then
    say "This is not Debian: nothing is installed. The build needs a C++20 compiler, CMake 3.25," \
      "Ninja, pkg-config, MPI, LibTorch, OpenBLAS with LAPACKE, HDF5, Eigen, Ceres, Boost" \
      "headers, yaml-cpp, spdlog, nlohmann-json, CLI11, libb2, Random123, libarchive, GoogleTest," \
      "Python 3.11 and (for the example) the fortunes texts."
    return
  fi
  mapfile -t missing < <(missing_packages "${packages[@]}")
  if ((${#missing[@]} == 0)); then
    say "Debian packages: all ${#packages[@]} are installed."
    return
  fi
  if ! may_be_root; then
    say "Debian packages: no root and no sudo, so these stay missing: ${missing[*]}." \
      "Libraries from elsewhere (CMAKE_PREFIX_PATH, modules) may take their place."
    return
  fi
  step "Installing ${#missing[@]} Debian packages (up to 4 minutes): ${missing[*]}"
  update_package_lists
  logged apt-install apt_get install --no-install-recommends "${missing[@]}"
}

# The page's tests need a browser. Where none can be had they say so and are counted as skipped.
install_browser() {
  local name
  for name in "${ATTNSWEEP_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [[ -n $name ]] && command -v "$name" >/dev/null; then
      say "Browser for the page's tests: $name."
      return
    fi
  done
  if ! is_debian || ! may_be_root; then
    say "No Chromium: the page's tests in a browser will not run."
    return
  fi
  update_package_lists
  step "Installing Chromium for the page's tests (a minute)"
  if ! (logged apt-chromium apt_get install --no-install-recommends chromium fonts-dejavu-core); then
    say "Chromium was not installed: the page's tests in a browser will not run."
  fi
}

# The oldest Rust that builds the tokenizer, from its manifest.
minimum_rust() {
  sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$root/src/hf/Cargo.toml"
}

# find_cargo MINIMUM: sets `cargo` to the first one that is new enough; `old_cargo` to one that is
# not.
find_cargo() {
  local candidate version
  cargo='' old_cargo=''
  for candidate in "${CARGO:-}" "$(command -v cargo || true)" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" \
    /usr/bin/cargo; do
    [[ -n $candidate && -x $candidate ]] || continue
    version=$("$candidate" --version 2>/dev/null | awk '{print $2}') || continue
    if at_least "${version:-0}" "$1"; then
      cargo=$candidate
      return 0
    fi
    old_cargo="$candidate ($version)"
  done
  return 1
}

# debian_cargo MINIMUM: the package that brings a new enough cargo, if there is one. Debian 12's
# plain cargo is too old; cargo-web is the one its browsers are built with.
debian_cargo() {
  local package version
  for package in cargo-web cargo; do
    version=$(LC_ALL=C apt-cache policy "$package" | sed -n 's/^ *Candidate: *//p')
    if [[ $version == [0-9]* ]] && dpkg --compare-versions "$version" ge "$1"; then
      echo "$package"
      return 0
    fi
  done
  return 1
}

install_cargo() {
  local minimum package
  minimum=$(minimum_rust)
  if find_cargo "$minimum"; then
    say "Rust: $("$cargo" --version | cut -d' ' -f1,2) in $cargo (needed: $minimum)."
    return
  fi
  local advice="install Rust $minimum or newer from https://rustup.rs and call this script again"
  if ! is_debian || ! may_be_root; then
    fail "no cargo $minimum or newer${old_cargo:+; found $old_cargo}: $advice"
  fi
  update_package_lists
  package=$(debian_cargo "$minimum") ||
    fail "this Debian has no package with cargo $minimum or newer: $advice"
  step "Installing Debian's $package, the tokenizer's compiler (about a minute)"
  # cargo-web conflicts with an older cargo; what the user has installed is not ours to remove.
  if ! (logged apt-cargo apt_get install --no-install-recommends --no-remove "$package"); then
    if [[ -n $old_cargo ]]; then
      advice="it may not replace $old_cargo: remove that one (apt-get remove cargo rustc), or $advice"
    fi
    fail "$package was not installed: $advice"
  fi
  find_cargo "$minimum" || fail "$package is installed, but there is no cargo $minimum: $advice"
}

# find_python: sets `python` to one that can make environments. The system's comes first: its venv
# package is the one that was just installed.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" /usr/bin/python3 "$(command -v python3 || true)"; do
    [[ -n $candidate && -x $candidate ]] || continue
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
      2>/dev/null; then
      python=$candidate
      return 0
    fi
  done
  fail "no Python 3.11 or newer with venv and ensurepip: install python3 and python3-venv"
}

# up_to_date FILE: these requirements, to the letter, are what the environment was made from.
up_to_date() { cmp -s "$1" "$root/build/venv/.installed-$(basename "$1")"; }

make_venv() {
  local venv="$root/build/venv" files=("$root/analysis/requirements.txt") options=() file stale=no
  if [[ $with_tests == yes ]]; then
    files+=("$root/analysis/requirements-test.txt" "$root/analysis/requirements-fetch.txt")
  fi
  for file in "${files[@]}"; do
    options+=(-r "$file")
    up_to_date "$file" || stale=yes
  done
  if [[ $stale == no && -x $venv/bin/python ]]; then
    say "Python environment: build/venv is up to date."
    return
  fi
  step "Python environment build/venv for figures and pages (about a minute)"
  if [[ ! -x $venv/bin/python ]]; then
    find_python
    logged venv "$python" -m venv --clear "$venv"
  fi
  logged pip "$venv/bin/python" -m pip install --disable-pip-version-check "${options[@]}"
  for file in "${files[@]}"; do cp "$file" "$venv/.installed-$(basename "$file")"; done
}

# cached NAME: a value of the build's CMake cache
cached() { sed -n "s/^$1:[A-Z]*=//p" "$root/build/release/CMakeCache.txt" 2>/dev/null; }

build() {
  local build="$root/build/release" options=("-DCARGO=$cargo") targets=() fresh=() again=no commit
  if [[ ${CI:-} == true ]]; then options+=(-DATTNSWEEP_WERROR=ON); fi
  if [[ $with_tests == no ]]; then targets=(--target attnsweep attnsweep-run); fi
  cd "$root"
  # The programs carry the commit that they were configured at, and a commit may bring folders.
  commit=$(git rev-parse HEAD 2>/dev/null || echo unknown)
  if [[ ! -f $build/build.ninja || $(cat "$build/.configured-at" 2>/dev/null) != "$commit" ||
    $(cached CARGO) != "$cargo" || (${CI:-} == true && $(cached ATTNSWEEP_WERROR) != ON) ]]; then
    again=yes
  fi
  # A clone that was moved has a cache that points at the old place.
  if [[ -f $build/CMakeCache.txt && $(cached CMAKE_HOME_DIRECTORY) != "$root" ]]; then
    again=yes fresh=(--fresh)
  fi
  if [[ $again == yes ]]; then
    step "Looking for the libraries (half a minute)"
    logged configure cmake --preset release "${fresh[@]}" "${options[@]}"
    echo "$commit" >"$build/.configured-at"
  fi
  step "Building into build/release (up to 6 minutes on two cores; nothing to do if up to date)"
  logged build cmake --build --preset release -j "$(build_jobs)" "${targets[@]}"
}

install_packages
if [[ $with_tests == yes ]]; then install_browser; fi
install_cargo
make_venv
build
