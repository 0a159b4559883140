# --- the state of a transaction: the name of one file, changed only by rename, so that one process wins -------------

look() { # [FOLDER]: sets $seen to prepared, armed, applying, applied, confirming, confirmed, rolling, rolled_back …, or fails with nothing
  tries=0
  while [ "$tries" -lt 5 ]; do # a rename may hide the file from one reading of the folder
    for state_file in "${1-$tx}"/state.*; do
      [ -e "$state_file" ] && seen=${state_file##*/state.} && return
    done
    tries=$((tries + 1))
  done
  seen=
  return 1
}

move() { # FROM TO: succeeds for exactly one process
  mv "$tx/state.$1" "$tx/state.$2" 2>/dev/null || return 1
  note "$1 -> $2"
}

has_option() { # FOLDER LINE, of a transaction's options
  [ -e "$1/options" ] || return
  while IFS= read -r line; do [ "$line" != "$2" ] || return 0; done <"$1/options"
  return 1
}

persists() { # FOLDER of a transaction
  has_option "$1" 'persist yes'
}

is_final() { # STATE
  case $1 in confirmed | persist_failed | rolled_back | rollback_failed | cancelled | lost_reboot) return 0 ;; esac
  return 1
}

await_final() { # HUNDREDTHS: waits until the state is final; $seen is what it last saw
  tick
  until_cs=$((now + $1))
  look
  while ! is_final "$seen" && [ "$now" -lt "$until_cs" ]; do
    sleep 0.1 2>/dev/null || sleep 1
    tick
    look
  done
}

announce() { # ROLE: who I am, and once: a second runner would work against the first. An empty file is nobody's.
  identity $$
  set -C
  { printf '%s\n' "$id" >"$tx/$1.id"; } 2>/dev/null
  announced=$?
  set +C
  [ "$announced" = 0 ] && proof=$tx/$1.id
}

# An exclusive right on this transaction; passes on only when its holder is dead. 1: another has it; 2: nothing can be
# written here. A claim is a link to a file that exists already, so that a full disk keeps nobody from a rollback.
claim() { # NAME
  identity $$
  me=$id
  if [ -z "${proof-}" ]; then
    { printf '%s\n' "$me" >"$tx/claim.$$"; } 2>/dev/null || return 2
    proof=$tx/claim.$$
  fi
  number=1
  until ln "$proof" "$tx/$1.$number" 2>/dev/null; do
    [ -e "$tx/$1.$number" ] || return 2
    read_line "$tx/$1.$number"
    holder=$line
    [ "$holder" = "$me" ] && return
    # Unreadable or alive: no succession.
    [ -n "$holder" ] && ! is_alive "$holder" || return 1
    number=$((number + 1))
  done
}

# --- the gateway's lock: one transaction at a time, whoever starts it -----------------------------------------------

read_lock() { # sets $lock_token and what else the lock's record says; fails with nothing where nobody holds it
  lock_token='' lock_owner='' lock_play='' lock_holder='' lock_since='' lock_expires=''
  { while IFS= read -r line; do
    case $line in
      token=*) lock_token=${line#*=} ;;
      owner=*) lock_owner=${line#*=} ;;
      play=*) lock_play=${line#*=} ;;
      holder=*) lock_holder=${line#*=} ;;
      since=*) lock_since=${line#*=} ;;
      expires=*) lock_expires=${line#*=} ;;
    esac
  done <"$root/lock"; } 2>/dev/null
  [ -n "$lock_token" ]
}

holds_lock() { # does $tx?
  read_lock && [ "$lock_token" = "$token" ]
}

write_record() { # the lock's record, whole before it is linked
  identity $$
  tick
  read_line /proc/sys/kernel/random/boot_id
  {
    echo "token=$token"
    printf 'owner=%s\n' "$owner" # it may hold a backslash, which echo reads
    echo "play=$play"
    echo "holder=$id"
    echo "boot=$line"
    echo "since=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    echo "expires=$((now + 12000))" # a prepared transaction whose controller fell silent is void after 120 s
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
    read_lock || continue
    recover "$lock_token" && continue
    held=$(say_holder)
    [ -n "$held" ] || continue # freed meanwhile
    printf '%s\n' "$held"
    return 1
  done
}

say_holder() { # the lock's record as a problem; nothing when nobody holds it
  read_lock || return 0
  read_line "$root/tx/$lock_token/deadline"
  seconds_until "${line:-$lock_expires}"
  look "$root/tx/$lock_token"
  say_problem locked "$lock_owner holds the lock since $lock_since (play $lock_play, transaction $lock_token, ${seen:-gone}, $left s left)"
}

seconds_until() { # HUNDREDTHS of uptime: sets $left; 0 when they are over
  tick
  left=$(((${1:-0} - now) / 100))
  [ "$left" -gt 0 ] || left=0
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
  look && ! is_final "$seen" || return 0
  if ! is_of_this_boot; then
    lose_to_reboot "$seen"
  elif [ "$seen" = prepared ]; then
    if lives begin; then # its session holds the lock, for a while, or is about to take it
      holds_lock || return 1
      tick
      [ "$now" -ge "$lock_expires" ] || return 1
    fi
    move prepared cancelled
  else
    [ "$seen" = armed ] && is_coming_up && return 1
    lives runner && return 1
    lives guard && return 1
    claim takeover && take_over "a later run, as runner and guard were dead"
  fi
}

drop_lock() { # only the claimant of a transaction's release may unlink its lock: never that of a successor
  holds_lock || return 0
  [ -d "$tx" ] || mkdir -p "$tx" 2>/dev/null # where the folder is gone, the claim needs a place all the same
  claim release || return 0
  unstage_boot
  stop_late_timer
  # Nobody links this token again, so what stands now can't become a successor's lock before it is unlinked.
  holds_lock || return 0
  rm -f "$root/lock"
  [ -e "$tx/boot" ] || rm -rf "$tx"
}
