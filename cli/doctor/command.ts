import type { Command } from 'commander';
import { examples } from '../help.ts';
import type { Action } from '../program.ts';
import type { DoctorOptions } from './doctor.ts';

/** `sealroot doctor` */
export function addDoctorCommand(program: Command, action: Action): void {
  program
    .command('doctor')
    .description('Look for what stands in the way, and say what to do about it; changes nothing')
    .option('--assembly <dir>', 'look at what cdk synth wrote there, instead of at what is deployed')
    .addHelpText(
      'after',
      `
On AWS it looks with whatever credentials there are; what they may not look at is said. With --local, and without
credentials, it looks at this machine. The exit code is 8 when there is a problem, and 0 for warnings alone.`,
    )
    .addHelpText('after', examples('doctor', 'doctor --stage prod --json', '--local doctor'))
    .action(
      action(
        async (session, options: DoctorOptions) => (await import('./doctor.ts')).doctor(session, options),
        { withoutCloud: true },
      ),
    );
}
