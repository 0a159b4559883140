#!/bin/sh
# The first process of one machine with an sshd (a gateway, the desk), started in its own network, mount, host name and process
# namespaces. It gives it what a machine of its own would have, all of it on tmpfs, then runs sshd.
#
# usage: machine.sh NAME KIND SSHD
set -eu
name=$1 kind=$2 sshd=$3
trap 'echo "failed $name" >&3' EXIT

# /proc still is the machine's, so this is our process id as the machine sees it.
read -r pid _ </proc/self/stat
echo "$pid" >"places/$name/pid"
echo "$name" >/proc/sys/kernel/hostname
ip -batch "places/$name/ip"
mount -n -t proc -o nosuid,nodev,noexec proc /proc
mount -n -t sysfs -o nosuid,nodev,noexec sysfs /sys
case $kind in
  gateway)
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    ;;
  # Who has to be answered through a gateway doesn't come in past it.
  desk) echo 1 >/proc/sys/net/ipv4/conf/wan/rp_filter ;;
esac

umount -n -l /run
mount -n -t tmpfs -o mode=0755 machine /mnt
cp -a etc "places/$name/etc" /mnt/
mkdir -p /mnt/work /mnt/etc/iptables /mnt/var/lib /mnt/var/log /mnt/var/empty/sshd /mnt/home/operator /mnt/run/sshd /mnt/run/lock
mkdir -m 0700 /mnt/root
mkdir -m 1777 /mnt/tmp /mnt/var/tmp
ln -s /run /mnt/var/run
ln -s /run/lock /mnt/var/lock
chown 5000:5000 /mnt/home/operator
mount -n -t overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work overlay /etc
for folder in var root home tmp; do
  mount -n --bind "/mnt/$folder" "/$folder"
done
# A machine of its own has an init system, which this machine may lack.
if [ ! -e /sbin/init ]; then
  mkdir /mnt/sbin /mnt/sbin-work
  touch /mnt/sbin/systemd
  ln -s systemd /mnt/sbin/init
  mount -n -t overlay -o lowerdir=/usr/sbin,upperdir=/mnt/sbin,workdir=/mnt/sbin-work overlay /usr/sbin
fi
# Last: it hides the lab's folder, key included. What is relative to the working directory stays reachable until the cd.
mount -n --bind /mnt/run /run
umount -n -l /mnt
cd /

# It goes to the background by itself, once it has found its configuration and host key good.
"$sshd" -E /proc/self/fd/2 3>&-
trap - EXIT
exec 3>&-
# A machine outlives its sshd. While the shell waits, it also reaps what is orphaned inside.
while :; do sleep 3600; done
