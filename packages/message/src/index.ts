// The one door of @packetboat/message.
