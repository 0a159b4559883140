# --- coexistence: what of a table is ours, where other tools have chains in it ----------------------------------------
#
# `ownership` of a transaction says what is ours. Without it, whole tables are, and none of this is used. With it (`keep`, or
# `scope chains`) nothing is ever restored whole: every change, and every way back, is a patch for `--noflush` against what is live
# at that moment, so that what others did meanwhile stays; and every comparison sees only what is ours.

# Reads ownership (part 0), save text of what is live (part 1), of what is wanted (part 2), and chains of others that may have to
# be there (part 3). Of part 1, prints what is ours (what=ours), what is others' (what=others), or else what makes ours as in part 2.
# shellcheck disable=SC2016 # awk's own
ownership_program='
  part == 0 {
    if ($1 == "scope") scope = $2
    else if ($1 == "keep") keeps[++keepCount] = pattern($2)
    else if ($1 == "prefix") prefixes[++prefixCount] = $2
    else if ($1 == "mark") mark = "--comment \"" $2 "\" "
    else if ($1 == "jump") { place[$2, $3] = $4; anchor[$2, $3] = $5 }
    next
  }
  part == 3 { if (index(tables, " " $1 " ")) spare[$1, $2] = 1; next }
  /^\*/ { table = substr($0, 2); if (!index(tables, " " table " ")) table = ""; else has[part, table] = 1; next }
  table == "" || /^#/ { next }
  /^COMMIT/ { table = ""; next }
  /^:/ { add_chain(substr($1, 2), $2); next }
  /^(\[[0-9]+:[0-9]+\] )?-A / {
    counter = ""
    if (/^\[/) { counter = $1 " "; sub(/^[^ ]* /, "") }
    add_rule($2, $0, counter)
  }
  END {
    count = split("raw mangle nat filter security", order, " ")
    for (t = 1; t <= count; t++) {
      table = order[t]
      if (what != "") { if (has[1, table]) show() } else if (has[1, table] || has[2, table]) patch()
    }
  }

  function pattern(glob,  i, c, text) {
    for (i = 1; i <= length(glob); i++) {
      c = substr(glob, i, 1)
      text = text (c == "*" ? ".*" : c == "?" ? "." : "[" c "]")
    }
    return "^" text "$"
  }
  function add_chain(name, its) {
    if ((part, table, name) in policy) return
    policy[part, table, name] = its
    chains[part, table, ++chainCount[part, table]] = name
  }
  function add_rule(chain, text, its,  n) {
    if (!((part, table, chain) in policy)) add_chain(chain, "-")
    n = ++rules[part, table, chain]
    rule[part, table, chain, n] = text
    counted[part, table, chain, n] = its
    if (is_our_rule(chain, text)) isOurs[part, table, chain, n] = 1
    else others[part, table, chain]++
  }
  function is_our_chain(name,  i) { # of the chains that users make
    if (is_builtin(name)) return 0
    if (scope == "chains") { for (i = 1; i <= prefixCount; i++) if (index(name, prefixes[i]) == 1) return 1; return 0 }
    return !is_kept(name)
  }
  function is_kept(name,  i) {
    if (is_builtin(name)) return 0
    if (!(name in kept)) {
      kept[name] = 0
      for (i = 1; i <= keepCount; i++) if (name ~ keeps[i]) kept[name] = 1
    }
    return kept[name]
  }
  function is_our_rule(chain, text,  to) {
    if (scope == "chains") return is_our_chain(chain) || index(text " ", mark) > 0
    to = target_of(text)
    return !is_kept(chain) && !((part, table, to) in policy && is_kept(to))
  }
  function target_of(text,  words, n, i) {
    gsub(/"([^"\\]|\\.)*"/, "Q", text)
    n = split(text, words, " ")
    for (i = 3; i < n; i++) {
      if (words[i] ~ /^--(comment|log-prefix|nflog-prefix|string|hex-string)$/) i++
      else if (words[i] == "-j" || words[i] == "-g") return words[i + 1]
    }
    return ""
  }
  function is_builtin(name) { return index(" PREROUTING INPUT FORWARD OUTPUT POSTROUTING ", " " name " ") }

  # Chains in one order, however they came to be: the built-in ones, then by name.
  function show(  n, i, j, name, sorted, mine, line) {
    print "*" table
    n = 0
    for (i = 1; i <= chainCount[1, table]; i++) {
      name = chains[1, table, i]
      for (j = n++; j > 0 && rank(sorted[j]) > rank(name); j--) sorted[j + 1] = sorted[j]
      sorted[j + 1] = name
    }
    for (i = 1; i <= n; i++) {
      name = sorted[i]
      mine = is_builtin(name) ? scope != "chains" : is_our_chain(name)
      if (mine == (what == "ours")) print ":" name " " policy[1, table, name] " [0:0]"
    }
    for (i = 1; i <= n; i++)
      for (j = 1; j <= rules[1, table, sorted[i]]; j++)
        if (((1, table, sorted[i], j) in isOurs) == (what == "ours")) print rule[1, table, sorted[i], j]
    print "COMMIT"
  }
  function rank(name) { return (is_builtin(name) ? index("PREROUTING INPUT FORWARD OUTPUT POSTROUTING", name) + 100 : "X") " " name }

  function patch(  i, name, text, gone) {
    heads = deletes = body = gone = ""
    for (i = 1; i <= chainCount[1, table]; i++) {
      name = chains[1, table, i]
      if (is_builtin(name) || !is_our_chain(name)) patch_shared(name)
      else if (!((2, table, name) in policy)) gone = gone name " "
      else patch_own(name)
    }
    for (i = 1; i <= chainCount[2, table]; i++) {
      name = chains[2, table, i]
      if ((1, table, name) in policy) continue
      if (is_builtin(name)) patch_shared(name)
      else if (is_our_chain(name)) { heads = heads ":" name " - [0:0]\n"; refill(name) }
      else if (ours_in(2, name)) { # a chain of others that is not there yet
        heads = heads ":" name " - [0:0]\n"; patch_shared(name)
      }
    }
    heads = heads missing_targets()
    text = heads deletes body
    n = split(gone, names, " ")
    for (i = 1; i <= n; i++) text = text "-F " names[i] "\n"
    for (i = 1; i <= n; i++) text = text "-X " names[i] "\n"
    if (text != "") printf "*%s\n%sCOMMIT\n", table, text
  }
  function ours_in(p, name,  i) {
    for (i = 1; i <= rules[p, table, name]; i++) if ((p, table, name, i) in isOurs) return 1
    return 0
  }
  function missing_targets(  i, j, name, to, text, said) { # chains of others that our rules name, and that are gone
    for (i = 1; i <= chainCount[2, table]; i++) {
      name = chains[2, table, i]
      for (j = 1; j <= rules[2, table, name]; j++) {
        if (!((2, table, name, j) in isOurs)) continue
        to = target_of(rule[2, table, name, j])
        if ((1, table, to) in policy || is_our_chain(to) || to in said) continue
        if ((table, to) in spare) { said[to] = 1; text = text ":" to " - [0:0]\n" }
      }
    }
    return text
  }
  # A chain that is all ours: as it is, or emptied and filled again.
  function patch_own(name,  i, same) {
    if (others[1, table, name]) { patch_shared(name); return }
    if (rules[1, table, name] + 0 == rules[2, table, name] - others[2, table, name]) {
      same = 1
      load_wanted(name)
      for (i = 1; i <= wantedCount; i++) if (wanted[i] != rule[1, table, name, i]) same = 0
      if (same) return
    }
    heads = heads ":" name " - [0:0]\n"
    refill(name)
  }
  function refill(name,  i) {
    load_wanted(name)
    load_counters(name)
    for (i = 1; i <= wantedCount; i++) body = body counter_of(wanted[i], i) wanted[i] "\n"
  }
  function load_wanted(name,  i) {
    wantedCount = 0
    for (i = 1; i <= rules[2, table, name]; i++)
      if ((2, table, name, i) in isOurs) { wanted[++wantedCount] = rule[2, table, name, i]; wantedCounter[wantedCount] = counted[2, table, name, i] }
  }
  function load_counters(name,  i) {
    split("", known)
    for (i = 1; i <= rules[1, table, name]; i++) known[rule[1, table, name, i]] = counted[1, table, name, i]
  }
  function counter_of(text, i) { # the wanted ones (a snapshot has them), else those of the same rule as it is live
    return wantedCounter[i] != "" ? wantedCounter[i] : known[text]
  }

  # A chain in which rules of others stand: theirs stay where they are, ours are taken out and put in around them.
  function patch_shared(name,  i, n, m, size, slot, first, last, again) {
    if (is_builtin(name) && scope != "chains") {
      i = ((2, table, name) in policy) ? policy[2, table, name] : "ACCEPT"
      if (i != policy[1, table, name] && ((1, table, name) in policy || i != "ACCEPT")) heads = heads ":" name " " i " [0:0]\n"
    }
    load_wanted(name)
    n = rules[1, table, name] + 0
    if (wantedCount == 0 && !ours_in(1, name)) return
    load_counters(name)
    find_slots(name, n)
    # The chain as it is to be: final[1..size], from[i] > 0 where it is the rule of others at that place of the live chain.
    size = m = 0
    for (i = 1; i <= n; i++) {
      if ((1, table, name, i) in isOurs) continue
      while (m < slots[i]) { final[++size] = wanted[++m]; from[size] = 0; nth[size] = m }
      final[++size] = rule[1, table, name, i]; from[size] = i
    }
    while (m < wantedCount) { final[++size] = wanted[++m]; from[size] = 0; nth[size] = m }
    # What is alike at both ends is left alone.
    first = 1
    while (first <= n && first <= size && final[first] == rule[1, table, name, first] && same_side(name, first, first)) first++
    if (first > n && first > size) return
    last = 0
    while (n - last >= first && size - last >= first && final[size - last] == rule[1, table, name, n - last] && same_side(name, size - last, n - last)) last++
    # -D takes the first that matches: it must not be one that is left alone.
    split("", head)
    for (i = 1; i < first; i++) head[rule[1, table, name, i]] = 1
    again = 0
    for (i = first; i <= n - last; i++) if ((1, table, name, i) in isOurs && rule[1, table, name, i] in head) again = 1
    if (again) first = 1
    if (flush) {
      deletes = deletes "-F " name "\n"
      for (i = 1; i <= size; i++) body = body (from[i] ? counted[1, table, name, from[i]] : counter_of(final[i], nth[i])) final[i] "\n"
      return
    }
    for (i = first; i <= n - last; i++)
      if ((1, table, name, i) in isOurs) deletes = deletes "-D" substr(rule[1, table, name, i], 3) "\n"
    m = size - last # from here on nothing stands behind what is put in
    if (last == 0) { while (m >= first && !from[m]) m-- } else m = size
    for (i = first; i <= size - last; i++) {
      if (from[i]) continue
      body = body counter_of(final[i], nth[i])
      if (i > m) body = body final[i] "\n"
      else body = body "-I " name " " i substr(final[i], length("-A " name) + 1) "\n"
    }
  }
  function same_side(name, at, live) { return (from[at] == 0) == ((1, table, name, live) in isOurs) }

  # slots[i], for each rule of others at place i of the live chain: how many of our wanted rules stand before it.
  function find_slots(name, n,  i, before) {
    split("", slots)
    if (context) slots_of_snapshot(name, n)
    else if (scope == "chains") slots_of_place(name, n)
    else slots_of_neighbours(name, n)
    before = 0
    for (i = 1; i <= n; i++) {
      if ((1, table, name, i) in isOurs) continue
      if (slots[i] < before) slots[i] = before
      before = slots[i]
    }
  }
  # Where the snapshot has it; one that came since stays with the one before it, or the one behind it.
  function slots_of_snapshot(name, n,  i, text, ours, seen, had, at, found) {
    split("", had); split("", at); split("", seen)
    ours = 0
    for (i = 1; i <= rules[2, table, name]; i++) {
      if ((2, table, name, i) in isOurs) ours++
      else { text = rule[2, table, name, i]; at[text, ++had[text]] = ours }
    }
    found = ""
    for (i = 1; i <= n; i++) {
      if ((1, table, name, i) in isOurs) continue
      text = rule[1, table, name, i]
      if ((text, ++seen[text]) in at) found = at[text, seen[text]]
      slots[i] = found
    }
    for (i = n; i >= 1; i--) {
      if ((1, table, name, i) in isOurs) continue
      if (slots[i] == "") slots[i] = found == "" ? 0 : behind
      else { found = slots[i]; behind = slots[i] }
    }
  }
  function slots_of_place(name, n,  i, at, to, how) {
    how = ((table, name) in place) ? place[table, name] : "first"
    to = anchor[table, name]
    at = how == "last" ? n : 0
    for (i = 1; i <= n; i++) {
      if ((1, table, name, i) in isOurs || target_of(rule[1, table, name, i]) != to) continue
      if (how == "after") at = i
      if (how == "before" && !at) at = i - 1
    }
    for (i = 1; i <= n; i++) slots[i] = i <= at ? 0 : wantedCount
  }
  # Behind the nearest rule of ours before it that stays, else before the nearest behind it; at an end, it stays at that end.
  function slots_of_neighbours(name, n,  i, text, places, seen, stays, near, ours, total) {
    split("", places); split("", seen); split("", stays)
    for (i = 1; i <= wantedCount; i++) places[wanted[i], ++seen[wanted[i]]] = i
    split("", seen)
    total = 0
    for (i = 1; i <= n; i++) {
      if (!((1, table, name, i) in isOurs)) continue
      total++
      text = rule[1, table, name, i]
      if ((text, ++seen[text]) in places) stays[i] = places[text, seen[text]]
    }
    ours = 0; near = ""
    for (i = 1; i <= n; i++) {
      if ((1, table, name, i) in isOurs) { ours++; if (i in stays) near = stays[i]; continue }
      if (ours == 0) slots[i] = 0
      else if (ours == total) slots[i] = wantedCount
      else slots[i] = near
    }
    near = ""
    for (i = n; i >= 1; i--) {
      if ((1, table, name, i) in isOurs) { if (i in stays) near = stays[i] - 1; ours--; continue }
      if (slots[i] == "") slots[i] = near != "" ? near : ours < wantedCount ? ours : wantedCount
    }
  }
