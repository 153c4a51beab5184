// Authentication, rule by rule.
import { authentication } from './rules/authentication.ts';
import { checkGroup } from './support/check.ts';

checkGroup(authentication);
