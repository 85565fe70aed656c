package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.tcp.OrderedBytes;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Happening.Unreadable;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.rdstls.RdstlsPdu;
import dev.rdptrace.wire.tls.ContentType;
import dev.rdptrace.wire.tls.TlsRecord;
import dev.rdptrace.wire.tls.TlsVersion;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpkt;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// RDP between two sides from its first byte to the active session, whatever carries it.
///
/// Each direction is read message by message. At every message boundary the first byte tells the layer: a TPKT, a
/// fast-path PDU or a TLS record; which of them may come is known from the negotiation, and what may not come is noted
/// as unexpected, never forced. What is opened of TLS is read in the same way: first the authentication that was agreed on,
/// then TPKT and fast-path PDUs.
final class Conversation implements OpenedRecords.Receiver {
    private static final int EXCERPT = 32;
    private static final int LONGEST_MESSAGE = 1 << 18;
    private static final int ODDITIES = 4;
    private static final Protocols TLS_ALONE = new Protocols(Protocols.SSL);
    private static final Protocols CREDSSP = new Protocols(Protocols.HYBRID);

    private final EventLog story;
    private final Opening opening;
    private final Optional<OpenedRecords> records;
    private final SizeReader sizes;
    private final TlsObserver tls;
    private final Opening.Next[] reading = {Opening.Next.ANEW, Opening.Next.ANEW};

    private Optional<Tpdu.ConnectionRequest> request = Optional.empty();
    private Optional<Tpdu.ConnectionConfirm> confirm = Optional.empty();
    private Optional<Tpdu> otherTpdu = Optional.empty();
    private final boolean[] astray = new boolean[2]; // a hole hid where the messages of this side begin, until one is found again
    private int messagesAfterUp;

    private @Nullable InnerPdus clear; // hardly any connection has them
    private @Nullable Opened opened;
    private boolean framed; // the first frame of RDP was opened: authentication is over
    private int oddities;

    /// What was opened with keys.
    ///
    /// @param rest bytes of messages that are not whole yet
    private record Opened(ByteQueue[] rest, Logon logon, InnerPdus pdus) {}

    /// @param records opens the records of TLS, where there is anything to do so with
    /// @param familiar what is known of the hellos and certificates of other connections
    Conversation(EventLog story, Opening opening, Optional<OpenedRecords> records, InternedFacts familiar) {
        this.story = story;
        this.opening = opening;
        this.records = records;
        this.sizes = new SizeReader(story);
        this.tls = new TlsObserver(story, sizes, records.isPresent() ? records.get() : RecordSink.NoKeys.INSTANCE, familiar);
    }

    TlsObserver tls() {
        return tls;
    }

    SizeReader sizes() {
        return sizes;
    }

    Opening opening() {
        return opening;
    }

    Optional<Tpdu.ConnectionRequest> request() {
        return request;
    }

    Optional<Tpdu.ConnectionConfirm> confirm() {
        return confirm;
    }

    /// A Disconnect Request or Error TPDU.
    Optional<Tpdu> otherTpdu() {
        return otherTpdu;
    }

    /// How many messages came with the session up.
    int messagesAfterUp() {
        return messagesAfterUp;
    }

    /// With keys the end of a session can be read too.
    boolean opens() {
        return records.isPresent() && records.get().opens();
    }

    AuthenticationFacts authentication() {
        return opened == null ? Logon.unread(sizes.logon()) : opened.logon.facts(sizes.logon());
    }

    InnerFacts inner() {
        InnerPdus read = opened != null && opened.pdus.any() ? opened.pdus : clear;
        return read == null ? InnerPdus.unread(sizes.session()) : read.facts(sizes.session());
    }

    /// @param left what the server has sent and was not taken yet
    TlsFacts tlsFacts(OrderedBytes left) {
        int start = left.start();
        int delivered = left.available();
        int promised = tls.begun() ? TlsRecord.length(left.buffer(), start, delivered) : TlsRecord.NOT_A_RECORD;
        return promised > 0 ? tls.facts(promised, delivered) : tls.facts(0, 0);
    }

    // ---- bytes ----

