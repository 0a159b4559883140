# --- rule sets: save, compare, rehearse -----------------------------------------------------------------------------

tool() { # FAMILY: the family's iptables
  case $1 in ipv4) echo iptables ;; ipv6) echo ip6tables ;; esac
}

builtin_chains() { # TABLE
  case $1 in
    filter | security) echo INPUT FORWARD OUTPUT ;;
    nat) echo PREROUTING INPUT OUTPUT POSTROUTING ;;
    mangle) echo PREROUTING INPUT FORWARD OUTPUT POSTROUTING ;;
    raw) echo PREROUTING OUTPUT ;;
  esac
}

reset_table() { # TABLE → restore text that leaves it as the kernel makes it
  echo "*$1"
  for chain in $(builtin_chains "$1"); do echo ":$chain ACCEPT [0:0]"; done
  echo COMMIT
}

tables_in() { # FILE: restore or save text
  sed -n 's/^\*\([a-z]*\)$/\1/p' "$1"
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

find_backend() { # sets $backend to nft or legacy
  case $(iptables -V 2>/dev/null) in
    *nf_tables*) backend=nft ;;
    *) backend=legacy ;;
  esac
}

other_backend_holds() { # FAMILY: the tables that the backend we don't use holds
  case $backend in nft) other=legacy ;; *) other=nft ;; esac
  command -v "$(tool "$1")-$other-save" >/dev/null || return 0
  "$(tool "$1")-$other-save" 2>/dev/null | canonical | sed -n 's/^\*//p'
}

save() { # FAMILY FILE: snapshot with counters; refuses what the kernel's own words call unfaithful
  "$(tool "$1")-save" -c >"$2" 2>"$2.err" || {
    say_problem save-failed "$(tool "$1")-save: $(head -n 3 "$2.err")"
    return 1
  }
  if grep -q 'is incompatible' "$2" "$2.err"; then
    say_problem snapshot-unfaithful "$(grep -h 'is incompatible' "$2" "$2.err" | head -n 3)"
    return 1
  fi
}

# Loads restore text into an empty network namespace of this kernel and prints the save; rc 3 when the text is refused
# (the words go to stderr), 4 when no namespace can be made. Where shadow.base has rules, FILE comes on top of them.
shadow() { # FAMILY FILE [LISTING]: LISTING gets what nft itself says of the rules (of the base); shadow.sets has the sets they may name
  # shellcheck disable=SC2016 # expands inside the namespace
  unshared -n env "XTABLES_LOCKFILE=$tx/shadow.lock" sh -c '
    [ ! -s "$5" ] || ipset restore <"$5" || exit 4
    if [ -s "$6" ]; then
      "$1-restore" -c <"$6" || exit 4
      [ -z "$3" ] || nft -s list ruleset "$4" >"$3" || exit 4
      "$1-restore" --noflush -c <"$2" || exit 3
      "$1-save" -c
    else
      "$1-restore" <"$2" || exit 3
      [ -z "$3" ] || nft -s list ruleset "$4" >"$3" || exit 4
      "$1-save"
    fi' sh "$(tool "$1")" "$2" "${3-}" "$(nft_family "$1")" "$tx/shadow.sets" "$tx/shadow.base"
  case $? in 0) ;; 3) return 3 ;; *) return 4 ;; esac
}

rehearse() { # FAMILY FILE CANONICAL: shadow-loads FILE; on refusal says the line at fault
  sets_for_shadow desired >"$tx/shadow.sets" && shadow "$1" "$2" >"$tx/shadow.save" 2>"$tx/shadow.err"
  case $? in
    0)
      if shares; then ours_of "$1" <"$tx/shadow.save" >"$3"; else canonical <"$tx/shadow.save" >"$3"; fi
      rm -f "$tx/shadow.base" && return 0
      ;;
    3) say_problem kernel-refused "$1 $(refused_line "$1" "$2") $(grep -v -e '^Try ' -e '^Error occurred' -e '^$' "$tx/shadow.err" | head -n 4)" ;;
    *) say_problem no-shadow "$(head -n 3 "$tx/shadow.err")" ;;
  esac
  return 1
}

# Where there is no shadow: what is wanted as it is written, without what is others', for the controller to make sense of.
leave_unrehearsed() { # FAMILY CANONICAL
  if ! shares; then
    cat "$tx/desired.$1" >"$2"
    return
  fi
  cat "$(or_empty "$tx/shadow.base")" "$tx/desired.$1" | ours_of "$1" >"$2" && rm -f "$tx/shadow.base" && say_file "foreign.$1" "$tx/foreign.$1"
}

rehearse_rollback() { # FAMILY: does what would take the change back load here, and give what the snapshot was taken from?
  if shares; then
    rehearse_patches "$1"
    return
  fi
  listing=
  [ "$backend" = nft ] && command -v nft >/dev/null && listing=$tx/shadow.nft
  sets_for_shadow before >"$tx/shadow.sets" && shadow "$1" "$tx/rollback.$1" "$listing" >"$tx/shadow.save" 2>"$tx/shadow.err" &&
    canonical <"$tx/shadow.save" | cmp -s - "$tx/before.canonical.$1" &&
    { [ -z "$listing" ] || lists_as_live "$1" "$listing"; } && return
  say_problem snapshot-unfaithful "$1: the snapshot does not restore to the rules it was taken from; $(head -n 3 "$tx/shadow.err")"
  return 1
}

# iptables-nft-save misrenders some rules that nft itself made, and says nothing: nft's own listing of the live tables must
# equal that of the restored snapshot. Without nft on the gateway there is nobody to ask.
lists_as_live() { # FAMILY LISTING
  nft -s list ruleset "$(nft_family "$1")" >"$tx/live.nft" 2>"$tx/shadow.err" || return 1
  nft_lines "$1" <"$2" >"$tx/shadow.lines" && nft_lines "$1" <"$tx/live.nft" | cmp -s - "$tx/shadow.lines" && return
  nft_lines "$1" <"$tx/live.nft" | lines_beside "$tx/shadow.lines" | cut -f 3- | head -n 3 >"$tx/shadow.err"
  return 1
}

nft_family() { # FAMILY
  case $1 in ipv4) echo ip ;; ipv6) echo ip6 ;; esac
}

# A listing of nft → table, chain and number in front of each line of the tables concerned, sorted; a base chain that only
# accepts is as good as none.
nft_lines() { # FAMILY
  awk -v wanted=" $(cat "$tx/tables.$1") " '
    /^table / { table = $3; keep = index(wanted, " " table " "); next }
    !keep { next }
    /^\t[^\t}]/ { block = table " " $1 " " $2; held = ""; count = 0; next }
    /^\t\ttype .* policy accept;$/ { held = $0; next }
    /^\t\t/ {
      if (held != "") { print block "\t0" held; held = "" }
      printf "%s\t%08d%s\n", block, ++count, $0
    }
    /^\t}/ { if (count == 0 && held == "") print block }' | sort
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
  live=$("$(tool "$1")-save" 2>/dev/null) || return 1
  printf '%s\n' "$live" | ours_of "$1" | cmp -s - "$tx/before.canonical.$1"
}
