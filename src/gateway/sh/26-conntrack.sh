# --- conntrack: connections to backends that are no longer there, and nothing else ------------------------------------

# DNAT targets of canonical text → `FAMILY PROTOCOL ADDRESS PORT`, `-` where the rule doesn't say. The port is the one at the
# backend. A range of addresses or ports names no connection narrowly, and is left out.
dnat_targets() { # FAMILY
  awk -v family="$1" '
    !/^-A / || !/ -j DNAT / { next }
    {
      proto = "-"; port = "-"; to = ""; isMany = 0
      for (i = 1; i < NF; i++) {
        if ($i == "-p" && $(i - 1) != "!") proto = $(i + 1)
        if ($i == "--dport" && $(i - 1) != "!" && $(i + 1) !~ /:/) port = $(i + 1)
        if ($i == "--to-destination") to = $(i + 1)
      }
      if (to ~ /^\[/) {
        address = substr(to, 2, index(to, "]") - 2)
        rest = substr(to, index(to, "]") + 1)
      } else if (family == "ipv6") {
        address = to
        rest = ""
      } else {
        address = to
        sub(/:.*/, "", address)
        rest = substr(to, length(address) + 1)
      }
      if (rest != "") port = substr(rest, 2)
      if (address == "" || address ~ /-/ || port ~ /[-\/]/) next
      print family, proto, address, port
    }' | sort -u
}

# What to forget: at the confirm, connections to targets that the change removed; after a rollback, those to targets that only the
# trial had. A target without a port is forgotten only where no rule that stays has the same address. Backends that drain (`spare
# ADDRESS` of the options) keep what they have.
plan_flush() {
  has_option "$tx" 'conntrack flush_removed' || return 0
  command -v conntrack >/dev/null || {
    say_problem missing-tools "conntrack"
    return 1
  }
  for family in ipv6 ipv4; do
    [ ! -e "$tx/before.canonical.$family" ] || dnat_targets "$family" <"$tx/before.canonical.$family"
  done >"$tx/old.targets"
  for family in ipv6 ipv4; do
    [ ! -e "$tx/canonical.$family" ] || dnat_targets "$family" <"$tx/canonical.$family"
  done >"$tx/new.targets"
  only_in "$tx/old.targets" "$tx/new.targets" | unless_spared >"$tx/removed.targets" && only_in "$tx/new.targets" "$tx/old.targets" >"$tx/added.targets"
}

unless_spared() { # filters targets
  awk 'part == 1 { if ($1 == "spare") spared[$2] = 1; next } !($3 in spared)' part=1 "$tx/options" part=2 -
}

only_in() { # FILE OTHER: targets of FILE that OTHER doesn't have, and whose deletion would touch no connection to one of OTHER's
  awk '
    part == 1 { stays[$0] = 1; address[$1 " " $3] = 1; port[$1 " " $3 " " $4] = 1; next }
    $0 in stays { next }
    $4 == "-" && ($1 " " $3) in address { next }
    ($1 " " $3 " " $4) in port { next }
    ($1 " " $3 " -") in port { next }
    { print }' part=1 "$2" part=2 "$1"
}

forget_connections() { # TARGETS-FILE: never fails what it follows
  [ -s "$1" ] || return 0
  while read -r family proto address port; do
    set -- -D -f "$family" --dst-nat "$address"
    [ "$proto" = - ] || set -- "$@" -p "$proto"
    # Without a protocol there is no port to compare.
    [ "$port" = - ] || [ "$proto" = - ] || set -- "$@" --reply-port-src "$port"
    note "conntrack $*: $(delete_connections "$@")"
  done <"$1"
}

# conntrack lists the connections, then deletes one after the other, and stops at the first that has ended meanwhile: those behind it
# are for the next turn.
delete_connections() { # ARGUMENTS; prints its last word
  turn=0
  while [ $((turn += 1)) -le 10 ]; do
    said=$(conntrack "$@" 2>&1 >/dev/null | sed -n 's/^conntrack v[^:]*: //p' | tail -n 1)
    case $said in *"doesn't exist"*) ;; *) break ;; esac
  done
  echo "$said"
}
