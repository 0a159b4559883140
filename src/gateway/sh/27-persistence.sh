# --- persistence: what a confirm leaves is there after a reboot, what was not confirmed is not ------------------------
#
# The record of what each play owns (plays/ID, one rename) is the one truth at boot too: our unit loads the confirmed
# transaction of each play that is to persist. Where a loader of the distribution has a file of rules, that file follows, so
# that reloading it by hand loads nothing old; our unit comes after that loader, and mends what it got wrong.

boot_unit=/etc/systemd/system/sluice-boot.service
boot_service=/etc/init.d/sluice-boot
sysctl_drop_in=/etc/sysctl.d/zz-sluice.conf # after sysctl.conf, which stands there as 99-sysctl.conf

find_init() { # sets $init to what would start our unit at boot, or to none; $boot_file to what it runs, $boot_link to what makes it
  case $(readlink -f /sbin/init 2>/dev/null) in
    */systemd) init=systemd ;;
    *) if [ -d /run/systemd/system ]; then init=systemd; elif command -v rc-update >/dev/null; then init=openrc; else init=none; fi ;;
  esac
  case $init in
    systemd) boot_file=$boot_unit boot_link=/etc/systemd/system/sysinit.target.wants/sluice-boot.service ;;
    openrc) boot_file=$boot_service boot_link=/etc/runlevels/boot/sluice-boot ;;
    none) boot_file='' boot_link='' ;;
  esac
}

boot_text() { # with $init: sets $wanted to the text of the boot file
  case $init in
    systemd)
      wanted="# Made by sluice: loads the rules of its last confirmed changes, before the network comes up.
[Unit]
Description=Firewall rules confirmed through sluice
DefaultDependencies=no
RequiresMountsFor=$root
Wants=network-pre.target
After=local-fs.target systemd-modules-load.service systemd-sysctl.service
After=netfilter-persistent.service iptables.service ip6tables.service ipset.service nftables.service ufw.service
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh $root/sluice.sh '' boot

[Install]
WantedBy=sysinit.target
"
      ;;
    openrc)
      wanted="#!/sbin/openrc-run
# Made by sluice: loads the rules of its last confirmed changes, before the network comes up.
description=\"Firewall rules confirmed through sluice\"
depend() {
	need localmount
	after iptables ip6tables ipset nftables sysctl modules
	before net
}
start() {
	ebegin \"Loading firewall rules confirmed through sluice\"
	/bin/sh $root/sluice.sh '' boot
	eend \$?
}
"
      ;;
  esac
}

# Sets $file to what the distribution's own loader reads at boot; to nothing where it has none for the family.
find_loader_file() { # FAMILY
  file=
  # What others have in the tables of a play that owns only chains is none of our files' business.
  ! has_chains || return 0
  case $1 in
    ipv4) service=iptables debian=/etc/iptables/rules.v4 plugin=ip4tables alpine=/etc/iptables/rules-save ;;
    ipv6) service=ip6tables debian=/etc/iptables/rules.v6 plugin=ip6tables alpine=/etc/iptables/rules6-save ;;
  esac
  if command -v netfilter-persistent >/dev/null && has_plugin "$plugin"; then
    file=$debian
  elif [ -x "/usr/libexec/iptables/$service.init" ]; then
    file=/etc/sysconfig/$service
  elif [ -f "/etc/conf.d/$service" ] && [ -e "/etc/init.d/$service" ]; then
    file=$(sed -n 's/^IP6*TABLES_SAVE="*\([^"]*\)"*$/\1/p' "/etc/conf.d/$service" | grep . || echo "$alpine")
  fi
}