    /// Reads one message, or what stands before RDP. Answers whether there is a point in going on.
    boolean step(Side from, OrderedBytes in) {
        int side = from.ordinal();
        return switch (reading[side]) {
            case ANEW, WAIT -> {
                Opening.Next next = opening.read(from, in, this, false);
                reading[side] = next;
                yield next != Opening.Next.WAIT && next != Opening.Next.LOST;
            }
            case MESSAGES -> message(from, in);
            case HTTP -> false;
            case FOREIGN, LOST -> {
                in.take(in.available());
                yield false;
            }
        };
    }

    /// Reads as much as there is.
    void read(Side from, OrderedBytes in) {
        while (in.available() > 0 && step(from, in)) {}
    }

    /// No more of this side will come.
    void finish(Side from, OrderedBytes in) {
        Opening.Next now = reading[from.ordinal()];
        if (in.available() > 0 && (now == Opening.Next.ANEW || now == Opening.Next.WAIT)) {
            reading[from.ordinal()] = opening.read(from, in, this, true);
            read(from, in);
        }
    }

    private boolean message(Side from, OrderedBytes in) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int available = in.available();
        if (!in.isWhole(in.offset(), Math.min(available, TlsRecord.HEADER))) {
            return resynchronize(from, in, "", "");
        }
        int first = bytes[start] & 0xff;
        boolean record = first >= ContentType.CHANGE_CIPHER_SPEC && first <= ContentType.HEARTBEAT && tlsMayCome(in);
        if (record && (available < 3 || TlsRecord.plausible(bytes, start, available))) {
            if (from == Side.CLIENT) {
                sizes.clientSaid(in.offset() + TlsRecord.length(bytes, start, available));
            }
            boolean taken = tls.step(from, in);
            if (taken) {
                astray[from.ordinal()] = false;
                afterRecord();
            }
            return taken;
        }
        int length = Tpkt.length(bytes, start, available);
        // Fast-path PDUs belong to a session; before it such a byte is the beginning of something else.
        boolean tooEarly = first != 3 && story.has(Step.CONFIRM) && !story.has(Step.CLIENT_INFO);
        if (length == Tpkt.NEED_MORE && !tooEarly) {
            return false;
        }
        if (length == Tpkt.NOT_A_FRAME || first != 3 && tls.begun() || tooEarly) {
            return resynchronize(from, in, "bytes that are neither TPKT nor TLS",
                    Identity.EXCERPT.of(Printable.ascii(bytes, start, Math.min(available, EXCERPT))) + " ("
                            + Identity.TEXT.of(Hex.of(bytes, start, Math.min(available, 8))) + ")");
        }
        if (available < length) {
            return false;
        }
        astray[from.ordinal()] = false;
        Moment at = in.completed(in.offset(), in.offset() + length);
        if (first != 3) {
            clear().fastPath(from, at);
        } else if (in.isWhole(in.offset(), length)) {
            tpdu(from, bytes, start, length, at);
        }
        in.take(length);
        countWhenUp();
        return true;
    }

    /// A byte of 0x14 to 0x18 begins TLS, or is the code of a fast-path PDU where no TLS was agreed on.
    private boolean tlsMayCome(OrderedBytes in) {
        if (tls.begun() || request.isEmpty()) {
            return true;
        }
        boolean standard = confirm.isPresent() && !selected().usesTls();
        return !standard || in.available() >= 3 && in.buffer()[in.start() + 1] == 3 && in.buffer()[in.start() + 2] <= 4
                && !story.has(Step.CONNECT_INITIAL);
    }

    private void afterRecord() {
        TlsVersion version = tls.version();
        if (version != null) {
            sizes.begin(selected(), confirm.isPresent(), version.is13(), version.code() == TlsVersion.TLS_1_0);
        }
        opening.onRecord(request.isPresent() || tls.handshakeSeen());
        countWhenUp();
    }

    private void countWhenUp() {
        if (story.has(Step.FONT_MAP)) {
            messagesAfterUp++;
        }
    }

    private Protocols selected() {
        if (confirm.isPresent()) {
            return confirm.get().reply() instanceof Tpdu.NegotiationReply.Response(_, var selected) ? selected : Protocols.STANDARD;
        }
        if (request.isEmpty() && tls.begun()) {
            return opening.direct() ? CREDSSP : TLS_ALONE;
        }
        return Protocols.STANDARD;
    }

    /// The reading has lost its place: a hole, or bytes that are nothing. The next segment may begin a record.
    private boolean resynchronize(Side from, OrderedBytes in, String what, String excerpt) {
        astray[from.ordinal()] |= what.isEmpty();
        // Behind a hole a segment may begin in the middle of a message: that says nothing about its sender.
        if (!astray[from.ordinal()] && !tls.isBroken()) {
            Moment at = in.completed(in.offset(), in.offset() + Math.min(in.available(), 8));
            tls.onBroken(from, what + ": " + excerpt);
            if (from == Side.SERVER && tls.unanswered() && opening.odd(from).isEmpty()) {
                opening.note(from, in, FirstBytes.atEnd(in.buffer(), in.start(), in.available()), this);
            } else {
                story.event(at, from, Kind.UNEXPECTED, phaseNow(), Note.of(what + ": {excerpt}", excerpt));
            }
        }
        tls.lost(from);
        sizes.lost();
        long boundary = in.nextBoundary(in.offset());
        in.take(boundary < 0 ? in.available() : (int) (boundary - in.offset()));
        return true;
    }

    /// A message at the end of a long session whose middle was not read.
    void lastMessage(LastMessages.Message message) {
        if (tls.begun()) {
            ByteQueue record = new ByteQueue();
            record.append(message.bytes(), message.start(), message.length(), message.at());
            tls.step(message.from(), record);
        } else {
            tpdu(message.from(), message.bytes(), message.start(), message.length(), message.at());
        }
    }

    /// The connection is over: opens what was kept.
    void finish() {
        records.ifPresent(kept -> kept.finish(tls));
    }

    // ---- X.224 and what it carries ----

    private void tpdu(Side from, byte[] bytes, int start, int length, Moment at) {
        switch (Tpdu.decode(bytes, start, length)) {
            case Decoded.Complete<Tpdu>(var tpdu, _) -> accept(from, tpdu, bytes, start, at);
            case Decoded.Partial<Tpdu> _ -> {}
            case Decoded.Broken<Tpdu>(var fault) ->
                    story.event(at, from, Kind.UNEXPECTED, phaseNow(), new Unreadable("a TPKT", fault));
        }
    }

    private void accept(Side from, Tpdu tpdu, byte[] bytes, int start, Moment at) {
        switch (tpdu) {
            case Tpdu.ConnectionRequest cr -> {
                if (request.isEmpty() && from == Side.CLIENT) {
                    request = Optional.of(cr);
                    story.reached(Step.REQUEST, at);
                    story.event(at, from, Kind.X224, Phase.X224, cr);
                }
            }
            case Tpdu.ConnectionConfirm cc -> {
                if (confirm.isEmpty() && from == Side.SERVER) {
                    confirm = Optional.of(cc);
                    story.reached(Step.CONFIRM, at);
                    story.event(at, from, Kind.X224, Phase.X224, cc);
                }
            }
            case Tpdu.DisconnectRequest _,Tpdu.ErrorTpdu _ -> {
                otherTpdu = Optional.of(tpdu);
                story.event(at, from, Kind.DISCONNECT, phaseNow(), tpdu);
            }
            case Tpdu.Data data -> {
                if (tls.begun() || from == Side.SERVER && selected().usesTls()) {
                    if (from == Side.SERVER) {
                        tls.onClearTpkt(at);
                    }
                    story.event(at, from, Kind.UNEXPECTED, Phase.TLS, "an RDP message in the clear where TLS should be");
                }
                clear().accept(from, bytes, start + data.offset(), data.length(), at);
            }
            case Tpdu.Other _ -> story.event(at, from, Kind.UNEXPECTED, phaseNow(), tpdu);
        }
    }

    private InnerPdus clear() {
        if (clear == null) {
            clear = new InnerPdus(story, false);
        }
        return clear;
    }

    private Phase phaseNow() {
        return story.furthest().phase();
    }

    // ---- opened with keys ----

    /// Bytes of this side are missing. After a loss, or after bytes that are nothing, reading begins anew with the next record.
    @Override
    public void lost(Side from) {
        if (opened != null) {
            opened.rest[from.ordinal()].clear();
        }
    }

    /// Messages may be cut over records in any way.
    @Override
    public void data(Side from, byte[] bytes, Moment at) {
        if (opened == null) {
            opened = new Opened(new ByteQueue[] {new ByteQueue(), new ByteQueue()}, new Logon(story), new InnerPdus(story, true));
        }
        Opened to = opened;
        ByteQueue in = to.rest[from.ordinal()];
        in.append(bytes, 0, bytes.length, at);
        if (in.available() > LONGEST_MESSAGE) {
            odd(from, at, Note.of("a message of more than {} bytes", LONGEST_MESSAGE));
            in.clear();
        }
        int before;
        do {
            before = in.available();
            if (before > 0) {
                plain(from, in, at, to);
            }
        } while (in.available() > 0 && in.available() < before);
    }

    private void plain(Side from, ByteQueue in, Moment at, Opened to) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int available = in.available();
        int first = in.at(0);
        Protocols selected = selected();
        boolean known = confirm.isPresent();
        if (framed || first == 3) {
            frame(from, in, at, to.pdus);
        } else if (selected.has(Protocols.RDSTLS)) {
            take(from, in, at, "RDSTLS", RdstlsPdu.decode(bytes, start, available), pdu -> to.logon.rdstls(from, pdu, at));
        } else if (first == '{' && (selected.has(Protocols.RDSAAD) || !known)) {
            take(from, in, at, "RDS AAD Auth", AadPdu.decode(bytes, start, available), pdu -> to.logon.aad(from, pdu, at));
        } else if (TsRequest.canBegin(first) && (selected.usesCredSsp() || !known)) {
            take(from, in, at, "TSRequest", TsRequest.decode(bytes, start, available), message -> to.logon.tsRequest(from, message, at));
        } else if (from == Side.SERVER && story.has(Step.CREDENTIALS) && (selected.has(Protocols.HYBRID_EX) || !known)) {
            take(from, in, at, "Early User Authorization Result", EarlyUserAuthorization.decode(bytes, start, available),
                    result -> to.logon.earlyAuthorization(result, at));
        } else {
            frame(from, in, at, to.pdus);
        }
    }

    private <T> void take(Side from, ByteQueue in, Moment at, String what, Decoded<T> decoded, Consumer<T> to) {
        switch (decoded) {
            case Decoded.Complete<T>(var message, var length) -> {
                to.accept(message);
                in.take(Math.max(1, length));
            }
            case Decoded.Partial<T> _ -> {}
            case Decoded.Broken<T>(var fault) -> {
                odd(from, at, new Unreadable("a " + what, fault));
                in.clear();
            }
        }
    }

    private void frame(Side from, ByteQueue in, Moment at, InnerPdus pdus) {
        byte[] bytes = in.buffer();
        int start = in.start();
        int length = Tpkt.length(bytes, start, in.available());
        if (length == Tpkt.NOT_A_FRAME) {
            odd(from, at, Note.of("decrypted bytes that are no message of RDP ({})", Identity.TEXT.of(Hex.of(bytes, start, Math.min(4,
                    in.available())))));
            in.clear();
            return;
        }
        if (length == Tpkt.NEED_MORE || in.available() < length) {
            return;
        }
        framed = true;
        if (bytes[start] != 3) {
            pdus.fastPath(from, at);
        } else {
            switch (Tpdu.decode(bytes, start, length)) {
                case Decoded.Complete<Tpdu>(Tpdu.Data(var offset, var size, _, _), _) ->
                        pdus.accept(from, bytes, start + offset, size, at);
                case Decoded.Complete<Tpdu>(Tpdu.ConnectionRequest cr, _) when confirm.isEmpty() ->
                        story.event(at, Side.CLIENT, Kind.X224, Phase.X224, cr);
                case Decoded.Complete<Tpdu>(Tpdu.ConnectionConfirm cc, _) when confirm.isEmpty() ->
                        story.event(at, Side.SERVER, Kind.X224, Phase.X224, cc);
                case Decoded.Complete<Tpdu> _ -> odd(from, at, Note.of("an X.224 TPDU inside TLS that does not belong there"));
                case Decoded.Partial<Tpdu> _ -> {}
                case Decoded.Broken<Tpdu>(var fault) -> odd(from, at, new Unreadable("a TPKT", fault));
            }
        }
        in.take(length);
    }

    private void odd(Side from, Moment at, Happening what) {
        if (oddities++ < ODDITIES) {
            story.event(at, from, Kind.UNEXPECTED, story.has(Step.CONNECT_INITIAL) ? Phase.MCS : Phase.CREDSSP, what);
        }
    }
}
