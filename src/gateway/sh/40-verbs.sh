# --- what the controller asks ----------------------------------------------------------------------------------------

find_missing() { # sets $missing to the tools that aren't there
  missing=
  for name in awk cat chmod cmp cut date du grep head ln ls mkdir mv readlink rm sed setsid sleep sort sync tr wc; do
    command -v "$name" >/dev/null || missing="$missing$name "
  done
  for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
    command -v "$name" >/dev/null || missing="$missing$name "
  done
}

is_root() { # by the effective user id
  effective=
  while read -r key _ effective _; do
    [ "$key" != Uid: ] || break
  done </proc/self/status
  [ "$effective" = 0 ]
}

can_manage() { # root, tools and a layout we know; else refuses
  is_root || {
    refuse not-root "runs as $(id -un 2>/dev/null || id -u), not as root"
    return 1
  }
  find_missing
  [ -z "$missing" ] || {
    refuse missing-tools "$missing"
    return 1
  }
  read_line "$root/layout"
  case $line in
    '' | 1 | "$layout") ;;
    *)
      refuse layout-unknown "$root has layout $line, this sluice knows up to $layout"
      return 1
      ;;
  esac
}

probe() { # can this gateway be managed? Changes nothing.
  can_manage || return
  find_backend
  say_value backend "$backend"
  say_value kernel "$(uname -r)"
  say_value iptables "$(iptables -V)"
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then say_value detach systemd-run; else say_value detach setsid; fi
  find_way || say_problem no-shadow "$no_way"
  refuse_mixed_backends ipv4 && refuse_mixed_backends ipv6
  say_holder
  say_end probed
}

refuse_mixed_backends() { # FAMILY
  choose_tool "$1"
  other_backend_holds
  [ -z "$held" ] || {
    say_problem backend-mix "$1: $tool is $backend, but the other backend holds rules too (tables: ${held% })"
    return 1
  }
}

# Compares what the play wants with what stands, for each family that it names or once named: writes into $tx only.
examine() {
  # Only a look may do without a rehearsal, and says so.
  [ -n "$unrehearsed" ] || find_way || {
    say_problem no-shadow "$no_way"
    return 1
  }
  find_backend
  say_value backend "$backend"
  read_line "$root/plays/$play"
  last=$root/tx/$line
  define_ownership "$last" || return 1
  ! has_chains || say_value scope chains
  say_last
  examine_sets "$last" || return 1
  for family in ipv6 ipv4; do
    examine_family || return 1
  done
  find_families
  if [ -n "$unrehearsed" ]; then
    for family in $families; do leave_unrehearsed "$family" || return 1; done
  else rehearse || return 1; fi
  for family in $families; do
    say_file "before.$family" "$tx/before.$family"
    say_file "live.$family" "$tx/before.canonical.$family"
    say_file "canonical.$family" "$tx/canonical.$family"
    [ ! -e "$last/canonical.$family" ] || say_file "confirmed.$family" "$last/canonical.$family"
  done
  examine_sysctls "$last" && plan_flush && examine_boot "$last" || return 1
  say_owners
}

examine_family() { # what the play wants of $family, the snapshot, and what would take a change back
  tables=
  if [ -e "$tx/desired.$family" ]; then
    find_tables "$tx/desired.$family"
    for table in $tables; do echo "$table"; done >"$tx/owned.$family" || return 1
  fi
  # What the play owned and no longer names goes back to what the kernel makes it.
  words_of "$last/owned.$family"
  for table in $words; do
    case " $tables" in *" $table "*) continue ;; esac
    drop_table "$table" >>"$tx/desired.$family" || return 1
    say_value reset "$family $table"
    tables="$tables$table "
  done
  [ -s "$tx/desired.$family" ] || return 0
  say_value family "$family"
  refuse_mixed_backends "$family" && echo "$tables" >"$tx/tables.$family" &&
    save "$family" "$tx/before.$family" && study_snapshot "$family" && note_foreign "$family"
}

say_last() { # what the play's last confirmed transaction left, beside its rules: whoever looks sees what others changed since
  [ -e "$root/plays/$play" ] || return 0
  find_since "$last"
  read_line "$last/owner"
  say_value last "${last##*/} $since $line"
  [ ! -s "$last/canonical.sets" ] || say_file confirmed.sets "$last/canonical.sets"
  [ ! -s "$last/desired.sysctls" ] || say_file confirmed.sysctls "$last/desired.sysctls"
}

find_since() { # FOLDER of a transaction: sets $since to when it began
  since=
  [ ! -e "$1/record" ] || while IFS= read -r line; do case $line in since=*) since=${line#*=} ;; esac done <"$1/record"
}

say_owners() { # which play owns which table, from the last confirmed transaction of each
  for record in "$root"/plays/*; do
    [ -e "$record" ] || continue
    read_line "$record"
    owned=$root/tx/$line
    for family in ipv4 ipv6; do
      # Where only chains are, the prefixes of their names say which.
      words_of "$owned/owned.$family"
      for table in $words; do
        ! has_chains "$owned" || { owner_of_prefixes "${record##*/} $family $table" "$owned" && continue; }
        say_value owner "${record##*/} $family $table"
      done
    done
    words_of "$owned/owned.sets"
    for name in $words; do say_value owner "${record##*/} ipset $name"; done
  done
  :
}

