#!/bin/sh
# Makes the root file system of a small Debian once, in a folder of its own; it is kept for the next time.
# usage: booted-tree.sh TREE
set -eu
tree=$1
# Its number goes up when something is added below.
[ ! -e "$tree/.complete-3" ] || exit 0
packages=systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,iptables,nftables,ipset,conntrack,iproute2,procps,kmod
if [ ! -e "$tree/usr/sbin/sshd" ]; then
  debootstrap --variant=minbase --include=$packages bookworm "$tree" http://deb.debian.org/debian
fi
# What loads /etc/iptables at boot on most Debians, and cron.
chroot "$tree" apt-get -q update
DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get -q -y install --no-install-recommends iptables-persistent cron
chroot "$tree" id operator >/dev/null 2>&1 || chroot "$tree" useradd --create-home --gid operator --shell /bin/sh operator
chroot "$tree" usermod --password '*' operator
echo 'operator ALL=(ALL:ALL) NOPASSWD: ALL' >"$tree/etc/sudoers.d/operator"
chmod 0440 "$tree/etc/sudoers.d/operator"
echo 'AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin prohibit-password
UseDNS no
MaxStartups 100' >"$tree/etc/ssh/sshd_config.d/chaos.conf"
# What a login of an ordinary user leaves behind is killed at its end.
mkdir -p "$tree/etc/systemd/logind.conf.d"
printf '[Login]\nKillUserProcesses=yes\nKillExcludeUsers=\n' >"$tree/etc/systemd/logind.conf.d/chaos.conf"
touch "$tree/.complete-3"
