import type { Inventory } from '../ports.ts';

/**
 * Loads the EC2 client when it is first needed. It is larger than all the rest together, and only an enrolment or a
 * request for approval needs it: no unlock pays for it.
 */
export function lazyInventory(): Inventory {
  let loaded: Promise<Inventory> | undefined;
  const load = (): Promise<Inventory> => {
    loaded ??= import('./inventory.ts').then(({ ec2Inventory }) => ec2Inventory());
    return loaded;
  };
  return {
    instance: async (id) => (await load()).instance(id),
    image: async (id) => (await load()).image(id),
  };
}
