// The rules as a whole: their names, and that the document says what they say.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groups } from './rules/all.ts';
import { formsOf } from './support/rule.ts';
import { conformanceDocument } from './support/table.ts';

const rules = groups.flatMap((group) => group.rules);

describe('the rules of conformance', () => {
  it('are named once each, by their group and in order', () => {
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
    for (const group of groups) {
      const ids = group.rules.map((rule) => rule.id);
      for (const id of ids) expect(id).toMatch(new RegExp(`^${group.key}-\\d\\d$`));
      expect(ids).toEqual(ids.toSorted());
    }
  });

  it('have each a text of their own, a version, and a reason where they are not held', () => {
    expect(new Set(rules.map((rule) => `${rule.role} ${rule.from[1]} ${rule.text}`)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule.text, rule.id).toMatch(/[.…]$/);
      expect(formsOf(rule).length, rule.id).toBeGreaterThan(0);
      if (rule.notHeld !== undefined) expect(rule.notHeld, rule.id).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('are what docs/conformance.md says: `npm run conformance` writes it', async () => {
    const path = join(import.meta.dirname, '../../docs/conformance.md');
    await expect(conformanceDocument(groups)).toMatchFileSnapshot(path);
  });
});
