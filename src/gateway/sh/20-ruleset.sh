# --- rule sets: save, compare, rehearse -----------------------------------------------------------------------------

choose_tool() { # FAMILY: sets $tool to the family's iptables, and $nft_family to what nft calls the family
  case $1 in ipv4) tool=iptables nft_family=ip ;; ipv6) tool=ip6tables nft_family=ip6 ;; esac
}

reset_table() { # TABLE → restore text that leaves it as the kernel makes it
  case $1 in
    filter | security) chains='INPUT FORWARD OUTPUT' ;;
    nat) chains='PREROUTING INPUT OUTPUT POSTROUTING' ;;
    mangle) chains='PREROUTING INPUT FORWARD OUTPUT POSTROUTING' ;;
    raw) chains='PREROUTING OUTPUT' ;;
  esac
  echo "*$1"
  for chain in $chains; do echo ":$chain ACCEPT [0:0]"; done
  echo COMMIT
}

find_tables() { # FILE, restore or save text: sets $tables to its tables, in one line that ends with a blank, or to nothing
  # shellcheck disable=SC2046 # words, a line each
  set -- $(sed -n 's/^\*\([a-z]*\)$/\1/p' "$1")
  tables="$*${1:+ }"
}

only_tables() { # "TABLE TABLE": keeps these tables of the save text on stdin
  awk -v wanted=" $1 " '/^\*/ { keep = index(wanted, " " substr($0, 2) " ") } keep && !/^#/'
}

# Save text → its canonical form: tables in a fixed order, no counters, no comments, no table that is as the kernel makes it.
# (Legacy lists tables in order of first use, nft in its own.)
canonical() {
  awk '
    /^#/ { next }
    /^\*/ { table = substr($0, 2); first[table] = NR; plain = 1 }
    { sub(/^\[[0-9]+:[0-9]+\] /, "") }
    /^:/ { sub(/ \[[0-9]+:[0-9]+\]$/, ""); if ($2 != "ACCEPT") plain = 0 }
    /^-/ { plain = 0 }
    { text[NR] = $0 }
    /^COMMIT/ { last[table] = plain ? 0 : NR }
    END {
      count = split("raw mangle nat filter security", order, " ")
      for (i = 1; i <= count; i++)
        for (n = first[order[i]]; n && n <= last[order[i]]; n++) print text[n]
    }'
}

# Reads texts of whole tables, those that `tables` names, in one process:
#   part 1, a snapshot → `rollback` gets its tables, `canonical` their canonical form; prints the tables it doesn't have, then what
#                        iptables-save itself calls unfaithful
#   part 2, a save     → `canonical` gets its canonical form
#   part 4             is the canonical form of the save in part `compares` this canonical text? Else exit 10
#   part 3             a save that is only compared
#   parts 5 and 6      do two listings of nft say the same of these tables? Else exit 11, and `words` gets what only the second says
# shellcheck disable=SC2016 # awk's own
text_program='
  part == 4 { was[++wasCount] = $0; next }
  part >= 5 { read_listing(); next }
  part == 1 && /is incompatible/ { if (++complaints <= 3) complaint[complaints] = $0 }
  /^#/ { next }
  /^\*/ { table = substr($0, 2); isOurs = index(tables, " " table " "); first[part, table] = NR; has[table] = isPlain = 1 }
  !isOurs { next }
  part == 1 { print >rollback }
  { sub(/^\[[0-9]+:[0-9]+\] /, "") }
  /^:/ { sub(/ \[[0-9]+:[0-9]+\]$/, ""); if ($2 != "ACCEPT") isPlain = 0 }
  /^-/ { isPlain = 0 }
  { text[NR] = $0 }
  /^COMMIT/ { last[part, table] = isPlain ? 0 : NR; isOurs = 0 }
  END {
    count = split("raw mangle nat filter security", order, " ")
    if (canonical != "") for (i = 1; i <= count; i++) for (p = 1; p <= 2; p++)
      for (n = first[p, order[i]]; n && n <= last[p, order[i]]; n++) print text[n] >canonical
    if (rollback != "") {
      absent = ""
      n = split(tables, wanted, " ")
      for (i = 1; i <= n; i++) if (!has[wanted[i]]) absent = absent wanted[i] " "
      print absent
      for (i = 1; i <= complaints; i++) print complaint[i]
      exit
    }
    at = 0
    if (compares) for (i = 1; i <= count; i++)
      for (n = first[compares, order[i]]; n && n <= last[compares, order[i]]; n++) if (text[n] != was[++at]) exit 10
    if (at != wasCount + 0) exit 10
    if (differs || listed != said) exit 11
  }

  # Table, chain and number with each line, as chains come in any order; a base chain that only accepts is as good as none.
  function read_listing() {
    if (/^table /) { table = $3; isOurs = index(tables, " " table " ") }
    else if (!isOurs) return
    else if (/^\t[^\t}]/) { block = table " " $1 " " $2; held = ""; count = 0 }
    else if (/^\t\ttype .* policy accept;$/) held = $0
    else if (/^\t\t/) {
      if (held != "") { add_listed(block "\t0" held); held = "" }
      add_listed(block "\t" ++count $0)
    } else if (/^\t}/ && count == 0 && held == "") add_listed(block)
  }
  function add_listed(line) {
    if (part == 5) { isListed[line] = 1; listed++; return }
    said++
    if (line in isListed) return
    if (++differs <= 3) print >words
  }
