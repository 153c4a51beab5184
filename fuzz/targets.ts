// Every target by name.
import type { Subject } from './engine/subject.ts';
import { client } from './targets/client.ts';
import { documents } from './targets/documents.ts';
import { messages } from './targets/messages.ts';
import { objects } from './targets/objects.ts';
import { session } from './targets/session.ts';

const targets: Readonly<Record<string, () => Subject | Promise<Subject>>> = {
  wbxml: () => documents('wbxml'),
  xml: () => documents('xml'),
  message: messages,
  object: objects,
  session,
  client,
};

export const targetNames: readonly string[] = Object.keys(targets);

export function openTarget(name: string): Subject | Promise<Subject> {
  const open = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (open === undefined) throw new Error(`there is no target ${name}; there are ${targetNames.join(', ')}`);
  return open();
}
