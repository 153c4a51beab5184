// Hierarchy, rule by rule.
import { hierarchy } from './rules/hierarchy.ts';
import { checkGroup } from './support/check.ts';

checkGroup(hierarchy);
