# --- what an operator asks: how does it stand, and whose lock is this? ------------------------------------------------

report() { # how this gateway stands: `lock FACT TEXT` and `tx TOKEN FACT TEXT`. Changes nothing; says what is due.
  can_manage || return
  if [ -e "$root/layout" ]; then say_value layout "$(first_line "$root/layout")"; fi
  report_lock
  for token in $(newest 20); do
    tx=$root/tx/$token
    report_transaction
  done
  say_end reported
}

report_lock() {
  lock_record=$(cat "$root/lock" 2>/dev/null) || return 0 # read once: its holder may go meanwhile
  for fact in token owner play since; do say_value lock "$fact $(recorded "$fact")"; done
  if is_alive "$(recorded holder)"; then say_value lock 'holder alive'; else say_value lock 'holder dead'; fi
  tx=$root/tx/$(recorded token)
  say_value lock "state $(state)"
  deadline=$(first_line "$tx/deadline")
  say_value lock "left $(seconds_until "${deadline:-$(recorded expires)}")"
  report_processes lock
}

recorded() { # FACT, of the lock's record that was read
  printf '%s\n' "$lock_record" | sed -n "s/^$1=//p"
}

seconds_until() { # HUNDREDTHS of uptime; 0 when they are over
  left=$(((${1:-0} - $(uptime_cs)) / 100))
  if [ "$left" -gt 0 ]; then echo "$left"; else echo 0; fi
}

report_processes() { # KEY: whether runner and guard live; nothing about one that never came up
  for role in runner guard; do
    [ -s "$tx/$role.id" ] || continue
    if is_alive "$(first_line "$tx/$role.id")"; then say_value "$1" "$role alive"; else say_value "$1" "$role dead"; fi
  done
}

