// The body of a request, within what one may have and what all may have together.
import type { IncomingMessage } from 'node:http';
import type { Admission } from './admission.ts';

export interface HeldBody {
  readonly bytes: Uint8Array;
  /** To be called once, when the bytes are not needed any more. */
  readonly release: () => void;
}

/** `no room`: too much of others is held at the moment. `broken`: the connection ended. In each of these nothing is held. */
export function readBody(request: IncomingMessage, admission: Admission): Promise<HeldBody | 'too large' | 'no room' | 'broken'> {
  if (Number(request.headers['content-length'] ?? 0) > admission.limits.bodyBytes) return Promise.resolve('too large');
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    const end = (result: HeldBody | 'too large' | 'no room' | 'broken'): void => {
      if (isOver) return;
      isOver = true;
      request.removeAllListeners('data');
      if (typeof result === 'string') admission.release(size);
      chunks = [];
      resolve(result);
    };
    request.on('data', (chunk: Buffer) => {
      if (size + chunk.length > admission.limits.bodyBytes) return end('too large');
      if (!admission.hold(chunk.length)) return end('no room');
      size += chunk.length;
      chunks.push(chunk);
    });
    request.on('end', () => {
      end({ bytes: new Uint8Array(Buffer.concat(chunks)), release: () => admission.release(size) });
    });
    request.on('error', () => end('broken'));
    request.on('close', () => end('broken'));
  });
}
