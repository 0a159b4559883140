# What an installed program does first (`sluice helper`). The login that sudo lets run it, and nothing else, is not trusted:
# each word and each line that comes from it is taken for what a list here allows, or refused. Nothing of it is evaluated.
# shellcheck disable=SC2015 # `A && B || deny`: what fails denies
# shellcheck disable=SC2034,SC2154 # the line above this file set $version; the program below reads $sent and $program
# Arguments: VERSION NONCE SSH_CONNECTION VERB [ARGUMENT ...]; stdin: a size in bytes, then the payload's files.
set -u -f
umask 077
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
unset IFS ENV BASH_ENV CDPATH XTABLES_LIBDIR IPTABLES_LIB_DIR IP6TABLES_LIB_DIR XTABLES_LOCKFILE 2>/dev/null
most_bytes=67108864

deny() { # CODE TEXT: an answer that the controller reads, and the end
  printf '#sluice problem %s %s\n#sluice end refused\n' "$1" "$2"
  exit 0
}

is_name() { # what may stand in a file name, and begins with none of . and -
  case $1 in '' | [!A-Za-z0-9_]* | *[!A-Za-z0-9._-]*) return 1 ;; esac
  [ ${#1} -le 200 ]
}

is_line() { # one line of printable text
  [ ${#1} -le 4096 ] && [ "$(printf '%s' "$1" | tr -d '\000-\037\177')" = "$1" ]
}

is_text() { # any: it is made printable, as a rollback must not fail for the words of its reason
  :
}

is_seconds() {
  case $1 in '' | 0* | *[!0-9]*) return 1 ;; esac
  [ ${#1} -le 5 ]
}

is_connection() { # as sshd writes SSH_CONNECTION: two addresses, two ports
  case $1 in *[!0-9A-Za-z:.%\ _-]* | *"  "*) return 1 ;; esac
  [ ${#1} -le 256 ]
}

kinds_of() { # VERB → the kinds of its arguments; an unknown verb fails. `runner`, `guard` and what ends in `-in-tmpfs` are our own.
  case $1 in
    probe | report | survey | unlock) ;;
    purge) echo name line ;;
    inspect) echo name ;;
    measure) echo seconds ;;
    begin) echo name name line seconds name? ;;
    confirm | status | recall) echo name ;;
    rollback) echo name text ;;
    *) return 1 ;;
  esac
}

