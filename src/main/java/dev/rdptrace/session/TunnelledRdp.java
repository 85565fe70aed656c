package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.field.Octets;
import dev.rdptrace.wire.tls.CertificateFacts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The RDP connection inside a gateway's tunnel: the same handshake once more, with a TLS of its own.
///
/// Its story is its own; [#tell] puts it into the story of the leg to the gateway, where the steps of the outer TLS stand.
final class TunnelledRdp {
    private final EventLog story;
    private final Conversation rdp;
    private final ByteQueue[] queues = {new ByteQueue(), new ByteQueue()};
    private final InternedFacts familiar;
    private final List<CertificateFacts> told = new ArrayList<>();
    private Moment behindTls = Moment.NEVER;
    private boolean any;

    TunnelledRdp(Optional<Secrets> secrets, InternedFacts familiar) {
        this.familiar = familiar;
        story = new EventLog();
        rdp = new Conversation(story, new Opening(story), secrets.map(some -> new OpenedRecords(story, some, new Opened())), familiar);
    }

    private final class Opened implements OpenedRecords.Receiver {
        @Override
        public void data(Side from, byte[] plain, Moment at) {
            rdp.data(from, plain, at);
        }

        @Override
        public void lost(Side from) {
            rdp.lost(from);
        }
    }

    boolean any() {
        return any;
    }

    Conversation rdp() {
        return rdp;
    }

    List<SizedRecord> records() {
        return story.records();
    }

    void lost(Side side) {
        queues[side.ordinal()].clear();
        if (any) {
            rdp.tls().lost(side);
        }
    }

    /// What stands inside the TLS, which somebody else has with the host.
    void opened(Side side, byte[] plain, Moment at) {
        rdp.data(side, plain, at);
    }

    /// Somebody tells that TLS with the host is ready, and which certificates that has.
    void behindTls(List<Octets> chain, Moment at) {
        behindTls = at;
        for (Octets certificate : chain) {
            if (familiar.certificate(certificate.toArray()) instanceof Decoded.Complete<CertificateFacts>(var facts, _)) {
                told.add(facts);
            }
        }
    }

    void data(Side side, byte[] bytes, Moment at) {
        any = true;
        queues[side.ordinal()].append(bytes, 0, bytes.length, at);
        rdp.read(side, queues[side.ordinal()]);
    }

    /// What the steps of its TLS and the facts are, once it has begun.
    Optional<GatewayFacts.Host> host() {
        Map<Step, Moment> steps = new EnumMap<>(story.steps());
        steps.keySet().removeIf(step -> step.phase() != Phase.TLS);
        TlsFacts tls = rdp.tlsFacts(queues[Side.SERVER.ordinal()]);
        if (behindTls.seen()) {
            steps.put(Step.TLS_DONE, behindTls);
            tls = tls.withCertificates(told);
        }
        return any ? Optional.of(new GatewayFacts.Host(tls, Collections.unmodifiableMap(steps))) : Optional.empty();
    }

    /// Opens what was kept, and puts everything into the outer story.
    ///
    /// @param events those too; without them the story of a tunnel's other connection gets the steps alone
    void tell(EventLog outer, boolean events) {
        for (Side side : Side.values()) {
            rdp.finish(side, queues[side.ordinal()]);
        }
        rdp.finish();
        for (Event event : events ? story.events() : List.<Event>of()) {
            outer.event(new Event(event.at(), event.from(), event.kind(), event.phase(), true, event.what()));
        }
        story.steps().forEach((step, at) -> {
            if (step.phase() == Phase.TLS) {
                return; // it stands in [#host]
            } else if (story.inferredSteps().contains(step)) {
                outer.inferred(step, at);
            } else {
                outer.reached(step, at);
            }
        });
    }
}
