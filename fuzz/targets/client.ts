// The client's session against a server that lies: a sync ends with a report whatever it is told, and once the server is honest
// again a refresh brings the device in step.
import { Flag, type TransportAnswer } from '@packetboat/client';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml } from '@packetboat/wbxml';
import { letter } from '../../test/scenarios/support/clients.ts';
import type { Device } from '../../test/support/world.ts';
import { Finding, type Subject } from '../engine/subject.ts';
import { damage } from '../mutate/tree.ts';
import { toBytes } from '../session/script.ts';
import {
  honestScripts,
  inventServerScript,
  mutateServerScript,
  smallerServerScripts,
  type Round,
  type ServerScript,
  type Spoiling,
} from '../session/server-script.ts';
import { expectInStep, openWorld, type FuzzWorld } from '../session/world.ts';

const scriptsInOne = 60;
/** Exchanges after which one sync has to have ended: a few mails take ten. */
const mostExchanges = 300;

class Clients {
  #at: FuzzWorld | undefined;
  #played = 0;

  async run(script: ServerScript): Promise<void> {
    if (this.#played >= scriptsInOne) await this.close();
    this.#at ??= await openWorld();
    this.#played += 1;
    try {
      await play(this.#at, script, this.#played);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async alone(script: ServerScript): Promise<void> {
    await this.close();
    await this.run(script);
    await this.close();
  }

  async close(): Promise<void> {
    const at = this.#at;
    this.#at = undefined;
    this.#played = 0;
    await at?.close();
  }
}

async function play(at: FuzzWorld, script: ServerScript, number: number): Promise<void> {
  const { profile, encoding, version, mails } = script;
  await at.world.deliver(letter(`client-${number}`));
  const device = at.world.device({ deviceId: `client-${number}`, settings: { profile, encoding, version, mails } });
  const server = new LyingServer(device);
  for (const round of script.rounds) {
    await act(device, round);
    server.begin(round);
    await device.client.sync({ mode: round.mode });
  }
  server.begin(undefined);
  const outcome = await device.client.sync({ mode: 'refresh' });
  if (outcome.outcome !== 'done')
    throw new Finding(`a refresh from an honest server failed: ${outcome.error?.code ?? ''}`, outcome.error?.message);
  await expectInStep(at, device, 'a client that was lied to');
  await device.client.close();
}

/** A mail that the user may send. */
function ownLetter(name: string): Uint8Array {
  const text = new TextDecoder().decode(letter(name));
  return new TextEncoder().encode(text.replace('sender@elsewhere.test', 'alice@example.test'));
}

/** What the user does before a sync. */
async function act(device: Device, round: Round): Promise<void> {
  const folders = await device.client.folders();
  const folder = (role: string): string | undefined => folders.find((each) => each.role === role)?.luid;
  for (const deed of round.deeds) {
    const [mail] = await device.client.ls({ limit: 1 });
    const drafts = folder('drafts');
    if (deed === 'mark' && mail !== undefined) await device.client.mark(mail.luid, Flag.Flagged, Flag.Flagged);
    if (deed === 'remove' && mail !== undefined) await device.client.rm(mail.luid);
    if (deed === 'move' && mail !== undefined && drafts !== undefined) await device.client.move(mail.luid, drafts);
    if (deed === 'draft' && drafts !== undefined) await device.store.write(letter(`draft-${device.line.count}`), drafts, Flag.Read, 0);
    if (deed === 'fetch' && mail !== undefined) await device.client.read(mail.luid, { fetch: true });
    const outbox = folder('outbox');
    if (deed === 'send' && outbox !== undefined) await device.store.write(ownLetter(`sent-${device.line.count}`), outbox, Flag.Read, 0);
  }
}

/** Stands in the line between a device and an honest server. */
class LyingServer {
  readonly #answers: TransportAnswer[] = [];
  #round: Round | undefined;
  #exchanges = 0;

  constructor({ line }: Device) {
    const attempt = line.attempt.bind(line);
    line.attempt = async (request) => this.#spoil(await attempt(request));
  }

  /** Undefined: honest from now on. */
  begin(round: Round | undefined): void {
    this.#round = round;
    this.#exchanges = 0;
  }

  #spoil(answer: TransportAnswer): TransportAnswer {
    const round = this.#round;
    this.#answers.push(answer);
    this.#exchanges += 1;
    if (this.#exchanges > mostExchanges) throw new Finding('a sync does not end');
    const last = round?.forever === true ? round.spoilings.at(-1) : undefined;
    const spoiling = round?.spoilings[this.#exchanges - 1] ?? last;
    return spoiling === undefined ? answer : spoil(answer, spoiling, this.#answers);
  }
}

function spoil(honest: TransportAnswer, spoiling: Spoiling, answers: readonly TransportAnswer[]): TransportAnswer {
  const answer = spoiling.old === undefined ? honest : (answers.at(-1 - spoiling.old) ?? honest);
  if (spoiling.status !== undefined)
    return { kind: 'failed', reason: 'spoilt', httpStatus: spoiling.status, retry: spoiling.status >= 500 };
  if (answer.kind === 'failed') return answer;
  const whole = spoiling.damages === undefined ? answer.body : damaged(answer.body, answer.contentType, spoiling.damages);
  const body = whole.slice(0, spoiling.cut === undefined ? whole.length : Math.floor((whole.length * spoiling.cut) / 100));
  for (const bit of spoiling.flips ?? []) body[(bit >> 3) % body.length] = (body[(bit >> 3) % body.length] ?? 0) ^ (1 << (bit & 7));
  return { kind: 'reply', contentType: spoiling.type ?? answer.contentType, body };
}

/** The body itself for damage that its encoding cannot hold. */
function damaged(body: Uint8Array, contentType: string, damages: NonNullable<Spoiling['damages']>): Uint8Array {
  try {
    const isXml = contentType.includes('+xml');
    const document = isXml ? decodeXml(body) : decodeWbxml(body);
    const spoilt = { ...document, root: damage(document.root, damages) };
    return isXml ? encodeXml(spoilt) : encodeWbxml(spoilt);
  } catch {
    return body;
  }
}

function read(input: Uint8Array): ServerScript {
  return JSON.parse(new TextDecoder().decode(input)) as ServerScript;
}

export function client(): Subject {
  const clients = new Clients();
  return {
    extension: 'json',
    time: { fixed: 15_000, perKilobyte: 500 },
    minimizeMs: 60_000,
    mostBetweenLooks: 1,
    seeds: () => honestScripts().map(toBytes),
    invent: (random) => toBytes(inventServerScript(random)),
    mutate: (input, other, random) => toBytes(mutateServerScript(read(input), read(other), random)),
    run: (input) => clients.run(read(input)),
    runAlone: (input) => clients.alone(read(input)),
    *smaller(input) {
      for (const script of smallerServerScripts(read(input))) yield toBytes(script);
    },
    close: () => clients.close(),
  };
}
