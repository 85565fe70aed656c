package dev.rdptrace.session;

import dev.rdptrace.tcp.Connections;
import dev.rdptrace.wire.x224.FirstBytes;
import dev.rdptrace.wire.x224.Preconnection;

/// Whether the first bytes on a port that nobody named may lead to RDP, and whose they are.
public final class FirstPayload {
    private static final int SOCKS_METHODS = 10;
    private static final int LONGEST_HEAD = 8192;
    private static final String UPGRADE = "upgrade: websocket"; // a blank is a letter in lower case too

    private FirstPayload() {}

    public static Connections.Speaker speaker(int serverPort, byte[] bytes, int offset, int length) {
        if (FirstBytes.couldBeConnectionRequest(bytes, offset, length) || mayLeadToRdp(bytes, offset, length)
                || Preconnection.begins(bytes, offset, length)) {
            return Connections.Speaker.CLIENT;
        }
        if (FirstBytes.couldBeConnectionConfirm(bytes, offset, length)) {
            return Connections.Speaker.SERVER; // the request was overtaken by its answer
        }
        if (length > 0 && bytes[offset] == 'G') {
            return webSocket(bytes, offset, length);
        }
        boolean few = FirstBytes.tooFewForTpkt(bytes, offset, length) || Preconnection.mayBegin(bytes, offset, length);
        return few ? Connections.Speaker.UNCLEAR : GatewayName.speaker(serverPort, bytes, offset, length);
    }

    /// A PROXY header, SOCKS, an HTTP CONNECT or the requests to an RD Gateway may stand before RDP; of any, the first segment may hold
    /// the beginning only.
    private static boolean mayLeadToRdp(byte[] bytes, int offset, int length) {
        return switch (length == 0 ? 0 : bytes[offset]) {
            case 'P' -> begins(bytes, offset, length, "PROXY ");
            case 'R' -> begins(bytes, offset, length, "RDG_") || begins(bytes, offset, length, "RPC_");
            case 'G' -> begins(bytes, offset, length, "GET /remoteDesktopGateway");
            case 'C' -> begins(bytes, offset, length, "CONNECT ");
            case '\r' -> begins(bytes, offset, length, "\r\n\r\n\0\r\nQUIT\n");
            case 4 -> length < 2 || bytes[offset + 1] == 1;
            case 5 -> length < 2 || bytes[offset + 1] > 0 && bytes[offset + 1] <= SOCKS_METHODS && length <= 2 + bytes[offset + 1];
            default -> false;
        };
    }

    /// RFC 6455 4.1: does the client ask for a WebSocket? The head may come in parts.
    private static Connections.Speaker webSocket(byte[] bytes, int offset, int length) {
        if (!begins(bytes, offset, length, "GET /")) {
            return Connections.Speaker.NOBODY;
        }
        boolean asked = false;
        for (int i = 0; i < length && i < LONGEST_HEAD; i++) {
            int at = offset + i;
            if (bytes[at] >= 0 && bytes[at] < '\t') {
                return Connections.Speaker.NOBODY;
            }
            if (bytes[at] == '\n' && i >= 3 && bytes[at - 2] == '\n') {
                return asked ? Connections.Speaker.CLIENT : Connections.Speaker.NOBODY;
            }
            asked |= bytes[at] == '\n' && i + UPGRADE.length() < length && lowerCase(bytes, at + 1, UPGRADE);
        }
        return length < LONGEST_HEAD ? Connections.Speaker.UNCLEAR : Connections.Speaker.NOBODY;
    }

    private static boolean lowerCase(byte[] bytes, int offset, String text) {
        for (int i = 0; i < text.length(); i++) {
            if ((bytes[offset + i] | 0x20) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean begins(byte[] bytes, int offset, int length, String text) {
        for (int i = 0; i < length && i < text.length(); i++) {
            if (bytes[offset + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
