# --- the state of a transaction: the name of one file, changed only by rename, so that one process wins -------------

state() { # [FOLDER] → prepared, armed, applying, applied, confirming, confirmed, rolling, rolled_back …, or nothing
  tries=0
  while [ "$tries" -lt 5 ]; do # a rename may hide the file from one reading of the folder
    for file in "${1-$tx}"/state.*; do
      [ -e "$file" ] && echo "${file##*/state.}" && return 0
    done
    tries=$((tries + 1))
  done
  return 1
}

look() { # [FOLDER]: sets $seen to the state, or to nothing
  for file in "${1-$tx}"/state.*; do
    [ -e "$file" ] && seen=${file##*/state.} && return
  done
  seen=$(state "${1-$tx}") || :
}

move() { # FROM TO: succeeds for exactly one process
  mv "$tx/state.$1" "$tx/state.$2" 2>/dev/null || return 1
  note "$1 -> $2"
}

option() { # FOLDER NAME, of a transaction's options
  [ ! -e "$1/options" ] || while read -r name value; do [ "$name" != "$2" ] || printf '%s\n' "$value"; done <"$1/options"
}

persists() { # FOLDER of a transaction
  [ "$(option "$1" persist)" = yes ]
}

is_final() { # STATE
  case $1 in confirmed | persist_failed | rolled_back | rollback_failed | cancelled | lost_reboot) return 0 ;; esac
  return 1
}

await_final() { # HUNDREDTHS: waits until the state is final; prints the state it last saw
  tick
  until_cs=$((now + $1))
  look
  while ! is_final "$seen" && [ "$now" -lt "$until_cs" ]; do
    sleep 0.1 2>/dev/null || sleep 1
    tick
    look
  done
  echo "$seen"
}

announce() { # ROLE: who I am, whole or not at all, and once: a second runner would work against the first
  identity $$ >"$tx/$1.$$" && ln "$tx/$1.$$" "$tx/$1.id" && proof=$tx/$1.id && rm -f "$tx/$1.$$"
}

# An exclusive right on this transaction; passes on only when its holder is dead. 1: another has it; 2: nothing can be
# written here. A claim is a link to a file that exists already, so that a full disk keeps nobody from a rollback.
claim() { # NAME
  me=$(identity $$)
  if [ -z "${proof-}" ]; then
    { printf '%s\n' "$me" >"$tx/claim.$$"; } 2>/dev/null || return 2
    proof=$tx/claim.$$
  fi
  number=1
  until ln "$proof" "$tx/$1.$number" 2>/dev/null; do
    [ -e "$tx/$1.$number" ] || return 2
    holder=$(first_line "$tx/$1.$number")
    [ "$holder" = "$me" ] && return
    # Unreadable or alive: no succession.
    [ -n "$holder" ] && ! is_alive "$holder" || return 1
    number=$((number + 1))
  done
}

# --- the gateway's lock: one transaction at a time, whoever starts it -----------------------------------------------

lock_field() { # NAME, of the lock's record
  { while IFS= read -r line; do case $line in "$1="*) printf '%s\n' "${line#*=}" ;; esac done <"$root/lock"; } 2>/dev/null
}

write_record() { # the lock's record, whole before it is linked
  {
    echo "token=$token"
    printf 'owner=%s\n' "$owner" # it may hold a backslash, which echo reads
    echo "play=$play"
    echo "holder=$(identity $$)"
    echo "boot=$(boot_id)"
    echo "since=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "expires=$(($(uptime_cs) + 12000))" # a prepared transaction whose controller fell silent is void after 120 s
  } >"$tx/record"
}

take_lock() { # or refuse, saying by whom and until when it is held
  rounds=0
  until words=$(ln "$tx/record" "$root/lock" 2>&1); do
    rounds=$((rounds + 1))
    if [ "$rounds" -gt 20 ]; then
      say_problem lock-failed "can't take $root/lock: $words"
      return 1
    fi
    [ "$rounds" -eq 1 ] || pause # somebody may be about to free it
    holder_token=$(lock_field token)
    [ -n "$holder_token" ] || continue
    recover "$holder_token" && continue
    held=$(say_holder)
    [ -n "$held" ] || continue # freed meanwhile
    printf '%s\n' "$held"
    return 1
  done
}

say_holder() { # the lock's record as a problem; nothing when nobody holds it
  [ -e "$root/lock" ] || return 0
  holder_token=$(lock_field token)
  left=$((($(lock_field expires) - $(uptime_cs)) / 100))
  deadline=$(first_line "$root/tx/$holder_token/deadline")
  [ -n "$deadline" ] && left=$(((deadline - $(uptime_cs)) / 100))
  [ "$left" -gt 0 ] || left=0
  holder_state=$(state "$root/tx/$holder_token")
  say_problem locked "$(lock_field owner) holds the lock since $(lock_field since) (play $(lock_field play), transaction $holder_token, ${holder_state:-gone}, $left s left)"
}

recover() { # TOKEN: frees the lock of a transaction that is over or dead; fails while it lives
  own_tx=$tx own_token=$token
  tx=$root/tx/$1 token=$1
  is_word "$1" && settle_dead && drop_lock
  settled=$?
  tx=$own_tx token=$own_token
  return "$settled"
}

settle_dead() { # brings $tx to a final state when nobody else can; fails while somebody lives who can
  seen=$(state)
  [ -n "$seen" ] && ! is_final "$seen" || return 0
  if [ "$(first_line "$tx/boot")" != "$(boot_id)" ]; then
    lose_to_reboot "$seen"
  elif [ "$seen" = prepared ]; then
    [ "$(lock_field token)" = "$token" ] || return 1
    is_alive "$(lock_field holder)" && [ "$(uptime_cs)" -lt "$(lock_field expires)" ] && return 1
    move prepared cancelled
  else
    [ "$seen" = armed ] && is_coming_up && return 1
    is_alive "$(first_line "$tx/runner.id")" && return 1
    is_alive "$(first_line "$tx/guard.id")" && return 1
    claim takeover && take_over "a later run, as runner and guard were dead"
  fi
}

drop_lock() { # only the claimant of a transaction's release may unlink its lock: never that of a successor
  [ "$(lock_field token)" = "$token" ] || return 0
  mkdir -p "$tx" 2>/dev/null # where the folder is gone, the claim needs a place all the same
  claim release || return 0
  unstage_boot
  stop_late_timer
  # Nobody links this token again, so what stands now can't become a successor's lock before it is unlinked.
  [ "$(lock_field token)" = "$token" ] || return 0
  rm -f "$root/lock"
  [ -e "$tx/boot" ] || rm -rf "$tx"
}
