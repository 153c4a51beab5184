// Large objects, rule by rule.
import { largeObjects } from './rules/large-objects.ts';
import { checkGroup } from './support/check.ts';

checkGroup(largeObjects);
