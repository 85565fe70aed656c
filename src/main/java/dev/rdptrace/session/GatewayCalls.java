package dev.rdptrace.session;

import dev.rdptrace.bytes.DecodeError;
import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.gateway.GatewayCall;
import dev.rdptrace.wire.gateway.GatewayPacket;
import dev.rdptrace.wire.gateway.RpcPdu;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The calls of a tunnel over RPC: questions take one connection, answers the other, and what joins them is the number of the call.
final class GatewayCalls {
    /// Calls that wait for an answer; more than a client ever has.
    private static final int MOST = 64;
    private static final int LONGEST = 1 << 18;

    private static final class Pending {
        final int opnum;
        final boolean ndr64;
        final ByteArrayOutputStream[] stubs = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};

        Pending(int opnum, boolean ndr64) {
            this.opnum = opnum;
            this.ndr64 = ndr64;
        }
    }

    /// Where packets and data of the tunnel go.
    interface Receiver {
        void packet(Side from, GatewayPacket packet, byte[] bytes, int start);

        void unreadable(Side from, DecodeError fault);

        /// The client encrypts what it calls.
        void sealed(Side from);
    }

    private final Map<Integer, Pending> calls = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Pending> eldest) {
            return size() > MOST;
        }
    };
    private Set<Integer> ndr64 = Set.of();

    void bind(RpcPdu.Bind bind) {
        ndr64 = bind.ndr64();
    }

    void fault(RpcPdu.Fault fault, Receiver to) {
        Pending call = calls.remove(fault.callId());
        if (call != null) {
            GatewayCall.fault(call.opnum, fault.status()).ifPresent(packet -> to.packet(Side.SERVER, packet, new byte[0], 0));
        }
    }

    /// @param start of the PDU in `bytes`
    void call(Side from, RpcPdu.Call pdu, byte[] bytes, int start, Receiver to) {
        if (pdu.sealed()) {
            to.sealed(from);
            return;
        }
        if (from == Side.CLIENT && pdu.first()) {
            calls.put(pdu.callId(), new Pending(pdu.opnum(), ndr64.contains(pdu.context())));
        }
        Pending call = calls.get(pdu.callId());
        if (call == null || pdu.request() != (from == Side.CLIENT)) {
            return;
        }
        if (from == Side.SERVER && call.opnum == GatewayCall.RECEIVE_PIPE && !pdu.last()) {
            to.packet(from, new GatewayPacket.Data(pdu.offset(), pdu.length()), bytes, start);
            return;
        }
        ByteArrayOutputStream stub = call.stubs[from.ordinal()];
        if (stub.size() + pdu.length() <= LONGEST) {
            stub.write(bytes, start + pdu.offset(), pdu.length());
        }
        if (!pdu.last()) {
            return;
        }
        if (from == Side.SERVER) {
            calls.remove(pdu.callId());
        }
        byte[] whole = stub.toByteArray();
        stub.reset();
        switch (from == Side.CLIENT ? GatewayCall.request(call.opnum, whole, call.ndr64)
                : GatewayCall.response(call.opnum, whole, call.ndr64)) {
            case Decoded.Complete<Optional<GatewayPacket>>(var packet, _) -> packet.ifPresent(some -> to.packet(from, some, whole, 0));
            case Decoded.Partial<Optional<GatewayPacket>> _ -> {}
            case Decoded.Broken<Optional<GatewayPacket>>(var fault) -> to.unreadable(from, fault);
        }
    }
}
