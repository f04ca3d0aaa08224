import type { LauncherOf } from '../core/ports.ts';

/** Loads the EC2 client, which is larger than all the rest, when the first request is approved. */
export function lazyLauncherOf(): LauncherOf {
  let loaded: Promise<LauncherOf> | undefined;
  return async (id) => {
    loaded ??= import('./ec2.ts').then(({ ec2LauncherOf }) => ec2LauncherOf());
    return (await loaded)(id);
  };
}
