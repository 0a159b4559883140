# --- ipsets: compare, rehearse, swap in, take back --------------------------------------------------------------------

sets_in() { # FILE: the names of the sets that ipset's restore text creates
  [ ! -s "$1" ] || sed -n 's/^create \([^ ]*\) .*/\1/p' "$1"
}

set_headers() { # create lines of all live sets; ipset's own terse listing has no save form
  listed=$(ipset list -t 2>/dev/null)
  [ -z "$listed" ] || printf '%s\n' "$listed" | awk '
    /^Name: / { name = $2 }
    /^Type: / { type = $2 }
    /^Header: / { sub(/^Header: */, ""); print "create " name " " type " " $0 }'
}

save_sets() { # NAMES-FILE: ipset's save text of those that are live
  for name in $(ipset list -n 2>/dev/null | lines_among "$1"); do ipset save "$name" || return 1; done
}

# Save text → what can be compared: no sizes that ipset chose by itself, no remaining timeouts, no counters; sets and members
# sorted, but for list:set, whose order counts.
canonical_sets() {
  awk '
    function without(word, count,   i, j) {
      for (i = 1; i <= NF; i++)
        if ($i == word) { for (j = i; j + count < NF; j++) $j = $(j + count + 1); NF -= count + 1; return }
    }
    $1 == "create" {
      without("hashsize", 1); without("bucketsize", 1); without("initval", 1)
      isList[$2] = $3 == "list:set"
      printf "%s\t0\t%s\n", $2, $0
    }
    $1 == "add" {
      # A comment is quoted and comes after these; where it has blanks in a row, they must stay.
      comment = ""
      if (at = index($0, " comment \"")) { comment = substr($0, at); $0 = substr($0, 1, at - 1) }
      without("timeout", 1); without("packets", 1); without("bytes", 1)
      printf "%s\t%s%s%s\n", $2, isList[$2] ? sprintf("1\t%08d\t", NR) : "2\t", $0, comment
    }' | sort | awk '{ sub(/^[^\t]*\t(0|2|1\t[0-9]*)\t/, ""); print }'
}

# Canonical text without the members that others, or time itself, may change: of sets that keep theirs, and of those with a timeout.
lasting_sets() { # FOLDER: the transaction that knows which sets keep their members
  words_of "$1/kept.sets"
  awk -v kept=" $words" '
    $1 == "create" { drop = index(kept, " " $2 " ") || / timeout [0-9]/ }
    $1 == "create" || !drop'
}

concerns_sets() { # does this transaction touch any set?
  [ -s "$tx/concerned.sets" ]
}

# Which sets does the play want, which did it own, how do they stand, and how would they? Writes into $tx only.
examine_sets() { # LAST: the folder of the play's last confirmed transaction
  [ -e "$tx/desired.sets" ] || : >"$tx/desired.sets"
  : >"$tx/gone.sets" && : >"$tx/concerned.sets" && sets_in "$tx/desired.sets" >"$tx/owned.sets" || return 1
  [ ! -s "$1/owned.sets" ] || lines_beside "$tx/owned.sets" <"$1/owned.sets" >"$tx/gone.sets" || return 1
  [ ! -s "$tx/owned.sets" ] && [ ! -s "$tx/gone.sets" ] || cat "$tx/owned.sets" "$tx/gone.sets" >"$tx/concerned.sets" || return 1
  if ! command -v ipset >/dev/null; then
    concerns_sets || return 0
    say_problem missing-tools "ipset"
    return 1
  fi
  set_headers >"$tx/headers.sets"
  concerns_sets || return 0
  ipset list -n >/dev/null 2>"$tx/sets.err" && save_sets "$tx/concerned.sets" >"$tx/before.sets" 2>"$tx/sets.err" || {
    say_problem save-failed "ipset save: $(head -n 3 "$tx/sets.err")"
    return 1
  }
  canonical_sets <"$tx/before.sets" >"$tx/before.canonical.sets" || return 1
  if [ -n "$unrehearsed" ]; then
    say_file live.sets "$tx/before.canonical.sets"
    say_file canonical.sets "$tx/desired.sets"
    return
  fi
  rehearse_sets && keep_members && refuse_other_types &&
    plan_sets || return 1
  say_file live.sets "$tx/before.canonical.sets"
  say_file canonical.sets "$tx/canonical.sets"
}

