# Sourced by scripts/release and scripts/reproducible, in the checkout: compilers write names of sources (of panics, of assertions) as if
# checkout and packages lay in /restante and /cargo, so that the same program comes out wherever it is built, and says nothing of the
# machine.
# shellcheck shell=bash
cargo_home=${CARGO_HOME:-$HOME/.cargo}
export CARGO_ENCODED_RUSTFLAGS=--remap-path-prefix=$PWD=/restante$'\x1f'--remap-path-prefix=$cargo_home=/cargo
export CFLAGS="-ffile-prefix-map=$PWD=/restante -ffile-prefix-map=$cargo_home=/cargo"
