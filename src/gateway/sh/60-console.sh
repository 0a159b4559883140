# --- what a person types on the gateway's console, without a controller ----------------------------------------------

console() { # [list | restore TOKEN]
  [ "$(id -u)" = 0 ] || {
    say "sluice: must be run as root"
    return 1
  }
  speak_plainly
  connection=
  case $#:${1-} in
    0:) list && say '' "usage: sh $0 [list]" "       sh $0 restore TOKEN    puts back what was before that transaction" ;;
    1:list) list ;;
    2:restore) restore "$2" ;;
    *)
      say "usage: sh $0 [list | restore TOKEN]"
      return 1
      ;;
  esac
}

say() { # LINE ...: an owner or a reason may hold what a terminal would obey
  printf '%s\n' "$@" | tr -d '\001-\011\013-\037\177'
}

# shellcheck disable=SC2329 # these take the place of what answers a controller
speak_plainly() {
  say_value() { :; }
  say_file() { :; }
  say_end() { :; }
  say_problem() { say "sluice: $2"; }
}

list() { # the kept snapshots
  say_holder
  none=yes
  for token in $(newest 1000); do
    tx=$root/tx/$token
    has_snapshot && look || continue
    read_line "$tx/play"
    play=$line current=
    [ "$none" = yes ] && say 'Kept snapshots, each of what was before that transaction; the newest first:'
    none=
    read_line "$root/plays/$play"
    [ "$line" = "$token" ] && current=', current'
    find_since "$tx"
    read_line "$tx/owner"
    say "$token" "    $seen$current; begun $since by $line"
    say "    play $play: $(replaced_tables)"
    [ -s "$tx/undo_of" ] && read_line "$tx/undo_of" && say "    takes back $line"
    [ -s "$tx/reason" ] && read_line "$tx/reason" && say "    $line"
  done
  [ -z "$none" ] || say "No snapshot is kept in $root."
}

has_snapshot() {
  [ -s "$tx/rollback.ipv4" ] || [ -s "$tx/rollback.ipv6" ] || [ -s "$tx/concerned.sets" ] || [ -s "$tx/before.sysctls" ]
}

replaced_tables() {
  between=
  for family in ipv4 ipv6; do
    [ -s "$tx/tables.$family" ] || continue
    read_line "$tx/tables.$family"
    printf '%s%s %s' "$between" "$family" "${line% }"
    between=', '
  done
  if [ -s "$tx/concerned.sets" ]; then
    words_of "$tx/concerned.sets"
    printf '%sipset %s' "$between" "${words% }"
    between=', '
  fi
  [ ! -s "$tx/wanted.sysctls" ] || printf '%ssysctls' "$between"
}

# What was before a transaction, through a transaction of its own. The word that a person types takes the place of the
# fresh connection; a terminal that is lost, or a person who is locked out, types nothing, and the deadline does the rest.
restore() { # TOKEN
  can_manage || return 1
  tx=$root/tx/$1
  is_word "$1" && [ -d "$tx" ] && look || {
    say "sluice: there is no transaction $1; see: sh $0 list"
    return 1
  }
  find_transaction "$1"
  is_final "$seen" || {
    end_trial
    return
  }
  has_snapshot || {
    say "sluice: transaction $1 holds no snapshot"
    return 1
  }
  read_line "$tx/play"
  undo_of=$1 undone=$seen play=$line window=60
  owner="${SUDO_USER:-$(id -un)}@$(uname -n), on the console"
  token=console-$(date -u +%Y%m%dT%H%M%SZ)-$$
  tx=$root/tx/$token
  sent="$(cat "$0")${newline}exit #%sluice-payload$newline#%sluice-done" # in the program itself, neither begins a line
  prepare || return 1
  trap 'let_go; exit 130' HUP INT TERM
  if take_lock; then
    warn_if_changed
    if reach_back && examine; then
      trap - TERM
      trap '' HUP INT # between armed and the start of the runner, a death would leave it to the next run
      trial && {
        trap - HUP
        ask_to_keep
        return
      }
    fi
  fi
  let_go
  say 'Nothing was changed.'
  return 1
}

let_go() { # of what is only prepared: once armed, its folder holds the way back
  move prepared cancelled || { look && is_final "$seen"; } || return
  drop_lock
  rm -rf "$tx"
}

end_trial() { # one that is under way is taken back at once
  if [ "$seen" = prepared ]; then
    say "Transaction $token is prepared: it has changed nothing yet, and there is nothing to take back."
    return 1
  fi
  say "Transaction $token is $seen: it is taken back."
  while [ "$seen" = armed ] || [ "$seen" = applying ]; do
    pause
    is_coming_up || settle_dead
    look
  done
  back_now 'taken back on the console'
  say "It is $seen."
  [ "$seen" = rolled_back ] || [ "$seen" = cancelled ]
}

back_now() { # REASON
  [ "$seen" = applied ] && {
    give_reason "$1"
    { echo 'a person on the console' >"$tx/rolled_back_by"; } 2>/dev/null
  }
  move applied rolling
  wake runner || settle_dead
  await_final 12000
}

warn_if_changed() { # a controller would be refused; a person who typed the token has decided
  case $undone in confirmed | persist_failed) standing_is "$undo_of" || say 'They are replaced all the same.' ;; esac
}

ask_to_keep() {
  if [ "$seen" = applied ]; then
    stopped=
    trap 'stopped=yes' INT # before it is asked: whoever interrupts is heard
    read_line "$tx/deadline"
    seconds_until "$line"
    say "What was before $undo_of is live. In $left s it is taken back again, unless you type: keep"
    comes_over_ssh && say 'You are here over SSH, and this session says nothing about the next one: try a new login before you keep it.'
    say '(back: takes it back now)'
    await_word
  fi
  case $seen in
    confirmed) say "Kept. The way back: sh $0 restore $token" ;;
    rolled_back) read_line "$tx/reason" && say "Taken back ($line): the rules are as they were before this restore." && return 1 ;;
    *) say "This ended as $seen: $tx/log says more." && return 1 ;;
  esac
}

await_word() { # until it is kept, taken back, or the deadline has done so
  exec 3<&0 # what runs beside gets no stdin
  listen <&3 3<&- &
  listener=$!
  identity "$listener"
  listener_id=$id
  while look && [ "$seen" = applied ] && [ -z "$stopped" ] && is_alive "$listener_id"; do pause; done
  look
  if [ -n "$stopped" ] || is_alive "$listener_id"; then
    kill "$listener" 2>/dev/null
    heard=1
  else
    wait "$listener"
    heard=$?
  fi
  if [ "$heard" = 0 ]; then
    move applied confirming && { wake runner || settle_dead; }
    await_final 12000
  else
    back_now 'not kept on the console'
  fi
}

listen() { # succeeds on `keep`; fails on `back`, and when nothing more can come
  while IFS= read -r word; do
    case $word in
      keep) return 0 ;;
      back) return 1 ;;
      *) say 'Type keep, or back.' ;;
    esac
  done
  return 1
}

comes_over_ssh() { # also through sudo, which drops SSH_CONNECTION: is a server of SSH among our forebears?
  [ -z "${SSH_CONNECTION-}" ] || return 0
  forebear=$$
  while [ "${forebear:-1}" -gt 1 ]; do
    read_line "/proc/$forebear/comm"
    case $line in sshd* | dropbear*) return 0 ;; esac
    forebear=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$forebear/status")
  done
  return 1
}