rehearse_sets() { # loads the wanted sets into an empty namespace
  # shellcheck disable=SC2016 # expands inside the namespace
  unshared -n sh -c 'ipset -exist restore <"$1" || exit 3; ipset save' sh "$tx/desired.sets" >"$tx/shadow.save" 2>"$tx/shadow.err"
  case $? in
    0) canonical_sets <"$tx/shadow.save" >"$tx/canonical.sets" && return ;;
    3) say_problem kernel-refused "sets $(sed -n 's/.*[Ee]rror in line \([0-9]*\).*/\1/p' "$tx/shadow.err" | head -n 1 | grep . || echo 1) $(head -n 2 "$tx/shadow.err")" ;;
    *) say_problem no-shadow "$(head -n 3 "$tx/shadow.err")" ;;
  esac
  return 1
}

keep_members() { # of sets that keep theirs, the live members are wanted too, as they are; not those that an undo takes off
  [ -s "$tx/kept.sets" ] || return 0
  awk '
    part == 1 { isKept[$1] = 1; next }
    part == 2 { isDropped[$2 " " $3] = 1; next }
    part == 3 && $1 == "create"
    part == 4 && $1 == "add" && isKept[$2] && !isDropped[$2 " " $3] { isLive[$2 " " $3] = 1; print }
    part == 5 && $1 == "add" && !isLive[$2 " " $3]' part=1 "$tx/kept.sets" part=2 "$(or_empty "$tx/drop.sets")" \
    part=3 "$tx/canonical.sets" part=4 "$tx/before.canonical.sets" part=5 "$tx/canonical.sets" | canonical_sets >"$tx/merged.sets" &&
    cat "$tx/merged.sets" >"$tx/canonical.sets"
}

# The kernel swaps sets of one type and family only, and rules hold a set by its name: another type needs another name.
refuse_other_types() {
  words_of "$tx/kept.sets"
  awk -v kept=" $words" '
    function family(   i) { for (i = 4; i < NF; i++) if ($i == "family") return " " $(i + 1); return "" }
    $1 != "create" { next }
    part == 1 { type[$2] = $3 family(); header[$2] = $0; next }
    !($2 in type) { next }
    type[$2] != $3 family() { print "set-type", $2 " is " type[$2] " there and " $3 family() " in the play"; next }
    index(kept, " " $2 " ") && header[$2] != $0 { print "set-kept", "\"" header[$2] "\" there, \"" $0 "\" in the play" }' \
    part=1 "$tx/before.canonical.sets" part=2 "$tx/canonical.sets" >"$tx/types.sets" || return 1
  [ -s "$tx/types.sets" ] || return 0
  while read -r code words; do say_problem "$code" "$words"; done <"$tx/types.sets"
  return 1
}

