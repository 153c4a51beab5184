// Filters, rule by rule.
import { filters } from './rules/filter.ts';
import { checkGroup } from './support/check.ts';

checkGroup(filters);
