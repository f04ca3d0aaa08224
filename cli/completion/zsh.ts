import {
  flagsWithValue,
  wordsOf,
  type CompletedCommand,
  type CompletedOption,
  type Completion,
  type Values,
} from './tree.ts';

/** Completion for zsh, to be evaluated after compinit, or kept as a file _sealroot in a directory of the fpath. */
export const zshScript = (completion: Completion): string => `\
#compdef sealroot
# Completion of sealroot for zsh. Load it after compinit: eval "$(sealroot completion zsh)"
_sealroot() {
    local at='' flag='' word
    local -a found
    integer i program=0
    for ((i = 2; i < CURRENT; i++)); do
        word=\${words[i]}
        if [[ -n $flag ]]; then
            flag=''
            continue
        fi
        case $word in
        --)
            program=$i
            break
            ;;
        ${flagsWithValue(completion).join(' | ')}) flag=$word ;;
        -*) ;;
        *)
            case "$at $word" in
            ${completion.commands.flatMap(({ path }) => (path === '' ? [] : [`' ${path}'`])).join(' | ')}) at="$at $word" ;;
            esac
            ;;
        esac
    done
    if ((program > 0)); then
        words=("\${(@)words[program+1,-1]}")
        ((CURRENT -= program))
        _normal
        return
    fi
    word=\${words[CURRENT]}
    if [[ -z $flag && $word == --*=* ]]; then
        flag=\${word%%=*}
        compset -P '*='
    fi
    if [[ -n $flag ]]; then
        case "$at $flag" in
${completion.commands.flatMap(flagValues).join('\n')}
        *) _message 'value' ;;
        esac
    elif [[ $word == -* ]]; then
        case $at in
${completion.commands.map(ownOptions).join('\n')}
        esac
        found+=(${completion.everywhere.flatMap(lines).join(' ')})
        _describe -o option found
    else
        case $at in
${completion.commands.flatMap(argumentValues).join('\n')}
        esac
        if ((\${#found})); then _describe command found; fi
    fi
}
if [[ \${funcstack[1]} == _sealroot ]]; then
    _sealroot "$@"
else
    compdef _sealroot sealroot
fi
`;

const pattern = (path: string): string => (path === '' ? "''" : `' ${path}'`);

/** `name:description`, one word of zsh. A colon or backslash in the name would end it; ours have none. */
const described = (name: string, description: string): string =>
  `'${`${name}:${description}`.replaceAll("'", "'\\''")}'`;

const ownOptions = ({ path, options }: CompletedCommand): string =>
  `        ${pattern(path)}) found=(${options.flatMap(lines).join(' ')}) ;;`;

const lines = ({ flags, description }: CompletedOption): string[] =>
  flags.map((flag) => described(flag, description));

const flagValues = ({ path, options }: CompletedCommand): string[] =>
  options.flatMap(({ flags, values }) => {
    const action = values === undefined ? undefined : offer(values);
    if (action === undefined) return [];
    return [
      `        ${flags.map((flag) => `'${path === '' ? '' : ` ${path}`} ${flag}'`).join(' | ')}) ${action} ;;`,
    ];
  });

function offer(values: Values): string | undefined {
  if (values === 'files') return '_files';
  const words = wordsOf(values);
  return words.length === 0 ? undefined : `compadd -- ${words.join(' ')}`;
}

const argumentValues = ({ path, commands, values }: CompletedCommand): string[] => {
  if (values === 'files') return [`        ${pattern(path)}) _files ;;`];
  const words = [
    ...commands.map(({ name, description }) => described(name, description)),
    ...wordsOf(values).map((value) => `'${value}'`),
  ];
  return words.length === 0 ? [] : [`        ${pattern(path)}) found=(${words.join(' ')}) ;;`];
};
