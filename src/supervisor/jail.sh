#!/bin/sh
# Builds a file system of its own for one process, and runs a command in front of it. To be run as root in a mount namespace of its own:
#   jail.sh MOUNTPOINT DIRECTORY BIND... -- COMMAND...
# BIND is ro:FROM:TO or rw:FROM:TO. What the system needs to run programs is there, read-only; of /etc only what finding names and hosts takes;
# no /proc, no /home, no device but /dev/null. COMMAND starts in the new root; DIRECTORY is made there for it.
set -eu
root=$1
directory=$2
shift 2
umask 022
mkdir -p "$root"
mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs "$root"

bind() { # MODE FROM TO
  [ -e "$2" ] || return 0
  if [ -d "$2" ]; then mkdir -p "$root$3"; else mkdir -p "$root$(dirname "$3")"; : >"$root$3"; fi
  mount --bind "$2" "$root$3"
  flags=nosuid
  # Device nodes work where /dev/null is.
  [ "$3" = /dev/null ] || flags=$flags,nodev
  [ "$1" = ro ] && flags=$flags,ro
  mount -o "remount,bind,$flags" "$root$3"
}

for path in /usr /etc/ld.so.cache /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/ssl /etc/localtime /etc/alternatives /dev/null; do
  bind ro "$path" "$path"
done
for path in /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$path" ]; then ln -s "$(readlink "$path")" "$root$path"; else bind ro "$path" "$path"; fi
done
mkdir -p "$root$directory" "$root/tmp"
while [ "$1" != -- ]; do
  mode=${1%%:*}
  rest=${1#*:}
  bind "$mode" "${rest%:*}" "${rest##*:}"
  shift
done
shift
mount -o remount,ro "$root"
cd "$root"
umask 027
exec "$@"