check_arguments() { # ARGUMENT ...: against $kinds
  for kind in $kinds; do
    case $kind in *\?) [ $# -gt 0 ] || continue ;; esac
    [ $# -gt 0 ] && "is_${kind%\?}" "$1" || deny bad-argument "$verb: an argument is missing, or is no ${kind%\?}"
    shift
  done
  [ $# -eq 0 ] || deny bad-argument "$verb: too many arguments"
}

# Reads the payload's files and prints the first line that isn't allowed. `-M`/`--modprobe` would run a program of the caller's
# choice as root, and `--object-pinned` open a file; a sysctl outside net.* may name a program, too.
forbidden() {
  awk '
    function deny(why) { print name " " number ": " why; denied = 1; exit }
    function restore_line() {
      if ($0 == "COMMIT" || /^#/) return
      if (/^\*/) {
        if ($0 !~ /^\*(filter|nat|mangle|raw|security)$/ || tables[name, $0]++) deny("no table, or one twice")
      } else if (/^:/) {
        if ($0 !~ /^:[^ \t"-][^ \t"]* [A-Z-]+ \[[0-9]+:[0-9]+\]$/) deny("no chain")
      } else {
        if ($0 !~ /^-A [^ \t"-]/) deny("no rule")
        check_tokens()
      }
    }
    function set_line() {
      if ($0 !~ /^(create|add) [^ \t"-]/) deny("neither create nor add")
      check_tokens()
    }
    # Both tools read what stands in quotes as one token. A quote within a word and a backslash could hide an option.
    function check_tokens(  parts, count, i) {
      if (/\\/) deny("a backslash")
      count = split($0, parts, "\"")
      if (count % 2 == 0) deny("an open quote")
      for (i = 1; i <= count; i++) {
        if (i % 2) check_words(parts[i])
        else if (parts[i] ~ /^-/ || parts[i - 1] !~ /[ \t]$/ || parts[i - 1] ~ /(-[mj]|--ma[a-z]*|--j[a-z]*)[ \t]+$/ && parts[i] ~ /\//) deny("the text \"" parts[i] "\"")
        else if (i < count && parts[i + 1] !~ /^([ \t]|$)/) deny("a quote within a word")
      }
    }
    function check_words(text,  count, words, i) {
      count = split(text, words, /[ \t]+/)
      for (i = 1; i <= count; i++) {
        if (words[i] !~ /^-/) continue
        if (name == "desired.sets" || words[i] ~ /^--(mo|ob)/ || words[i] !~ /^(-[Apsdjgiomf46]|--[a-z].*)$/) deny("the option " words[i])
        if (words[i] ~ /^(-[mj]$|--ma|--j)/ && words[i] words[i + 1] ~ /\//) deny("the module " words[i + 1])
      }
    }
    /^#%sluice-file / {
      number = 0
      name = $2
      if (whole || seen[name]++ || $0 !~ /^#%sluice-file (desired\.(ipv4|ipv6|sets|sysctls)|kept\.sets|options) [0-9]+$/)
        deny("not a file of a payload")
      next
    }
    $0 == "#%sluice-done" { whole = 1; next }
    /^#%sluice-/ || whole || name == "" { deny("not a payload") }
    { number++ }
    /[\001-\010\013-\037]/ { deny("a control character") }
    # What is longer than their buffers, the tools read as two lines (iptables-restore 10239 bytes, ipset 1023).
    length($0) > (name ~ /^desired\.ipv/ ? 4000 : 1000) { deny("a line that is too long") }
    $0 == "" { next }
    name ~ /^desired\.ipv[46]$/ { restore_line() }
    name == "desired.sets" { set_line() }
    name == "desired.sysctls" && $0 !~ /^net([.\/][A-Za-z0-9_@:-]+)+ [A-Za-z0-9_. \t-]*$/ { deny("not a sysctl of net.*") }
    name == "kept.sets" && $0 !~ /^[^ \t\/]+$/ { deny("not the name of a set") }
    name == "options" && $0 !~ /^(persist (yes|no)|conntrack (leave|flush_removed)|spare [0-9a-f:.]+|scope (tables|chains)|keep [A-Za-z0-9_.:@*?+-]+|prefix [A-Za-z0-9_.:@+-]+|mark sluice:[A-Za-z0-9._-]+|jump [a-z]+ [A-Za-z0-9_.:@+-]+ (first|last|(before|after) [A-Za-z0-9_.:@+-]+))$/ { deny("not an option") }
    END { if (!denied && !whole) print "payload 0: it did not arrive whole" }'
}

[ "$(id -u)" = 0 ] || deny not-root "runs as $(id -un 2>/dev/null || id -u), not as root"
[ "${1-}" = "$version" ] || deny helper-version "$0 is of another version of sluice"
case ${2-} in
  '') ;;
  *[!0-9a-f]*) deny bad-argument "the nonce" ;;
  *) printf '#sluice-become-ready %s\n' "$2" ;;
esac
verb=${4-}
is_connection "${3-}" || deny bad-argument "the connection"
kinds=$(kinds_of "$verb") || deny unknown-verb "this is no verb of the program"
connection=$3
shift 4
check_arguments "$@"
[ "$verb" != rollback ] || set -- "$1" "$(printf '%s' "$2" | tr -d '\000-\037\177' | cut -c -1000)"
set -- "$connection" "$verb" "$@"

IFS= read -r size || deny payload "the payload did not arrive"
case $size in '' | *[!0-9]* | ?????????*) deny payload "the payload has no size" ;; esac
[ "$size" -le "$most_bytes" ] || deny payload "the payload is larger than $most_bytes bytes"
files=$(head -c "$size") || deny payload "the payload did not arrive whole"
found=$(printf '%s\n' "$files" | forbidden)
[ -z "$found" ] || deny payload-refused "$(printf '%s' "$found" | tr -d '\000-\037\177' | cut -c -300)"
program=$(sed '1,/^#%sluice-program$/d' "$0") || deny helper-version "$0 can't be read"
case $program in *"
#%sluice-program ends $version") ;; *) deny helper-version "$0 is being replaced" ;; esac
# As if it had all been sent: the program first, which is our own.
sent="$program
exit #%sluice-payload
$files"
set +f
unset files found
