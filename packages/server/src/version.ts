// The release, as devices and logs see it.
export const version = '0.1.0';