owner_of_prefixes() { # WORDS FOLDER
  sed -n 's/^prefix //p' "$2/ownership" | while read -r prefix; do say_value owner "$1 $prefix"; done
}

inspect() { # PLAY: what would change?
  can_manage || return
  find_way && in_tmpfs inspect-in-tmpfs "$1" && return
  inspect_in_folder "$1"
}

# In a mount namespace of its own, whose only writable ground is a tmpfs that goes with it; fails where it can't have that.
in_tmpfs() { # VERB [ARGUMENT ...]
  # shellcheck disable=SC2016 # expands inside the namespace
  printf '%s' "$sent" | unshared -m /bin/sh -c '
    mount -t tmpfs -o mode=0700 tmpfs /tmp && sent=$(cat) || exit 125
    eval "$sent"' sluice "$connection" "$@" "$way"
  case $? in 125) return 1 ;; esac
  return 0
}

inspect_in_tmpfs() { # PLAY WAY
  play=$1 way=$2 tx=/tmp
  look_and_compare
}

# Without a way to namespaces there is no shadow either: the controller is told, and reads the rules by its own lights.
inspect_in_folder() { # PLAY
  play=$1 scratch=''
  for ground in $grounds; do
    scratch=$ground/$(own_name)
    mkdir "$scratch" 2>/dev/null && break
    scratch=''
  done
  [ -n "$scratch" ] || {
    refuse no-scratch "nothing can be written to $grounds${no_way:+, and $no_way}"
    return
  }
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' HUP INT TERM PIPE
  tx=$scratch
  [ -n "$way" ] || {
    unrehearsed=yes
    say_value unrehearsed "$no_way"
  }
  look_and_compare
}

look_and_compare() {
  { unpack "$tx" && echo "$play" >"$tx/play"; } || {
    refuse payload "the payload did not arrive whole"
    return
  }
  say_holder
  if examine; then say_end inspected; else say_end refused; fi
}

# Steps 1 and 2: lock, snapshot, rehearsal; then, on the controller's word, arm and apply. Until that word comes, an end
# of the connection undoes everything.
begin() { # TOKEN PLAY OWNER CONFIRM-WITHIN-SECONDS [UNDO-OF]
  can_manage && can_rehearse || return
  token=$1 play=$2 owner=$3 window=$4 undo_of=${5-}
  tx=$root/tx/$token
  prepare || return
  ending=refused
  if take_lock; then
    find_standing "$undo_of"
    if standing_is "$standing" && { [ -z "$undo_of" ] || reach_back; } && examine; then
      say_end prepared
      IFS= read -r word || word=release
      if [ "$word" = go ]; then trial && return; else ending=released; fi # once armed, nothing below may happen
    fi
    move prepared cancelled
    drop_lock
  fi
  told=
  rm -rf "$tx"     # nothing was changed: nothing to keep
  say_end "$ending" # last, so that whoever hears it finds the lock free
}

prepare() { # the transaction's folder, whole, or nothing
  is_word "$token" && is_word "$play" || {
    refuse bad-token "token '$token', play '$play'"
    return 1
  }
  [ -d "$root/tx" ] || mkdir -p "$root/tx" 2>/dev/null
  prune 2>/dev/null
  mkdir "$tx" 2>/dev/null || {
    if [ -d "$tx" ]; then refuse token-used "$token"; else refuse state-folder "can't write to $root: $(free_space)"; fi
    return 1
  }
  # The state file comes last: without it, what a crash leaves here is no transaction.
  { announce begin && unpack "$tx" && claim_layout && leave_console && read_line /proc/sys/kernel/random/boot_id && echo "$line" >"$tx/boot" && echo "$play" >"$tx/play" && printf '%s\n' "$owner" >"$tx/owner" &&
    echo "$window" >"$tx/window" && read_line "$root/plays/$play" && printf '%s' "$line" >"$tx/previous" && take_back "$undo_of" &&
    write_record && flush_to_disk "$tx/record" && : >"$tx/state.prepared"; } 2>/dev/null || {
    refuse state-folder "can't write to $root: $(free_space)"
    rm -rf "$tx"
    return 1
  }
}

claim_layout() { # from here on, an older sluice keeps its hands off
  read_line "$root/layout"
  [ "$line" = "$layout" ] || { echo "$layout" >"$tx/layout" && mv "$tx/layout" "$root/layout"; }
}

