// The version of the command, as people and servers are told.
export const version = '0.1.0';