'

shares() { # [FOLDER]: do others live in the tables of this transaction?
  [ -s "${1-$tx}/ownership" ]
}

has_chains() { # [FOLDER]: are only chains ours, not tables?
  shares "${1-$tx}" && grep -qsx 'scope chains' "${1-$tx}/ownership"
}

# What is ours of the save text on stdin, in canonical form.
ours_of() { # FAMILY [FOLDER]
  if shares "${2-$tx}"; then
    part_of ours "$1" "${2-$tx}" | canonical
  else
    read_line "${2-$tx}/tables.$1"
    only_tables "$line" | canonical
  fi
}

part_of() { # ours|others FAMILY FOLDER: of the save text on stdin
  read_line "$3/tables.$2"
  awk -v tables=" $line" -v what="$1" "$ownership_program" part=0 "$3/ownership" part=1 -
}

# Save text of what is live on stdin → what makes ours of it as WANTED has it; nothing where it is so. WANTED with the rules of
# others in it, as a snapshot is, says where ours stood among them.
patch_to() { # FAMILY WANTED [flush]
  context=1
  [ "$2" != "$tx/canonical.$1" ] || context=0
  case ${3-} in flush) flush=1 ;; *) flush=0 ;; esac
  read_line "$tx/tables.$1"
  awk -v tables=" $line" -v context="$context" -v flush="$flush" \
    "$ownership_program" part=0 "$tx/ownership" part=1 - part=2 "$2" part=3 "$(or_empty "$tx/foreign.$1")"
}

