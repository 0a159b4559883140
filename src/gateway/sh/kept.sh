# The only text that travels in argv where a transaction is asked for: the program that began it lies in its folder.
# Arguments: SSH_CONNECTION VERB TOKEN [REASON].
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
kept=/var/lib/sluice/tx/$3/sluice.sh
case $3 in '' | .* | *[!A-Za-z0-9._-]*) kept='' ;; esac
[ ! -s "$kept" ] || exec /bin/sh "$kept" "$@"
if [ "$(id -u)" = 0 ]; then
  echo '#sluice end gone'
else # who can't look into the folder knows nothing of what is there
  printf '#sluice problem not-root runs as %s, not as root\n#sluice end refused\n' "$(id -un 2>/dev/null || id -u)"
fi
