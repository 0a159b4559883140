# --- sysctls: only differences are written, globals before the interfaces they overwrite ------------------------------

sysctl_file() { # KEY → its file: with `.` first, as in net.ipv4.conf.eth0/100.rp_filter, dots and slashes are each other
  case $1 in
    */*) case ${1%%/*} in *.*) echo "/proc/sys/$(printf '%s' "$1" | tr './' '/.')" ;; *) echo "/proc/sys/$1" ;; esac ;;
    *) echo "/proc/sys/$(printf '%s' "$1" | tr . /)" ;;
  esac
}

sysctl_keys() { # `file value` lines → `key value`
  awk '{ sub(/^\/proc\/sys\//, ""); if ($1 !~ /\./) { key = $1; gsub(/\//, ".", key); sub(/^[^ ]*/, key) } print }'
}

sysctl_value() { # FILE: one line, single blanks
  tr -s '\t\n ' ' ' <"$1" 2>/dev/null | sed 's/ $//'
}

# Forwarding switches rewrite each other: net.ipv4.ip_forward sets every interface's, and turns accept_redirects round.
forwarding_files() { # FAMILY
  case $1 in
    ipv4) ls /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/all/accept_redirects /proc/sys/net/ipv4/conf/*/forwarding ;;
    ipv6) ls /proc/sys/net/ipv6/conf/*/forwarding ;;
  esac 2>/dev/null
}

globals_first() { # lines that begin with a file: what sets every interface comes before what sets one
  awk '{ print ($1 ~ /\/conf\// && $1 !~ /\/conf\/all\/forwarding$/ ? ($1 ~ /\/conf\/(all|default)\// ? 1 : 2) : 0) "\t" $0 }' | sort -s -k 1,1 | cut -f 2-
}

examine_sysctls() { # LAST: the folder of the play's last confirmed transaction
  [ -e "$tx/desired.sysctls" ] || : >"$tx/desired.sysctls"
  [ -s "$tx/desired.sysctls" ] || [ -s "$1/desired.sysctls" ] || {
    : >"$tx/wanted.sysctls" && : >"$tx/before.sysctls"
    return
  }
  [ -e "$tx/undo_of" ] || [ ! -s "$1/desired.sysctls" ] || while read -r key _; do
    grep -qF "$key " "$tx/desired.sysctls" || say_value left "$key"
  done <"$1/desired.sysctls"
  : >"$tx/wanted.sysctls"
  : >"$tx/live.sysctls"
  wrong=
  while read -r key value; do
    file=$(sysctl_file "$key")
    if [ -f "$file" ]; then
      echo "$file $value" >>"$tx/wanted.sysctls"
      echo "$key = $(sysctl_value "$file")" >>"$tx/live.sysctls"
    else
      # What an undo would put back may have gone with its interface.
      [ -e "$tx/undo_of" ] && continue
      say_problem unknown-sysctl "$key"
      wrong=yes
    fi
  done <"$tx/desired.sysctls"
  [ -z "$wrong" ] && snapshot_sysctls && rehearse_sysctls || return 1
  [ -s "$tx/wanted.sysctls" ] || return 0
  say_file live.sysctls "$tx/live.sysctls"
  while read -r key value; do [ -f "$(sysctl_file "$key")" ] && echo "$key = $value"; done <"$tx/desired.sysctls" >"$tx/canonical.sysctls"
  say_file canonical.sysctls "$tx/canonical.sysctls"
}

snapshot_sysctls() { # what the play names, and what the kernel changes along with it
  [ -s "$tx/wanted.sysctls" ] || {
    : >"$tx/before.sysctls"
    return
  }
  {
    cut -d ' ' -f 1 "$tx/wanted.sysctls"
    grep -q -e '/ipv4/ip_forward ' -e '/ipv4/conf/.*/forwarding ' "$tx/wanted.sysctls" && forwarding_files ipv4
    grep -q '/ipv6/conf/.*/forwarding ' "$tx/wanted.sysctls" && forwarding_files ipv6
  } | sort -u | while read -r file; do echo "$file $(sysctl_value "$file")"; done | globals_first >"$tx/before.sysctls"
}

# Writes each value in an empty network namespace, where the kernel has that parameter there: a value that it refuses is known
# before anything is changed. What only the machine's own namespace has is met at the apply.
rehearse_sysctls() {
  [ -s "$tx/wanted.sysctls" ] && [ -z "$unrehearsed" ] || return 0
  # shellcheck disable=SC2016 # expands inside the namespace
  unshared -n sh -c '
    while read -r file value; do
      [ -w "$file" ] || continue
      printf "%s\n" "$value" 2>/dev/null >"$file" && [ "$(tr -s "\t\n " " " <"$file" | sed "s/ \$//")" = "$value" ] ||
        printf "%s %s\n" "$file" "$value"
    done' <"$tx/wanted.sysctls" >"$tx/refused.sysctls" 2>/dev/null
  [ -s "$tx/refused.sysctls" ] || return 0
  while read -r file value; do
    say_problem sysctl-refused "$(echo "$file $value" | sysctl_keys)"
  done <"$tx/refused.sysctls"
  return 1
}

write_sysctls() { # `file value` lines on stdin: those that differ; says which the kernel doesn't take
  failed=0
  while read -r file value; do
    [ -f "$file" ] || continue
    [ "$(sysctl_value "$file")" = "$value" ] && continue
    { printf '%s\n' "$value" >"$file"; } 2>/dev/null && [ "$(sysctl_value "$file")" = "$value" ] || {
      failed=1
      echo "$(echo "$file" | sysctl_keys) stays $(sysctl_value "$file") instead of $value"
    }
  done
  return "$failed"
}

apply_sysctls() {
  [ -s "$tx/wanted.sysctls" ] || return 0
  globals_first <"$tx/wanted.sysctls" | write_sysctls >"$tx/apply.err"
}

forwarding_off() { # before the old rules come back: no packet is to be forwarded by half of them where none was before
  [ -s "$tx/before.sysctls" ] || return 0
  awk '$1 ~ /\/(ip_forward|forwarding)$/ && $2 == "0"' "$tx/before.sysctls" | while read -r file value; do
    [ "$(sysctl_value "$file")" = "$value" ] || { printf '%s\n' "$value" >"$file"; } 2>/dev/null
  done
}

restore_sysctls() {
  [ -s "$tx/before.sysctls" ] || return 0
  write_sysctls <"$tx/before.sysctls" >>"$log" 2>&1
}

as_before_sysctls() {
  [ -s "$tx/before.sysctls" ] || return 0
  while read -r file value; do
    [ ! -f "$file" ] || [ "$(sysctl_value "$file")" = "$value" ] || return 1
  done <"$tx/before.sysctls"
}
