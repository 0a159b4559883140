# shellcheck disable=SC2016 # what stands in quotes expands in the shells that it is for
# The steps of a gateway's transaction, each once and by the cheapest command there is, with no care for what fails: no shell program of
# the same protocol can cost a gateway less. bench/bare.mjs runs it as `least`; never use it on a gateway of yours.
# Arguments: begin|look|confirm; stdin: the rules.
folder=/var/lib/least
cd "$folder" 2>/dev/null || { mkdir -p "$folder" && cd "$folder"; } || exit
case $1 in
  begin | look)
    cat >rules
    echo "$$" >record && ln record lock
    iptables-save -c >before
    unshare -n sh -c 'iptables-restore <rules; iptables-save >wanted; [ "$1" = look ] || { iptables-restore -c <before && iptables-save -c >back; }' sh "$1"
    awk '/^[-:]/ { sub(/ \[.*/, ""); print }' wanted before back 2>/dev/null # told, and compared
    ;;
esac
case $1 in
  look) rm lock ;;
  begin)
    : >state.armed
    sync ./*
    trap : USR1
    setsid sh -c 'while [ -e lock ]; do sleep 1; done' </dev/null >/dev/null 2>&1 &
    setsid sh -c '
      trap : USR1
      mv state.armed state.applying
      iptables-restore <rules
      awk "\$4 == \"01\" { print \$2, \$3 }" /proc/net/tcp /proc/net/tcp6 >peers
      echo $$ >runner
      mv state.applying state.applied
      kill -USR1 "$1"
      while [ ! -e state.confirming ]; do sleep 1 & wait $!; kill $!; done
      sync . record
      mv record confirmed
      sync .
      mv state.confirming state.confirmed
      rm lock
      kill -USR1 "$(cat caller)"' sh $$ </dev/null >/dev/null 2>&1 &
    while [ ! -e state.applied ]; do sleep 1 & wait $!; kill $!; done
    echo applied
    ;;
  confirm)
    awk -v from="$SSH_CONNECTION" '$0 == from { exit 1 }' peers
    trap : USR1
    echo $$ >caller
    mv state.applied state.confirming
    kill -USR1 "$(cat runner)"
    while [ ! -e state.confirmed ]; do sleep 1 & wait $!; kill $!; done
    echo confirmed
    ;;
esac
