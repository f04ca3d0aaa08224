// @ts-check
import { isSupported, MINIMUM, nodeAdvice } from '../cli/node-version.js';

/**
 * Says what is to be said about the version of Node, on stderr.
 *
 * @param {string} version such as 20.19.0
 * @throws {Error} when it is too old
 */
export function requireNode(version) {
  if (!isSupported(version)) {
    throw new Error(
      `Sealroot needs Node ${MINIMUM} or newer; this is ${version}. See https://nodejs.org/en/download.`,
    );
  }
  const advice = nodeAdvice(version);
  if (advice !== undefined) console.error(advice);
}
