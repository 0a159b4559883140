#!/bin/sh
# Tries out, in namespaces of its own, what a lab asks of the kernel; prints a line for each thing that doesn't work.
# usage: unshare --mount --net --uts --pid --fork sh trial.sh [nft] [legacy]
set -u

trial() {
  what=$1
  shift
  answer=$("$@" 2>&1 >/dev/null) || echo "$what: $(echo "$answer" | head -n 1)"
}

mount -n -t tmpfs sluice-lab /mnt || exit 1
mkdir /mnt/upper /mnt/work /mnt/proc
trial 'process namespaces' mount -n -t proc proc /mnt/proc
trial 'overlay file systems' mount -n -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work overlay /etc
trial 'bridges' ip link add trial type bridge
trial 'veth pairs' ip link add trial1 type veth peer name trial2
export XTABLES_LOCKFILE=/mnt/xtables.lock
for backend in "$@"; do
  for command in iptables ip6tables; do
    trial "$command-$backend" "/usr/sbin/$command-$backend" -w -t nat -S
  done
done
