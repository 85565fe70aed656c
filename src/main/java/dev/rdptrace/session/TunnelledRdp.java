package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.tls.TlsVersion;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpkt;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The RDP connection inside a gateway's tunnel: the same handshake once more, with a TLS of its own.
///
/// Its story is its own; [#tell] puts it into the story of the leg to the gateway, where the steps of the outer TLS stand.
final class TunnelledRdp {
    private static final int LONGEST = 1 << 18;

    private final Story story;
    private final SizeReader sizes;
    private final InnerPdus clear;
    private final Plaintext plaintext;
    private final OpenedRecords records;
    private final TlsObserver tls;
    private final Queue[] queues = {new Queue(), new Queue()};
    private Optional<Tpdu.ConnectionRequest> request = Optional.empty();
    private Optional<Tpdu.ConnectionConfirm> confirm = Optional.empty();
    private boolean any;

    TunnelledRdp(Secrets secrets, Familiar familiar) {
        story = new Story(familiar);
        sizes = new SizeReader(story);
        clear = new InnerPdus(story, false);
        plaintext = new Plaintext(story);
        records = new OpenedRecords(story, secrets, plaintext);
        tls = new TlsObserver(story, sizes, records, familiar);
    }

    boolean any() {
        return any;
    }

    Optional<Tpdu.ConnectionRequest> request() {
        return request;
    }

    Optional<Tpdu.ConnectionConfirm> confirm() {
        return confirm;
    }

    TlsFacts tls() {
        return tls.facts(0, 0);
    }

    AuthenticationFacts authentication() {
        return plaintext.logon().facts(sizes);
    }

    InnerFacts inner() {
        return (plaintext.inner().any() ? plaintext.inner() : clear).facts(sizes);
    }

    void lost(Side side) {
        queues[side.ordinal()].clear();
        if (any) {
            tls.lost(side);
        }
    }

    void data(Side side, byte[] bytes, Moment at) {
        any = true;
        Queue queue = queues[side.ordinal()];
        queue.append(bytes, 0, bytes.length);
        if (queue.length() > LONGEST) {
            queue.clear();
        }
        int before;
        do {
            before = queue.length();
            if (before > 0) {
                message(side, queue, at);
            }
        } while (queue.length() > 0 && queue.length() < before);
    }

    private void message(Side side, Queue queue, Moment at) {
        int first = queue.at(0);
        if (first >= ContentType.CHANGE_CIPHER_SPEC && first <= ContentType.HEARTBEAT) {
            if (queue.length() >= TlsRecord.HEADER) {
                record(side, queue, at);
            }
            return;
        }
        int length = Tpkt.length(queue.array(), queue.start(), queue.length());
        if (length == Tpkt.NOT_A_FRAME) {
            queue.clear();
        }
        if (length <= 0 || queue.length() < length) {
            return;
        }
        if (first == 3 && Tpdu.decode(queue.array(), queue.start(), length) instanceof Decoded.Complete<Tpdu>(var tpdu, _)) {
            tpdu(side, tpdu, queue, at);
        } else if (first != 3) {
            clear.fastPath(side, at);
        }
        queue.take(length);
    }

    private void record(Side side, Queue queue, Moment at) {
        int length = queue.at(3) << 8 | queue.at(4);
        if (queue.length() < TlsRecord.HEADER + length) {
            return;
        }
        tls.record(side, queue.array(), queue.start(), length, at);
        queue.take(TlsRecord.HEADER + length);
        if (tls.serverHello().isPresent()) {
            plaintext.begin(selected(), confirm.isPresent());
            sizes.begin(selected(), confirm.isPresent(), tls.version().is13(), tls.version().code() == TlsVersion.TLS_1_0);
        }
    }

    private Protocols selected() {
        return confirm.map(Tpdu.ConnectionConfirm::reply)
                .filter(Tpdu.NegotiationReply.Response.class::isInstance)
                .map(reply -> ((Tpdu.NegotiationReply.Response) reply).selected()).orElse(Protocols.STANDARD);
    }

    private void tpdu(Side side, Tpdu tpdu, Queue queue, Moment at) {
        switch (tpdu) {
            case Tpdu.ConnectionRequest cr -> {
                request = Optional.of(cr);
                story.reached(Step.REQUEST, at);
                RdpSession.tell(story, cr, at);
            }
            case Tpdu.ConnectionConfirm cc -> {
                confirm = Optional.of(cc);
                story.reached(Step.CONFIRM, at);
                RdpSession.tell(story, cc, at);
            }
            case Tpdu.Data data -> clear.accept(side, queue.array(), queue.start() + data.offset(), data.length(), at);
            case Tpdu.DisconnectRequest _, Tpdu.ErrorTpdu _, Tpdu.Other _ -> { }
        }
    }

    /// Opens what was kept, and puts everything into the outer story.
    ///
    /// @param events those too; without them the story of a tunnel's other connection gets the steps alone
    void tell(Story outer, boolean events) {
        records.finish(tls);
        for (Event event : events ? story.events() : List.<Event>of()) {
            outer.event(event.at(), event.from(), event.kind(), event.phase(), "in the tunnel: " + event.says(), pairs(event.details()));
        }
        story.steps().forEach((step, at) -> {
            boolean outerStep = step.compareTo(Step.CLIENT_HELLO) >= 0 && step.compareTo(Step.TLS_DONE) <= 0;
            if (!outerStep && story.inferredSteps().contains(step)) {
                outer.inferred(step, at);
            } else if (!outerStep) {
                outer.reached(step, at);
            }
        });
    }

    private static Object[] pairs(Map<String, Object> details) {
        Object[] pairs = new Object[2 * details.size()];
        int at = 0;
        for (Map.Entry<String, Object> detail : details.entrySet()) {
            pairs[at++] = detail.getKey();
            pairs[at++] = detail.getValue();
        }
        return pairs;
    }
}