'

find_backend() { # sets $backend to nft or legacy
  case $(iptables -V 2>/dev/null) in
    *nf_tables*) backend=nft ;;
    *) backend=legacy ;;
  esac
}

other_backend_holds() { # with $tool: sets $held to the tables that the backend we don't use holds
  held=
  case $backend in
    nft)
      other=legacy
      read_line "/proc/net/${nft_family}_tables_names" # what its save would go by
      [ -n "$line" ] || return 0
      ;;
    *) other=nft ;;
  esac
  command -v "$tool-$other-save" >/dev/null || return 0
  held=$("$tool-$other-save" 2>/dev/null)
  [ -z "$held" ] || held=$(printf '%s\n' "$held" | canonical | sed -n 's/^\*//p' | tr '\n' ' ')
}

save() { # FAMILY FILE: snapshot with counters
  choose_tool "$1"
  "$tool-save" -c >"$2" 2>"$2.err" || {
    say_problem save-failed "$tool-save: $(head -n 3 "$2.err")"
    return 1
  }
}

# What of the snapshot will be compared, and the rollback; refuses what the kernel's own words call unfaithful.
study_snapshot() { # FAMILY, with $tables
  : >"$tx/rollback.$1" && : >"$tx/before.canonical.$1" &&
    words=$(awk -v tables=" $tables" -v rollback="$tx/rollback.$1" -v canonical="$tx/before.canonical.$1" \
      "$text_program" part=1 "$tx/before.$1" "$tx/before.$1.err") || return 1
  complaint=${words#*"$newline"}
  [ "$complaint" = "$words" ] || {
    say_problem snapshot-unfaithful "$complaint"
    return 1
  }
  for table in $words; do reset_table "$table" >>"$tx/rollback.$1" || return 1; done # it was absent
  ! shares || ours_of "$1" <"$tx/before.$1" >"$tx/before.canonical.$1"
}

whole='' # `yes` where the way back is rehearsed whatever stands

rehearse() { # with $families
  if shares; then
    for family in $families; do rehearse_patches "$family" || return 1; done
  elif [ -n "$families" ]; then
    # shellcheck disable=SC2086 # one word each
    rehearse_tables $families
  fi
}

# Something is to be done although the rules stand as they are wanted: sets, sysctls, the next boot, a record. Then the rules are
# loaded with the rest, and their way back is rehearsed after all.
rehearse_rest() {
  waiting=
  for family in $families; do [ ! -e "$tx/as_is.$family" ] || waiting="$waiting $family"; done
  families=$waiting whole=yes
  rehearse
}

# Loads restore text into an empty network namespace of this kernel and prints the save; rc 3 when the text is refused
# (the words go to stderr), 4 when no namespace can be made. Where shadow.base has rules, FILE comes on top of them.
shadow() { # FAMILY FILE [LISTING]: LISTING gets what nft itself says of the base; shadow.sets has the sets they may name
  choose_tool "$1"
  # shellcheck disable=SC2016 # expands inside the namespace
  unshared -n sh -c '
    XTABLES_LOCKFILE=$7
    export XTABLES_LOCKFILE
    [ ! -s "$5" ] || ipset restore <"$5" || exit 4
    if [ -s "$6" ]; then
      "$1-restore" -c <"$6" || exit 4
      [ -z "$3" ] || nft -s list ruleset "$4" >"$3" || exit 4
      "$1-restore" --noflush -c <"$2" || exit 3
      exec "$1-save" -c
    else
      "$1-restore" <"$2" || exit 3
      exec "$1-save"
    fi' sh "$tool" "$2" "${3-}" "$nft_family" "$tx/shadow.sets" "$tx/shadow.base" "$tx/shadow.lock"
  case $? in 0) ;; 3) return 3 ;; *) return 4 ;; esac
}

