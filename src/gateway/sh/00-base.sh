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
newline='
'
layout=2 # 1 had neither sets nor sysctls, and nothing for the next boot: what it left reads the same
root=/var/lib/sluice

# --- answers: what the controller reads ------------------------------------------------------------------------------

say_value() { # KEY VALUE
  printf '#sluice value %s %s\n' "$1" "$2"
}

told= # what goes with the end of the answer
say_file() { # NAME FILE, as it stands at the end of the answer: one process prints them all
  told="$told $1 $2"
}

say_problem() { # CODE TEXT; a newline in the text becomes a blank
  printf '#sluice problem %s %s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"
}

say_end() { # STATUS: the answer is whole
  # shellcheck disable=SC2086 # names and files have no blanks
  [ -z "$told" ] || awk '
    BEGIN {
      for (i = 1; i < ARGC; i += 2) {
        count = bytes = 0
        while ((getline line < ARGV[i + 1]) > 0) { lines[++count] = line; bytes += length(line) + 1 }
        close(ARGV[i + 1])
        print "#sluice file " ARGV[i] " " bytes
        for (n = 1; n <= count; n++) print lines[n]
        print ""
      }
    }' $told
  told=
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

# A fork costs a gateway milliseconds, and many gateways are forks of one machine in a test: what is asked often sets a variable
# instead of being substituted.

tick() { # sets $now to the hundredths of a second since boot: no wall clock decides anything
  IFS=' ' read -r up _ </proc/uptime
  now=${up%.*}${up#*.}
}

is_of_this_boot() { # did $tx begin since the machine came up?
  read_line /proc/sys/kernel/random/boot_id
  boot_here=$line
  read_line "$tx/boot"
  [ "$line" = "$boot_here" ]
}

identity() { # PID: sets $id to PID:START, which no later process can share; fails for a dead or zombie process
  id=
  IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  pid=$1
  # shellcheck disable=SC2086 # the fields of stat(5) after the command name are split on purpose
  set -- ${stat##*) }
  [ "$1" != Z ] && id=$pid:${20}
}

is_alive() { # PID:START
  [ -n "$1" ] && identity "${1%%:*}" && [ "$id" = "$1" ]
}

lives() { # ROLE: begin, runner or guard of $tx
  read_line "$tx/$1.id"
  is_alive "$line"
}

read_line() { # FILE: sets $line to its first line, or to nothing
  line=
  [ -e "$1" ] && IFS= read -r line <"$1"
  :
}

read_text() { # FILE, a small one: sets $text to all of it, or to nothing
  text=
  [ ! -e "$1" ] || while IFS= read -r line; do text=$text$line$newline; done <"$1"
}

pause() { # a moment: a fifth of a second, or a whole one where sleep knows no fractions
  sleep 0.2 2>/dev/null || sleep 1
}

# --- files -----------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2154 # boot.sh set $sent
unpack() { # FOLDER: the payload's files (`#%sluice-file NAME BYTES`), and the program itself as sluice.sh
  # Not every awk notices a full disk: what was written is read again.
  printf '%s\n' "$sent" | awk -v folder="$1" '
    BEGIN { file = folder "/sluice.sh" }
    !begun && /^exit #%sluice-payload$/ { begun = 1; next }
    !begun { size[file] += length($0) + 1; print >file; next }
    /^#%sluice-file (desired\.(ipv4|ipv6|sets|sysctls)|kept\.sets|options) [0-9]+$/ {
      if (file) close(file)
      file = folder "/" $2
      size[file] = $3
      printf "" >file
      next
    }
    /^#%sluice-done$/ { isWhole = 1; exit }
    file { print >file }
    END {
      if (file) close(file)
      for (file in size) {
        bytes = 0
        while ((getline line < file) > 0) bytes += length(line) + 1
        if (bytes != size[file]) isWhole = 0
      }
      exit !isWhole
    }'
}

words_of() { # FILE of one word a line: sets $words to all in one line; nothing without it
  words=
  [ ! -e "$1" ] || while IFS= read -r line; do words="$words$line "; done <"$1"
}

# busybox grep takes an empty file of patterns for one that matches everything.
lines_among() { # FILE: those lines of stdin that stand in it
  awk 'part == 1 { has[$0] = 1; next } $0 in has' part=1 "$1" part=2 -
}

lines_beside() { # FILE: those lines of stdin that don't
  awk 'part == 1 { has[$0] = 1; next } !($0 in has)' part=1 "$1" part=2 -
}

same_text() { # FILE FILE: an absent one is as good as an empty one
  [ -s "$1" ] || [ -s "$2" ] || return 0
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
