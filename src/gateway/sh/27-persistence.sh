# --- persistence: what a confirm leaves is there after a reboot, what was not confirmed is not ------------------------
#
# The record of what each play owns (plays/ID, one rename) is the one truth at boot too: our unit loads the confirmed
# transaction of each play that is to persist. Where a loader of the distribution has a file of rules, that file follows, so
# that reloading it by hand loads nothing old; our unit comes after that loader, and mends what it got wrong.

boot_unit=/etc/systemd/system/sluice-boot.service
boot_service=/etc/init.d/sluice-boot
sysctl_drop_in=/etc/sysctl.d/zz-sluice.conf # after sysctl.conf, which stands there as 99-sysctl.conf

find_init() { # sets $init to what would start our unit at boot, or to none
  case $(readlink -f /sbin/init 2>/dev/null) in
    */systemd) init=systemd ;;
    *) if [ -d /run/systemd/system ]; then init=systemd; elif command -v rc-update >/dev/null; then init=openrc; else init=none; fi ;;
  esac
}

boot_file() { # what the init system runs
  case $init in systemd) echo "$boot_unit" ;; openrc) echo "$boot_service" ;; esac
}

boot_link() { # what makes it do so
  case $init in
    systemd) echo /etc/systemd/system/sysinit.target.wants/sluice-boot.service ;;
    openrc) echo /etc/runlevels/boot/sluice-boot ;;
  esac
}

boot_text() {
  case $init in
    systemd)
      cat <<END
# Made by sluice: loads the rules of its last confirmed changes, before the network comes up.
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
END
      ;;
    openrc)
      cat <<END
#!/sbin/openrc-run
# Made by sluice: loads the rules of its last confirmed changes, before the network comes up.
description="Firewall rules confirmed through sluice"
depend() {
	need localmount
	after iptables ip6tables ipset nftables sysctl modules
	before net
}
start() {
	ebegin "Loading firewall rules confirmed through sluice"
	/bin/sh $root/sluice.sh '' boot
	eend \$?
}
END
      ;;
  esac
}

# The file that the distribution's own loader reads at boot; nothing where it has none for the family.
loader_file() { # FAMILY
  # What others have in the tables of a play that owns only chains is none of our files' business.
  ! has_chains || return 0
  case $1 in
    ipv4) service=iptables debian=/etc/iptables/rules.v4 plugin=ip4tables alpine=/etc/iptables/rules-save ;;
    ipv6) service=ip6tables debian=/etc/iptables/rules.v6 plugin=ip6tables alpine=/etc/iptables/rules6-save ;;
  esac
  if command -v netfilter-persistent >/dev/null && ls /usr/share/netfilter-persistent/plugins.d/*"$plugin" >/dev/null 2>&1; then
    echo "$debian"
  elif [ -x "/usr/libexec/iptables/$service.init" ]; then
    echo "/etc/sysconfig/$service"
  elif [ -f "/etc/conf.d/$service" ] && [ -e "/etc/init.d/$service" ]; then
    sed -n 's/^IP6*TABLES_SAVE="*\([^"]*\)"*$/\1/p' "/etc/conf.d/$service" | grep . || echo "$alpine"
  fi
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
  lacks=$(boot_lacks "$1" | head -n 1)
  [ -z "$lacks" ] || say_value persist "$lacks"
}

boot_lacks() { # LAST → in words, or nothing
  persists "$1" || {
    echo "the next boot would not bring this yet"
    return
  }
  [ -s "$root/sluice.sh" ] && [ -e "$(boot_link)" ] && boot_text | cmp -s - "$(boot_file)" || echo "the boot unit is missing, or another"
  for family in ipv6 ipv4; do
    # After an undo the record names an older transaction: what it would load must be what the play wants now.
    # Unrehearsed, only what was written can be compared with what was written.
    if [ -z "$unrehearsed" ]; then kept=canonical; else kept=desired; fi
    same_text "$1/$kept.$family" "$tx/$kept.$family" || echo "the next boot would load other $family rules"
    file=$(loader_file "$family")
    [ -z "$file" ] || [ ! -s "$tx/desired.$family" ] || loader_text "$family" "$file" "$tx/desired.$family" | cmp -s - "$file" || echo "$file holds something else"
  done
  same_text "$1/desired.sets" "$tx/desired.sets" || echo "the next boot would make other sets"
  same_text "$1/desired.sysctls" "$tx/desired.sysctls" || echo "the next boot would set other sysctls"
  sysctl_text | cmp -s - "$(or_empty "$sysctl_drop_in")" || echo "$sysctl_drop_in holds something else"
}

loader_text() { # FAMILY FILE OURS: the loader's file as it is to be: what else was in it, and the tables of this transaction
  awk -v ours=" $(tables_in "$tx/desired.$1" | tr '\n' ' ') " '
    /^\*/ { table = substr($0, 2); isOpen = part == 2 || !index(ours, " " table " ") }
    isOpen { line[table, ++lines[table]] = $0 }
    /^COMMIT/ { isOpen = 0 }
    END { # in one order, whichever play was the last
      count = split("raw mangle nat filter security", order, " ")
      for (i = 1; i <= count; i++) for (n = 1; n <= lines[order[i]]; n++) print line[order[i], n]
    }' part=1 "$(or_empty "$2")" part=2 "$3"
}

