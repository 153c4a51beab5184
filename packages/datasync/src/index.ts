// The one door of @packetboat/datasync.
