// The one door of @packetboat/server.
