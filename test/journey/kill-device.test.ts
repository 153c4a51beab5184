// SIGKILL of the device at every boundary of every message: started again, it goes on with nothing lost and nothing doubled.
import { describeKills } from './kill-journey.ts';

describeKills('device', 'profile', {}, ['arrived', 'forwarded', 'answered', 'delivered']);
describeKills('device', 'plain', { profile: false }, ['answered']);
