// Alerts and sync types, rule by rule.
import { alerts } from './rules/alerts.ts';
import { checkGroup } from './support/check.ts';

checkGroup(alerts);
