// What shells complete after `underlayctl`. They ask it (src/cli/complete.ts): it knows the words, and asks
// the daemon for the names of neighbours, filters, tables and interfaces. An answer of ":files" stands for
// the files of the folder, which a shell completes better; words may be beside it.

/** For /usr/share/bash-completion/completions/. */
const bash = `# bash completion for underlayctl
_underlayctl() {
  local line=\${COMP_LINE:0:COMP_POINT} typed before at
  local -a words found=() files=()
  # Not COMP_WORDS: in those, bash takes addresses and names apart at their colons.
  IFS=$' \\t' read -ra words <<< "$line"
  [[ $line == *[[:blank:]] ]] && words+=('')
  typed=\${words[-1]}
  mapfile -t found < <("$1" --complete "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  at=$((\${#found[@]} - 1))
  if ((at >= 0)) && [[ \${found[at]} == :files ]]; then
    unset "found[at]"
    compopt -o filenames 2>/dev/null
    mapfile -t files < <(compgen -f -- "$typed")
  elif ((at >= 0)); then
    # As the shell has to read them: an interface may be called by what it would carry out.
    printf -v before '%q\\n' "\${found[@]}"
    mapfile -t found <<< "\${before%$'\\n'}"
  fi
  # Bash replaces what is behind the last colon only.
  before=\${typed%"$2"}
  for at in "\${found[@]}" "\${files[@]}"; do
    COMPREPLY+=("\${at#"$before"}")
  done
}
complete -F _underlayctl underlayctl
`;

/** For a folder of fpath. */
const zsh = `#compdef underlayctl
_underlayctl() {
  local -a found
  found=(\${(f)"$($words[1] --complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)"})
  if ((\${found[(I):files]})); then
    found=(\${found:#:files})
    _files
  fi
  compadd -a found
}
_underlayctl "$@"
`;

/** For ~/.config/fish/completions/. */
const fish = `# fish completion for underlayctl
function __underlayctl_complete
  set -l words (commandline -opc)
  set -l begun (commandline -ct)
  set -l found ($words[1] --complete $words[2..-1] "$begun" 2>/dev/null)
  string match -v -- :files $found
  if contains -- :files $found
    __fish_complete_path "$begun"
  end
end
complete -c underlayctl -f -a '(__underlayctl_complete)'
`;

export const completions = {
  underlayctl: bash,
  _underlayctl: zsh,
  "underlayctl.fish": fish,
};
