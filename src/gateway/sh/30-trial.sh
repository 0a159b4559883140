# --- the trial: runner and guard, detached from any session ----------------------------------------------------------

find_families() { # sets $families to those this transaction replaces tables of; IPv6 first, the management family last
  families=
  for family in ipv6 ipv4; do [ ! -s "$tx/desired.$family" ] || families="$families $family"; done
}

start_detached() { # VERB: as a service of the init system where there is one, else as a session of its own
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
    systemd-run --quiet --collect --unit="sluice-$1-$token" /bin/sh "$tx/sluice.sh" '' "$1" "$token" 2>>"$tx/log" && return
  fi
  setsid /bin/sh "$tx/sluice.sh" '' "$1" "$token" </dev/null >>"$tx/log" 2>&1 &
}

# Where systemd runs, its first process asks too, in case that runner and guard are both killed: from 30 s past the deadline on.
start_late_timer() {
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null || return 0
  systemd-run --quiet --collect --unit="sluice-late-$token" --on-active="$((window + 30))s" --on-unit-active=60s \
    --timer-property=AccuracySec=1s /bin/sh "$tx/sluice.sh" '' status "$token" 2>>"$tx/log" && : >"$tx/late"
}

stop_late_timer() {
  [ ! -e "$tx/late" ] || systemctl --quiet stop "sluice-late-$token.timer" 2>/dev/null || :
}

await_file() { # FILE: up to ten seconds
  tick
  until_cs=$((now + 1000))
  while [ ! -s "$1" ]; do
    tick
    [ "$now" -lt "$until_cs" ] || return 1
    sleep 0.05 2>/dev/null || sleep 1
  done
}

runner() { # applies, then waits for the confirm or rolls back at the deadline
  trap '' HUP INT
  expect_calls
  announce runner || exit 1
  await_file "$tx/guard.id" || {
    move armed cancelled && drop_lock
    exit
  }
  move armed applying || exit
  if apply_all; then
    move applying applied || exit
    wake begin
  else
    move applying rolling && roll_back "the gateway"
    exit
  fi
  while tick && read_line "$tx/deadline" && [ "$now" -lt "$line" ]; do
    is_called=
    look
    case $seen in
      applied | '') nap ;; # a folder that can't be read says nothing about the rules
      confirming) finish_confirm && exit ;;
      rolling) roll_back "the controller" && exit ;;
      *) exit ;;
    esac
  done
  if move applied rolling; then
    give_reason "no confirm before the deadline"
    roll_back "the gateway at its deadline"
  else
    look
    case $seen in
      confirming) finish_confirm ;;
      rolling) roll_back "the controller" ;;
      applied | '') restore_before ;; # no rename is possible, as on a read-only disk: the rules go back all the same
    esac
  fi
}

expect_calls() { # from now on, wake may end a nap; $is_called tells of a call since it was emptied
  is_called=
  trap 'is_called=yes' USR1
}

nap() { # a second, or until a call
  sleep 1 &
  [ -z "$is_called" ] && wait "$!" || kill "$!" 2>/dev/null
}

wake() { # ROLE of $tx
  read_line "$tx/$1.id"
  is_alive "$line" && kill -USR1 "${line%%:*}" 2>/dev/null
}

guard() { # acts only when the runner is dead, or so late that it must be stuck
  trap '' HUP INT
  announce guard || exit 1
  await_file "$tx/runner.id" || {
    move armed cancelled && drop_lock
    exit
  }
  restored='' is_called=''
  while [ -d "$tx" ]; do
    look
    if is_final "$seen"; then
      # The runner may be killed before it has freed the lock.
      while holds_lock && lives runner && ! is_overdue "$seen"; do pause; done
      drop_lock
      exit
    fi
    if lives runner && ! is_overdue "$seen"; then
      nap
      continue
    fi
    claim takeover
    case $? in
      0) take_over "the guard, as the runner was dead or stuck" ;;
      # No link and no rename is possible, as on a read-only disk: the rules go back all the same.
      2) [ -n "$restored" ] || { kill_runner && restore_before && restored=yes; } ;;
    esac
    pause
  done
}

is_coming_up() { # armed so lately that runner and guard may not have announced themselves; they wait ten seconds for each other
  tick
  read_line "$tx/window"
  for_cs=$((${line:-0} * 100))
  read_line "$tx/deadline"
  [ "$now" -lt $((${line:-0} - for_cs + 1200)) ]
}

is_overdue() { # STATE: a rollback of a large set may take its time; nothing else should outlive the deadline
  case $1 in rolling) grace=6000 ;; *) grace=1000 ;; esac
  tick
  read_line "$tx/deadline"
  [ "$now" -gt $((${line:-0} + grace)) ]
}

take_over() { # WHO: brings a transaction whose runner is dead to its end
  # First, so that no runner can begin from here on; one that has begun has announced itself and can be killed.
  if move armed cancelled; then
    drop_lock
    return
  fi
  kill_runner
  look
  case $seen in
    applying | applied)
      move "$seen" rolling || return 0
      give_reason "the runner died"
      roll_back "$1"
      ;;
    rolling)
      [ -s "$tx/reason" ] || give_reason "the runner died while it took the change back"
      roll_back "$1"
      ;;
    confirming) finish_confirm ;;
    *) ! is_final "$seen" || drop_lock ;;
  esac
}

