package dev.rdptrace.timeline;

/// Who speaks with whom, as a key.
public record Parties(Endpoint client, Endpoint server) {
    @Override
    public boolean equals(Object other) {
        return other instanceof Parties p && client.equals(p.client) && server.equals(p.server);
    }

    @Override
    public int hashCode() {
        return client.hashCode() * 31 + server.hashCode();
    }
}
