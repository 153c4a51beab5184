// libwbxml's command line tools, the independent judge of our WBXML: xml2wbxml and wbxml2xml.
import { spawn } from 'node:child_process';
import { definePeer, type Peer, requireProgram } from './peer.ts';

export const wbxmlToolsPeer: Peer = definePeer({
  name: 'wbxml-tools',
  packages: ['libwbxml2-utils'],
  programs: ['wbxml2xml', 'xml2wbxml'],
});

export interface Wbxml2XmlOptions {
  /** For documents whose public identifier says nothing: SYNCML12, DEVINF12, METINF12, EMN10, SI10 … */
  readonly language?: string;
  /** 0 compact (default), 1 indented, 2 canonical. */
  readonly mode?: 0 | 1 | 2;
}

/** Decodes a document; white space in text is kept. Rejects with the tool's words when it cannot. */
export async function wbxml2xml(bytes: Uint8Array, { language, mode = 0 }: Wbxml2XmlOptions = {}): Promise<string> {
  const options = language === undefined ? [] : ['-l', language];
  return (await filter('wbxml2xml', ['-k', '-m', String(mode), ...options, '-o', '-', '-'], bytes)).toString('utf8');
}

export interface Xml2WbxmlOptions {
  /** The version byte of the document, default 1.2 as OMA DS peers send. */
  readonly version?: '1.0' | '1.1' | '1.2' | '1.3';
  /** Default false: strings stand inline, as SyncML peers write them. */
  readonly stringTable?: boolean;
}

/** Encodes a document; its DOCTYPE or the root's xmlns (`SYNCML:SYNCML1.2`) says the language. White space is kept. */
export async function xml2wbxml(xml: string, { version = '1.2', stringTable = false }: Xml2WbxmlOptions = {}): Promise<Uint8Array> {
  return filter('xml2wbxml', ['-k', '-v', version, ...(stringTable ? [] : ['-n']), '-o', '-', '-'], Buffer.from(xml, 'utf8'));
}

function filter(program: string, args: readonly string[], input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(requireProgram(program), args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => errors.push(data));
    child.stdin.on('error', () => {
      // It ended before it read everything; its exit code says why.
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const words = Buffer.concat(errors).toString();
      // Both tools write the reason to stderr; some versions exit 0 all the same.
      if (code === 0 && output.length > 0) resolve(Buffer.concat(output));
      else reject(new Error(`${program}: exit code ${code}: ${words.trim()}`));
    });
    child.stdin.end(input);
  });
}
