// Files as attachments: name, media type by the ending, content.
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { DraftAttachment } from '@packetboat/client';
import { CliError } from '../errors.ts';

/** What mail programs open by themselves; all else travels as bytes of no known kind. */
const types: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.eml': 'message/rfc822',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.ics': 'text/calendar',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.odt': 'application/vnd.oasis.opendocument.text',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.vcf': 'text/vcard',
  '.webp': 'image/webp',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  '.zip': 'application/zip',
};

/** Throws ERR_CLI_INPUT with the file's name. */
export function attachmentOf(file: string): DraftAttachment {
  const type = types[extname(file).toLowerCase()];
  try {
    return { name: basename(file), ...(type === undefined ? {} : { type }), content: new Uint8Array(readFileSync(file)) };
  } catch (error) {
    throw new CliError('ERR_CLI_INPUT', `${file} cannot be attached: ${(error as Error).message}`, { cause: error });
  }
}
