// Email and folder objects, rule by rule.
import { objects } from './rules/objects.ts';
import { checkGroup } from './support/check.ts';

checkGroup(objects);
