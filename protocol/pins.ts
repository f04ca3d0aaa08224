/**
 * Bindings of an image for as long as it lives: where it asks for its key, and whose signatures it believes. The
 * stage says what holds now in a parameter, and each image what it was built with in a tag. An image whose tag says
 * otherwise boots, and waits for a key forever.
 */
export interface Pins {
  /** Id of the keyserver's API, and the names or addresses that lead to it, separated by spaces. */
  readonly endpoint: string;
  /** Id of the KMS key that signs the keyserver's answers. */
  readonly signingKey: string;
  /** Id of the KMS key that signs preseed messages. */
  readonly preseedSigningKey: string;
}

/** Characters that the names or addresses of an endpoint may have together, for the rest of the tag to fit. */
export const MAX_ADDRESSES_LENGTH = 160;

/** Pins in the form of the tag and the parameter. EC2 takes 256 characters in a tag, and neither quotes nor commas. */
export const formatPins = ({ endpoint, signingKey, preseedSigningKey }: Pins): string =>
  `${signingKey} ${preseedSigningKey} ${endpoint}`;

/** @returns undefined for what {@link formatPins} did not make */
export function parsePins(text: string): Pins | undefined {
  const [signingKey, preseedSigningKey, ...endpoint] = text.split(' ');
  if (!signingKey || !preseedSigningKey || endpoint.length < 2 || endpoint.includes('')) return undefined;
  return { endpoint: endpoint.join(' '), signingKey, preseedSigningKey };
}
