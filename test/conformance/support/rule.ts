// A rule of OMA DS as data: what it says, where, for whom, whether we hold it, and the test that shows which.
import type { Encoding, Version } from '@packetboat/syncml';
import type { World, WorldOptions } from '../../support/world.ts';

export type Role = 'server' | 'client';

/** What a rule is checked with: the world of its group, and how messages are written this time. */
export interface Stage {
  readonly world: World;
  readonly version: Version;
  readonly encoding: Encoding;
  /** Of this rule and this run alone: names devices and mails. */
  readonly name: string;
}

export interface Rule {
  /** Group and number: `AUTH-03`. */
  readonly id: string;
  /** Where it is written; a key of `documents`, and the title of the section or the item of the conformance list. */
  readonly from: readonly [keyof typeof documents, string];
  readonly text: string;
  readonly versions: readonly Version[];
  readonly role: Role;
  /** Why we do not hold it. Then `check` shows what happens instead. */
  readonly notHeld?: string;
  /** How the messages of the check are written; without it one way for each version, in turn. */
  readonly encodings?: readonly Encoding[];
  readonly check: (stage: Stage) => Promise<void> | void;
}

/** The rules about one thing. They share a world: each check brings its own devices. */
export interface Group {
  readonly key: string;
  readonly title: string;
  readonly world?: WorldOptions;
  readonly rules: readonly Rule[];
}

/** The public documents, by the short names that the table uses. */
export const documents = {
  P: ['OMA-TS-DS_Protocol-V1_2', 'SyncML Data Sync Protocol'],
  R: ['OMA-TS-SyncML_RepPro-V1_2', 'SyncML Representation Protocol'],
  M: ['OMA-TS-SyncML_MetaInfo-V1_2', 'SyncML Meta Information'],
  D: ['OMA-TS-DS_DevInf-V1_2', 'SyncML Device Information'],
  E: ['OMA-TS-DS_DataObjEmail-V1_2', 'Email data object'],
  F: ['OMA-TS-DS_DataObjFolder-V1_2', 'Folder data object'],
  H: ['OMA-TS-SyncML_HTTPBinding-V1_2', 'SyncML HTTP Binding'],
  W: ['WAP-192-WBXML-20010725-a', 'Binary XML Content Format, version 1.3'],
} as const;

export const every: readonly Version[] = ['1.0', '1.1', '1.2'];
export const since11: readonly Version[] = ['1.1', '1.2'];
export const only10: readonly Version[] = ['1.0'];
export const only11: readonly Version[] = ['1.1'];
export const only12: readonly Version[] = ['1.2'];
export const before12: readonly Version[] = ['1.0', '1.1'];
export const both: readonly Encoding[] = ['wbxml', 'xml'];

/** The versions and encodings that a rule is checked in. Where the encoding does not matter, neighbours take turns. */
export function formsOf(rule: Rule): readonly (readonly [Version, Encoding])[] {
  return rule.versions.flatMap((version): (readonly [Version, Encoding])[] => {
    const turn = Number(rule.id.slice(-2)) + (version === '1.1' ? 1 : 0);
    const encodings = rule.encodings ?? [turn % 2 === 0 ? 'wbxml' : 'xml'];
    return encodings.map((encoding) => [version, encoding]);
  });
}
