package dev.rdptrace.bench;

import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.HalfStream;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.testkit.SilentListener;
import dev.rdptrace.timeline.Side;

/// Follows everything and takes the bytes as they come, to measure reassembly alone.
record Followed(long[] bytes) implements Connections.Interest {
    @Override
    public boolean port(int port) {
        return true;
    }

    @Override
    public Connections.Speaker firstPayload(int port, byte[] payload, int offset, int length) {
        return Connections.Speaker.NOBODY;
    }

    @Override
    public StreamListener follow(Connection connection) {
        return new SilentListener() {
            @Override
            public void onBytes(Side from) {
                HalfStream half = connection.half(from);
                bytes[0] += half.available();
                half.take(half.available());
            }
        };
    }
}