# Where there is no shadow: what is wanted as it is written, without what is others', for the controller to make sense of.
leave_unrehearsed() { # FAMILY
  if ! shares; then
    cat "$tx/desired.$1" >"$tx/canonical.$1"
    return
  fi
  cat "$(or_empty "$tx/foreign.base.$1")" "$tx/desired.$1" | ours_of "$1" >"$tx/canonical.$1" && say_file "foreign.$1" "$tx/foreign.$1"
}

# For whole tables: in one empty namespace each family's wanted rules are loaded, and over them what would take the change back.
# The kernel's own form of what is wanted comes out; and does the rollback give what the snapshot was taken from? Where all tables
# stand as they are wanted, nothing needs a way back: that half waits for rehearse_rest.
rehearse_tables() { # FAMILY ...
  sets_for_shadow >"$tx/shadow.sets" && sets_beside "$tx/shadow.sets" >"$tx/shadow.more" || return 1
  listing='' as_is=yes
  [ "$backend" = nft ] && command -v nft >/dev/null && listing=yes
  [ -z "$whole" ] || as_is=
  # shellcheck disable=SC2016 # expands inside the namespace
  unshared -n sh -c '
    cd "$1" || exit 4
    XTABLES_LOCKFILE=$1/shadow.lock listing=$2 as_is=$3 text_program=$4
    export XTABLES_LOCKFILE
    shift 4
    [ ! -s shadow.sets ] || ipset restore <shadow.sets || exit 4
    at() { # FAMILY
      echo "$1" >shadow.at
      exec 2>shadow.err
      case $1 in ipv4) tool=iptables nft_family=ip ;; *) tool=ip6tables nft_family=ip6 ;; esac
    }
    for family; do
      [ -e "desired.$family" ] || {
        as_is=
        continue
      }
      at "$family"
      "$tool-restore" <"desired.$family" || exit 3
      "$tool-save" >"shadow.save.$family" || exit 4
      IFS= read -r tables <"tables.$family" && : >"canonical.$family" || exit 4
      awk -v tables=" $tables" -v canonical="canonical.$family" -v compares=2 "$text_program" \
        part=2 "shadow.save.$family" part=4 "before.canonical.$family"
      case $? in 0) ;; 10) as_is= ;; *) exit 4 ;; esac
    done
    [ -z "$as_is" ] || exit 9
    [ ! -s shadow.more ] || ipset restore <shadow.more || exit 4
    for family; do
      at "$family"
      "$tool-restore" <"rollback.$family" || exit 5
      [ -z "$listing" ] || nft -s list ruleset "$nft_family" >"shadow.nft.$family" || exit 5
      "$tool-save" >"shadow.back.$family" || exit 5
    done' sh "$tx" "$listing" "$as_is" "$text_program" "$@" 2>"$tx/shadow.err"
  went=$?
  read_line "$tx/shadow.at"
  case $went in
    0) ;;
    9)
      for family; do : >"$tx/as_is.$family" || return 1; done
      return
      ;;
    3)
      say_refused "$line"
      return 1
      ;;
    5)
      say_unfaithful "$line"
      return 1
      ;;
    *)
      say_problem no-shadow "$(head -n 3 "$tx/shadow.err")"
      return 1
      ;;
  esac
  for family; do judge_rehearsal "$family" || return 1; done
}