has_plugin() { # NAME, of netfilter-persistent
  for plugin_file in /usr/share/netfilter-persistent/plugins.d/*"$1"; do
    [ -e "$plugin_file" ] && return
  done
  return 1
}

# A loader that saves what is live when the machine goes down would make an unconfirmed change survive the reboot.
refuse_save_on_stop() {
  for file in /etc/sysconfig/iptables-config /etc/sysconfig/ip6tables-config /etc/conf.d/iptables /etc/conf.d/ip6tables; do
    [ -f "$file" ] || continue
    switch=$(grep -E '^(IP6?TABLES_)?SAVE_ON_(STOP|RESTART)="?yes' "$file" | head -n 1)
    [ -z "$switch" ] || {
      say_problem saves-on-stop "$file has $switch"
      return 1
    }
  done
}

# Would the next boot bring what the play wants? Says what it lacks as a value, or refuses what can't be done here.
examine_boot() { # LAST: the folder of the play's last confirmed transaction
  [ -e "$tx/options" ] || return 0
  refuse_save_on_stop || return 1
  if ! persists "$tx"; then
    ! persists "$1" || say_value persist "what the play left for the next boot goes, as persist is false now"
    return 0
  fi
  find_init
  [ "$init" != none ] || {
    say_problem no-init "neither systemd nor OpenRC starts this gateway"
    return 1
  }
  find_lack "$1"
  [ -z "$lack" ] || say_value persist "$lack"
}

find_lack() { # LAST: sets $lack to the first thing that the next boot would not bring, in words; or to nothing
  lack=
  persists "$1" || {
    lack='the next boot would not bring this yet'
    return
  }
  boot_text
  read_text "$boot_file"
  [ -s "$root/sluice.sh" ] && [ -e "$boot_link" ] && [ "$text" = "$wanted" ] || {
    lack='the boot unit is missing, or another'
    return
  }
  for family in ipv6 ipv4; do
    # After an undo the record names an older transaction: what it would load must be what the play wants now.
    # Unrehearsed, only what was written can be compared with what was written.
    if [ -z "$unrehearsed" ]; then kept=canonical; else kept=desired; fi
    same_text "$1/$kept.$family" "$tx/$kept.$family" || {
      lack="the next boot would load other $family rules"
      return
    }
    find_loader_file "$family"
    [ -z "$file" ] || [ ! -s "$tx/desired.$family" ] || loader_text "$family" "$file" "$tx/desired.$family" | cmp -s - "$file" || {
      lack="$file holds something else"
      return
    }
  done
  same_text "$1/desired.sets" "$tx/desired.sets" || {
    lack='the next boot would make other sets'
    return
  }
  same_text "$1/desired.sysctls" "$tx/desired.sysctls" || {
    lack='the next boot would set other sysctls'
    return
  }
  find_tellers
  [ -z "$tellers" ] && [ ! -s "$sysctl_drop_in" ] || sysctl_text | cmp -s - "$(or_empty "$sysctl_drop_in")" || lack="$sysctl_drop_in holds something else"
}

loader_text() { # FAMILY FILE OURS: the loader's file as it is to be: what else was in it, and the tables of this transaction
  find_tables "$tx/desired.$1"
  awk -v ours=" $tables" '
    /^\*/ { table = substr($0, 2); isOpen = part == 2 || !index(ours, " " table " ") }
    isOpen { line[table, ++lines[table]] = $0 }
    /^COMMIT/ { isOpen = 0 }
    END { # in one order, whichever play was the last
      count = split("raw mangle nat filter security", order, " ")
      for (i = 1; i <= count; i++) for (n = 1; n <= lines[order[i]]; n++) print line[order[i], n]
    }' part=1 "$(or_empty "$2")" part=2 "$3"
}

find_tellers() { # sets $tellers to the transactions whose sysctls are to persist: this one, and the last confirmed one of every other play
  read_line "$tx/play"
  play_here=$line folders=$tx
  read_line "$tx/previous"
  [ ! -e "$tx/undo_of" ] || [ ! -d "$root/tx/$line" ] || folders=$root/tx/$line
  for record in "$root"/plays/*; do
    [ "${record##*/}" != "$play_here" ] || continue
    read_line "$record"
    folders="$folders $root/tx/$line"
  done
  tellers=
  for folder in $folders; do # tokens are words
    [ -s "$folder/desired.sysctls" ] && persists "$folder" && tellers="$tellers $folder"
  done
  :
}

sysctl_text() { # with $tellers: the drop-in as a confirm is to leave it
  [ -n "$tellers" ] || return 0
  for folder in $tellers; do
    while read -r key value; do echo "$key = $value"; done <"$folder/desired.sysctls"
  done | sort -u | while read -r key value; do echo "$(sysctl_file "$key") $key $value"; done | globals_first | cut -d ' ' -f 2-
}

failsafe_text() { # FAMILY PORT: sets $wanted to what lets the operator in, and forwards nothing
  case $1 in ipv4) icmp=icmp ;; ipv6) icmp=ipv6-icmp ;; esac
  wanted="*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p $icmp -j ACCEPT
-A INPUT -p tcp -m tcp --dport $2 -j ACCEPT
COMMIT
"
}

