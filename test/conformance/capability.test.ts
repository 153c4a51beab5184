// What a device can do, rule by rule.
import { capability } from './rules/capability.ts';
import { checkGroup } from './support/check.ts';

checkGroup(capability);
