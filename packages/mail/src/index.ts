// The one door of @packetboat/mail.
export * from './digest.ts';
export * from './errors.ts';
export type * from './port.ts';
export type { DeliveryResult } from './integrated/delivery.ts';
export { type Inbound, type InboundAddress, type InboundOptions, startInbound } from './integrated/inbound.ts';
export type { PasswordCheck } from './integrated/inbound-session.ts';
export type { IntegratedLimits } from './integrated/limits.ts';
export type { Person, Route } from './integrated/persons.ts';
export { type IntegratedStore, type IntegratedStoreOptions, openIntegratedStore } from './integrated/store.ts';
export type { IntegratedLog } from './integrated/store-core.ts';
