# --- what an operator asks: how does it stand, and whose lock is this? ------------------------------------------------

report() { # how this gateway stands: `lock FACT TEXT` and `tx TOKEN FACT TEXT`. Changes nothing; says what is due.
  can_manage || return
  if [ -e "$root/layout" ]; then read_line "$root/layout" && say_value layout "$line"; fi
  report_lock
  for token in $(newest 20); do
    tx=$root/tx/$token
    report_transaction
  done
  say_end reported
}

report_lock() {
  read_lock || return 0
  say_value lock "token $lock_token"
  say_value lock "owner $lock_owner"
  say_value lock "play $lock_play"
  say_value lock "since $lock_since"
  if is_alive "$lock_holder"; then say_value lock 'holder alive'; else say_value lock 'holder dead'; fi
  tx=$root/tx/$lock_token
  look
  say_value lock "state $seen"
  read_line "$tx/deadline"
  seconds_until "${line:-$lock_expires}"
  say_value lock "left $left"
  report_processes lock
}

report_processes() { # KEY: whether runner and guard live; nothing about one that never came up
  for role in runner guard; do
    [ -s "$tx/$role.id" ] || continue
    if lives "$role"; then say_value "$1" "$role alive"; else say_value "$1" "$role dead"; fi
  done
}

newest() { # COUNT → tokens, the last begun first; then those of the plays' last confirmed ones that are older
  {
    (cd "$root/tx" && awk '/^since=/ { split(FILENAME, path, "/"); print substr($0, 7), path[2] }' ./*/record) 2>/dev/null |
      sort -r | head -n "$1" | cut -d' ' -f2
    for record in "$root"/plays/* "$root"/first/*; do read_line "$record" && echo "$line"; done
  } | awk 'NF && !known[$0]++'
}

report_transaction() {
  look || return 0 # what a crash left before it was a transaction
  find_due
  # Final meanwhile, or it moved: then somebody lives.
  saw=$seen
  look
  [ "$seen" = "$saw" ] || due=
  say_value tx "$token state $seen"
  find_since "$tx"
  say_value tx "$token since $since"
  for fact in play owner undo_of rolled_back_by reason; do
    [ -s "$tx/$fact" ] && read_line "$tx/$fact" && say_value tx "$token $fact $line"
  done
  [ -z "$due" ] || say_value tx "$token due $due"
  read_line "$tx/play"
  of_play=$line
  read_line "$root/plays/$of_play"
  [ "$line" = "$token" ] && say_value tx "$token last yes"
  read_line "$root/first/$of_play"
  [ "$line" = "$token" ] && say_value tx "$token first yes"
  if ! is_final "$seen"; then
    [ -s "$tx/deadline" ] && read_line "$tx/deadline" && seconds_until "$line" && say_value tx "$token left $left"
    report_processes "tx $token"
  elif is_of_this_boot; then
    ended=$(awk -v to="$seen" '$3 == "->" && $4 == to { at = $1 } END { print at }' "$tx/log" 2>/dev/null)
    tick
    [ -z "$ended" ] || say_value tx "$token ended $(((now - ${ended%.*}${ended#*.}) / 100))"
  fi
  :
}

find_due() { # sets $due to what must still be done with $tx, as nobody lives who does it; to nothing where it needs nobody
  due=
  is_final "$seen" && return
  if ! is_of_this_boot; then
    due=lost_reboot
  elif [ "$seen" = prepared ]; then
    tick
    holds_lock && is_alive "$lock_holder" && [ "$now" -lt "$lock_expires" ] || due=cancel
  elif someone_lives; then
    :
  elif is_overdue "$seen"; then
    due=takeover # `status` does it
  else
    due=later # `unlock` does it at once, `status` from ten seconds after the deadline
  fi
}

someone_lives() { # runner or guard, or they may still come up
  [ "$seen" = armed ] && is_coming_up && return
  lives runner || lives guard
}

unlock() { # frees a lock whose owner is dead, after bringing its transaction to its end
  can_manage || return
  read_lock || [ -e "$root/lock" ] || {
    say_end not-locked
    return
  }
  token=$lock_token owner=$lock_owner play=$lock_play since=$lock_since holder=$lock_holder expires=$lock_expires
  tx=$root/tx/$token
  is_word "$token" || {
    refuse lock-unreadable "$root/lock names no transaction"
    return
  }
  tick
  give_up_at=$((now + 6000))
  until recover "$token" && ! holds_lock; do
    # Where nobody lives, another who frees it is under way; or nothing can be written here.
    if holder_lives || { tick && [ "$now" -gt "$give_up_at" ]; }; then
      holds_lock || continue
      held=$(say_holder)
      if [ -n "$held" ]; then printf '%s\n' "$held"; else say_problem locked "the lock can't be removed: $(free_space)"; fi
      say_end refused
      return
    fi
    pause
  done
  say_value token "$token"
  say_value owner "$owner"
  say_value play "$play"
  say_value since "$since"
  look && say_value state "$seen"
  [ -s "$tx/reason" ] && read_line "$tx/reason" && say_value reason "$line"
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
    find_loader_file "$family"
    [ -n "$file" ] && [ -s "$file" ] && [ -s "$tx/desired.$family" ] || continue
    loader_text "$family" "$file" /dev/null >"$file.sluice" && chmod 644 "$file.sluice" && mv "$file.sluice" "$file" || return 1
  done
}

holder_lives() { # somebody who will bring the lock's transaction to its end
  look || return
  is_final "$seen" && return 1
  is_of_this_boot || return
  if [ "$seen" = prepared ]; then
    tick
    is_alive "$holder" && [ "$now" -lt "$expires" ]
  else
    lives runner || lives guard
  fi
}

leave_console() { # the program at the root of the state folder, for a person on the console; by rename, so that it is whole
  [ ! -e "$root/sluice.sh" ] || ! cmp -s "$tx/sluice.sh" "$root/sluice.sh" || return 0
  flush_to_disk "$tx/sluice.sh" && ln "$tx/sluice.sh" "$root/sluice.sh.$token" && mv -f "$root/sluice.sh.$token" "$root/sluice.sh"
}
