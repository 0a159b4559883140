#!/bin/sh
# A Debian that is booted by systemd-nspawn, with a controller in front of it; started in new mount, network and process
# namespaces, so that its death takes everything with it.
#
# usage: booted.sh TREE FOLDER
# TREE is a root file system, which stays as it is; FOLDER holds authorized_keys, and gets `fabric`, the process id of this program.
set -eu
tree=$1 folder=$2
read -r pid _ </proc/self/stat
echo "$pid" >"$folder/fabric"
mount --make-rprivate /
mount -n -t proc proc /proc
mkdir -p /run/netns
mount -n -t tmpfs tmpfs /run/netns

ip link set lo up
ip link add wan type bridge forward_delay 0 mcast_snooping 0
ip link set wan up
number=1
for place in gw1 controller; do
  ip netns add "$place"
  ip link add "wan-$place" type veth peer name wan address "02:00:00:00:00:0$number" netns "$place"
  ip link set "wan-$place" master wan up
  ip -n "$place" link set lo up
  ip -n "$place" addr add "10.64.0.$number/16" dev wan
  ip -n "$place" addr add "fd00:64::$number/64" dev wan nodad
  ip -n "$place" link set wan up
  number=$((number + 1))
done
# Rules that drop IPv6's neighbour discovery shall be no cut of the cable.
for pair in 'gw1 2' 'controller 1'; do
  # shellcheck disable=SC2086 # a place, and the number of its peer
  set -- $pair
  ip -n "$1" neigh replace "10.64.0.$2" lladdr "02:00:00:00:00:0$2" dev wan nud permanent
  ip -n "$1" neigh replace "fd00:64::$2" lladdr "02:00:00:00:00:0$2" dev wan nud permanent
done
ip -n gw1 link add lan type veth peer name lan0
ip -n gw1 link set lan up

# Nobody's machine is registered anywhere, and no unit of this machine is made for it.
SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes systemd-nspawn --quiet --boot --register=no --keep-unit --volatile=overlay \
  --directory="$tree" --machine=gw1 --network-namespace-path=/run/netns/gw1 --capability=all \
  --bind-ro="$folder/authorized_keys:/etc/ssh/authorized_keys" --console=pipe \
  </dev/null >"$folder/console" 2>&1 &
wait
