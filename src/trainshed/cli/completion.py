"""``trainshed completion``: what a shell reads to complete our words. ``completing`` answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Print what bash, zsh or fish reads to complete our words."

# bash takes : and = for ends of words: it is told only what comes after the last of them.
_BASH = """\
# trainshed for bash. Now: eval "$(trainshed completion bash)"; for good: put that line into ~/.bashrc
_trainshed() {
    local line="${COMP_LINE:0:COMP_POINT}" IFS=$' \\t\\n' words found
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    local last="${words[${#words[@]}-1]}" before=""
    [[ $last == *[:=]* ]] && before="${last%"${last##*[:=]}"}"
    IFS=$'\\n'
    found=($("${words[0]}" __complete "${words[@]:1}" 2>/dev/null))
    COMPREPLY=("${found[@]#"$before"}")
}
complete -o nosort -o default -F _trainshed trainshed 2>/dev/null || complete -o default -F _trainshed trainshed
"""

_ZSH = """\
#compdef trainshed
# trainshed for zsh. Now: source <(trainshed completion zsh); for good: put that line into ~/.zshrc, after compinit
_trainshed() {
    local -a found
    found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    found=("${(@)found:#}")
    if (( ${#found} )); then
        compadd -Q -V trainshed -- "${found[@]}"
    else
        _files
    fi
}
compdef _trainshed trainshed
"""

_FISH = """\
# trainshed for fish. For good: trainshed completion fish > ~/.config/fish/completions/trainshed.fish
function __trainshed_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test -n "$found"
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c trainshed -f -k -a '(__trainshed_complete)'
"""

SHELLS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=tuple(SHELLS))


def execute(args: argparse.Namespace, out: Output) -> int:
    """Asks no server."""
    if out.as_json:
        out.record({"shell": args.shell, "script": SHELLS[args.shell]})
    else:
        out.line(SHELLS[args.shell].rstrip("\n"))
    return exits.DONE
