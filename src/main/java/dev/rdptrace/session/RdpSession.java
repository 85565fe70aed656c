package dev.rdptrace.session;

import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Endpoint;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.GatewayFacts;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.IcmpFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One TCP connection: what happens to it, and the conversation that it carries.
public final class RdpSession implements StreamListener {
    /// A session that is up needs no more reading: what matters then is how it ends.
    private static final int MESSAGES_AFTER_UP = 41;

    private final Connection connection;
    private final Consumer<Attempt> done;
    private final Consumer<Attempt> quiet;
    private final Consumer<Endpoint> rdpServer;
    private final InternedFacts familiar;
    private final Optional<Secrets> secrets;
    private final GatewayChannels channels;
    private final EventLog story;
    private final Opening opening;
    private final Conversation rdp;
    private Optional<GatewayTunnel> tunnel = Optional.empty();
    private boolean told;
    private boolean toldTunnel;
    private boolean stopped;
    private int synRepeats;
    private int gaps;

    /// @param namedGateway the server was named as an RD Gateway
    /// @param mayBeGateway it is one if the client begins with TLS
    /// @param secrets what may open its TLS records, where there is anything
    /// @param familiar what is known of the hellos and certificates of other connections
    /// @param channels finds the other connection of a tunnel
    /// @param rdpServer told when this server has spoken RDP
    /// @param quiet told when a handshake has stopped without a close
    /// @param done told when the connection is over
    public RdpSession(Connection connection, boolean namedGateway, boolean mayBeGateway, Optional<Secrets> secrets, InternedFacts familiar,
            GatewayChannels channels, Consumer<Endpoint> rdpServer, Consumer<Attempt> quiet, Consumer<Attempt> done) {
        this.connection = connection;
        this.rdpServer = rdpServer;
        this.quiet = quiet;
        this.done = done;
        this.familiar = familiar;
        this.secrets = secrets;
        this.channels = channels;
        this.story = new EventLog();
        this.opening = new Opening(story, namedGateway, mayBeGateway, connection.server().port() == Attempt.CONSOLE_PORT);
        this.rdp = new Conversation(story, opening, secrets.map(some -> new OpenedRecords(story, some, new Opened())), familiar);
        rdp.sizes().heard(offset -> connection.acknowledged(Side.CLIENT, offset));
    }

    // ---- transport ----

    @Override
    public void onSyn(Side from, int repeats, Moment at) {
        boolean client = from == Side.CLIENT;
        story.reached(client ? Step.SYN : Step.SYN_ACK, at);
        if (repeats == 0 || synRepeats++ < 8) {
            story.event(at, from, client ? Kind.TCP_SYN : Kind.TCP_SYN_ACK, Phase.TCP, new Happening.Syn(repeats));
        }
    }

    @Override
    public void onEstablished(Moment at) {
        story.reached(Step.ESTABLISHED, at);
        story.event(at, Side.CLIENT, Kind.TCP_ESTABLISHED, Phase.TCP, "TCP connected");
    }

    @Override
    public void onGap(Side from, long offset, long length, Moment at) {
        if (gaps++ < 4) {
            story.event(at, from, Kind.TCP_GAP, story.has(Step.CLIENT_HELLO) ? Phase.TLS : Phase.X224,
                    Note.of("{bytes} bytes were received but are not in the capture", length));
        }
    }

    @Override
    public void onFin(Side from, Moment at) {
        story.event(at, from, Kind.TCP_FIN, phaseNow(), Note.of("{} closes (FIN)", from));
    }

    @Override
    public void onReset(ResetFacts reset) {
        story.event(reset.at(), reset.from(), Kind.TCP_RST, phaseNow(), reset);
    }

    @Override
    public void onIcmp(IcmpFacts error) {
        story.event(new Event(error.at(), error.sender(), Kind.ICMP, phaseNow(), false, error));
    }

    private Phase phaseNow() {
        return story.furthest().phase();
    }

    // ---- bytes ----

    @Override
    public void onBytes(Side from) {
        OrderedBytes bytes = connection.bytes(from);
        while (!stopped && bytes.available() > 0 && (opening.clear() ? clear(from, bytes) : rdp.step(from, bytes))) {
            if (rdp.messagesAfterUp() > MESSAGES_AFTER_UP && !rdp.opens()) {
                stopped = true;
                connection.keepLastWords();
            }
        }
        if (!told && rdp.confirm().isPresent()) {
            told = true;
            rdpServer.accept(connection.server());
        }
    }

    /// What stands inside the TLS of a gateway, here without it.
    private boolean clear(Side from, OrderedBytes bytes) {
        int length = bytes.available();
        if (opening.webSocket() && from == Side.SERVER && opening.odd(from).isEmpty()) {
            opening.note(from, bytes, FirstBytes.atEnd(bytes.buffer(), bytes.start(), length), rdp);
        }
        if (tunnel().foreign()) {
            bytes.take(length);
            return true;
        }
        if (bytes.isWhole(bytes.offset(), length)) {
            byte[] plain = Arrays.copyOfRange(bytes.buffer(), bytes.start(), bytes.start() + length);
            tunnel().data(from, plain, bytes.completed(bytes.offset(), bytes.offset() + length));
        } else {
            tunnel().lost(from);
        }
        bytes.take(length);
        if (opening.webSocket() && tunnel().ofWebGateway()) {
            opening.webGateway();
        }
        return true;
    }