# iptables-nft-save misrenders some rules that nft itself made, and says nothing: nft's own listing of the live tables must
# equal that of the restored snapshot. Without nft on the gateway there is nobody to ask.
judge_rehearsal() { # FAMILY
  read_line "$tx/tables.$1"
  choose_tool "$1"
  set -- "$1" part=3 "$tx/shadow.back.$1" part=4 "$tx/before.canonical.$1"
  if [ -n "$listing" ]; then
    nft -s list ruleset "$nft_family" >"$tx/live.nft" 2>"$tx/shadow.err" || {
      say_unfaithful "$1"
      return 1
    }
    set -- "$@" part=5 "$tx/shadow.nft.$1" part=6 "$tx/live.nft"
  fi
  : >"$tx/shadow.words"
  judged=$1
  shift
  awk -v tables=" $line" -v compares=3 -v words="$tx/shadow.words" "$text_program" "$@" && return
  mv "$tx/shadow.words" "$tx/shadow.err"
  say_unfaithful "$judged"
  return 1
}

say_unfaithful() { # FAMILY
  say_problem snapshot-unfaithful "$1: the snapshot does not restore to the rules it was taken from; $(head -n 3 "$tx/shadow.err")"
}

say_refused() { # FAMILY
  say_problem kernel-refused "$1 $(refused_line "$1" "$tx/desired.$1") $(grep -v -e '^Try ' -e '^Error occurred' -e '^$' "$tx/shadow.err" | head -n 4)"
}

refused_line() { # FAMILY FILE → the line of the first rule that the kernel refuses
  # iptables-restore names the line it was reading, which for what fails at COMMIT is not the rule's.
  named=$(sed -n -e 's/.*line:* \([0-9][0-9]*\).*/\1/p' "$tx/shadow.err" | head -n 1)
  case $(sed -n "${named:-1}p" "$2") in -A*)
    echo "$named"
    return
    ;;
  esac
  low=0 high=$(grep -c '^-A' "$2")
  while [ $((high - low)) -gt 1 ]; do # the first `low` rules load, the first `high` don't
    middle=$(((low + high) / 2))
    awk -v most="$middle" '!/^-A/ || ++count <= most' "$2" >"$tx/prefix"
    if shadow "$1" "$tx/prefix" >/dev/null 2>&1; then low=$middle; else high=$middle; fi
  done
  awk -v rule="$high" '/^-A/ && ++count == rule { print NR; exit }' "$2" | grep . || echo "${named:-1}"
}

build_rollback() { # TABLES SNAPSHOT: what takes the snapshot's tables back; a table that was absent is reset
  only_tables "$1" <"$2"
  for table in $1; do
    grep -q "^\*$table\$" "$2" || reset_table "$table"
  done
}

as_before() { # FAMILY: do the tables that this transaction replaces stand as the snapshot has them? Writes nothing.
  choose_tool "$1"
  live=$("$tool-save" 2>/dev/null) || return 1
  if shares; then
    printf '%s\n' "$live" | ours_of "$1" | cmp -s - "$tx/before.canonical.$1"
  else
    read_line "$tx/tables.$1"
    printf '%s\n' "$live" | awk -v tables=" $line" -v compares=3 "$text_program" part=3 - part=4 "$tx/before.canonical.$1"
  fi
}
