package dev.rdptrace.session;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Hex;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.rdstls.RdstlsPdu;
import dev.rdptrace.wire.x224.Protocols;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpkt;

/// What stood inside TLS: first the authentication that was agreed on, then TPKT and fast-path frames.
///
/// Messages may be cut over records in any way. After a loss, or after bytes that are nothing, reading begins anew with the
/// next record.
final class Plaintext implements OpenedRecords.Receiver {
    private static final int LONGEST_MESSAGE = 1 << 18;
    private static final int ODDITIES = 4;

    private final Story story;
    private final Logon logon;
    private final InnerPdus inner;
    private final Queue[] pending = {new Queue(), new Queue()};
    /// The first frame of RDP was seen: authentication is over.
    private boolean framed;
    private Protocols selected = Protocols.STANDARD;
    private boolean known;
    private int oddities;

    Plaintext(Story story) {
        this.story = story;
        this.logon = new Logon(story);
        this.inner = new InnerPdus(story, true);
    }

    /// The authentication, as far as it was read.
    Logon logon() {
        return logon;
    }

    /// The PDUs of RDP, as far as they were read.
    InnerPdus inner() {
        return inner;
    }

    /// @param known the negotiation was seen; otherwise the first byte of each message decides
    void begin(Protocols chosen, boolean negotiated) {
        selected = chosen;
        known = negotiated;
    }

    /// Bytes of this side are missing.
    @Override
    public void lost(Side side) {
        pending[side.ordinal()].clear();
    }

    @Override
    public void data(Side side, byte[] plain, Moment at) {
        Queue bytes = pending[side.ordinal()];
        bytes.append(plain, 0, plain.length);
        if (bytes.length() > LONGEST_MESSAGE) {
            odd(side, at, "a message of more than " + LONGEST_MESSAGE + " bytes");
            bytes.clear();
        }
        int before;
        do {
            before = bytes.length();
            if (before > 0) {
                message(side, bytes, at);
            }
        } while (bytes.length() > 0 && bytes.length() < before);
    }

    private void message(Side side, Queue bytes, Moment at) {
        int first = bytes.at(0);
        boolean frame = framed || first == 3;
        if (frame) {
            frame(side, bytes, at);
        } else if (selected.has(Protocols.RDSTLS)) {
            take(side, bytes, at, "RDSTLS", RdstlsPdu.decode(bytes.array(), bytes.start(), bytes.length()), pdu -> logon.rdstls(side, pdu, at));
        } else if (first == '{' && (selected.has(Protocols.RDSAAD) || !known)) {
            take(side, bytes, at, "RDS AAD Auth", AadPdu.decode(bytes.array(), bytes.start(), bytes.length()), pdu -> logon.aad(side, pdu, at));
        } else if (TsRequest.canBegin(first) && (selected.usesCredSsp() || !known)) {
            take(side, bytes, at, "TSRequest", TsRequest.decode(bytes.array(), bytes.start(), bytes.length()),
                    request -> logon.tsRequest(side, request, at));
        } else if (side == Side.SERVER && story.has(Step.CREDENTIALS) && (selected.has(Protocols.HYBRID_EX) || !known)) {
            take(side, bytes, at, "Early User Authorization Result", EarlyUserAuthorization.decode(bytes.array(), bytes.start(), bytes.length()),
                    result -> logon.earlyAuthorization(result, at));
        } else {
            frame(side, bytes, at);
        }
    }

    private interface Take<T> {
        void accept(T message);
    }

    private <T> void take(Side side, Queue bytes, Moment at, String what, Decoded<T> decoded, Take<T> to) {
        switch (decoded) {
            case Decoded.Complete<T>(var message, var length) -> {
                to.accept(message);
                bytes.take(Math.max(1, length));
            }
            case Decoded.Partial<T> _ -> { }
            case Decoded.Broken<T>(var fault) -> {
                odd(side, at, "a " + what + " that cannot be read: " + fault);
                bytes.clear();
            }
        }
    }

    private void frame(Side side, Queue bytes, Moment at) {
        int length = Tpkt.length(bytes.array(), bytes.start(), bytes.length());
        if (length == Tpkt.NOT_A_FRAME) {
            odd(side, at, "decrypted bytes that are no message of RDP (" + Hex.of(bytes.array(), bytes.start(), Math.min(4, bytes.length())) + ")");
            bytes.clear();
            return;
        }
        if (length == Tpkt.NEED_MORE || bytes.length() < length) {
            return;
        }
        framed = true;
        if (bytes.at(0) != 3) {
            inner.fastPath(side, at);
        } else {
            switch (Tpdu.decode(bytes.array(), bytes.start(), length)) {
                case Decoded.Complete<Tpdu>(Tpdu.Data(var offset, var size, _, _), _) ->
                    inner.accept(side, bytes.array(), bytes.start() + offset, size, at);
                case Decoded.Complete<Tpdu>(Tpdu.ConnectionRequest request, _) when !known -> RdpSession.tell(story, request, at);
                case Decoded.Complete<Tpdu>(Tpdu.ConnectionConfirm confirm, _) when !known -> RdpSession.tell(story, confirm, at);
                case Decoded.Complete<Tpdu> _ -> odd(side, at, "an X.224 TPDU inside TLS that does not belong there");
                case Decoded.Partial<Tpdu> _ -> { }
                case Decoded.Broken<Tpdu>(var fault) -> odd(side, at, "a TPKT that cannot be read: " + fault);
            }
        }
        bytes.take(length);
    }

    private void odd(Side side, Moment at, String says) {
        if (oddities++ < ODDITIES) {
            story.event(at, side, Kind.UNEXPECTED, story.has(Step.CONNECT_INITIAL) ? Phase.MCS : Phase.CREDSSP, says);
        }
    }

    /// Bytes at the end that are no whole message.
    int unfinished(Side side) {
        return pending[side.ordinal()].length();
    }
}
