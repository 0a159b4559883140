#!/bin/sh
# A Debian that is booted by systemd-nspawn, with a controller in front of it; started in new mount, network and process
# namespaces, so that its death takes everything with it.
#
# usage: booted.sh TREE FOLDER NODE CHECKOUT
# TREE is a root file system, which stays as it is; FOLDER holds authorized_keys, and gets `fabric`, the process id of this program.
# The node and the checkout of sluice are there to be read, so that it can be a controller, too.
set -eu
tree=$1 folder=$2 node=$3 checkout=$4
read -r pid _ </proc/self/stat
echo "$pid" >"$folder/fabric"
mount --make-rprivate /
mount -n -t proc proc /proc
mkdir -p /run/netns
mount -n -t tmpfs tmpfs /run/netns

ip link set lo up
ip link add wan type bridge forward_delay 0 mcast_snooping 0
ip link set wan up

plug() { # PLACE NUMBER PEER: a namespace named so, at the end of a cable
  ip netns add "$1"
  ip link add "wan-$1" type veth peer name wan address "02:00:00:00:00:0$2" netns "$1"
  ip link set "wan-$1" master wan up
  ip -n "$1" link set lo up
  ip -n "$1" addr add "10.64.0.$2/16" dev wan
  ip -n "$1" addr add "fd00:64::$2/64" dev wan nodad
  ip -n "$1" link set wan up
  # Rules that drop IPv6's neighbour discovery shall be no cut of the cable.
  ip -n "$1" neigh replace "10.64.0.$3" lladdr "02:00:00:00:00:0$3" dev wan nud permanent
  ip -n "$1" neigh replace "fd00:64::$3" lladdr "02:00:00:00:00:0$3" dev wan nud permanent
}

plug controller 2 1
# What is written there outlasts a reboot.
mkdir -p /run/booted
mount -n -t tmpfs tmpfs /run/booted
mkdir /run/booted/upper /run/booted/work /run/booted/root
mount -n -t overlay -o "lowerdir=$tree,upperdir=/run/booted/upper,workdir=/run/booted/work" overlay /run/booted/root

code=133
while [ "$code" = 133 ]; do # that is how systemd-nspawn ends when what it booted wants to be booted again
  # A kernel that comes up knows no rule, no set and no connection: those of the namespace are gone with it.
  plug gw1 1 2
  ip -n gw1 link add lan type veth peer name lan0
  ip -n gw1 link set lan up
  ip netns exec gw1 sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0

  # Nobody's machine is registered anywhere, and no unit of this machine is made for it.
  code=0
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes systemd-nspawn --quiet --boot --register=no --keep-unit \
    --directory=/run/booted/root --machine=gw1 --network-namespace-path=/run/netns/gw1 --capability=all \
    --bind-ro="$folder/authorized_keys:/etc/ssh/authorized_keys" \
    --bind-ro="$node:/usr/local/bin/node" --bind-ro="$checkout:/opt/sluice" --console=pipe \
    </dev/null >>"$folder/console" 2>&1 || code=$?

  ip netns del gw1
  while ip link show wan-gw1 >/dev/null 2>&1; do sleep 0.05; done
done
exit "$code"
