# --- what a play wanted once: for a rollback, where nobody else has kept it -------------------------------------------

# For each play: what it stood on once that run was done, followed back from what it stands on now. A chain that ends in a folder that
# is gone says so; one that ends before us says nothing. Changes nothing.
recall() { # RUN
  can_manage || return
  run=$1
  for record in "$root"/plays/*; do
    [ -e "$record" ] || continue
    read_line "$record"
    play=${record##*/} token=$line
    while [ -n "$token" ] && [ -d "$root/tx/$token" ] && is_later "$token"; do
      read_line "$root/tx/$token/previous"
      token=$line
    done
    [ -n "$token" ] || {
      say_value nothing "$play"
      continue
    }
    tx=$root/tx/$token
    [ -s "$tx/window" ] || {
      say_value gone "$play $token"
      continue
    }
    recall_transaction
  done
  say_end recalled
}

is_later() { # TOKEN: of a run that began after ours; names of runs begin with the time
  case $1 in "$run".*) return 1 ;; esac
  awk -v token="$1" -v run="$run" 'BEGIN { exit !(token "" > run "") }'
}

recall_transaction() {
  read_line "$tx/window"
  say_value held "$play $token $line"
  # What was only reset is no longer its own.
  for family in ipv4 ipv6; do
    [ -s "$tx/owned.$family" ] || continue
    words_of "$tx/owned.$family"
    text=$(only_tables "$words" <"$tx/desired.$family")
    [ -z "$text" ] || say_text "desired.$family.$play" "$text"
  done
  for file in desired.sets kept.sets desired.sysctls options; do
    [ ! -s "$tx/$file" ] || say_file "$file.$play" "$tx/$file"
  done
}

say_text() { # NAME TEXT, and a line end
  printf '#sluice file %s %s\n' "$1" "$(printf '%s\n' "$2" | wc -c | tr -d ' ')"
  printf '%s\n\n' "$2"
}
