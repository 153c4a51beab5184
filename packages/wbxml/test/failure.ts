// What a function throws, for tests of refusals.
import { WbxmlError } from '../src/index.ts';

/** The `WbxmlError` that `run` throws; any other error goes on, and none at all is an error. */
export function failureOf(run: () => unknown): WbxmlError {
  try {
    run();
  } catch (error) {
    if (error instanceof WbxmlError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
