// Conflicts, rule by rule.
import { conflicts } from './rules/conflicts.ts';
import { checkGroup } from './support/check.ts';

checkGroup(conflicts);
