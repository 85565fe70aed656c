package dev.rdptrace.cli;

import dev.rdptrace.capture.Frame;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Incidents;
import dev.rdptrace.diagnosis.Surroundings;
import dev.rdptrace.incident.Try;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.RdpSession;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;

/// Every connection judged by itself when it is closed.
final class InterimFollowing implements Following {
    private final BitSet ports;
    private final Consumer<Incident> verdicts;
    private final Packet packet = new Packet();
    private final Connections connections;
    private long lastNanos;
    private long ended;
    private long begun;

    InterimFollowing(BitSet ports, Consumer<Incident> verdicts) {
        this.ports = ports;
        this.verdicts = verdicts;
        connections = new Connections(new Connections.Interest() {
            @Override
            public boolean port(int port) {
                return ports.get(port);
            }

            @Override
            public boolean firstPayload(int serverPort, byte[] bytes, int offset, int length) {
                return FirstBytes.couldBeConnectionRequest(bytes, offset, length);
            }
        }, connection -> {
            begun++;
            return new RdpSession(connection, false, false, _ -> {}, this::collect);
        });
    }

    private void collect(Attempt attempt) {
        ended++;
        if (ports.get(attempt.server().port()) || attempt.request().isPresent()) {
            Try one = new Try(attempt.client(), attempt.server(), List.of(attempt));
            verdicts.accept(Incidents.judge(List.of(one), new Surroundings(List.of(attempt), lastNanos)).getFirst());
        }
    }

    @Override
    public void accept(Frame frame) {
        long nanos = frame.nanos() == Frame.NO_TIME ? lastNanos : frame.nanos();
        lastNanos = Math.max(lastNanos, nanos);
        Verdict verdict = packet.wrap(frame);
        if (verdict == Verdict.TCP) {
            connections.accept(packet, frame.number(), nanos);
        } else if (verdict == Verdict.ICMP) {
            connections.acceptIcmp(packet, packet.protocol() == 58, frame.number(), nanos);
        }
    }

    @Override
    public void tick(long nanos) {
        lastNanos = Math.max(lastNanos, nanos);
        connections.expire(nanos);
    }

    @Override
    public void finish() {
        connections.end();
    }

    @Override
    public long connections() {
        return connections.streams();
    }

    @Override
    public long open() {
        return begun - ended;
    }
}
