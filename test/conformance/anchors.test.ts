// Anchors, rule by rule.
import { anchors } from './rules/anchors.ts';
import { checkGroup } from './support/check.ts';

checkGroup(anchors);
