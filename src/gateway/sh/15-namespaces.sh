# --- namespaces of our own: rules are rehearsed in one, and a look writes into one -----------------------------------

# What makes them here: unshare of util-linux, that of busybox, or ip with its named ones. $no_way says why none of them does.
way='' no_way=''
unrehearsed='' # `yes` in a look that has no way, and in nothing else

find_way() { # sets $way; fails where there is none
  [ -z "$way" ] || return 0
  sweep
  no_way=''
  for way in unshare 'busybox unshare' 'ip netns'; do
    command -v "${way%% *}" >/dev/null || continue
    words=$(try_way 2>&1) && return
    # The first words tell most; gateways of one kind are to say the same.
    [ -n "$no_way" ] || no_way=$(printf '%s\n' "$words" | sed -e 's/ "sluice-[^"]*"//' -e 1q)
  done
  way=''
  [ -n "$no_way" ] || no_way='neither unshare nor ip netns is there'
  return 1
}

try_way() {
  case $way in
    # That of busybox knows no netns.
    'ip netns') ip netns list >/dev/null 2>&1 && by_ip -n true ;;
    *) unshared -m -n true ;;
  esac
}

unshared() { # -m|-n COMMAND ...: with mounts or a network of its own
  case $way in
    'ip netns') by_ip "$@" ;;
    busybox*) busybox unshare "$@" ;;
    *) unshare "$@" ;;
  esac
}

# ip knows namespaces by names that everybody sees, but what it execs has mounts of its own. So the network we are in gets a name
# until the command has begun, which removes it; a network that the command is to have is named on a tmpfs of its own mounts, and
# goes with them. Whoever is killed in between leaves a link to a dead process, which sweep() removes.
by_ip() { # -m|-n COMMAND ...
  names=/var/run/netns made_names=''
  [ -d "$names" ] || { mkdir -m 755 "$names" && made_names=$names; } || return 1
  name=$(own_name)
  ln -s "/proc/$$/ns/net" "$names/$name" || return 1
  # shellcheck disable=SC2016 # expands inside the namespace
  ip netns exec "$name" /bin/sh -c '
    rm -f "$1/$2" && mount -t tmpfs -o mode=755 tmpfs "$1" || exit 125
    kind=$3
    shift 3
    if [ "$kind" = -n ]; then ip netns add shadow && exec ip netns exec shadow "$@"; else exec "$@"; fi
    exit 125' sh "$names" "$name" "$@"
  went=$?
  rm -f "$names/$name"
  [ -z "$made_names" ] || rmdir "$made_names" 2>/dev/null # others may have begun to use it
  return "$went"
}

own_name() { # sluice-BOOT-PID-START: tells for ever whether its maker lives
  identity $$
  me=$id
  read_line /proc/sys/kernel/random/boot_id
  echo "sluice-${line%%-*}-${me%:*}-${me#*:}"
}

# Where a look may write that can have no mounts of its own, best first.
grounds='/run /dev/shm /tmp'

sweep() { # what a killed program left: names of just that form, links of ip's names and folders of root's
  read_line /proc/sys/kernel/random/boot_id
  this_boot=$line
  for folder in /var/run/netns $grounds; do
    for left in "$folder"/sluice-????????-[0-9]*-[0-9]*; do
      maker=${left##*/sluice-????????-}
      case ${left##*/sluice-} in *[!0-9a-f-]*) continue ;; esac
      case $maker in *-*-* | *[!0-9-]*) continue ;; esac
      if [ "$folder" = /var/run/netns ]; then [ -L "$left" ]; else [ ! -L "$left" ] && [ -d "$left" ] && [ -O "$left" ]; fi || continue
      case ${left##*/} in sluice-"${this_boot%%-*}"-*) is_alive "${maker%-*}:${maker#*-}" && continue ;; esac
      rm -rf "$left"
    done
  done
}

can_rehearse() { # else refuses: a change is never made that was not rehearsed
  find_way || {
    refuse no-shadow "$no_way"
    return 1
  }
}
