// Map, rule by rule.
import { mapping } from './rules/map.ts';
import { checkGroup } from './support/check.ts';

checkGroup(mapping);
