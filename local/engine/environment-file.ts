import {
  EnvironmentDocument,
  formatDocument,
  LOCAL_STATE_FILES,
  parseDocument,
  type EnvironmentVariables,
} from '../../protocol/local-state.ts';
import { StateFile } from './state.ts';

/** The variables that point an AWS SDK at the local cloud of a state directory, for the owner alone. */
export const environmentFile = (state: string): StateFile<EnvironmentVariables | undefined> =>
  new StateFile<EnvironmentVariables | undefined>(state, LOCAL_STATE_FILES.environment, undefined, {
    write: (variables) => formatDocument({ variables }),
    read: (text) => parseDocument(EnvironmentDocument, text).variables,
  });