# Before the point of no return: everything that a confirm needs is on the disk. Then it only renames.
stage_boot() {
  [ -e "$tx/options" ] || return 0
  : >"$tx/staged" || return 1
  if persists "$tx"; then
    # Harmless before the confirm: the unit loads what is confirmed.
    find_init
    put_failsafe && put_boot_unit || return 1
  fi
  for family in ipv6 ipv4; do
    find_loader_file "$family"
    [ -n "$file" ] || continue
    if [ -e "$tx/undo_of" ]; then
      # What was in the file before the first of those that are taken back; other plays' tables stay as they are.
      read_line "$tx/undo_of"
      [ ! -s "$tx/desired.$family" ] || for taken in "$line" $reached; do
        grep -qxF "$file" "$root/tx/$taken/staged" 2>/dev/null || continue
        find_tables "$tx/desired.$family"
        only_tables "$tables" <"$(or_empty "$root/tx/$taken/was.${file##*/}")" >"$tx/loader.$family" &&
          loader_text "$family" "$file" "$tx/loader.$family" | stage "$file" || return 1
        break
      done
    elif [ -s "$tx/desired.$family" ]; then
      read_line "$tx/previous"
      if persists "$tx"; then
        loader_text "$family" "$file" "$tx/desired.$family" | stage "$file" || return 1
      elif [ -e "$file" ] && persists "$root/tx/$line"; then
        loader_text "$family" "$file" /dev/null | stage "$file" || return 1
      fi
    fi
  done
  find_tellers
  sysctl_text >"$tx/drop-in" || return 1
  [ ! -s "$tx/drop-in" ] && [ ! -e "$sysctl_drop_in" ] || stage "$sysctl_drop_in" <"$tx/drop-in" || return 1
  flush_to_disk "$tx"/*
}

stage() { # FILE: what is on stdin is to become it
  staged=${1%/*}/.${1##*/}.sluice-$token
  # Noted first, so that whoever finds us dead finds it too.
  mkdir -p "${1%/*}" && { [ ! -e "$1" ] || cat "$1" >"$tx/was.${1##*/}"; } && echo "$1" >>"$tx/staged" && cat >"$staged" && chmod 644 "$staged" && flush_to_disk "$staged"
}

put_failsafe() { # with the port that the operator's own connection uses
  # shellcheck disable=SC2086 # the four fields of SSH_CONNECTION
  set -- $connection
  made=
  for family in ipv6 ipv4; do
    [ $# -eq 4 ] || [ ! -s "$root/failsafe.$family" ] || continue
    failsafe_text "$family" "${4-22}"
    read_text "$root/failsafe.$family"
    [ "$text" != "$wanted" ] || continue
    printf '%s' "$wanted" >"$tx/failsafe.$family" || return 1
    made="$made $tx/failsafe.$family"
  done
  # shellcheck disable=SC2086 # paths without blanks; each rename is whole
  [ -z "$made" ] || { flush_to_disk $made && mv $made "$root/"; }
}

put_boot_unit() {
  boot_text
  read_text "$boot_file"
  [ "$text" = "$wanted" ] || {
    case $boot_file in *.service) mode=644 ;; *) mode=755 ;; esac
    { [ -d "${boot_file%/*}" ] || mkdir -p "${boot_file%/*}"; } && printf '%s' "$wanted" >"$boot_file.sluice-$token" &&
      chmod "$mode" "$boot_file.sluice-$token" &&
      flush_to_disk "$boot_file.sluice-$token" && mv "$boot_file.sluice-$token" "$boot_file" && flush_to_disk "${boot_file%/*}" || return 1
    [ ! -d /run/systemd/system ] || systemctl --no-block daemon-reload 2>/dev/null
  }
  [ -e "$boot_link" ] || {
    { [ -d "${boot_link%/*}" ] || mkdir -p "${boot_link%/*}"; } && ln -s "$boot_file" "$boot_link" && flush_to_disk "${boot_link%/*}"
  }
}

commit_boot() { # after the record: each rename leaves a file old or new, and whoever finishes the confirm goes on
  [ -s "$tx/staged" ] || return 0
  wrong=
  while read -r file; do
    staged=${file%/*}/.${file##*/}.sluice-$token
    [ ! -e "$staged" ] || mv "$staged" "$file" && flush_to_disk "${file%/*}" || wrong=yes
  done <"$tx/staged"
  [ -z "$wrong" ]
}

unstage_boot() { # what was prepared for a confirm that never came
  [ ! -s "$tx/staged" ] || while read -r file; do rm -f "${file%/*}/.${file##*/}.sluice-$token"; done <"$tx/staged"
}