newest() { # COUNT → tokens, the last begun first; then those of the plays' last confirmed ones that are older
  {
    (cd "$root/tx" && awk '/^since=/ { split(FILENAME, path, "/"); print substr($0, 7), path[2] }' ./*/record) 2>/dev/null |
      sort -r | head -n "$1" | cut -d' ' -f2
    for record in "$root"/plays/* "$root"/first/*; do first_line "$record" && echo; done
  } | awk 'NF && !known[$0]++'
}

report_transaction() {
  seen=$(state) || return 0 # what a crash left before it was a transaction
  due=$(due)
  # Final meanwhile, or it moved: then somebody lives.
  [ "$(state)" = "$seen" ] || { due='' seen=$(state); }
  say_value tx "$token state $seen"
  say_value tx "$token since $(sed -n 's/^since=//p' "$tx/record")"
  for fact in play owner undo_of rolled_back_by reason; do
    [ -s "$tx/$fact" ] && say_value tx "$token $fact $(first_line "$tx/$fact")"
  done
  [ -z "$due" ] || say_value tx "$token due $due"
  [ "$(first_line "$root/plays/$(first_line "$tx/play")")" = "$token" ] && say_value tx "$token last yes"
  [ "$(first_line "$root/first/$(first_line "$tx/play")")" = "$token" ] && say_value tx "$token first yes"
  if ! is_final "$seen"; then
    [ -s "$tx/deadline" ] && say_value tx "$token left $(seconds_until "$(first_line "$tx/deadline")")"
    report_processes "tx $token"
  elif [ "$(first_line "$tx/boot")" = "$(boot_id)" ]; then
    ended=$(awk -v to="$seen" '$3 == "->" && $4 == to { at = $1 } END { print at }' "$tx/log" 2>/dev/null)
    [ -z "$ended" ] || say_value tx "$token ended $((($(uptime_cs) - ${ended%.*}${ended#*.}) / 100))"
  fi
  :
}

due() { # → what must still be done with $tx, as nobody lives who does it; nothing where it needs nobody
  is_final "$seen" && return
  if [ "$(first_line "$tx/boot")" != "$(boot_id)" ]; then
    echo lost_reboot
  elif [ "$seen" = prepared ]; then
    [ "$(lock_field token)" = "$token" ] && is_alive "$(lock_field holder)" &&
      [ "$(uptime_cs)" -lt "$(lock_field expires)" ] || echo cancel
  elif someone_lives; then
    :
  elif is_overdue "$seen"; then
    echo takeover # `status` does it
  else
    echo later # `unlock` does it at once, `status` from ten seconds after the deadline
  fi
}

someone_lives() { # runner or guard, or they may still come up
  [ "$seen" = armed ] && is_coming_up && return
  is_alive "$(first_line "$tx/runner.id")" || is_alive "$(first_line "$tx/guard.id")"
}

unlock() { # frees a lock whose owner is dead, after bringing its transaction to its end
  can_manage || return
  lock_record=$(cat "$root/lock" 2>/dev/null) || {
    say_end not-locked
    return
  }
  token=$(recorded token)
  tx=$root/tx/$token
  is_word "$token" || {
    refuse lock-unreadable "$root/lock names no transaction"
    return
  }
  give_up_at=$(($(uptime_cs) + 6000))
  until recover "$token" && [ "$(lock_field token)" != "$token" ]; do
    # Where nobody lives, another who frees it is under way; or nothing can be written here.
    if holder_lives || [ "$(uptime_cs)" -gt "$give_up_at" ]; then
      [ "$(lock_field token)" = "$token" ] || continue
      held=$(say_holder)
      if [ -n "$held" ]; then printf '%s\n' "$held"; else say_problem locked "the lock can't be removed: $(free_space)"; fi
      say_end refused
      return
    fi
    pause
  done
  say_value token "$token"
  for fact in owner play since; do say_value "$fact" "$(recorded "$fact")"; done
  seen=$(state) && say_value state "$seen"
  [ -s "$tx/reason" ] && say_value reason "$(first_line "$tx/reason")"
  say_end unlocked
}

# Takes sluice's files and its boot unit off. The rules stay as they are: a transaction before this one took them off, or nobody
# wanted that. Whoever is killed in here leaves a gateway that is still ours, or one that isn't; never a lock without its folder.
purge() { # TOKEN OWNER
  can_manage || return
  [ -d "$root" ] || {
    say_end absent
    return
  }
  token=$1 play=remove owner=$2 window=60 undo_of=
  tx=$root/tx/$token
  prepare || return
  if take_lock; then
    (each_persistent leave_loader) || {
      say_problem state-folder "a file of the distribution's loader can't be written"
      let_go
      say_end refused
      return
    }
    for file in $boot_unit $boot_service; do
      ! grep -qsF 'Made by sluice' "$file" || rm -f "$file"
    done
    rm -f /etc/systemd/system/sysinit.target.wants/sluice-boot.service /etc/runlevels/boot/sluice-boot "$sysctl_drop_in"
    [ ! -d /run/systemd/system ] || systemctl --no-block daemon-reload 2>/dev/null
    rm -rf "$root".gone.*
    mv "$root" "$root.gone.$token" && rm -rf "$root.gone.$token" && say_end purged && return
    say_problem state-folder "can't remove $root"
  fi
  let_go
  say_end refused
}

# Nothing will make the sets that our tables may name, and of a file that names a missing one a loader loads nothing at all.
leave_loader() {
  for family in ipv6 ipv4; do
    file=$(loader_file "$family")
    [ -n "$file" ] && [ -s "$file" ] && [ -s "$tx/desired.$family" ] || continue
    loader_text "$family" "$file" /dev/null >"$file.sluice" && chmod 644 "$file.sluice" && mv "$file.sluice" "$file" || return 1
  done
}

holder_lives() { # somebody who will bring the lock's transaction to its end
  seen=$(state) || return
  is_final "$seen" && return 1
  [ "$(first_line "$tx/boot")" = "$(boot_id)" ] || return
  if [ "$seen" = prepared ]; then
    is_alive "$(recorded holder)" && [ "$(uptime_cs)" -lt "$(recorded expires)" ]
  else
    is_alive "$(first_line "$tx/runner.id")" || is_alive "$(first_line "$tx/guard.id")"
  fi
}

leave_console() { # the program at the root of the state folder, for a person on the console; by rename, so that it is whole
  flush_to_disk "$tx/sluice.sh" && ln "$tx/sluice.sh" "$root/sluice.sh.$token" && mv -f "$root/sluice.sh.$token" "$root/sluice.sh"
}
