import { formatDocument, LOCAL_STATE_FILES, parseEnvironment } from '../../protocol/local-state.ts';
import { StateFile } from './state.ts';

type Variables = Readonly<Record<string, string>>;

/** The variables that point an AWS SDK at the local cloud of a state directory, for the owner alone. */
export const environmentFile = (state: string): StateFile<Variables> =>
  new StateFile<Variables>(
    state,
    LOCAL_STATE_FILES.environment,
    {},
    {
      write: (variables) => formatDocument({ variables }),
      read: (text) => parseEnvironment(text).variables,
    },
  );
