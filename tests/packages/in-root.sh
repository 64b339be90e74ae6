# Sourced by tests/packages/debian and tests/packages/rpm: a system of its own below $root, in which a package is used.
# shellcheck shell=bash

server=

fail() { echo "packages: $*" >&2 && exit 1; }
inside() { chroot "$root" "$@"; }
as_service() { chroot --userspec=restante:restante "$root" env HOME=/var/lib/restante "$@"; }
rights() { inside stat -c '%a %U:%G' "$1"; }
# shellcheck disable=SC2317 # called at the end
end_server() { [[ -z $server ]] || kill "$server" 2>/dev/null || true; }
trap end_server EXIT

expect() { # FOUND WANTED WHAT
  [[ $1 == "$2" ]] || fail "$3: expected $2, found $1"
}

# What both packages lay out.
expect_laid_out() {
  expect "$(rights /etc/restante)" "750 root:restante" /etc/restante
  expect "$(rights /etc/restante/server.toml.example)" "644 root:root" server.toml.example
  expect "$(rights /var/lib/restante)" "750 restante:restante" /var/lib/restante
}

# The demo, and the three services with the examples of /etc/restante, as the services' user.
use_as_service() {
  as_service restante --version
  as_service restante demo --once --dir /var/lib/restante/demo | grep '^Delivered; both acknowledgements received'
  as_service restante init exchange --dir /var/lib/restante/exchange --name localhost --practice A81001='Cumbria Starling' >/dev/null
  as_service restante join /var/lib/restante/exchange/joining/A81001.join --dir /var/lib/restante/A81001 >/dev/null
  # not by the function: its shell would be what is ended
  chroot --userspec=restante:restante "$root" restante server --config /etc/restante/server.toml.example >"$root/packages/server.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    as_service restante client --config /etc/restante/client.toml.example --check --connect >"$root/packages/check" 2>&1 && break
    kill -0 "$server" 2>/dev/null || fail "the server ended: $(<"$root/packages/server.log")"
    sleep 0.2
  done
  grep -q 'A81001OT001' "$root/packages/check" || fail "client --check --connect: $(<"$root/packages/check")"
  as_service restante client --config /etc/restante/client.toml.example --once >/dev/null
  as_service restante practice --config /etc/restante/practice.toml.example --once >/dev/null
  kill "$server" && wait "$server" || fail "the server did not end well: $(<"$root/packages/server.log")"
  server=
}
