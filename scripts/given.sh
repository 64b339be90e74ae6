# Sourced by scripts that take a path of their caller's, before they go to the checkout: there a relative one would name something else.
# shellcheck shell=bash

given() { # OPTION PATH EMPTIED: prints the whole path of what is there, if the script does not empty it first
  local path emptied
  if [[ -z $2 ]]; then
    echo "$1: a path was expected" >&2
    return 2
  fi
  path=$(readlink -e -- "$2") || {
    echo "$1 $2: nothing is there; it was looked for from $PWD" >&2
    return 2
  }
  emptied=$(readlink -m -- "$3")
  if [[ $path/ == "$emptied"/* ]]; then
    echo "$1 $2: it lies in $emptied, which is emptied at each start. Move it elsewhere first; nothing was touched" >&2
    return 2
  fi
  echo "$path"
}

holds() { # DIR MADE NAME…: a file of each name, which may be a pattern, and no second one
  local dir=$1 made=$2 name found
  shift 2
  for name in SHA256SUMS "$@"; do
    # shellcheck disable=SC2206 # it is a pattern
    found=("$dir"/$name)
    if [[ ! -f ${found[0]} ]]; then
      echo "$dir: expected $name there, as $made makes it; it is not there" >&2
      return 2
    elif ((${#found[@]} > 1)); then
      echo "$dir: expected one $name there, found ${#found[@]}; move those of other versions elsewhere" >&2
      return 2
    fi
  done
}
