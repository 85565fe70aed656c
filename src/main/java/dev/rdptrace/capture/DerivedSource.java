package dev.rdptrace.capture;

import java.io.IOException;

/// A source that changes what another brings: its order, its frames or what is known about them. All else is the other's.
public abstract class DerivedSource implements PacketSource {
    protected final PacketSource source;

    protected DerivedSource(PacketSource source) {
        this.source = source;
    }

    @Override
    public CaptureFacts facts() {
        return source.facts();
    }

    @Override
    public double share() {
        return source.share();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
