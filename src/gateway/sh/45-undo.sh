# --- undo: what was before a transaction, as what another one wants ---------------------------------------------------

take_back() { # TOKEN: an undo wants what that transaction's rollback holds, and the ownership from before it
  [ -n "$1" ] || return 0
  taken=$root/tx/$1
  is_word "$1" && look "$taken" && is_final "$seen" || return 1
  # What was before an undo is what it replaced, not what it went back to.
  earlier=$taken/previous
  [ ! -e "$taken/replaced" ] || earlier=$taken/replaced
  echo "$1" >"$tx/undo_of" && cat "$tx/previous" >"$tx/replaced" && cat "$earlier" >"$tx/previous" || return 1
  copy_ownership "$taken" || return 1
  for family in ipv4 ipv6; do
    [ ! -e "$taken/rollback.$family" ] || sed 's/^\[[0-9]*:[0-9]*\] //' "$taken/rollback.$family" >"$tx/desired.$family" || return 1
  done
  # Of sets that keep their members, only those that it took off itself: others may have gone since.
  [ ! -s "$taken/before.sets" ] || {
    words_of "$taken/kept.sets"
    awk -v kept=" $words" '!($1 == "add" && index(kept, " " $2 " "))' "$taken/before.sets" &&
      { [ ! -s "$taken/unbuild.sets" ] || sed -n '/^add /p' "$taken/unbuild.sets"; }
  } >"$tx/desired.sets" || return 1
  [ ! -s "$taken/kept.sets" ] || cat "$taken/kept.sets" >"$tx/kept.sets" || return 1
  [ ! -s "$taken/unbuild.sets" ] || grep '^del ' "$taken/unbuild.sets" >"$tx/drop.sets"
  [ ! -s "$taken/before.sysctls" ] || sysctl_keys <"$taken/before.sysctls" >"$tx/desired.sysctls" || return 1
  # It persists if what it goes back to did.
  read_line "$tx/previous"
  earlier=$root/tx/$line
  {
    if persists "$earlier" || { [ ! -d "$earlier" ] && persists "$taken"; }; then echo 'persist yes'; else echo 'persist no'; fi
    grep -E '^(conntrack|spare) ' "$taken/options" 2>/dev/null || echo 'conntrack leave'
  } >"$tx/options"
  [ -s "$tx/options" ]
}

# What must stand for an undo: the transaction that it takes back or, where that is the play's first, its last confirmed one, as
# everything since goes with it.
find_standing() { # TOKEN: sets $standing
  standing=$1
  [ -n "$1" ] || return 0
  read_line "$root/first/$play"
  [ "$line" != "$1" ] || { read_line "$root/plays/$play" && standing=$line; }
}

standing_is() { # TOKEN: an undo requires that what is owned still stands as that transaction left it
  [ -n "$1" ] || return 0
  for family in ipv4 ipv6; do
    [ -e "$root/tx/$1/canonical.$family" ] || continue
    choose_tool "$family"
    "$tool-save" | ours_of "$family" "$root/tx/$1" | cmp -s - "$root/tx/$1/canonical.$family" || {
      say_problem changed-since "$family: the rules are no longer as transaction $1 left them"
      return 1
    }
  done
  stood=$root/tx/$1
  [ ! -s "$stood/owned.sets" ] ||
    [ "$(save_sets "$stood/owned.sets" | canonical_sets | lasting_sets "$stood")" = "$(lasting_sets "$stood" <"$stood/canonical.sets")" ] || {
    say_problem changed-since "the sets are no longer as transaction $1 left them"
    return 1
  }
  [ ! -s "$stood/wanted.sysctls" ] || while read -r file value; do
    [ ! -f "$file" ] || [ "$(sysctl_value "$file")" = "$value" ] || {
      say_problem changed-since "${file#/proc/sys/} is no longer as transaction $1 left it"
      return 1
    }
  done <"$stood/wanted.sysctls"
}

find_first() { # sets $first: this one; of an undo, where the chain that it goes back to begins, or nothing where that is gone
  first=$token
  [ -e "$tx/undo_of" ] || return 0
  first=$owned_by
  while read_line "$root/tx/$first/previous" && [ -n "$line" ]; do first=$line; done
  [ -d "$root/tx/$first" ] || first=
}

# What later confirmed transactions of this play took on beside, from the snapshot that was taken first.
reach_back() {
  read_line "$root/tx/$undo_of/previous"
  first=$line chain=
  read_line "$root/plays/$play"
  later=$line
  while [ -n "$later" ] && [ "$later" != "$undo_of" ] && [ "$later" != "$first" ] && [ -d "$root/tx/$later" ]; do
    chain="$later $chain"
    read_line "$root/tx/$later/previous"
    later=$line
  done
  for later in $chain; do
    for family in ipv6 ipv4; do
      snapshot=$root/tx/$undo_of/before.$family
      [ -e "$snapshot" ] || snapshot=$root/tx/$later/before.$family
      read_line "$root/tx/$later/tables.$family"
      for table in $line; do
        grep -qx "\\*$table" "$tx/desired.$family" 2>/dev/null && continue
        build_rollback "$table" "$snapshot" | sed 's/^\[[0-9]*:[0-9]*\] //' >>"$tx/desired.$family" || return 1
      done
    done
    reach_back_beside "$root/tx/$later" || return 1
    # Under these prefixes, later ones have made chains.
    ! has_chains || ! has_chains "$root/tx/$later" || add_prefixes "$root/tx/$later" || return 1
  done
  reached=$chain
}

reach_back_beside() { # FOLDER of a later transaction: the sets and sysctls that it was the first to take on
  if [ -s "$1/before.sets" ]; then
    sets_in "$tx/desired.sets" | cat - "$(or_empty "$root/tx/$undo_of/concerned.sets")" "$(or_empty "$tx/reached.sets")" >"$tx/known.sets" &&
      lines_beside "$tx/known.sets" <"$(or_empty "$1/kept.sets")" >"$tx/newly.sets" && cat "$tx/newly.sets" >>"$tx/kept.sets" &&
      { words_of "$tx/newly.sets"; } &&
      awk -v kept=" $words" '
        part == 1 { known[$1] = 1; next }
        !known[$2] && !($1 == "add" && index(kept, " " $2 " "))' \
        part=1 "$tx/known.sets" part=2 "$1/before.sets" >>"$tx/desired.sets" || return 1
  fi
  [ ! -s "$1/unbuild.sets" ] || sed -n '/^del /p' "$1/unbuild.sets" >>"$tx/drop.sets" || return 1
  [ ! -s "$1/concerned.sets" ] || cat "$1/concerned.sets" >>"$tx/reached.sets" || return 1
  [ ! -s "$1/before.sysctls" ] || sysctl_keys <"$1/before.sysctls" | while read -r key value; do
    grep -qF "$key " "$(or_empty "$tx/desired.sysctls")" || echo "$key $value" >>"$tx/desired.sysctls" || return 1
  done
}