    private GatewayTunnel tunnel() {
        if (tunnel.isEmpty()) {
            tunnel = Optional.of(new GatewayTunnel(story, connection.stream(), channels, opening.clear(),
                    new TunnelledRdp(secrets, familiar)));
        }
        return tunnel.orElseThrow();
    }

    /// Behind the TLS of a gateway stands HTTP, behind any other RDP.
    private final class Opened implements OpenedRecords.Receiver {
        private OpenedRecords.Receiver receiver() {
            return opening.gateway() ? tunnel() : rdp;
        }

        @Override
        public void data(Side from, byte[] plain, Moment at) {
            receiver().data(from, plain, at);
        }

        @Override
        public void lost(Side from) {
            receiver().lost(from);
        }
    }

    /// RDP inside a gateway's tunnel was read.
    private Optional<TunnelledRdp> throughTunnel() {
        return opening.gateway() ? tunnel.flatMap(GatewayTunnel::inner) : Optional.empty();
    }

    /// What the packets of this connection carry is still read. After that only how they come counts, and the last words of both sides.
    public boolean reads() {
        return !stopped;
    }

    // ---- the end ----

    @Override
    public void onQuiet(long nanos) {
        boolean unanswered = connection.isWaiting(Side.CLIENT) || connection.isWaiting(Side.SERVER);
        if (!story.has(Step.FONT_MAP) || unanswered) {
            quiet.accept(attempt(Attempt.End.CAPTURE_ENDED));
        }
    }

    @Override
    public void onEnd(End why) {
        if (why == End.UNWANTED) {
            return;
        }
        for (Side side : Side.values()) {
            rdp.finish(side, connection.bytes(side));
        }
        rdp.finish();
        lastWords();
        Optional<TunnelledRdp> inside = throughTunnel();
        if (inside.isPresent() && !toldTunnel) {
            toldTunnel = true;
            inside.get().tell(story, tunnel.orElseThrow().tells());
        }
        done.accept(attempt(switch (why) {
            case CLOSED, REPLACED -> Attempt.End.CLOSED;
            case CAPTURE_ENDED, GIVEN_UP -> Attempt.End.CAPTURE_ENDED;
            case EVICTED, UNWANTED -> Attempt.End.EVICTED;
        }));
    }

    /// Of a long session the beginning was read; how it ends stands in the last messages of both sides.
    private void lastWords() {
        List<LastMessages.Message> messages = new ArrayList<>();
        for (Side side : Side.values()) {
            messages.addAll(LastMessages.of(side, connection.lastWords(side), rdp.tls().begun()));
        }
        messages.sort(Comparator.comparingLong(message -> message.at().frame()));
        messages.forEach(rdp::lastMessage);
    }

    /// Everything learnt so far.
    private Attempt attempt(Attempt.End end) {
        OrderedBytes server = connection.bytes(Side.SERVER);
        List<Event> events = new ArrayList<>(story.events());
        events.sort(Comparator.comparingLong(event -> event.at().frame()));
        Prologue prologue = opening.prologue();
        boolean nothingOfRdp = !story.has(Step.SYN) && !story.has(Step.SYN_ACK) && rdp.request().isEmpty() && rdp.confirm().isEmpty()
                && !story.has(Step.FONT_MAP) && !opening.gateway() && !prologue.begun() && !opening.preconnected();
        // Where the gateway's TLS is taken off, the sizes of the host's records are seen as without a gateway.
        Optional<TunnelledRdp> seen = throughTunnel().filter(_ -> opening.clear());
        Conversation inside = throughTunnel().map(TunnelledRdp::rdp).orElse(rdp);
        return new Attempt(connection.stream(), connection.client(), connection.server(), connection.rolesCertain(),
                opening.midStart() || nothingOfRdp, story.steps(), story.inferredSteps(),
                new Attempt.Negotiation(inside.request(), inside.confirm(), inside.otherTpdu()), rdp.tlsFacts(server),
                inside.authentication(), inside.inner(), new Attempt.Unread(inside.opening().odd(Side.CLIENT),
                        inside.opening().odd(Side.SERVER), connection.bytes(Side.CLIENT).available(), server.available()),
                new Attempt.Proxy(prologue.text(), prologue.port()), seen.map(TunnelledRdp::records).orElseGet(story::records),
                List.copyOf(events), connection.facts(),
                opening.gateway(), tunnel.filter(_ -> opening.gateway()).map(GatewayTunnel::facts).orElse(GatewayFacts.NONE), end);
    }
}
