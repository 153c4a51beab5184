// The transport port: one HTTP exchange, counted. OMA SyncML HTTP Binding 1.2.

export interface TransportRequest {
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Value of the header `x-syncml-hmac`, for a log-in by MAC. */
  readonly mac?: string;
}

/** `failed`: no usable answer came. `retry`: the same bytes may be sent again; `atOnce`: without a wait, `afterMs`: not before. */
export type TransportAnswer =
  | { readonly kind: 'reply'; readonly contentType: string; readonly body: Uint8Array; readonly mac?: string }
  | {
      readonly kind: 'failed';
      /** For people; never content. */
      readonly reason: string;
      readonly httpStatus?: number;
      readonly retry: boolean;
      readonly atOnce?: boolean;
      readonly afterMs?: number;
    };

/** Bytes of TCP payload (with TLS: what is inside it), with the HTTP headers, and connections opened, since the transport was made. */
export interface Traffic {
  readonly up: number;
  readonly down: number;
  readonly connections: number;
}

export interface Transport {
  /** One attempt. Never throws for what the server or the network did. */
  attempt(request: TransportRequest): Promise<TransportAnswer>;
  /** Null where it cannot be counted, as in a browser. */
  traffic(): Traffic | null;
  close(): Promise<void>;
}
