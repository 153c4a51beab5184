// A whole mail as an object: in memory while it is small, through the spool when it is not.
import type { ObjectWish, RenderedObject } from '@packetboat/datasync';
import { headerSet, splitHeader } from '@packetboat/message';
import { contentTypes, emailFrame, encodeBase64Bytes, generateEmail } from '@packetboat/syncml';
import { type ContentSource, openContent } from './content.ts';
import { emailFields, type LeftOut, nothingLeftOut } from './email-object.ts';
import type { MailItem } from './items.ts';
import { limits } from './limits.ts';
import { inThrees, type MailStream, splitStream } from './mail-stream.ts';
import { SpoolWriter } from './spool-writer.ts';
import { TextScan } from './text-scan.ts';

/** Undefined when the mail is not to be found. Throws `MailError`. */
export async function fullObject(source: ContentSource, item: MailItem, wish: ObjectWish): Promise<RenderedObject | undefined> {
  if (item.size <= limits.object) {
    const mail = await wholeMail(source, item);
    if (mail === undefined) return undefined;
    const bytes = wrapMail(item, mail, wish);
    return bytes.length <= limits.object
      ? { guid: wish.guid, kind: 'bytes', bytes }
      : spooled(source, wish, async (writer) => {
          await writer.write(bytes);
          return true;
        });
  }
  return streamedObject(source, item, wish);
}

async function wholeMail(source: ContentSource, item: MailItem): Promise<Uint8Array | undefined> {
  const content = await openContent(source, item);
  if (content === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

function wrapMail(item: MailItem, mail: Uint8Array, wish: ObjectWish): Uint8Array {
  const { header, body } = splitHeader(mail);
  const set = headerSet(header, wish.headers);
  const sent = set.omittedBytes === 0 ? mail : new Uint8Array(Buffer.concat([set.header, body]));
  if (wish.contentType === contentTypes.rfc822) return sent;
  return generateEmail({ ...emailFields(item, header, { ...nothingLeftOut, header: set.omittedBytes }), emailItem: sent });
}

/** As text in a CDATA section, which is most often right and a quarter shorter; again as base64 when it turns out that XML cannot hold it. */
async function streamedObject(source: ContentSource, item: MailItem, wish: ObjectWish): Promise<RenderedObject | undefined> {
  // Where XML has to carry a mail as it is, the session sends the spool as base64 (Meta Format b64).
  const plain = wish.encoding === 'xml' ? ('plain base64' as const) : ('plain' as const);
  const ways = wish.contentType === contentTypes.rfc822 ? [plain] : (['none', 'base64'] as const);
  for (const way of ways) {
    const content = await openContent(source, item);
    if (content === undefined) return undefined;
    const object = await spooled(source, wish, async (writer) =>
      writeMail(writer, item, wish, { stream: await splitStream(content), way }),
    );
    if (object !== undefined) return object;
  }
  return undefined;
}

async function spooled(
  source: ContentSource,
  wish: ObjectWish,
  fill: (writer: SpoolWriter) => Promise<boolean>,
): Promise<RenderedObject | undefined> {
  const writer = new SpoolWriter(source.store);
  let isWhole = false;
  try {
    isWhole = await fill(writer);
    if (isWhole) await writer.flush();
  } finally {
    if (!isWhole) await writer.discard();
  }
  return isWhole ? { guid: wish.guid, kind: 'spool', spool: writer.id, size: writer.size } : undefined;
}

interface Writing {
  readonly stream: MailStream;
  readonly way: 'plain' | 'plain base64' | 'none' | 'base64';
}

/** False when the mail is no text after all. */
async function writeMail(writer: SpoolWriter, item: MailItem, wish: ObjectWish, { stream, way }: Writing): Promise<boolean> {
  const set = headerSet(stream.header, wish.headers);
  const mail = joined(set.header, stream.body);
  if (way === 'plain') {
    for await (const piece of mail) await writer.write(piece);
    return true;
  }
  if (way === 'plain base64') {
    for await (const piece of inThrees(mail)) await writer.write(encodeBase64Bytes(piece));
    return true;
  }
  const left: LeftOut = { body: 0, header: set.omittedBytes };
  const frame = emailFrame(emailFields(item, stream.start, left), way);
  await writer.write(frame.prefix);
  if (way === 'base64') {
    for await (const piece of inThrees(mail)) await writer.write(encodeBase64Bytes(piece));
  } else {
    const scan = new TextScan();
    for await (const piece of mail) {
      if (!scan.push(piece)) return false;
      await writer.write(piece);
    }
    if (!scan.end()) return false;
  }
  await writer.write(frame.suffix);
  return true;
}

async function* joined(header: Uint8Array, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  if (header.length > 0) yield header;
  yield* body;
}