# Old transactions go: beyond the newest twenty, or 64 MiB of them. What a play stands on stays (its last confirmed
# transaction, the one an undo of that would go back to, and its first), and so does what isn't over.
prune() {
  read_lock || :
  needed=" $lock_token "
  for record in "$root"/plays/* "$root"/first/*; do
    [ -e "$record" ] || continue
    read_line "$record"
    needed="$needed$line "
    read_line "$root/tx/$line/previous"
    needed="$needed$line "
  done
  old=
  for folder in "$root"/tx/*; do case $needed in *" ${folder##*/} "*) ;; *) old=yes ;; esac done
  [ -n "$old" ] && [ -e "$folder" ] || return 0
  count=0 kib=0
  total=$(du -sk "$root/tx") # one by one only where it matters
  total=${total%%[!0-9]*}
  # shellcheck disable=SC2045 # tokens are words
  for name in $(ls -t "$root/tx"); do
    folder=$root/tx/$name
    case $needed in *" $name "*) continue ;; esac
    if look "$folder"; then
      if [ "$seen" = prepared ]; then # killed before it had the lock: it changed nothing, and nobody else would end it
        read_line "$folder/begin.id"
        is_alive "$line" || drop_folder "$folder"
        continue
      fi
      is_final "$seen" || continue
    else
      read_line "$folder/begin.id"
      is_alive "$line" && continue
    fi
    count=$((count + 1))
    [ "$total" -le 65536 ] || kib=$((kib + $(du -sk "$folder" | cut -f 1)))
    [ "$count" -gt 20 ] || [ "$kib" -gt 65536 ] || continue
    drop_folder "$folder"
  done
}

drop_folder() { # FOLDER of a transaction: without its state, what a crash leaves of it is none
  rm -f "$1"/state.*
  rm -rf "$1"
}

free_space() {
  df -P "$root" 2>/dev/null | awk 'NR == 2 { print $4 " KiB free on " $6 }'
}

# Armed before applied: from then on the gateway finishes by itself, whatever becomes of this session.
trial() { # fails only while nothing is armed
  rehearse_rest || return 1
  stage_boot 2>"$tx/stage.err" || {
    say_problem persist-impossible "$(head -n 2 "$tx/stage.err")"
    return 1
  }
  tick
  echo $((now + window * 100)) >"$tx/deadline" && [ -s "$tx/deadline" ] || {
    say_problem state-folder "can't write to $root: $(free_space)"
    return 1
  }
  # The last look before the point of no return: also proves that what the disk holds is what was written.
  stands_as_before || {
    say_problem changed-since "rules, sets or sysctls changed while the change was being prepared"
    return 1
  }
  move prepared armed || {
    say_problem taken-over "the prepared transaction expired or was taken over by another run"
    return 1
  }
  expect_calls # the runner's, once the rules are live
  start_late_timer
  start_detached guard
  start_detached runner
  say_value armed "$window" # not before: a lost connection ends us here
  look
  while [ "$seen" = armed ] || [ "$seen" = applying ]; do
    nap
    is_called=
    is_coming_up || settle_dead # neither came up, or both died
    look
  done
  [ "$seen" != rolling ] || await_final 12000
  answer_state
  return 0 # even when nobody heard it
}

answer_state() { # the state, why and by whom, and the log
  await_note
  say_value state "$seen"
  for fact in reason rolled_back_by; do
    [ -s "$tx/$fact" ] && read_line "$tx/$fact" && say_value "$fact" "$line"
  done
  [ -e "$tx/log" ] && say_file log "$tx/log"
  say_end "${seen:-gone}"
}

await_note() { # whoever moves the state writes its line after the rename: up to half a second
  rounds=0
  while is_final "$seen" && [ "$rounds" -lt 10 ] && ! grep -q -e "-> $seen\$" "$tx/log" 2>/dev/null; do
    rounds=$((rounds + 1))
    sleep 0.05 2>/dev/null || return 0
  done
}

find_transaction() { # TOKEN
  token=$1 tx=$root/tx/$1
  is_word "$1" && [ -d "$tx" ] || {
    say_end gone
    return 1
  }
  look
  is_of_this_boot || is_final "$seen" || { lose_to_reboot "$seen" && seen=lost_reboot; }
  # Its session died before anything was armed, or runner and guard both died: whoever asks brings it to its end.
  if [ "$seen" = prepared ]; then
    settle_dead && drop_lock
    look
  fi
  if [ -s "$tx/deadline" ] && ! is_final "$seen" && is_overdue "$seen"; then
    settle_dead
    look
  fi
  return 0
}

confirm() { # TOKEN: only over a connection that the new rules let in
  find_transaction "$1" || return
  if [ "$seen" = applied ]; then
    is_fresh || {
      refuse stale-connection "this connection was established before the rules went live, so it proves nothing"
      return
    }
    move applied confirming && { wake runner || settle_dead; }
  fi
  await_final 3000
  answer_state
}

rollback() { # TOKEN REASON
  find_transaction "$1" || return
  case $seen in
    applied) give_reason "$2" ;;
    prepared) move prepared cancelled && drop_lock ;; # a word to apply that is on its way comes too late
  esac
  move applied rolling && { wake runner || settle_dead; }
  await_final 12000
  answer_state
}

status() { # TOKEN
  find_transaction "$1" || return
  answer_state
}
