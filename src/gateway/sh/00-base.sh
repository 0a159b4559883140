# sluice's program on a gateway: POSIX sh, run by dash, busybox ash or any other.
# Nothing here relies on `set -e`: the runner must reach its rollback whatever fails, so each step says what its failure means.
# shellcheck disable=SC2015 # `A && B || C`: C is what must happen whichever of A and B fails
# shellcheck disable=SC2013 # files of one word a line are read as words
# Every write may meet a full disk; every step may be the last one before a crash. See docs/transaction.md.
set -u
umask 077
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
connection=${1-} # SSH_CONNECTION as this end sees it: client address, client port, server address, server port
layout=2 # 1 had neither sets nor sysctls, and nothing for the next boot: what it left reads the same
root=/var/lib/sluice

# --- answers: what the controller reads ------------------------------------------------------------------------------

say_value() { # KEY VALUE
  printf '#sluice value %s %s\n' "$1" "$2"
}

say_file() { # NAME FILE
  printf '#sluice file %s %s\n' "$1" "$(($(wc -c <"$2")))" # not every wc prints the number alone
  cat "$2"
  printf '\n'
}

say_problem() { # CODE TEXT; a newline in the text becomes a blank
  printf '#sluice problem %s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
}

say_end() { # STATUS: the answer is whole
  printf '#sluice end %s\n' "$1"
}

refuse() { # CODE TEXT
  say_problem "$1" "$2"
  say_end refused
}

note() { # TEXT: into the transaction's log; a full disk must not stop what the log describes
  { IFS=' ' read -r up _ </proc/uptime && printf '%s %s\n' "$up" "$1" >>"$tx/log"; } 2>/dev/null || :
}

# --- clocks and processes --------------------------------------------------------------------------------------------

uptime_cs() { # hundredths of a second since boot: no wall clock decides anything
  IFS=' ' read -r up _ </proc/uptime
  echo "${up%.*}${up#*.}"
}

tick() { # sets $now to the same: a loop that waits forks nothing but its sleep
  IFS=' ' read -r up _ </proc/uptime
  now=${up%.*}${up#*.}
}

boot_id() {
  first_line /proc/sys/kernel/random/boot_id && echo
}

identity() { # PID → PID:START, which no later process can share; fails for a dead or zombie process
  IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  pid=$1
  # shellcheck disable=SC2086 # the fields of stat(5) after the command name are split on purpose
  set -- ${stat##*) }
  [ "$1" != Z ] && echo "$pid:${20}"
}

is_alive() { # PID:START
  [ -n "$1" ] && [ "$(identity "${1%%:*}")" = "$1" ]
}

first_line() { # FILE → its first line, or nothing
  line=
  [ -e "$1" ] && IFS= read -r line <"$1"
  printf '%s' "$line"
}

pause() { # a moment: a fifth of a second, or a whole one where sleep knows no fractions
  sleep 0.2 2>/dev/null || sleep 1
}

# --- files -----------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2154 # boot.sh set $sent and $program
unpack() { # FOLDER: the payload's files (`#%sluice-file NAME BYTES`), and the program itself as sluice.sh
  printf '%s\n' "$program" >"$1/sluice.sh" || return 1
  # Not every awk notices a full disk: the sizes are compared.
  written=$(printf '%s\n' "$sent" | awk -v folder="$1" '
    /^#%sluice-payload$/ { begun = 1; next }
    !begun { next }
    /^#%sluice-file (desired\.(ipv4|ipv6|sets|sysctls)|kept\.sets|options) [0-9]+$/ { if (file) close(file); file = folder "/" $2; printf "" >file; print $2, $3; next }
    /^#%sluice-done$/ { if (file) close(file); print "whole 0"; exit }
    file { print >file }')
  # shellcheck disable=SC2086 # pairs of a name and its size
  set -- "$1" $written
  folder=$1
  shift
  while [ "${1-whole}" != whole ]; do
    [ "$(wc -c <"$folder/$1")" -eq "$2" ] || return 1
    shift 2
  done
  [ "${1-}" = whole ]
}

words_of() { # FILE of one word a line → all in one line; nothing without it
  [ ! -e "$1" ] || while IFS= read -r word; do printf '%s ' "$word"; done <"$1"
}

# busybox grep takes an empty file of patterns for one that matches everything.
lines_among() { # FILE: those lines of stdin that stand in it
  awk 'part == 1 { has[$0] = 1; next } $0 in has' part=1 "$1" part=2 -
}

lines_beside() { # FILE: those lines of stdin that don't
  awk 'part == 1 { has[$0] = 1; next } !($0 in has)' part=1 "$1" part=2 -
}

same_text() { # FILE FILE: an absent one is as good as an empty one
  cmp -s "$(or_empty "$1")" "$(or_empty "$2")"
}

or_empty() { # FILE, or what reads as nothing
  if [ -e "$1" ]; then echo "$1"; else echo /dev/null; fi
}

flush_to_disk() { # FILE ...: a power cut must not find a name without its text
  sync "$@" 2>/dev/null || sync
}

is_word() { # only what may stand in a file name
  case $1 in '' | .* | *[!A-Za-z0-9._-]*) return 1 ;; esac
}
