# --- how does this gateway stand, as a whole? -------------------------------------------------------------------------

survey() { # what adopt reads: every table of both families, sets, forwarding, owners. Changes nothing, as inspect.
  can_manage && can_rehearse || return
  in_tmpfs survey-in-tmpfs || refuse no-shadow "no private mount namespace with a tmpfs can be made here"
}

survey_in_tmpfs() { # WAY
  way=$1 tx=/tmp
  say_holder
  if look_around; then say_end surveyed; else say_end refused; fi
}

# What can't be saved faithfully couldn't be written down faithfully either: the saves are proved as a transaction proves its snapshot.
look_around() {
  find_backend
  : >"$tx/live.sets"
  if command -v ipset >/dev/null && ipset list -n >/dev/null 2>&1; then
    set_headers >"$tx/headers.sets"
    ipset save 2>"$tx/sets.err" | canonical_sets >"$tx/live.sets" && [ ! -s "$tx/sets.err" ] || {
      say_problem save-failed "ipset save: $(head -n 3 "$tx/sets.err")"
      return 1
    }
  fi
  for family in ipv6 ipv4; do
    refuse_mixed_backends "$family" && save "$family" "$tx/before.$family" || return 1
    find_tables "$tx/before.$family"
    echo "$tables" >"$tx/tables.$family"
    study_snapshot "$family" || return 1
    [ ! -s "$tx/before.canonical.$family" ] || rehearse_tables "$family" || return 1
    say_file "live.$family" "$tx/before.$family"
  done
  say_file live.sets "$tx/live.sets"
  say_value forwards "ipv4 $(sysctl_value /proc/sys/net/ipv4/ip_forward)"
  say_value forwards "ipv6 $(sysctl_value /proc/sys/net/ipv6/conf/all/forwarding)"
  say_owners
}
