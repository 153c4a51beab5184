// What Meta's Format says of the data of an item. SyncML Meta Information 1.2 (Format).
import { dataText, decodeBase64 } from '@packetboat/syncml';

/**
 * The data itself. Base64 is undone; other formats are the data as it is. Undefined where it is said to be base64 and is none.
 * `bytes` of an object that came in chunks are all of them: it was cut after it had been written so.
 */
export function decodeFormat(bytes: Uint8Array, format: string | undefined): Uint8Array | undefined {
  if (format?.trim().toLowerCase() !== 'b64') return bytes;
  const text = dataText({ kind: 'bytes', bytes });
  return text === undefined ? undefined : decodeBase64(text);
}
