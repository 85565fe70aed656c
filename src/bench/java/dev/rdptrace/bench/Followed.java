package dev.rdptrace.bench;

import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.HalfStream;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.ResetFacts;
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
        return new StreamListener() {
            @Override
            public void onBytes(Side from) {
                HalfStream half = connection.half(from);
                bytes[0] += half.available();
                half.take(half.available());
            }

            @Override
            public void onSyn(Side from, int repeats, long frame, long nanos) {}

            @Override
            public void onEstablished(long frame, long nanos) {}

            @Override
            public void onGap(Side from, long offset, long length, long frame, long nanos) {}

            @Override
            public void onFin(Side from, long frame, long nanos) {}

            @Override
            public void onReset(ResetFacts reset) {}

            @Override
            public void onIcmp(IcmpFacts icmp) {}

            @Override
            public void onQuiet(long nanos) {}

            @Override
            public void onEnd(End end) {}
        };
    }
}
