package dev.rdptrace.cli;

import dev.rdptrace.live.FrameSink;

/// The analysis of packets that still come.
interface Following extends FrameSink {
    /// Nothing more comes: what is open is judged as it stands.
    void finish();

    /// TCP connections so far.
    long connections();

    /// Connections that are followed now.
    long open();
}
