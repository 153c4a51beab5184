// Suspend and resume, rule by rule.
import { resume } from './rules/resume.ts';
import { checkGroup } from './support/check.ts';

checkGroup(resume);