wanted_file() { # FAMILY: what the transaction is to make of the rules, in the words of this kernel
  if [ -e "$tx/undo_of" ]; then echo "$tx/desired.$1"; else echo "$tx/canonical.$1"; fi
}

# Patches what is live. Whoever else changes the table at the same moment makes ours fail, harmlessly: look again. What fails again
# and again has rules whose words -D does not find (`-m recent` as people write it; a rehearsal, which loads what was saved, can't
# know): then the chain is flushed, and the rules of others are put in again with ours. Writes nothing.
patch_live() { # FAMILY WANTED
  choose_tool "$1"
  rounds=0 how=
  [ ! -e "$tx/flush.$1" ] || how=flush
  while [ "$rounds" -lt 6 ]; do
    rounds=$((rounds + 1))
    [ "$rounds" -lt 4 ] || how=flush
    live=$("$tool-save" -c) && text=$(printf '%s\n' "$live" | patch_to "$1" "$2" "$how") || return 1
    [ -n "$text" ] || return 0
    printf '%s\n' "$text" | "$tool-restore" --noflush -c -w 10 && return
  done
  return 1
}

load_rules() { # FAMILY: what is wanted goes live
  choose_tool "$1"
  if shares; then patch_live "$1" "$(wanted_file "$1")"; else "$tool-restore" -w 10 <"$tx/desired.$1"; fi
}

