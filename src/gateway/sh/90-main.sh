# --- which verb ------------------------------------------------------------------------------------------------------

main() { # CONNECTION VERB [ARGUMENT ...]
  verb=${2-}
  shift 2
  case $verb in
    probe | inspect | begin | confirm | rollback | status) "$verb" "$@" ;;
    inspect-in-tmpfs) inspect_in_tmpfs "$@" ;;
    runner | guard)
      token=$1 tx=$root/tx/$1
      "$verb"
      ;;
    *) refuse unknown-verb "$verb" ;;
  esac
}

main "$@"