kill_runner() { # with its children: an orphaned iptables-restore would commit after the rollback
  read_line "$tx/runner.id"
  runner_id=$line
  [ -n "$runner_id" ] || return 0
  # Its number may be another's by now, in a restarted container or after a long time: then nothing of it is left.
  identity "${runner_id%%:*}"
  [ -z "$id" ] || [ "$id" = "$runner_id" ] || return 0
  tick
  read_line "$tx/deadline"
  [ -n "$id" ] || [ "$now" -lt $((${line:-0} + 360000)) ] || return 0
  kill -9 "-${runner_id%%:*}" 2>/dev/null
  kill -9 "${runner_id%%:*}" 2>/dev/null
  until_cs=$((now + 500))
  while kill -0 "-${runner_id%%:*}" 2>/dev/null && tick && [ "$now" -lt "$until_cs" ]; do pause; done
  :
}

apply_all() {
  apply_sets || {
    give_reason "ipset restore failed: $(head -n 3 "$tx/apply.err" | tr '\n' ' ')"
    return 1
  }
  find_families
  for family in $families; do
    load_rules "$family" 2>"$tx/apply.err" || {
      give_reason "$tool-restore failed: $(head -n 3 "$tx/apply.err" | tr '\n' ' ')"
      return 1
    }
  done
  [ ! -s "$tx/gone.sets" ] || used=$(free_sets) || {
    give_reason "rules outside of the play still use the set $used, which is to go"
    return 1
  }
  apply_sysctls || {
    give_reason "the kernel doesn't take a sysctl: $(tr '\n' ' ' <"$tx/apply.err")"
    return 1
  }
  # A confirm must come over a connection that the new rules let in: remember those that were there already.
  established_peers >"$tx/peers" || {
    give_reason "the established connections could not be recorded"
    return 1
  }
}

established_peers() { # LOCAL-PORT:REMOTE-PORT in hexadecimal, of every established TCP connection
  set -- /proc/net/tcp /proc/net/tcp6
  [ -e "$2" ] || set -- "$1"
  awk '$4 == "01" { n = split($2, l, ":"); m = split($3, r, ":"); print l[n] ":" r[m] }' "$@"
}

is_fresh() { # did this connection begin after the rules went live?
  # shellcheck disable=SC2086 # the four fields of SSH_CONNECTION
  set -- $connection
  [ $# -eq 4 ] && [ -f "$tx/peers" ] || return 1
  awk -v from="$2" -v to="$4" '$0 == sprintf("%04X:%04X", to, from) { exit 1 }' "$tx/peers"
}

give_reason() { # TEXT: of the rollback; the first one stays
  note "rolling back: $1"
  [ -s "$tx/reason" ] || { printf '%s\n' "$1" >"$tx/reason"; } 2>/dev/null || :
}

roll_back() { # WHO: restores the snapshot, compares, and again two seconds later, as something else may have been under way
  # A person on the console has signed already.
  { [ "$1" = 'the controller' ] && [ -s "$tx/rolled_back_by" ] || printf '%s\n' "$1" >"$tx/rolled_back_by"; } 2>/dev/null || :
  tick
  attempts=0 give_up_cs=$((now + 60000))
  while [ "$attempts" -lt 10 ]; do
    # A restore that fails (another holds the tables, memory is short) is tried for ten minutes: nobody else would.
    if restore_before; then attempts=$((attempts + 1)); else tick && [ "$now" -lt "$give_up_cs" ] || break; fi
    stands_as_before || { sleep 1 && continue; }
    sleep 2
    if stands_as_before; then
      forget_connections "$tx/added.targets"
      move rolling rolled_back && drop_lock && return
    fi
    look
    [ "$seen" = rolling ] || return 0 # another process finished it
  done
  note "what stands differs from the snapshot; $attempts restores went through"
  move rolling rollback_failed
  drop_lock
}

restore_before() {
  log=$tx/log
  { : >>"$log"; } 2>/dev/null || log=/dev/null # a redirection that fails would skip the restore
  unrestored=0
  forwarding_off
  swap_sets_back
  find_families
  for family in $families; do
    put_rules_back "$family" 2>>"$log" || {
      unrestored=1
      note "$tool-restore of the snapshot failed"
    }
  done
  take_off_sets
  restore_sysctls || unrestored=1
  return "$unrestored"
}

stands_as_before() {
  find_families
  for family in $families; do as_before "$family" || return 1; done
  as_before_sets && as_before_sysctls
}

# Records what this play owns now, and what the next boot loads: one rename, so that a crash leaves the old record or the new one.
# Whoever comes after a crash does it all again.
finish_confirm() {
  flush_to_disk "$tx" # the record must not reach the disk before the state that says it was confirmed
  if { record_ownership && commit_boot; } 2>>"$tx/log"; then ended=confirmed; else ended=persist_failed; fi
  # The new rules stand either way.
  destroy_gone_sets
  forget_connections "$tx/removed.targets"
  move confirming "$ended"
  drop_lock
}

record_ownership() {
  read_line "$tx/play"
  [ -n "$line" ] || return 1
  record=$root/plays/$line
  owned_by=$token
  [ ! -e "$tx/undo_of" ] || { read_line "$tx/previous" && owned_by=$line; }
  # Where that is gone, what took it back has the whole text.
  [ -z "$owned_by" ] || [ -d "$root/tx/$owned_by" ] || owned_by=$token
  if [ -z "$owned_by" ]; then
    rm -f "$record" "$root/first/${record##*/}"
  else
    { [ -d "$root/plays" ] && [ -d "$root/first" ] || mkdir -p "$root/plays" "$root/first"; } && note_first "${record##*/}" && echo "$owned_by" >"$tx/record.play" &&
      flush_to_disk "$tx/record.play" && mv "$tx/record.play" "$record" && flush_to_disk "$root/plays"
  fi
}

note_first() { # PLAY: the transaction whose snapshot is how the gateway was before us
  [ ! -s "$root/first/$1" ] || return 0
  find_first
  [ -z "$first" ] || { echo "$first" >"$tx/record.first" && mv "$tx/record.first" "$root/first/$1"; }
}
