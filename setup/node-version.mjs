// @ts-check

/** `engines` in package.json says the same to npm. */
const MINIMUM = [20, 19];

/**
 * @param {string} version such as 20.19.0
 * @throws {Error} when it is too old
 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(
    `Sealroot needs Node ${MINIMUM.join('.')} or newer; this is ${version}. See https://nodejs.org/en/download.`,
  );
}
