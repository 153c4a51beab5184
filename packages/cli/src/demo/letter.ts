// A mail of the demo as a draft, and the people who write. All domains are reserved for examples (RFC 2606, RFC 6761).
import type { DraftAttachment } from '@packetboat/client';

/** Where a mail is in somebody's mailbox: a folder and the flags, such as `INBOX read flagged`. */
export type Place = string;

export interface Letter {
  /** Names the mail within the demo. */
  readonly id: string;
  /** Hours after the first mail. */
  readonly at: number;
  /** Keys of `addressBook`. */
  readonly from: string;
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly DraftAttachment[];
  /** `id` of the letter that this one answers. */
  readonly answers?: string;
  readonly alice?: Place;
  readonly bob?: Place;
}

/** Everybody who writes, by the name that letters use. */
export const addressBook = {
  alice: { name: 'Alice Martin', address: 'alice@packetboat.test' },
  bob: { name: 'Bob Keller', address: 'bob@packetboat.test' },
  grace: { name: 'Grace Okafor', address: 'grace@harbour.example' },
  juergen: { name: 'Jürgen Weiß', address: 'juergen@werft.example' },
  hanako: { name: '山田 花子', address: 'hanako@minato.example' },
  olga: { name: 'Ольга Петрова', address: 'olga@prichal.example' },
  layla: { name: 'ليلى حداد', address: 'layla@marfa.example' },
  nikos: { name: 'Νίκος Παπάς', address: 'nikos@limani.example' },
  minjun: { name: '김민준', address: 'minjun@hanggu.example' },
  parcels: { name: 'Parcel Service', address: 'noreply@parcels.example' },
  tides: { name: 'Tide & Time', address: 'news@tides.example' },
  bank: { name: 'First Harbour Bank', address: 'statements@bank.example' },
  list: { name: 'Rowing Club', address: 'members@rowing.example' },
} as const;
