/** `ial completion <shell>`: a script that completes commands and flags, written from the command table. Nothing runs while one types. */
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS } from '../table.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export async function completionCommand({ io }: CommandContext, [given]: readonly string[]): Promise<CommandResult> {
  const shell = given ?? (io.env.SHELL ?? '').split('/').at(-1) ?? '';
  if (!isShell(shell)) throw usage(`${shell === '' ? 'nothing' : shell} is not a shell ial knows`, `use ${SHELLS.join(', ')}`, 'shell');
  const script = SCRIPTS[shell](COMMANDS.filter(({ hidden }) => hidden !== true));
  return { exitCode: 0, result: { shell, script }, text: script.trimEnd() };
}

function isShell(text: string): text is Shell {
  return (SHELLS as readonly string[]).includes(text);
}

type Option = readonly [string, string];

/** `--env <name>` -> `--env`. */
const flagOf = ([flags]: Option): string => flags.split(/[ ,]/)[0] ?? '';
const flagsOf = ({ options }: Pick<CommandSpec, 'options'>): string => [...options, ...GLOBAL_OPTIONS].map(flagOf).join(' ');
/** For single quotes of a shell. */
const quoted = (text: string): string => text.replaceAll("'", "'\\''");

const SCRIPTS: { readonly [shell in Shell]: (commands: readonly CommandSpec[]) => string } = {
  bash: (commands) => `# source <(ial completion bash)
_ial() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="" candidate
  for candidate in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$candidate" in -*) ;; *) command="$candidate"; break ;; esac
  done
  local choices='${commands.map(({ name }) => name).join(' ')} ${GLOBAL_OPTIONS.map(flagOf).join(' ')}'
  case "$command" in
${commands.map((spec) => `    ${spec.name}) choices='${[...(spec.words ?? []), flagsOf(spec)].join(' ')}' ;;`).join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}
complete -o default -F _ial ial
`,
  zsh: (commands) => `#compdef ial
# source <(ial completion zsh)
_ial() {
  local command candidate
  for candidate in "\${(@)words[2,CURRENT-1]}"; do
    [[ "$candidate" == -* ]] || { command="$candidate"; break; }
  done
  case "$command" in
${commands.map((spec) => `    ${spec.name}) compadd -- ${[...(spec.words ?? []), flagsOf(spec)].join(' ')}; _files ;;`).join('\n')}
    *) compadd -- ${commands.map(({ name }) => name).join(' ')} ${GLOBAL_OPTIONS.map(flagOf).join(' ')} ;;
  esac
}
compdef _ial ial
`,
  fish: (commands) =>
    [
      '# ial completion fish | source',
      'complete -c ial -f -n __fish_use_subcommand',
      ...commands.map(({ name, summary }) => `complete -c ial -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`),
      ...GLOBAL_OPTIONS.map((option) => fishFlag('', option)),
      ...commands.flatMap((spec) => [
        ...(spec.words ?? []).map((word) => `complete -c ial -n '__fish_seen_subcommand_from ${spec.name}' -a ${word}`),
        ...spec.options.map((option) => fishFlag(`-n '__fish_seen_subcommand_from ${spec.name}' `, option)),
      ]),
      '',
    ].join('\n'),
};

function fishFlag(when: string, option: Option): string {
  const flag = flagOf(option);
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
  return `complete -c ial ${when}${name}${option[0].includes('<') ? ' -r' : ''} -d '${quoted(option[1])}'`;
}