put_rules_back() { # FAMILY
  choose_tool "$1"
  if shares; then patch_live "$1" "$tx/rollback.$1"; else "$tool-restore" -c -w 10 <"$tx/rollback.$1"; fi
}

# What is ours, as the play says now; chains that it had under another prefix are ours still. A play that wants nothing more
# owns what it owned.
define_ownership() { # LAST: the folder of the play's last confirmed transaction
  [ ! -e "$tx/undo_of" ] || return 0
  words=
  [ ! -e "$tx/options" ] || while IFS= read -r line; do
    case $line in scope\ * | keep\ * | prefix\ * | mark\ * | jump\ *) words=$words${words:+$newline}$line ;; esac
  done <"$tx/options"
  if [ -z "$words" ] && [ ! -e "$tx/desired.ipv4" ] && [ ! -e "$tx/desired.ipv6" ]; then
    copy_ownership "$1"
    return
  fi
  [ -z "$words" ] || { own_words "$words" || return 1; }
  [ -e "$1/options" ] || return 0
  if has_chains; then is=chains; else is=tables; fi
  if has_chains "$1"; then was=chains; else was=tables; fi
  [ "$is" = "$was" ] || {
    say_problem scope-changed "$play: its scope was $was, and is $is now"
    return 1
  }
  [ "$is" = tables ] || add_prefixes "$1"
}

