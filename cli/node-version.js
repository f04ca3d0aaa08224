// @ts-check
/** Plain JavaScript: the set-up reads this before anything that could strip types is installed. */

/** Oldest version that works, as `engines` in package.json says to npm. */
export const MINIMUM = '20.19';
const RECOMMENDED = 24;
/** The AWS SDK for JavaScript supports nothing older from January 2027 on. */
const SDK_MAJOR = 22;

/**
 * @param {string} version such as 20.19.0
 * @returns {boolean} whether it is MINIMUM or newer
 */
export function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * The warning that the AWS SDK would print at every start, once and in our words.
 *
 * @param {string} version
 * @returns {string | undefined} nothing for a version that has a future.
 */
export function nodeAdvice(version) {
  if (Number(version.split('.')[0]) >= SDK_MAJOR) return undefined;
  return `Node ${version} works until the AWS SDK ends its support in January 2027. Node ${RECOMMENDED} is recommended.`;
}
