// SIGKILL of the server at every boundary of every message: started again, it goes on with nothing lost and nothing doubled.
import { describeKills } from './kill-journey.ts';

describeKills('server', 'profile', {}, ['arrived', 'forwarded', 'answered', 'delivered']);
describeKills('server', 'plain', { profile: false }, ['answered']);
