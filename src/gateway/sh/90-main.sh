# --- which verb ------------------------------------------------------------------------------------------------------

main() { # CONNECTION VERB [ARGUMENT ...]; or, typed by a person, what console() takes
  # A connection is four words, or none where there was none.
  if [ $# -lt 2 ] || { [ -n "$1" ] && [ "$1" = "${1#* }" ]; }; then
    console "$@"
    return
  fi
  verb=$2
  shift 2
  case $verb in
    probe | inspect | survey | measure | begin | confirm | rollback | status | report | recall | unlock | purge | boot) "$verb" "$@" ;;
    inspect-in-tmpfs) inspect_in_tmpfs "$@" ;;
    survey-in-tmpfs) survey_in_tmpfs "$@" ;;
    measure-in-tmpfs) measure_in_tmpfs "$@" ;;
    runner | guard)
      token=$1 tx=$root/tx/$1
      "$verb"
      ;;
    *) refuse unknown-verb "$verb" ;;
  esac
}

main "$@"
