#!/bin/sh
# The first process of a lab, started in new mount, network and process namespaces: everything of the lab lives inside
# these, so that the death of this process takes all processes, namespaces and mounts of the lab with it.
#
# usage: fabric.sh FOLDER MACHINE_SH BACKEND_MJS SSHD NODE
# Stdin ties the lab to the process that made it: when it closes before the word `keep` came, the lab removes itself.
# Stdout tells that process how far we are: `failed PLACE`, `started`.
set -eu
folder=$1 machine_sh=$2 backend_mjs=$3 sshd=$4 node=$5

# /proc still is the machine's, so this is our process id as the machine sees it.
read -r pid _ </proc/self/stat
cd "$folder"
echo "$pid" >pid

# Hides the machine's named namespaces; the working directory stays reachable beneath.
mount -n -t tmpfs -o mode=0755 sluice-lab /run
echo "$folder" >/run/sluice-lab-folder
ip -batch fabric.ip
# A bridge must not send its packets through iptables; absent where the kernel has this only for the machine's own namespace.
for family in iptables ip6tables arptables; do
  switch=/proc/sys/net/bridge/bridge-nf-call-$family
  if [ -e "$switch" ]; then echo 0 >"$switch"; fi
done

exec 3>&1
while read -r name kind; do
  case $kind in
    gateway | desk)
      nsenter --net="/run/netns/$name" unshare --mount --uts --pid --fork --kill-child \
        sh "$machine_sh" "$name" "$kind" "$sshd" >"places/$name/log" 2>&1 </dev/null &
      ;;
    backend)
      ip -n "$name" -batch "places/$name/ip"
      nsenter --net="/run/netns/$name" "$node" "$backend_mjs" "$name" >"places/$name/log" 2>&1 </dev/null 3>&- &
      ;;
    *) ip -n "$name" -batch "places/$name/ip" ;;
  esac
done <places.list
exec 3>&-
# Nobody listens any more when the maker was killed; what follows then takes the lab down.
echo started || true

if read -r word && [ "$word" = keep ]; then
  # Also reaps what is orphaned inside.
  while :; do
    wait
    sleep 3600
  done
fi
# First everyone who might still write into the folder.
kill -KILL -1 || true
wait
cd /
umount -n -l /run
rm -rf "$folder"
rmdir "${folder%/*}" 2>/dev/null || true