# Three files of restore text: build.sets makes what isn't there, and a set beside each one that differs; swap.sets exchanges
# them, so that no packet meets a half-filled set; unbuild.sets gives sets that keep their members the ones they had.
# swaps.sets pairs the names: after the swap, the second one holds what was there before.
plan_sets() {
  tick
  words_of "$tx/kept.sets"
  awk -v prefix="sluice.$now" -v tx="$tx" -v kept=" $words" '
    function renamed(line, name,   rest) {
      rest = substr(line, length($1) + 2)
      return $1 " " name substr(rest, index(rest " ", " "))
    }
    function keyed(place) { # the order counts in a list:set
      if ($1 == "create") isList[$2] = $3 == "list:set"
      return isList[$2] ? $0 " " place : $0
    }
    part == 1 { isThere[$2] = 1; line[keyed(++lives[$2])] = 1; isLive[$2 " " $3] = 1; if ($1 == "add") had[++count] = $0; next }
    part == 2 {
      if (!(keyed(++wants[$2]) in line)) differs[$2] = 1
      isWanted[$2 " " $3] = 1
      # Canonical, as what is live: a written 10.0.0.1/32 that is there already as 10.0.0.1 is not ours to take off.
      if ($1 == "add" && isThere[$2] && index(kept, " " $2 " ") && !isLive[$2 " " $3]) print "del " $2 " " $3 >(tx "/unbuild.sets")
      next
    }
    !isThere[$2] { print >(tx "/build.sets"); next }
    !differs[$2] && lives[$2] == wants[$2] { next }
    index(kept, " " $2 " ") {
      if ($1 == "create" || isLive[$2 " " $3]) next
      print >(tx "/build.sets")
      next
    }
    {
      if (!($2 in beside)) {
        beside[$2] = prefix "." ++pairs # unique: no set outlives a reboot
        print "swap " beside[$2] " " $2 >(tx "/swap.sets")
        print $2, beside[$2] >(tx "/swaps.sets")
      }
      print renamed($0, beside[$2]) >(tx "/build.sets")
    }
    END {
      for (i = 1; i <= count; i++) {
        split(had[i], word, " ")
        if (!index(kept, " " word[2] " ") || isWanted[word[2] " " word[3]]) continue
        print "del " word[2] " " word[3] >(tx "/build.sets")
        print had[i] >(tx "/unbuild.sets")
      }
    }' part=1 "$tx/before.canonical.sets" part=2 "$tx/canonical.sets" part=3 "$tx/desired.sets"
}

sets_for_shadow() { # create lines of the sets that are to be there
  [ -s "$tx/headers.sets" ] || [ -s "$tx/desired.sets" ] || return 0
  awk '
    part == 1 { isOurs[$1] = 1; next }
    $1 == "create" && (part == 3 || !isOurs[$2])' \
    part=1 "$(or_empty "$tx/concerned.sets")" part=2 "$(or_empty "$tx/headers.sets")" part=3 "$(or_empty "$tx/desired.sets")"
}

sets_beside() { # FILE: create lines of the live sets that FILE doesn't make
  [ ! -s "$tx/headers.sets" ] || awk 'part == 1 { isThere[$2] = 1; next } !isThere[$2]' part=1 "$1" part=2 "$tx/headers.sets"
}

as_before_sets() { # do the sets that this transaction concerns stand as before it?
  concerns_sets || return 0
  [ ! -s "$tx/swaps.sets" ] || while read -r _ beside; do
    ! ipset list -n "$beside" >/dev/null 2>&1 || return 1
  done <"$tx/swaps.sets"
  before=$(lasting_sets "$tx" <"$tx/before.canonical.sets")
  [ "$(save_sets "$tx/concerned.sets" | canonical_sets | lasting_sets "$tx")" = "$before" ]
}

apply_sets() { # before the rules that use them
  [ ! -s "$tx/build.sets" ] || ipset -exist restore <"$tx/build.sets" 2>"$tx/apply.err" || return 1
  # From here on, a rollback must find out of each pair which one is the old one.
  [ ! -s "$tx/swap.sets" ] || { { : >"$tx/swapping"; } 2>"$tx/apply.err" && ipset restore <"$tx/swap.sets" 2>"$tx/apply.err"; } || return 1
  # Not every awk notices a full disk: what was built may have been cut.
  [ ! -s "$tx/owned.sets" ] ||
    [ "$(save_sets "$tx/owned.sets" | canonical_sets | lasting_sets "$tx")" = "$(lasting_sets "$tx" <"$tx/canonical.sets")" ] || {
    echo "the sets are not as they were rehearsed" >"$tx/apply.err"
    return 1
  }
}

free_sets() { # do the new rules leave alone what is to go? Else says which set they don't: the confirm couldn't destroy it
  [ ! -s "$tx/gone.sets" ] || while read -r name; do
    used=$(ipset list -t "$name" 2>/dev/null | sed -n 's/^References: //p')
    [ "${used:-0}" = 0 ] || [ "$used" -le "$(going_lists_with "$name")" ] || {
      echo "$name"
      return 1
    }
  done <"$tx/gone.sets"
}

