// What stands in the mailboxes of the demo's two people. Made to be like real mail: threads, several scripts, HTML with pictures,
// attachments of all sizes, newsletters and machines. The same every time.
import type { Letter } from './letter.ts';
import { aliceLetters } from './letters-alice.ts';
import { bobLetters } from './letters-bob.ts';
import { sharedLetters } from './letters-shared.ts';

export const letters: readonly Letter[] = [...sharedLetters, ...aliceLetters, ...bobLetters].toSorted((a, b) => a.at - b.at);
