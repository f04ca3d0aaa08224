import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../help.ts';
import type { Completion } from './tree.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `sealroot completion SHELL` */
export function addCompletionCommand(program: Command, context: Context): void {
  program
    .command('completion')
    .description('Print what has a shell complete the commands of sealroot')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText(
      'after',
      `
Load it where your shell starts:
  bash  ~/.bashrc                    eval "$(sealroot completion bash)"
  zsh   ~/.zshrc, after compinit     eval "$(sealroot completion zsh)"
  fish  ~/.config/fish/config.fish   sealroot completion fish | source`,
    )
    .addHelpText('after', examples('completion bash'))
    .action(async (shell: Shell) => {
      const { completionOf } = await import('./tree.ts');
      context.stdout.write((await SCRIPTS[shell]())(completionOf(program)));
    });
}

const SCRIPTS: Readonly<Record<Shell, () => Promise<(completion: Completion) => string>>> = {
  bash: async () => (await import('./bash.ts')).bashScript,
  zsh: async () => (await import('./zsh.ts')).zshScript,
  fish: async () => (await import('./fish.ts')).fishScript,
};
