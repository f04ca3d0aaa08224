import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readRecipe } from '../../local/bake/recipe.ts';
import { LocalCloud } from '../../local/cloud.ts';
import { names, TAGS } from '../../protocol/names.ts';
import { formatPins, parsePins } from '../../protocol/pins.ts';
import { sealroot } from './support/command-line.ts';
import { STAGE } from './support/instance.ts';
import { emptyImage, idleMachines } from './support/machines.ts';
import { synthesized } from './support/synthesized.ts';

const MINUTE = 60_000;
let cloud: LocalCloud;
const launch = (...more: string[]) => sealroot(cloud, 'operator', ['launch', '--wait', ...more]);
const use = (image: string) => cloud.setParameter(names(STAGE).amiParameter, image);

beforeAll(async () => {
  cloud = await LocalCloud.start({
    assembly: synthesized(),
    state: mkdtempSync(path.join(tmpdir(), 'sealroot-state-')),
    port: 0,
    ec2: idleMachines,
  });
}, 2 * MINUTE);
afterAll(() => cloud.stop(), MINUTE);

describe('an operator', () => {
  it('is told that no image was baked', async () => {
    expect(await launch()).toMatchObject({ exit: 3, stderr: expect.stringContaining('has no image yet') });
  });

  it('launches the image that the pipeline of these templates makes', async () => {
    use(emptyImage(cloud, names(STAGE).imageRecipe));
    expect(await launch()).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^i-[0-9a-f]{17}\n$/) });
  });

  it('does not launch one that outlived its keyserver', async () => {
    const { tags } = readRecipe(cloud.resources);
    const pins = parsePins(tags[TAGS.pins] ?? '')!;
    const older = formatPins({ ...pins, signingKey: '00000000-0000-4000-8000-000000000000' });
    use(emptyImage(cloud, names(STAGE).imageRecipe, { ...tags, [TAGS.pins]: older }));
    const before = cloud.ec2.instances().length;
    expect(await launch()).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining('its signing key of the keyserver is not the one that is deployed now'),
    });
    expect(cloud.ec2.instances()).toHaveLength(before);
  });
});
