# --- what do the rules count? -----------------------------------------------------------------------------------------

measure() { # SECONDS: the counters of all rules, and again so many seconds later. Changes nothing, and leaves no file.
  can_manage && can_rehearse || return
  in_tmpfs measure-in-tmpfs "$1" || refuse no-shadow "no private mount namespace with a tmpfs can be made here"
}

measure_in_tmpfs() { # SECONDS WAY
  way=$2 tx=/tmp
  find_backend
  for side in before after; do
    [ $side = before ] || sleep "$1"
    for family in ipv4 ipv6; do
      save $family "$tx/$side.$family" || {
        say_end refused
        return
      }
    done
  done
  for side in before after; do
    for family in ipv4 ipv6; do say_file "$side.$family" "$tx/$side.$family"; done
  done
  say_end measured
}