own_words() { # WORDS: whole, or a failure: with less of it, more would be ours
  printf '%s\n' "$1" >"$tx/ownership" && read_text "$tx/ownership" && [ "$text" = "$1$newline" ] || {
    say_problem state-folder "can't write to $tx: $(free_space)"
    return 1
  }
}

copy_ownership() { # FOLDER
  ! shares "$1" || own_words "$(cat "$1/ownership")"
}

add_prefixes() { # FOLDER of an earlier or later transaction of the play
  own_words "$({ cat "$tx/ownership" && grep '^prefix ' "$1/ownership"; } | awk '!seen[$0]++')"
}

drop_table() { # TABLE → restore text that leaves nothing of ours in it
  if has_chains; then printf '*%s\nCOMMIT\n' "$1"; else reset_table "$1"; fi
}

# Others' chains that stand in our tables, and those that our rules name and nobody has made.
note_foreign() { # FAMILY
  shares || return 0
  part_of others "$1" "$tx" <"$tx/before.$1" | canonical >"$tx/others.$1" || return 1
  part_of others "$1" "$tx" <"$tx/before.$1" | awk '
    /^\*/ { table = substr($0, 2) }
    /^:/ && $2 == "-" { print table, substr($1, 2) }' >"$tx/foreign.$1" || return 1
  has_chains && [ ! -e "$tx/undo_of" ] || return 0
  lacking=$(awk '
    part == 0 { if ($1 == "prefix") prefix[++count] = $2; if ($1 == "jump" && $5 != "") anchor[$2, $3] = $5; next }
    part == 1 { has[$1, $2] = 1; next }
    /^\*/ { table = substr($0, 2); next }
    part == 2 { for (i = 3; i < NF; i++) if ($i == "-j" || $i == "-g") jumps[table, $2, $(i + 1)] = 1; next }
    /^-A / {
      for (i = 1; i <= count; i++) if (index($2, prefix[i]) == 1) next
      if ($2 !~ /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/ && !((table, $2) in has) && !said[table, $2]++) print table " has no chain " $2
      if ((table, $2) in anchor && !((table, $2, anchor[table, $2]) in jumps) && !said[table, $2, "anchor"]++)
        print table " " $2 " has no jump to " anchor[table, $2]
    }' part=0 "$tx/ownership" part=1 "$tx/foreign.$1" part=2 "$tx/others.$1" part=3 "$tx/desired.$1" | head -n 1)
  [ -z "$lacking" ] || {
    say_problem anchor-missing "$1 $lacking"
    return 1
  }
  # In the shadow, they are there and empty.
  awk '{ if ($1 != table) { if (table) print "COMMIT"; print "*" $1; table = $1 } print ":" $2 " - [0:0]" } END { if (table) print "COMMIT" }' \
    "$tx/foreign.$1" >"$tx/foreign.base.$1"
}

# Would the patch give what is wanted, and its inverse what was, on this kernel; and leave what is others' as it is? Where ours stands
# as it is wanted, that waits for rehearse_rest.
rehearse_patches() { # FAMILY
  sets_for_shadow >"$tx/shadow.sets" && cat "$(or_empty "$tx/foreign.base.$1")" >"$tx/shadow.base" && shadow "$1" "$tx/desired.$1" >"$tx/shadow.save" 2>"$tx/shadow.err"
  case $? in
    0) ;;
    3)
      say_refused "$1"
      return 1
      ;;
    *)
      say_problem no-shadow "$(head -n 3 "$tx/shadow.err")"
      return 1
      ;;
  esac
  ours_of "$1" <"$tx/shadow.save" >"$tx/canonical.$1" || return 1
  if [ -z "$whole" ] && cmp -s "$tx/canonical.$1" "$tx/before.canonical.$1"; then
    : >"$tx/as_is.$1"
    return
  fi
  sets_beside "$tx/shadow.sets" >"$tx/shadow.more" && cat "$tx/shadow.more" >>"$tx/shadow.sets" || return 1
  listing=
  [ "$backend" = nft ] && command -v nft >/dev/null && listing=$tx/shadow.nft
  if ! patches_there_and_back "$1"; then
    # Not every rule can be taken out by its own words: then the chains it stands in are filled anew, in the same commit.
    : >"$tx/flush.$1"
    patches_there_and_back "$1" || {
      say_problem patch-refused "$1: the change can't be rehearsed beside the rules that are there: $(head -n 3 "$tx/shadow.err")"
      return 1
    }
  fi
  [ -z "$listing" ] || lists_as_live "$1" "$listing" || {
    say_unfaithful "$1"
    return 1
  }
}

