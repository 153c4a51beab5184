// Sending the same bytes again when no answer came: the server answers a repeat with its stored reply, so nothing is done twice.
import { clientLimits } from './limits.ts';
import type { Transport, TransportAnswer, TransportRequest } from './transport.ts';

export interface Waiting {
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * Attempts until an answer comes, the failure is final, or `clientLimits.attempts` are used up. Waits double and are spread by
 * chance, so that many devices that lost the same server do not come back at the same moment.
 */
export async function exchangeWithRetries(transport: Transport, request: TransportRequest, waiting: Waiting): Promise<TransportAnswer> {
  let freshConnection = false;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await transport.attempt(request);
    if (answer.kind === 'reply' || !answer.retry || attempt >= clientLimits.attempts) return answer;
    // A kept connection that the server had closed says nothing about the server: once, without a wait.
    if (answer.atOnce === true && !freshConnection) {
      freshConnection = true;
      continue;
    }
    const back = clientLimits.firstWaitMs * 2 ** (attempt - 1);
    const spread = 0.75 + ((waiting.random(1)[0] ?? 0) / 255) * 0.5;
    await waiting.sleep(Math.min(clientLimits.longestWaitMs, Math.max(answer.afterMs ?? 0, back * spread)));
  }
}
