package dev.rdptrace.diagnosis.rules;

import java.util.Optional;

/// Which tunnel leaves which room in 1500 bytes. The bands overlap; the name is a hint, not a proof.
final class TunnelSizes {
    private TunnelSizes() {}

    static Optional<String> fitting(int mtu) {
        if (mtu >= 1500 || mtu < 1200) {
            return Optional.empty();
        }
        return Optional.of(switch (mtu) {
            case 1492 -> "PPPoE";
            case 1480 -> "IP in IP (6in4)";
            case 1476 -> "GRE";
            case 1450 -> "VXLAN";
            case 1440, 1420 -> "WireGuard";
            case 1280 -> "the IPv6 minimum, which many tunnels use";
            default -> mtu > 1438 ? "a tunnel" : mtu >= 1400 ? "IPsec" : "an SSL or other VPN";
        });
    }
}
