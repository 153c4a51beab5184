// The one door of @packetboat/cli.
