// The protocol versions that we speak.
import type { Version } from './types.ts';

/** Whether a VerDTD is that of a version we speak. */
export function isVersion(verDtd: string): verDtd is Version {
  return verDtd === '1.0' || verDtd === '1.1' || verDtd === '1.2';
}
