package dev.rdptrace.live;

import java.io.IOException;

/// A capture that cannot be started or cannot go on. The message is one line for people: what, and on which interface.
public final class LiveException extends IOException {
    private static final long serialVersionUID = 1L;

    /// Why, for those who want to add what helps.
    public enum Reason {
        /// libpcap or Npcap is not there, or cannot be used.
        NO_LIBRARY,
        /// This process may not capture.
        NO_RIGHTS,
        NO_SUCH_INTERFACE,
        /// It is down, went down, or has disappeared.
        INTERFACE_DOWN,
        BAD_FILTER,
        OTHER
    }

    private final Reason reason;

    public LiveException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
