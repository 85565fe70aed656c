package dev.rdptrace.cli;

/// `-t`: how reports show the time of a packet, with tshark's letters.
public enum TimeFormat {
    /// Seconds since the first packet.
    R,
    /// Seconds since the packet shown before.
    D,
    /// Date and time of day where the reader is.
    AD,
    /// Date and time of day, UTC.
    UD,
    /// Seconds since 1970-01-01 UTC.
    E
}