going_lists_with() { # NAME: how many sets that the confirm destroys have it as a member
  {
    cat "$tx/gone.sets"
    [ ! -s "$tx/swaps.sets" ] || cut -d ' ' -f 2 "$tx/swaps.sets"
  } | while read -r list; do ipset save "$list" 2>/dev/null; done |
    awk -v name="$1" '$1 == "add" && $3 == name { count++ } END { print count + 0 }'
}

swap_sets_back() { # before the old rules come back
  [ -e "$tx/swapping" ] && [ -s "$tx/swaps.sets" ] || return 0
  while read -r name beside; do
    ipset list -n "$beside" >/dev/null 2>&1 || continue
    is_swapped "$name" "$beside" || continue
    words=$(ipset swap "$beside" "$name" 2>&1) && destroy_set "$beside" || note "the set $name could not be swapped back: $words"
  done <"$tx/swaps.sets"
}

# Were the two exchanged before the runner died? The set beside tells: whoever holds a line that only the other text has.
# Lines may be missing, as members expire; where nothing tells, the two hold the same.
is_swapped() { # NAME BESIDE
  {
    ipset save "$2" | awk -v name="$1" '{ rest = substr($0, length($1) + 2); print $1 " " name substr(rest, index(rest " ", " ")) }' | canonical_sets
    echo live
    ipset save "$1" | canonical_sets
  } | awk -v name="$1" '
    part == 1 { if ($2 == name) isNew[$0] = 1; next }
    part == 2 { if ($2 == name) isOld[$0] = 1; next }
    $0 == "live" { isLive = 1; next }
    !isLive && !($0 in isNew) { onlyOld = 1 }
    !isLive && !($0 in isOld) { onlyNew = 1 }
    isLive && $0 in isNew && !($0 in isOld) { liveIsNew = 1 }
    END { exit onlyOld || !onlyNew && liveIsNew ? 0 : 1 }' part=1 "$tx/canonical.sets" part=2 "$tx/before.canonical.sets" part=3 -
}

take_off_sets() { # after the old rules came back: what this transaction made
  concerns_sets || return 0
  [ ! -s "$tx/unbuild.sets" ] || ipset -exist restore <"$tx/unbuild.sets" 2>>"$log"
  [ ! -s "$tx/swaps.sets" ] || while read -r _ beside; do destroy_set "$beside"; done <"$tx/swaps.sets"
  for name in $(sets_in "$tx/desired.sets" | backwards); do
    sets_in "$tx/before.sets" | grep -qxF -e "$name" || destroy_set "$name"
  done
  # What others changed meanwhile goes back too, as in tables; not in sets that keep theirs, nor what time itself changes.
  {
    save_sets "$tx/concerned.sets" | canonical_sets | lasting_sets "$tx"
    echo
    lasting_sets "$tx" <"$tx/before.canonical.sets"
  } | awk '
    $0 == "" { isOld = 1; next }
    $1 != "add" { next }
    !isOld { live[$0] = 1; next }
    $0 in live { delete live[$0]; next }
    { missing[++count] = $0 }
    END {
      for (line in live) { split(line, word, " "); print "del " word[2] " " word[3] }
      for (i = 1; i <= count; i++) print missing[i]
    }' | ipset -exist restore 2>>"$log"
}

destroy_gone_sets() { # at the confirm: what the play no longer has, and what was there before the swap
  concerns_sets || return 0
  [ ! -s "$tx/swaps.sets" ] || while read -r _ beside; do destroy_set "$beside"; done <"$tx/swaps.sets"
  for name in $(backwards <"$tx/gone.sets"); do destroy_set "$name"; done
}

backwards() { # lines: a set goes before those that it has as members
  awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }'
}

destroy_set() { # NAME: gone already is as good
  words=$(ipset destroy "$1" 2>&1) || ! ipset list -n "$1" >/dev/null 2>&1 || {
    note "the set $1 stays: $words"
    return 1
  }
}
