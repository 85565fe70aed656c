package dev.rdptrace.redact;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.wire.gcc.ServerData;
import dev.rdptrace.wire.mcs.DomainPdu;
import dev.rdptrace.wire.mcs.DomainPdu.ConnectInitial;
import dev.rdptrace.wire.mcs.DomainPdu.ConnectResponse;
import dev.rdptrace.wire.mcs.DomainPdu.SendDataIndication;
import dev.rdptrace.wire.mcs.DomainPdu.SendDataRequest;
import dev.rdptrace.wire.security.SecurityHeader;
import dev.rdptrace.wire.security.SecurityPdu;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.SharePdu;
import dev.rdptrace.wire.x224.Preconnection;
import dev.rdptrace.wire.x224.Tpdu;
import dev.rdptrace.wire.x224.Tpdu.NegotiationReply;

/// Messages of RDP in the clear: [MS-RDPBCGR] in TPKTs.
final class Pdus {
    private final Fields fields;
    private final Runnable rdpServer;
    private boolean requested;
    private boolean confirmed;
    private boolean standard; // the server chose Standard RDP Security
    private boolean connected; // a Connect-Initial was seen
    private boolean informed; // a Client Info was seen
    private boolean up;
    private int encryptionMethod = -1;
    private int ioChannel = -1;
    private int messageChannel = -1;

    Pdus(Fields fields, Runnable rdpServer) {
        this.fields = fields;
        this.rdpServer = rdpServer;
    }

    /// May a byte that begins a TLS record begin one here? It may also be the code of a fast-path PDU.
    boolean tlsMayCome(byte[] bytes, int start, int available) {
        return !requested || !standard || available >= 3 && bytes[start + 1] == 3 && bytes[start + 2] <= 4 && !connected;
    }

    /// A fast-path PDU cannot come yet.
    boolean isTooEarly() {
        return confirmed && !informed;
    }

    byte[] preconnection(byte[] bytes, int start, int length) {
        return fields.rewrite(bytes, start, length, () -> Preconnection.decode(bytes, start, length));
    }

    byte[] tpkt(byte[] bytes, int start, int length) {
        return fields.rewrite(bytes, start, length, () -> {
            if (Tpdu.decode(bytes, start, length) instanceof Decoded.Complete<Tpdu>(var tpdu, _)) {
                tpdu(tpdu, bytes, start);
            }
        });
    }

    private void tpdu(Tpdu tpdu, byte[] bytes, int start) {
        switch (tpdu) {
            case Tpdu.ConnectionRequest request -> {
                requested = true;
                fields.keepRequest(request);
            }
            case Tpdu.ConnectionConfirm confirm -> {
                confirmed = true;
                standard = !(confirm.reply() instanceof NegotiationReply.Response(_, var selected) && selected.usesTls());
                fields.keepReply(confirm.reply());
                rdpServer.run();
            }
            case Tpdu.Data data -> domain(bytes, start + data.offset(), data.length());
            case Tpdu.DisconnectRequest _,Tpdu.ErrorTpdu _,Tpdu.Other _ -> {}
        }
    }

    private void domain(byte[] bytes, int offset, int length) {
        switch (DomainPdu.decode(bytes, offset, length)) {
            case Decoded.Complete<DomainPdu>(ConnectInitial _, _) -> connected = true;
            case Decoded.Complete<DomainPdu>(ConnectResponse(_, _, _, var conference), _) -> {
                conference.find(ServerData.Security.class).ifPresent(security -> encryptionMethod = security.encryptionMethod());
                conference.find(ServerData.Network.class).ifPresent(network -> ioChannel = network.ioChannelId());
                conference.find(ServerData.MessageChannel.class).ifPresent(channel -> messageChannel = channel.channelId());
            }
            case Decoded.Complete<DomainPdu>(SendDataRequest(_, var channel, var at, var size), _) -> data(channel, bytes, offset + at,
                    size);
            case Decoded.Complete<DomainPdu>(SendDataIndication(_, var channel, var at, var size), _) -> data(channel, bytes, offset + at,
                    size);
            default -> {}
        }
    }

    private void data(int channel, byte[] bytes, int offset, int length) {
        if (ioChannel >= 0 && channel != ioChannel && channel != messageChannel) {
            if (encryptionMethod > 0 && length > 0 && (bytes[offset] & SecurityHeader.ENCRYPT) != 0) {
                fields.keepIfRead(() -> SecurityPdu.decode(bytes, offset, length)); // that it is encrypted
            }
            return;
        }
        if (encryptionMethod == 0 && SharePdu.isShare(bytes, offset, length)) {
            shares(bytes, offset, length);
        } else if (!informed || encryptionMethod != 0 || !up) {
            Decoded<SecurityPdu> read = fields.keepIfRead(() -> SecurityPdu.decode(bytes, offset, length));
            informed |= read instanceof Decoded.Complete<SecurityPdu>(var pdu, _) && (pdu instanceof SecurityPdu.Info
                    || pdu instanceof SecurityPdu.Encrypted(var header, _) && header.has(SecurityHeader.INFO_PKT));
        }
    }

    private void shares(byte[] bytes, int offset, int length) {
        int used = 0;
        while (used < length && SharePdu.isShare(bytes, offset + used, length - used)) {
            int at = offset + used;
            Decoded<SharePdu> read = fields.keepIfRead(() -> SharePdu.decode(bytes, at, offset + length - at));
            if (!(read instanceof Decoded.Complete<SharePdu>(var pdu, var size)) || size == 0) {
                return;
            }
            up |= pdu instanceof SharePdu.Data data && data.body() instanceof DataPdu.FontMap;
            used += size;
        }
    }
}
