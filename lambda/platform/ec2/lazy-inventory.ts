import type { Inventory } from '../ports/inventory.ts';

/**
 * Loads the EC2 client when it is first needed: it is larger than the other clients together, and few requests
 * need it.
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