sysctl_text() { # the drop-in as a confirm is to leave it: this play's parameters, and those of every other play
  play_here=$(first_line "$tx/play") source=$tx
  [ ! -e "$tx/undo_of" ] || [ ! -d "$root/tx/$(first_line "$tx/previous")" ] || source=$root/tx/$(first_line "$tx/previous")
  folders=$source
  for record in "$root"/plays/*; do
    [ "${record##*/}" = "$play_here" ] || folders="$folders $root/tx/$(first_line "$record")"
  done
  told=
  for folder in $folders; do # tokens are words
    [ -s "$folder/desired.sysctls" ] && persists "$folder" && told="$told $folder"
  done
  [ -n "$told" ] || return 0
  for folder in $told; do
    while read -r key value; do echo "$key = $value"; done <"$folder/desired.sysctls"
  done | sort -u | while read -r key value; do echo "$(sysctl_file "$key") $key $value"; done | globals_first | cut -d ' ' -f 2-
}

failsafe_text() { # FAMILY PORT: lets the operator in, and forwards nothing
  case $1 in ipv4) icmp=icmp ;; ipv6) icmp=ipv6-icmp ;; esac
  cat <<END
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p $icmp -j ACCEPT
-A INPUT -p tcp -m tcp --dport $2 -j ACCEPT
COMMIT
END
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
    file=$(loader_file "$family")
    [ -n "$file" ] || continue
    if [ -e "$tx/undo_of" ]; then
      # What was in the file before the first of those that are taken back; other plays' tables stay as they are.
      [ ! -s "$tx/desired.$family" ] || for taken in "$(first_line "$tx/undo_of")" $reached; do
        grep -qxF "$file" "$root/tx/$taken/staged" 2>/dev/null || continue
        only_tables "$(tables_in "$tx/desired.$family" | tr '\n' ' ')" <"$(or_empty "$root/tx/$taken/was.${file##*/}")" >"$tx/loader.$family" &&
          loader_text "$family" "$file" "$tx/loader.$family" | stage "$file" || return 1
        break
      done
    elif [ -s "$tx/desired.$family" ]; then
      if persists "$tx"; then
        loader_text "$family" "$file" "$tx/desired.$family" | stage "$file" || return 1
      elif [ -e "$file" ] && persists "$root/tx/$(first_line "$tx/previous")"; then
        loader_text "$family" "$file" /dev/null | stage "$file" || return 1
      fi
    fi
  done
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
  for family in ipv6 ipv4; do
    [ $# -eq 4 ] || [ ! -s "$root/failsafe.$family" ] || continue
    failsafe_text "$family" "${4-22}" >"$tx/failsafe" && flush_to_disk "$tx/failsafe" && mv "$tx/failsafe" "$root/failsafe.$family" || return 1
  done
}

put_boot_unit() {
  file=$(boot_file) link=$(boot_link)
  boot_text | cmp -s - "$file" || {
    mkdir -p "${file%/*}" && boot_text >"$file.sluice-$token" && chmod "$(case $file in *.service) echo 644 ;; *) echo 755 ;; esac)" "$file.sluice-$token" &&
      flush_to_disk "$file.sluice-$token" && mv "$file.sluice-$token" "$file" && flush_to_disk "${file%/*}" || return 1
    [ ! -d /run/systemd/system ] || systemctl --no-block daemon-reload 2>/dev/null
  }
  [ -e "$link" ] || { mkdir -p "${link%/*}" && ln -s "$file" "$link" && flush_to_disk "${link%/*}"; }
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
