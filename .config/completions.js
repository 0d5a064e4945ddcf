// What shells complete after `underlayctl`, out of the words that it knows. Names of neighbours and
// filters are the daemon's and not completed.

const OPTIONS = ["--socket", "--json", "--version", "--help"];

/**
 * By the words typed before: what may follow.
 *
 * @param {Readonly<Record<string, readonly string[]>>} vocabulary first words, each with its second ones
 * @param {Readonly<Record<string, readonly string[]>>} third the third, by the two before them
 */
export function completions(vocabulary, third) {
  /** @type {[string, readonly string[]][]} */
  const rows = [["", [...Object.keys(vocabulary), ...OPTIONS]]];
  rows.push(...[...Object.entries(vocabulary), ...Object.entries(third)]);
  const next = rows.filter(([, words]) => words.length > 0);
  return { underlayctl: bash(next), _underlayctl: zsh(next), "underlayctl.fish": fish(next) };
}

/** @param {[string, readonly string[]][]} next */
const cases = (next) =>
  next.map(([typed, words]) => `    "${typed}") next="${words.join(" ")}" ;;`).join("\n");

/** For /usr/share/bash-completion/completions/. @param {[string, readonly string[]][]} next */
const bash = (next) => `# bash completion for underlayctl
_underlayctl() {
  local word=\${COMP_WORDS[COMP_CWORD]} typed=() next="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -s | --socket) ((++i)) ;;
      -*) ;;
      *) typed+=("\${COMP_WORDS[i]}") ;;
    esac
  done
  if ((i > COMP_CWORD)); then
    COMPREPLY=($(compgen -f -- "$word"))
    return
  fi
  case "\${typed[*]}" in
${cases(next)}
  esac
  COMPREPLY=($(compgen -W "$next" -- "$word"))
}
complete -F _underlayctl underlayctl
`;

/** For a folder of fpath. @param {[string, readonly string[]][]} next */
const zsh = (next) => `#compdef underlayctl
_underlayctl() {
  local -a typed
  local next="" i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      -s | --socket) ((++i)) ;;
      -*) ;;
      *) typed+=($words[i]) ;;
    esac
  done
  if ((i > CURRENT)); then
    _files
    return
  fi
  case "$typed" in
${cases(next)}
  esac
  compadd -- \${=next}
}
_underlayctl "$@"
`;

/** For ~/.config/fish/completions/. @param {[string, readonly string[]][]} next */
const fish = (next) => `# fish completion for underlayctl
function __underlayctl_after
  set -l typed
  set -l skip 0
  for word in (commandline -opc)[2..]
    if test $skip = 1
      set skip 0
    else if contains -- $word -s --socket
      set skip 1
    else if not string match -q -- '-*' $word
      set -a typed $word
    end
  end
  test "$typed" = "$argv"
end
complete -c underlayctl -f
complete -c underlayctl -s s -l socket -r -F -d "the daemon's control socket"
complete -c underlayctl -s j -l json -d "print JSON"
complete -c underlayctl -l version -d "print the version"
complete -c underlayctl -s h -l help -d "display help"
${next
  .map(([typed, words]) => {
    const nouns = words.filter((word) => !word.startsWith("-")).join(" ");
    return `complete -c underlayctl -n '__underlayctl_after ${typed}' -a '${nouns}'`;
  })
  .join("\n")}
`;
