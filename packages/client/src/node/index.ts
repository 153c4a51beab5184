// The Node door of @packetboat/client.
