#!/bin/sh
# Builds a file system of its own for one process, and runs a command in front of it. To be run as root in a mount namespace of its own:
#   jail.sh MOUNTPOINT DIRECTORY BIND... -- COMMAND...
# BIND is ro:FROM:TO or rw:FROM:TO. What the system needs to run programs is there, read-only; of /etc only what finding names and hosts takes;
# no /proc, no /home, no device but /dev/null. COMMAND starts in the new root; DIRECTORY is made there for it.
#
# Every process starts through this, and to run a program takes two milliseconds: one makes all directories, and one all mounts, from a table.
set -eu
root=$1
directory=$2
shift 2
umask 022

# `from` and `to` of a BIND.
parse() {
  to=${1##*:}
  from=${1#*:}
  from=${from%:*}
}

# Where BIND... are mounted.
make_places() {
  for bind in "$@"; do
    parse "$bind"
    shift
    if [ -d "$from" ]; then set -- "$@" "$root$to"; else set -- "$@" "$root${to%/*}"; fi
  done
  mkdir -p "$@" "$root$directory" "$root/tmp"
}

# A path as fstab(5) has it, where a line is a mount.
print_path() {
  case $1 in
  *'
'*) echo 'jail.sh: a path has two lines' >&2 && exit 1 ;;
  *[\\\ '	']*) printf '%s' "$1" | sed 's/\\/\\134/g; s/ /\\040/g; s/	/\\011/g' ;;
  *) printf '%s' "$1" ;;
  esac
}

# BIND... as lines of fstab(5).
print_table() {
  for bind in "$@"; do
    parse "$bind"
    flags=bind,nosuid
    # Device nodes work where /dev/null is.
    [ "$to" = /dev/null ] || flags=$flags,nodev
    [ "${bind%%:*}" = rw ] || flags=$flags,ro
    printf '%s %s none %s\n' "$(print_path "$from")" "$(print_path "$root$to")" "$flags"
  done
}

# COUNT BIND... REST...: what there is of the system's and of COUNT binds.
build() {
  count=$1
  shift
  rest=$(($# - count))
  for bind in "$@"; do
    [ "$count" -gt 0 ] || break
    shift
    set -- "$@" "$bind"
    count=$((count - 1))
  done
  shift "$rest"
  links=
  for path in /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [ -L "$path" ]; then links="$links $path"; else set -- "ro:$path:$path" "$@"; fi
  done
  for path in /usr /etc/ld.so.cache /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/ssl /etc/localtime /etc/alternatives /dev/null; do
    set -- "ro:$path:$path" "$@"
  done
  for bind in "$@"; do
    parse "$bind"
    shift
    [ ! -e "$from" ] || set -- "$@" "$bind"
  done
  make_places "$@"
  for bind in "$@"; do
    parse "$bind"
    [ -d "$from" ] || : >"$root$to"
  done
  # Their names have no spaces.
  [ -z "$links" ] || cp -P $links "$root/"
  print_table "$@" >"$root/table"
  mount --all --fstab "$root/table"
  rm "$root/table"
}

binds=0
for argument in "$@"; do
  [ "$argument" != -- ] || break
  binds=$((binds + 1))
done

mkdir -p "$root"
mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs "$root"
build "$binds" "$@"
mount -o remount,ro "$root"
shift $((binds + 1))
cd "$root"
umask 027
exec "$@"
