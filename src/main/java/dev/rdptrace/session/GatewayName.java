package dev.rdptrace.session;

import dev.rdptrace.tcp.Connections;
import dev.rdptrace.wire.tls.ServerNameScan;

/// Is a TLS connection worth following, for it may be the leg to an RD Gateway by the name the client asks for?
///
/// Nothing in the clear says "gateway"; but gateways are called `gw.example.com`, `rdgateway`, `remote`. So are web sites and the
/// services of every cloud: what is followed for its name is reported only when a tunnel shows in it, see `diagnosis.GatewayShape`.
public final class GatewayName {
    private static final int HTTPS = 443;
    private static final byte[][] WORDS = {bytes("gw"), bytes("rdgw"), bytes("rdg"), bytes("gateway"), bytes("rdgateway"), bytes("tsgw"),
            bytes("tsg"), bytes("tsgateway"), bytes("rds"), bytes("rdp"), bytes("rdweb"), bytes("remote"), bytes("remotedesktop")};

    private GatewayName() {}

    private static byte[] bytes(String word) {
        return word.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    /// Does the client say hello on port 443 to a host one of whose words is a gateway's? Allocates nothing.
    static Connections.Speaker speaker(int serverPort, byte[] bytes, int offset, int length) {
        long found = serverPort == HTTPS ? ServerNameScan.find(bytes, offset, length) : ServerNameScan.NONE;
        if (found < 0) {
            return found == ServerNameScan.MORE ? Connections.Speaker.UNCLEAR : Connections.Speaker.NOBODY;
        }
        int name = (int) (found >>> 32);
        int end = name + (int) found;
        int word = name;
        for (int at = name; at <= end; at++) {
            if (at == end || bytes[at] == '.' || bytes[at] == '-') {
                if (isWord(bytes, word, at - word)) {
                    return Connections.Speaker.CLIENT;
                }
                word = at + 1;
            }
        }
        return Connections.Speaker.NOBODY;
    }

    /// Is this what gateways are called, maybe with a number behind it?
    public static boolean isWord(byte[] bytes, int from, int length) {
        int letters = length;
        while (letters > 0 && bytes[from + letters - 1] >= '0' && bytes[from + letters - 1] <= '9') {
            letters--; // gw01, rds2
        }
        for (byte[] word : WORDS) {
            if (word.length == letters && matches(bytes, from, word)) {
                return true;
            }
        }
        return false;
    }

    private static boolean matches(byte[] bytes, int from, byte[] word) {
        for (int i = 0; i < word.length; i++) {
            if ((bytes[from + i] | 0x20) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
