// The one door of @packetboat/client.
