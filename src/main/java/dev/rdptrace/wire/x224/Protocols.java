package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Hex;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// `requestedProtocols` and `selectedProtocol` of the RDP negotiation, [MS-RDPBCGR] 2.2.1.1.1 and 2.2.1.2.1.
///
/// @param bits as on the wire; 0 means Standard RDP Security
public record Protocols(int bits) {
    public static final int RDP = 0;
    public static final int SSL = 1;
    public static final int HYBRID = 2;
    public static final int RDSTLS = 4;
    public static final int HYBRID_EX = 8;
    public static final int RDSAAD = 0x10;

    /// Standard RDP Security: nothing was asked for, or nothing was chosen.
    public static final Protocols STANDARD = new Protocols(RDP);

    private static final String[] NAMES = {"SSL", "HYBRID", "RDSTLS", "HYBRID_EX", "RDSAAD"};
    /// [#names] of what the known bits can say, made once: every request and every report asks.
    private static final List<List<String>> KNOWN = IntStream.range(0, 1 << NAMES.length).mapToObj(Protocols::namesOf).toList();

    /// Does it contain all of `protocol`? Zero is contained in zero only.
    public boolean has(int protocol) {
        return protocol == RDP ? bits == RDP : (bits & protocol) == protocol;
    }

    public boolean isStandard() {
        return bits == RDP;
    }

    /// Anything that begins with a TLS handshake.
    public boolean usesTls() {
        return bits != RDP;
    }

    /// CredSSP with or without the early user authorization result.
    public boolean usesCredSsp() {
        return (bits & (HYBRID | HYBRID_EX)) != 0;
    }

    /// Bits that no specification names.
    public int unknownBits() {
        return bits & ~0x1f;
    }

    /// `["RDP"]`, or the names of the bits, lowest first; unknown bits in hex.
    public List<String> names() {
        return 0 <= bits && bits < KNOWN.size() ? KNOWN.get(bits) : namesOf(bits);
    }

    private static List<String> namesOf(int bits) {
        if (bits == RDP) {
            return List.of("RDP");
        }
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < 32; bit++) {
            if ((bits & 1 << bit) != 0) {
                names.add(bit < NAMES.length ? NAMES[bit] : Hex.code(Integer.toUnsignedLong(1 << bit)));
            }
        }
        return List.copyOf(names);
    }

    /// `SSL+HYBRID`
    @Override
    public String toString() {
        return String.join("+", names());
    }
}