lists_as_live() { # FAMILY LISTING, as judge_rehearsal does
  choose_tool "$1"
  read_line "$tx/tables.$1"
  nft -s list ruleset "$nft_family" >"$tx/live.nft" 2>"$tx/shadow.err" &&
    awk -v tables=" $line" -v words="$tx/shadow.err" "$text_program" part=5 "$2" part=6 "$tx/live.nft"
}

patches_there_and_back() { # FAMILY
  how=
  [ ! -e "$tx/flush.$1" ] || how=flush
  patch_to "$1" "$(wanted_file "$1")" "$how" <"$tx/before.$1" >"$tx/patch.$1" &&
    cat "$tx/rollback.$1" >"$tx/shadow.base" &&
    shadow "$1" "$tx/patch.$1" "$listing" >"$tx/there.save" 2>"$tx/shadow.err" &&
    stands_there "$1" "$tx/there.save" "$tx/canonical.$1" &&
    patch_to "$1" "$tx/rollback.$1" "$how" <"$tx/there.save" >"$tx/unpatch.$1" &&
    cat "$tx/there.save" >"$tx/shadow.base" &&
    shadow "$1" "$tx/unpatch.$1" '' >"$tx/back.save" 2>"$tx/shadow.err" &&
    stands_there "$1" "$tx/back.save" "$tx/before.canonical.$1"
  went=$?
  rm -f "$tx/shadow.base"
  return "$went"
}

stands_there() { # FAMILY SAVE CANONICAL: ours as wanted, others' as it was
  ours_of "$1" <"$2" | cmp -s - "$3" && part_of others "$1" "$tx" <"$2" | canonical | cmp -s - "$tx/others.$1" || {
    echo "what came out is not what was wanted" >"$tx/shadow.err"
    return 1
  }
}
