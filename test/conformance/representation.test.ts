// WBXML and XML, rule by rule.
import { representation } from './rules/representation.ts';
import { checkGroup } from './support/check.ts';

checkGroup(representation);
