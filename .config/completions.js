// What shells complete after `underlayctl`. They ask it (src/cli/complete.ts): it knows the words, and asks
// the daemon for the names of neighbours, filters, tables and interfaces. An answer of ":files" stands for
// the files of the folder, which a shell completes better; words may be beside it.

/** For /usr/share/bash-completion/completions/. */
const bash = `# bash completion for underlayctl
_underlayctl() {
  local IFS=$'\\n' found
  found=$("$1" --complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=(\${found//:files/})
  if [[ $found == *:files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$2"))
  fi
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
