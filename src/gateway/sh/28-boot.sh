# --- at boot ----------------------------------------------------------------------------------------------------------

# At boot, before the network: ends what the reboot cut off, then loads what is confirmed. A family that can't be loaded whole
# gets the fail-safe rules: the operator gets in, and nothing is forwarded.
boot() {
  end_interrupted
  read_lock
  held=$root/tx/$lock_token
  if look "$held" && ! is_final "$seen" && [ "$seen" != prepared ]; then
    echo "sluice: a change is under way: ${held##*/}" >&2
    return 1
  fi
  wrong=
  each_persistent load_sets || wrong=yes
  for family in ipv6 ipv4; do
    tx=
    load_again
    each_persistent load_family && continue
    wrong=yes
    choose_tool "$family"
    "$tool-restore" -w 10 <"$root/failsafe.$family" && echo "sluice: loaded the fail-safe rules of $family" >&2
  done
  each_persistent load_sysctls || wrong=yes
  [ -z "$wrong" ]
}

each_persistent() { # FUNCTION: with $tx of the confirmed transaction of each play that persists; fails if one does
  outcome=0
  for record in "$root"/plays/*; do
    [ -e "$record" ] || continue
    read_line "$record"
    tx=$root/tx/$line
    [ -d "$tx" ] || {
      outcome=1
      echo "sluice: play ${record##*/}: $tx is gone" >&2
      continue
    }
    persists "$tx" || continue
    "$1" || {
      outcome=1
      echo "sluice: play ${record##*/}: $1 failed; see $tx" >&2
    }
  done
  return "$outcome"
}

# The distribution's loader came before our sets, and loads nothing at all of a file that names one: what else is in it comes now.
load_again() {
  find_loader_file "$family"
  [ -n "$file" ] && grep -qs -e '--match-set' -e '-j SET' "$file" || return 0
  choose_tool "$family"
  "$tool-restore" -w 10 <"$file" || echo "sluice: $file does not load" >&2
}

load_sets() {
  [ ! -s "$tx/desired.sets" ] || ipset -exist restore <"$tx/desired.sets"
}

load_family() {
  [ ! -s "$tx/desired.$family" ] || load_rules "$family"
}

load_sysctls() {
  [ ! -s "$tx/desired.sysctls" ] || while read -r key value; do
    echo "$(sysctl_file "$key") $value"
  done <"$tx/desired.sysctls" | globals_first | write_sysctls >&2
}

end_interrupted() { # a confirm that was under way had its proof: it is finished; every other trial went with the reboot
  for folder in "$root"/tx/*; do
    tx=$folder token=${folder##*/}
    look && ! is_final "$seen" && ! is_of_this_boot || continue
    if [ "$seen" = confirming ]; then finish_confirm; else lose_to_reboot "$seen"; fi
  done
}

lose_to_reboot() { # STATE: its rules, sets and processes are gone
  move "$1" lost_reboot && drop_lock
}
