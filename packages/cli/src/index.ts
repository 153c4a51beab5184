// The one door of packetboat, the command: for scripts of this repository that run it in their own process.
export { main } from './main.ts';
