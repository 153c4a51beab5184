// The table of rules as a document: docs/conformance.md is this, letter by letter.
import type { Version } from '@packetboat/syncml';
import { documents, type Group, type Rule } from './rule.ts';

const versions: readonly Version[] = ['1.0', '1.1', '1.2'];

export function conformanceDocument(groups: readonly Group[]): string {
  const rules = groups.flatMap((group) => group.rules);
  return [
    '# Conformance',
    '',
    'What OMA DS (SyncML) asks of a server and of a client, rule by rule, and whether ours holds it. This table is written by',
    '`npm run conformance` from the rules in `test/conformance/rules`. Each rule has a test in every version that it is for, which',
    'speaks to the real server, or as a server to the real client, in messages written by hand. The test of a rule that is not held',
    'shows what happens instead, so that it fails when that changes.',
    '',
    'Sections are named by what they are about (SCR: an item of the conformance lists of these documents):',
    '',
    ...Object.entries(documents).map(([short, [name, title]]) => `* **${short}**: ${name}, ${title}`),
    '',
    '| | rules | held | not held |',
    '|---|---|---|---|',
    ...(['server', 'client'] as const).map((role) =>
      count(
        role,
        rules.filter((rule) => rule.role === role),
      ),
    ),
    count('together', rules),
    '',
    ...groups.flatMap(section),
  ].join('\n');
}

function count(name: string, rules: readonly Rule[]): string {
  const held = rules.filter((rule) => rule.notHeld === undefined).length;
  return `| ${name} | ${rules.length} | ${held} | ${rules.length - held} |`;
}

function section(group: Group): readonly string[] {
  return [
    `## ${group.title}`,
    '',
    '| Rule | What it says | Where | 1.0 | 1.1 | 1.2 | For | Held |',
    '|---|---|---|---|---|---|---|---|',
    ...group.rules.map(row),
    '',
  ];
}

function row({ id, text, from: [document, title], versions: ours, role, notHeld }: Rule): string {
  const marks = versions.map((version) => (ours.includes(version) ? '•' : ''));
  const held = notHeld === undefined ? 'yes' : `**no:** ${notHeld}`;
  return `| ${[id, cell(text), cell(`${document}: ${title}`), ...marks, role, cell(held)].join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/</g, '&lt;');
}
